use std::error::Error;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

/// A `.npy` file, version 1.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    bytes
}

fn loaded(bytes: &[u8]) -> Result<Split, DataError> {
    let load_it = || -> std::io::Result<_> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("Shirts.npy");
        fs::write(&path, bytes)?;
        Ok(load(&path))
    };
    load_it().map_err(|source| DataError::Io {
        path: "temporary".into(),
        source,
    })?
}

#[test]
fn pixels_and_floats_are_the_same_images() -> Outcome {
    let pixels: Vec<u8> = (0..6 * 12).map(|i| i * 3).collect();
    let split = loaded(&npy("|u1", "(6, 3, 2, 2)", &pixels))?;
    assert_eq!(split.training.name(), "shirts");
    assert_eq!(split.training.shape(), [3, 2, 2]);
    assert_eq!((split.training.len(), split.held_out.len()), (5, 1));
    assert_eq!(split.held_out.pixels(&[0])?, &pixels[4 * 12..5 * 12]);

    let floats: Vec<u8> = pixels
        .iter()
        .flat_map(|&pixel| (f32::from(pixel) / 127.5 - 1.0).to_le_bytes())
        .collect();
    let same = loaded(&npy("<f4", "(6, 3, 2, 2)", &floats))?;
    assert_eq!(same.training.digest(), split.training.digest());

    let last: Vec<u8> = pixels
        .chunks_exact(12)
        .flat_map(|image| (0..4).flat_map(|p| [image[p], image[p + 4], image[p + 8]]))
        .collect();
    let same = loaded(&npy("|u1", "(6, 2, 2, 3)", &last))?;
    assert_eq!(same.training.digest(), split.training.digest());
    Ok(())
}

#[test]
fn what_is_no_array_of_images_is_refused() -> Outcome {
    for (bytes, word) in [
        (npy("|u1", "(6, 2, 2)", &[0; 24]), "[n, c, h, w]"),
        (npy("|u1", "(6, 2, 2, 2)", &[0; 48]), "2 channels"),
        (npy("|u1", "(4, 1, 2, 2)", &[0; 16]), "4 images are too few"),
        (npy("|u1", "(0, 1, 2, 2)", &[]), "0 pixels"),
        (npy("<f4", "(1, 1, 1, 1)", &9_f32.to_le_bytes()), "[-1, 1]"),
        (b"none".to_vec(), "Shirts.npy"),
    ] {
        let refusal = loaded(&bytes).err().ok_or("it was loaded")?.to_string();
        assert!(refusal.contains(word), "{word}: {refusal}");
    }
    let missing = load(Path::new("absent.npy")).err().ok_or("loaded")?;
    assert!(missing.to_string().contains("absent.npy"), "{missing}");
    Ok(())
}

#[test]
fn arrays_are_told_by_their_names() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("a.npz");
    let named = |text: &str| folder.path().join(text);
    assert!(is_array(&file) && is_array(Path::new("b.npy")));
    assert!(!is_array(&named("a.npz:x")));
    fs::write(&file, "")?;
    assert!(is_array(&named("a.npz:x")));
    assert!(!is_array(&named("a.png")) && !is_array(folder.path()));
    Ok(())
}
