use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::testing::{Outcome, conditional_generator, generator};

fn bench() -> std::result::Result<(TempDir, Generator, PathBuf), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let generator = Generator::open(generator().write(&folder, "g.onnx")?)?;
    let path = folder.path().join(GOLDEN_FILE);
    Ok((folder, generator, path))
}

#[test]
fn survives_the_round_trip_to_the_byte() -> Outcome {
    let (folder, generator, path) = bench()?;
    let golden = Golden::record(&generator, 7, 4)?;
    assert_eq!(golden.images(), &generator.sample(7, 0..4)?);
    golden.save(&path)?;
    let read = Golden::load(&path)?;
    assert_eq!(read, golden);
    let again = folder.path().join("again.npz");
    read.save(&again)?;
    assert_eq!(std::fs::read(&again)?, std::fs::read(&path)?);
    let none = Golden::record(&generator, 7, 0).map_err(|e| e.kind());
    assert_eq!(none, Err(ErrorKind::Input));
    Ok(())
}

#[test]
fn the_same_engine_repeats_them_to_the_bit() -> Outcome {
    let (_folder, generator, _) = bench()?;
    let verification = Golden::record(&generator, 7, 4)?.verify(&generator, 0.0)?;
    assert_eq!(
        (verification.samples, verification.largest_difference),
        (4, 0.0)
    );
    assert!(verification.to_string().contains("tract"), "{verification}");
    Ok(())
}

#[test]
fn a_difference_is_told_with_its_place() -> Outcome {
    let (_folder, generator, _) = bench()?;
    let mut golden = Golden::record(&generator, 7, 4)?;
    // Sample 2, channel 1, row 1, column 0 of images [3, 2, 2].
    let at = 2 * 12 + 4 + 2;
    let mut values = golden.images.values().to_vec();
    let right = values[at];
    values[at] -= 0.25;
    let wrong = values[at];
    golden.images = Samples::new([4, 3, 2, 2], values)?;
    assert!(golden.verify(&generator, 0.3).is_ok());
    let error = golden.verify(&generator, 1e-4).err().ok_or("it passed")?;
    assert_eq!(error.kind(), ErrorKind::Engine);
    let message = error.to_string();
    for part in [
        "sample 2, channel 1, row 1, column 0",
        &format!("expected {wrong}, got {right}"),
        "0.0001",
        "tract",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let tolerance = golden.verify(&generator, f64::NAN).map_err(|e| e.kind());
    assert_eq!(tolerance, Err(ErrorKind::Input));
    Ok(())
}

#[test]
fn classes_belong_to_the_samples() -> Outcome {
    let (folder, unconditional, path) = bench()?;
    let conditional = Generator::open(conditional_generator().write(&folder, "c.onnx")?)?;
    let golden = Golden::record(&conditional, 7, 4)?;
    assert_eq!(golden.classes(), Some(&[0, 1, 2, 0][..]));
    golden.save(&path)?;
    let golden = Golden::load(&path)?;
    assert_eq!(golden.verify(&conditional, 0.0)?.samples, 4);
    let error = golden.verify(&unconditional, 0.0).map_err(|e| e.kind());
    assert_eq!(error, Err(ErrorKind::Contract));
    Ok(())
}

#[test]
fn arrays_that_do_not_fit_together_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(GOLDEN_FILE);
    let latents = ("latents", &[2, 1][..], &[0.5, 0.5][..]);
    let images = ("images", &[2, 1, 1, 1][..], &[0.5, 0.5][..]);
    for (arrays, part) in [
        (vec![latents], "`images`"),
        (vec![images], "`latents`"),
        (
            vec![latents, ("images", &[2, 1], &[0.5, 0.5])],
            "[n, c, h, w]",
        ),
        (
            vec![latents, ("images", &[1, 1, 1, 1], &[0.5])],
            "as many latents",
        ),
        (
            vec![("latents", &[0, 1], &[]), ("images", &[0, 1, 1, 1], &[])],
            "one at least",
        ),
        (vec![latents, images, ("classes", &[2], &[0.0, 1.0])], "i8"),
        (
            vec![latents, ("images", &[2, 1, 1, 1], &[0.5, f64::NAN])],
            "finite",
        ),
    ] {
        std::fs::write(&path, crate::testing::npz(&arrays)?)?;
        let error = Golden::load(&path).err().ok_or(part)?;
        assert!(error.to_string().contains(part), "{part}: {error}");
        assert!(error.to_string().contains(GOLDEN_FILE), "{error}");
    }
    std::fs::write(&path, b"no archive")?;
    assert_eq!(
        Golden::load(&path).map_err(|e| e.kind()),
        Err(ErrorKind::Format)
    );
    Ok(())
}
