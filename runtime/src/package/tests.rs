use std::fs;

use super::*;
use crate::testing::{Outcome, npz};

fn manifest() -> Manifest {
    Manifest::new(
        "tiny",
        "MIT",
        Contract::new(4, 3, 2, 2),
        Provenance {
            recipe: "default".into(),
            dataset: "fashion-mnist".into(),
            images_seen: 1_000_000,
            seed: 7,
            gannet: "0.1.0".into(),
        },
    )
}

/// The kind and message of reading a manifest edited so.
fn read_edited(
    from: &str,
    to: &str,
) -> std::result::Result<Result<Manifest>, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("a.bin"), b"abc")?;
    let mut manifest = manifest();
    manifest.add_file(&folder, "a.bin")?;
    manifest.write(&folder)?;
    let path = folder.path().join(MANIFEST_FILE);
    let text = fs::read_to_string(&path)?;
    if !text.contains(from) {
        return Err(format!("the manifest lacks `{from}`:\n{text}").into());
    }
    fs::write(&path, text.replacen(from, to, 1))?;
    Ok(Manifest::read(&folder))
}

#[test]
fn survives_the_round_trip() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(GENERATOR_FILE), b"abc")?;
    let mut manifest = manifest();
    manifest.add_file(&folder, GENERATOR_FILE)?;
    manifest.write(&folder)?;
    let read = Manifest::read(&folder)?;
    assert_eq!(read, manifest);
    read.verify(&folder)?;
    Ok(())
}

#[test]
fn a_changed_file_is_named_with_both_digests() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.bin");
    fs::write(&path, b"abc")?;
    let mut manifest = manifest();
    manifest.add_file(&folder, "a.bin")?;
    fs::write(&path, b"abd")?;
    let error = manifest
        .verify(&folder)
        .err()
        .ok_or("a change was missed")?;
    assert_eq!(error.kind(), ErrorKind::Digest);
    for part in ["a.bin", &digest_bytes(b"abc"), &digest_bytes(b"abd")] {
        assert!(error.to_string().contains(part), "{error}");
    }
    fs::write(&path, b"abcd")?;
    let error = manifest
        .verify(&folder)
        .err()
        .ok_or("a change was missed")?;
    assert_eq!(error.kind(), ErrorKind::Digest);
    assert!(error.to_string().contains("expected 3 bytes, got 4"));
    fs::remove_file(&path)?;
    assert_eq!(
        manifest.verify(&folder).map_err(|e| e.kind()),
        Err(ErrorKind::Io)
    );
    Ok(())
}

#[test]
fn statistics_are_checked_before_use() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(STATISTICS_FILE);
    let sound = npz(&[("mu", &[1], &[0.5]), ("sigma", &[1, 1], &[2.0])])?;
    fs::write(&path, &sound)?;
    let mut manifest = manifest();
    let unlisted = manifest.real_stats(&folder).err().map(|e| e.kind());
    assert_eq!(unlisted, Some(ErrorKind::Format));
    manifest.add_file(&folder, STATISTICS_FILE)?;
    assert_eq!(manifest.real_stats(&folder)?.sigma(), [2.0]);

    let other = npz(&[("mu", &[1], &[0.5]), ("sigma", &[1, 1], &[3.0])])?;
    let longer = [&sound[..], b"x"].concat();
    // The date of the first entry, which nothing else would miss.
    let mut dated = sound.clone();
    dated[10] ^= 1;
    for changed in [&other, &longer, &dated, &sound[..sound.len() - 1].to_vec()] {
        fs::write(&path, changed)?;
        let error = manifest
            .real_stats(&folder)
            .err()
            .ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Digest, "{error}");
        assert!(error.to_string().contains(STATISTICS_FILE), "{error}");
    }
    fs::remove_file(&path)?;
    let missing = manifest.real_stats(&folder).err().map(|e| e.kind());
    assert_eq!(missing, Some(ErrorKind::Io));
    Ok(())
}

#[test]
fn names_that_leave_the_folder_are_refused() -> Outcome {
    for name in ["../a", "a/b", "a\\\\b", "..", ".", "", "/etc/passwd", "c:a"] {
        let read = read_edited("[files.\"a.bin\"]", &format!("[files.\"{name}\"]"))?;
        let message = read.err().ok_or("the name was accepted")?.to_string();
        assert!(message.contains("plain file name"), "{name}: {message}");
    }
    let mut manifest = manifest();
    let added = manifest.add_file(".", "../Cargo.toml");
    assert_eq!(added.map_err(|e| e.kind()), Err(ErrorKind::Input));
    Ok(())
}

#[test]
fn foreign_manifests_are_refused() -> Outcome {
    for (from, to, part) in [
        ("seed = 7", "seed = 7\nsead = 8", "sead"),
        (
            "format = 1",
            "format = 2",
            "expected a manifest of format 1, got 2",
        ),
        ("format = 1\n", "", "format"),
        ("name = \"tiny\"\n", "", "name"),
        ("latent = 4", "latent = -4", "latent"),
        ("sha256 = \"", "sha256 = \"x", "64 hexadecimal digits"),
        ("licence", "= licence", "not TOML"),
    ] {
        let error = read_edited(from, to)?.err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Format);
        let text = format!("{error:?}");
        assert!(
            text.contains(part) && text.contains(MANIFEST_FILE),
            "{text}"
        );
    }
    Ok(())
}

#[test]
fn what_is_no_text_of_its_size_is_no_manifest() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(MANIFEST_FILE);
    let long = vec![b'#'; MAX_MANIFEST_BYTES as usize + 1];
    for (bytes, part) in [(&long[..], "1 MiB"), (b"name = \"\xff\"", "not TOML")] {
        fs::write(&path, bytes)?;
        let error = Manifest::read(&folder).err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Format);
        assert!(error.to_string().contains(part), "{error}");
    }
    Ok(())
}

#[test]
fn a_missing_manifest_is_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let error = Manifest::read(&folder).err().ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains(MANIFEST_FILE));
    Ok(())
}
