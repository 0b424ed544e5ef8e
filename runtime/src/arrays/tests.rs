use std::fs;
use std::io::Write;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::testing::{Outcome, npz};

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let path = folder.path().join(name);
    fs::write(&path, bytes)?;
    Ok(path)
}

fn with_name(file: &Path, name: &str) -> PathBuf {
    PathBuf::from(format!("{}:{name}", file.display()))
}

fn matrix(value: f64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    crate::npy::write(&mut bytes, &[1, 1], &[value])?;
    Ok(bytes)
}

fn value(path: &Path) -> Result<f32> {
    Ok(read_matrix(path)?.2[0])
}

/// The message of a refusal, without the folder.
fn refusal(path: &Path, folder: &TempDir) -> std::result::Result<String, String> {
    match value(path) {
        Ok(_) => Err(format!("{} was accepted", path.display())),
        Err(error) => Ok(error
            .to_string()
            .replace(&folder.path().join("").display().to_string(), "")),
    }
}

#[test]
fn one_array_needs_no_name_and_several_do() -> Outcome {
    let folder = tempfile::tempdir()?;
    let one: (&str, &[usize], &[f64]) = ("arr_0", &[1, 1], &[7.0]);
    let single = write(&folder, "one.npz", &npz(&[one])?)?;
    assert_eq!(value(&single)?, 7.0);
    assert_eq!(value(&with_name(&single, "arr_0"))?, 7.0);

    let two = npz(&[("a:b", &[1, 1], &[1.0]), ("feats", &[1, 1], &[2.0])])?;
    let several = write(&folder, "two.npz", &two)?;
    assert_eq!(value(&with_name(&several, "feats"))?, 2.0);
    assert_eq!(value(&with_name(&several, "a:b"))?, 1.0);
    let message = refusal(&several, &folder)?;
    let listed = "two.npz: it holds the arrays a:b, feats: name one, as in two.npz:a:b";
    assert_eq!(message, listed);
    let message = refusal(&with_name(&several, "feat"), &folder)?;
    assert_eq!(message, "two.npz: expected an array `feat`, got a:b, feats");
    let none = write(&folder, "none.npz", &npz(&[])?)?;
    assert_eq!(refusal(&none, &folder)?, "none.npz: it holds no array");
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_file_with_a_colon_in_its_name_is_that_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let two = npz(&[("x", &[1, 1], &[1.0]), ("y", &[1, 1], &[2.0])])?;
    let archive = write(&folder, "a.npz", &two)?;
    write(&folder, "a.npz:x", &matrix(9.0)?)?;
    assert_eq!(value(&with_name(&archive, "x"))?, 9.0);
    assert_eq!(value(&with_name(&archive, "y"))?, 2.0);
    Ok(())
}

#[test]
fn what_is_not_there_or_no_archive_is_said() -> Outcome {
    let folder = tempfile::tempdir()?;
    let plain = write(&folder, "a.npy", &matrix(1.0)?)?;
    let message = refusal(&with_name(&plain, "x"), &folder)?;
    assert!(message.contains("a.npy: not an .npz file"), "{message}");
    for absent in ["absent.npz", "absent.npz:x"] {
        let path = folder.path().join(absent);
        let error = value(&path).err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), crate::ErrorKind::Io);
        assert!(error.to_string().contains(absent), "{error}");
    }
    let error = value(folder.path()).err().ok_or("a folder was accepted")?;
    assert_eq!(error.kind(), crate::ErrorKind::Io);
    let two = npz(&[("x", &[1, 1], &[1.0])])?;
    for cut in [4, two.len() / 2, two.len() - 1] {
        let path = write(&folder, "cut.npz", &two[..cut])?;
        let error = value(&path).err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), crate::ErrorKind::Format, "{error:?}");
    }
    Ok(())
}

#[test]
fn a_bomb_is_not_inflated() -> Outcome {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("x.npy", zip::write::SimpleFileOptions::default())?;
    zip.write_all(&vec![0; 1 << 20])?;
    let bomb = zip.finish()?;
    let open = |limit| {
        let archive = Reader::open(Path::new("bomb.npz"), bomb.clone())?;
        ArrayFile::of_archive(archive, None, limit)
    };
    assert_eq!(open(1 << 20)?.bytes.len(), 1 << 20);
    let error = open(64 * bomb.get_ref().len() as u64).err();
    let message = error.ok_or("it was inflated")?.to_string();
    assert!(
        message.contains("bomb.npz") && message.contains("at most"),
        "{message}"
    );
    Ok(())
}
