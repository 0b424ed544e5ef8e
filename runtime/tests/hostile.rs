//! Hostile files are refused: with an error that names the file and is of the right kind,
//! without a panic, and without the memory that they ask for.
//!
//! The corpus lies in `hostile/`; `hostile/make.py` writes it and says what each file is.
//! Files named `sound…` must be taken, so that refusing everything passes no test.

use std::error::Error as StdError;
use std::fs;
use std::path::{Path, PathBuf};

use gannet::{ErrorKind, Features, Generator, RealStats, Result};

type Outcome = std::result::Result<(), Box<dyn StdError>>;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");

/// Reads every file of a folder and compares what comes of it with what is expected of a
/// file of that name.
fn check(
    folder: &str,
    read: impl Fn(&Path) -> std::result::Result<Result<()>, Box<dyn StdError>>,
    expected: impl Fn(&str) -> ErrorKind,
) -> Outcome {
    let mut files: Vec<PathBuf> = fs::read_dir(Path::new(CORPUS).join(folder))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    let mut sound = 0;
    for path in &files {
        let name = path.file_stem().ok_or("no name")?.to_string_lossy();
        match read(path)? {
            Ok(()) if name.starts_with("sound") => sound += 1,
            Ok(()) => return Err(format!("{folder}/{name} was taken").into()),
            Err(error) if error.kind() == expected(&name) && !name.starts_with("sound") => {}
            Err(error) => return Err(format!("{folder}/{name}: {error:?}").into()),
        }
    }
    assert!(
        sound >= 1 && files.len() > 20,
        "{folder}: {sound} of {}",
        files.len()
    );
    Ok(())
}

#[test]
fn manifests() -> Outcome {
    let generator = Path::new(CORPUS).join("networks/sound.onnx");
    check(
        "manifest",
        |path| {
            let folder = tempfile::tempdir()?;
            let package = folder.path().join("package");
            fs::create_dir(&package)?;
            fs::write(folder.path().join("secret"), "")?;
            fs::copy(path, package.join("manifest.toml"))?;
            fs::copy(&generator, package.join("generator.onnx"))?;
            let opened = Generator::open(&package);
            Ok(naming(&package, opened.map(|_| ())))
        },
        |name| match name {
            "wrong-digest" | "wrong-size" | "huge-size" => ErrorKind::Digest,
            "another-contract" | "huge-contract" => ErrorKind::Contract,
            _ => ErrorKind::Format,
        },
    )
}

#[test]
fn statistics() -> Outcome {
    check(
        "statistics",
        |path| Ok(naming(path, RealStats::load(path).map(|_| ()))),
        |name| match name.ends_with("-not-finite") {
            true => ErrorKind::Numeric,
            false => ErrorKind::Format,
        },
    )
}

#[test]
fn arrays() -> Outcome {
    check(
        "arrays",
        |path| Ok(naming(path, Features::read_npy(path, None).map(|_| ()))),
        |name| match name {
            "not-finite" => ErrorKind::Numeric,
            "shape-empty" => ErrorKind::Input,
            _ => ErrorKind::Format,
        },
    )
}

#[test]
fn networks() -> Outcome {
    check(
        "networks",
        |path| Ok(naming(path, sampled(path))),
        |name| match name {
            "weights-not-finite" => ErrorKind::Numeric,
            "empty"
            | "html"
            | "truncated"
            | "unending-varint"
            | "length-beyond-the-file"
            | "no-graph"
            | "no-operator-set"
            | "nested-branches"
            | "output-of-nothing"
            | "metadata-twice"
            | "weights-elsewhere" => ErrorKind::Format,
            "no-input" | "no-output" => ErrorKind::Contract,
            _ if name.ends_with("-latent") || name.starts_with("metadata-") => ErrorKind::Contract,
            _ => ErrorKind::Engine,
        },
    )
}

/// What an engine may make sense of or not: either way it ends in an answer.
#[test]
fn odd_networks() -> Outcome {
    let mut count = 0;
    for entry in fs::read_dir(Path::new(CORPUS).join("odd"))? {
        let path = entry?.path();
        let _ = naming(&path, sampled(&path));
        count += 1;
    }
    assert!(count > 5, "only {count} files");
    Ok(())
}

fn sampled(path: &Path) -> Result<()> {
    Generator::open(path)?.sample(7, 0..2).map(|_| ())
}

/// An error that does not say which file is meant fails the test.
fn naming(file: &Path, result: Result<()>) -> Result<()> {
    if let Err(error) = &result {
        let name = file.display().to_string();
        assert!(
            error.to_string().contains(&name),
            "{name} is not named: {error}"
        );
    }
    result
}
