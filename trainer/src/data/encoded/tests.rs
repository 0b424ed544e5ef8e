use std::error::Error;
use std::fs;
use std::path::Path;

use gannet::Samples;

use crate::data::{Batches, DataError, Dataset, Preparation, Split, source};
use crate::recipe::Background;

type Outcome = Result<(), Box<dyn Error>>;

/// Ten images of `side`x`side` in two class folders; image i has the level i.
fn animals(folder: &Path, side: usize) -> Outcome {
    for i in 0..10_u8 {
        let class = folder.join(if i < 6 { "cat" } else { "dog" });
        fs::create_dir_all(&class)?;
        let channels = if i == 3 { 3 } else { 1 };
        let pixels = vec![i; channels * side * side];
        let image = Samples::from_bytes([1, channels, side, side], &pixels)?;
        image.write_grid(class.join(format!("{i}.png")), 1)?;
    }
    Ok(())
}

fn all(set: &Dataset) -> Result<Vec<u8>, DataError> {
    set.pixels(&(0..set.len()).collect::<Vec<_>>())
}

/// As a set of 3x4x4 images with a limit of so many bytes.
fn loaded(folder: &Path, limit: u64) -> Result<Split, DataError> {
    source::load(folder, Preparation::sized(Some(4)), limit)
}

#[test]
fn a_set_over_the_limit_is_streamed_and_is_the_same() -> Outcome {
    let folder = tempfile::tempdir()?;
    animals(folder.path(), 8)?;
    let kept = loaded(folder.path(), 10 * 48)?;
    let streamed = loaded(folder.path(), 10 * 48 - 1)?;
    for (kept, streamed) in [
        (&kept.training, &streamed.training),
        (&kept.held_out, &streamed.held_out),
    ] {
        assert!(!kept.is_streamed() && streamed.is_streamed());
        assert_eq!(kept.shape(), [3, 4, 4]);
        assert_eq!(all(kept)?, all(streamed)?);
        assert_eq!(kept.labels(), streamed.labels());
        assert_eq!(kept.batch(&[1, 0, 1])?, streamed.batch(&[1, 0, 1])?);
    }
    assert!(streamed.rule.contains("decoded when they are needed"));
    let (mut kept, mut streamed) = (
        Batches::start(&kept.training, 2, 5, 3)?,
        Batches::start(&streamed.training, 2, 5, 3)?,
    );
    for _ in 0..6 {
        assert_eq!(kept.next()?, streamed.next()?);
    }
    Ok(())
}

#[test]
fn the_digest_of_a_streamed_set_is_of_its_files() -> Outcome {
    let folder = tempfile::tempdir()?;
    animals(folder.path(), 4)?;
    let digest = || Ok::<_, DataError>(loaded(folder.path(), 0)?.training.image_digest());
    let before = digest()?;
    assert_eq!(digest()?, before);
    let one = folder.path().join("cat/1.png");
    let bytes = fs::read(&one)?;
    // A held-out image is none of the training images; a byte after the end counts.
    let held_out = folder.path().join("cat/4.png");
    fs::write(&held_out, [fs::read(&held_out)?, vec![0]].concat())?;
    assert_eq!(digest()?, before);
    fs::write(&one, [&bytes[..], &[0]].concat())?;
    assert_ne!(digest()?, before);
    Ok(())
}

#[test]
fn what_went_bad_since_is_named_when_it_is_met() -> Outcome {
    let folder = tempfile::tempdir()?;
    animals(folder.path(), 4)?;
    let training = source::load(folder.path(), Preparation::default(), 0)?.training;
    let path = folder.path().join("cat/1.png");
    let refusal = || {
        let error = training.pixels(&[0, 1, 2]).err().ok_or("it was read")?;
        Ok::<_, Box<dyn Error>>(error.to_string())
    };
    fs::write(&path, "no image")?;
    assert!(
        refusal()?.contains("1.png: not a usable PNG"),
        "{}",
        refusal()?
    );
    Samples::from_bytes([1, 1, 6, 4], &[0; 24])?.write_grid(&path, 1)?;
    assert!(refusal()?.contains("1.png: expected an image of 3x4x4, got 1x6x4"));
    fs::remove_file(&path)?;
    assert!(refusal()?.contains("1.png: cannot be read"));
    Ok(())
}

#[test]
fn damage_behind_a_sound_header_is_found_at_once_if_the_set_is_kept() -> Outcome {
    let folder = tempfile::tempdir()?;
    animals(folder.path(), 4)?;
    let path = folder.path().join("dog/8.png");
    let bytes = fs::read(&path)?;
    fs::write(&path, &bytes[..bytes.len() - 20])?;
    let error = loaded(folder.path(), u64::MAX).err().ok_or("loaded")?;
    assert!(
        error.to_string().contains("8.png: not a usable PNG"),
        "{error}"
    );
    let streamed = loaded(folder.path(), 0)?;
    assert!(all(&streamed.training).is_err());
    Ok(())
}

/// The first image is opaque, the others are transparent.
#[test]
fn a_background_changes_transparent_images_and_every_digest() -> Outcome {
    let folder = tempfile::tempdir()?;
    for i in 0..5_u8 {
        let alpha = if i == 0 { 255 } else { 0 };
        let image = image::RgbaImage::from_pixel(4, 4, image::Rgba([10, 20, 30, alpha]));
        image.save(folder.path().join(format!("{i}.png")))?;
    }
    let loaded = |background: &str, limit| {
        let preparation = Preparation {
            side: Some(2),
            background: background.parse()?,
        };
        Ok::<_, Box<dyn Error>>(source::load(folder.path(), preparation, limit)?)
    };
    let first = [[10; 4], [20; 4], [30; 4]].concat();
    for (background, colour) in [
        ("none", [10, 20, 30]),
        ("white", [255; 3]),
        ("#010203", [1, 2, 3]),
    ] {
        let second = colour.map(|value| [value; 4]).concat();
        let (kept, streamed) = (loaded(background, u64::MAX)?, loaded(background, 0)?);
        assert!(streamed.training.is_streamed() && !kept.training.is_streamed());
        for split in [kept, streamed] {
            let pixels = split.training.pixels(&[0, 1])?;
            assert_eq!(pixels, [first.clone(), second.clone()].concat());
            let said = split.rule.contains(&format!("laid on {background}."));
            assert_eq!(said, background != "none", "{}", split.rule);
        }
    }
    for limit in [0, u64::MAX] {
        let digest = |background| {
            Ok::<_, Box<dyn Error>>(loaded(background, limit)?.training.image_digest())
        };
        let digests = [digest("none")?, digest("white")?, digest("black")?];
        assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2]);
        assert_eq!(digests[2], digest("#000000")?);
    }
    let one = crate::data::ImageFolder::open(folder.path())?.on(Background::Colour([7; 3]));
    assert_eq!(one.read(1)?.pixels, [7; 48]);
    Ok(())
}
