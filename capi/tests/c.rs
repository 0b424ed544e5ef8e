//! A program in C uses the library, and the header says what the library has.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use gannet::{FeatureNet, Generator, RealStats, Scorer};

type Outcome = Result<(), Box<dyn Error>>;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Tells of a test that did not run, past the harness, which keeps what a test prints.
fn skipped(why: &str) -> Outcome {
    writeln!(std::io::stderr(), "SKIPPED: {why}")?;
    Ok(())
}

#[test]
fn a_program_in_c_gets_what_rust_gets() -> Outcome {
    if cfg!(windows) {
        return skipped("the test links as Unix compilers do");
    }
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    if Command::new(&compiler).arg("--version").output().is_err() {
        return skipped(&format!("no C compiler `{compiler}`"));
    }
    let library = library()?;
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("program");
    let built = Command::new(&compiler)
        .args([
            "-std=c99",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-O1",
        ])
        .arg("-I")
        .arg(Path::new(HERE).join("include"))
        .arg(Path::new(HERE).join("tests/program/main.c"))
        .arg(&library)
        .arg(format!(
            "-Wl,-rpath,{}",
            library.parent().ok_or("no folder")?.display()
        ))
        .arg("-o")
        .arg(&program)
        .output()?;
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );

    let models = Path::new(HERE).join("../models");
    let model = models.join("fashion-mnist");
    let network = models.join("features/fashion-mnist.onnx");
    let statistics = model.join("real.npz");
    let (pixels, floats) = (folder.path().join("pixels"), folder.path().join("floats"));
    let ran = Command::new(&program)
        .args([&model, &network, &statistics, &pixels, &floats])
        .output()?;
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );

    let generator = Generator::open(&model)?;
    let samples = generator.sample(7, 1000..1004)?;
    let expected: Vec<u8> = (0..4).flat_map(|i| samples.quantised(i)).collect();
    assert_eq!(fs::read(&pixels)?, expected);
    let expected: Vec<u8> = samples
        .values()
        .iter()
        .flat_map(|v| v.to_ne_bytes())
        .collect();
    assert_eq!(fs::read(&floats)?, expected);

    let scorer = Scorer::new(FeatureNet::open(&network)?, RealStats::load(&statistics)?)?;
    let scores = scorer.score(&generator, 32, 7)?;
    let printed: Vec<f64> = String::from_utf8(ran.stdout)?
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let expected = [
        Some(scores.fid),
        scores.is_mean,
        scores.kid_mean,
        scores.precision,
        scores.recall,
        scores.density,
        scores.coverage,
    ];
    let expected: Vec<f64> = expected.into_iter().flatten().collect();
    assert_eq!(printed, expected);
    Ok(())
}

/// The shared library that was built with this test.
fn library() -> Result<PathBuf, Box<dyn Error>> {
    let name = format!(
        "{}gannet_c{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let test = std::env::current_exe()?;
    let path = test.parent().ok_or("no folder")?.join(&name);
    match path.is_file() {
        true => Ok(path),
        false => Err(format!("{} was not built", path.display()).into()),
    }
}

#[test]
fn the_header_is_up_to_date() -> Outcome {
    let made = Command::new(Path::new(HERE).join("make_header.sh"))
        .arg("--verify")
        .env_remove("CARGO")
        .output();
    let is_there = Command::new("cbindgen").arg("--version").output().is_ok();
    match made {
        Ok(made) if is_there => {
            assert!(made.status.success(), "run capi/make_header.sh: {made:?}");
            Ok(())
        }
        _ => skipped("no cbindgen to compare include/gannet.h with the sources"),
    }
}

/// Without cbindgen this much is known: what is exported is declared, and the other way
/// round.
#[test]
fn the_header_declares_what_is_exported() -> Outcome {
    let header = fs::read_to_string(Path::new(HERE).join("include/gannet.h"))?;
    let mut exported = Vec::new();
    for file in ["lib.rs", "error.rs", "generator.rs", "scorer.rs"] {
        let source = fs::read_to_string(Path::new(HERE).join("src").join(file))?;
        for rest in source.split("extern \"C\" fn ").skip(1) {
            let name = rest.split('(').next().ok_or("no name")?;
            exported.push(name.to_owned());
        }
    }
    let declared = |line: &str| {
        let (before, _) = line.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        (name.starts_with("gannet_") && !line.starts_with(['/', ' '])).then(|| name.to_owned())
    };
    let mut declared: Vec<String> = header.lines().filter_map(declared).collect();
    exported.sort();
    declared.sort();
    assert!(exported.len() > 8, "{exported:?}");
    assert_eq!(declared, exported);
    Ok(())
}
