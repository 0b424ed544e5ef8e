use std::error::Error;
use std::fs;

use gannet::Samples;
use tempfile::TempDir;

use super::*;
use crate::data::Dataset;

type Outcome = Result<(), Box<dyn Error>>;

/// Writes an image `[c, h, w]` of one level.
fn write(folder: &Path, name: &str, shape: [usize; 3], level: u8) -> Outcome {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().ok_or("no parent")?)?;
    let pixels = vec![level; shape.iter().product()];
    let image = Samples::from_bytes([1, shape[0], shape[1], shape[2]], &pixels)?;
    Ok(image.write_grid(path, 1)?)
}

/// Ten images of 4x4 in the folders `cat` and `dog`; image i has the level i.
fn animals(shape_of: impl Fn(u8) -> [usize; 3]) -> Result<TempDir, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for i in 0..10 {
        let class = if i < 6 { "cat" } else { "dog" };
        write(folder.path(), &format!("{class}/{i}.png"), shape_of(i), i)?;
    }
    Ok(folder)
}

fn message(folder: &TempDir, side: Option<usize>) -> Result<String, Box<dyn Error>> {
    let error = load(folder.path(), Preparation::sized(side), u64::MAX)
        .err()
        .ok_or("it was loaded")?;
    Ok(error.to_string())
}

#[test]
fn folders_are_classes_and_every_fifth_image_is_held_out() -> Outcome {
    let folder = animals(|_| [1, 4, 4])?;
    let split = load(folder.path(), Preparation::default(), u64::MAX)?;
    assert_eq!(split.training.shape(), [1, 4, 4]);
    assert_eq!(split.training.labels(), Some(&[0, 0, 0, 0, 0, 1, 1, 1][..]));
    assert_eq!(split.held_out.labels(), Some(&[0, 1][..]));
    assert_eq!(split.training.pixels(&[4])?, [5; 16]);
    assert_eq!(split.held_out.pixels(&[1])?, [9; 16]);
    assert_eq!(split.class_names().ok_or("no labels")?, ["cat", "dog"]);
    let rule = &split.rule;
    assert!(rule.contains("The 2 folders from cat to dog"), "{rule}");
    Ok(())
}

#[test]
fn the_digest_is_that_of_the_same_pixels_in_idx() -> Outcome {
    let folder = animals(|_| [1, 4, 4])?;
    let pixels = (0..10).flat_map(|i| [i; 16]).collect();
    let set = Dataset::new("any", [1, 4, 4], pixels, None)?;
    let expected = Split::every_fifth(&set)?.training.image_digest();
    assert_eq!(
        load(folder.path(), Preparation::default(), u64::MAX)?
            .training
            .image_digest(),
        expected
    );
    Ok(())
}

#[test]
fn grey_among_colours_is_repeated() -> Outcome {
    let folder = animals(|i| [if i == 7 { 3 } else { 1 }, 4, 4])?;
    let split = load(folder.path(), Preparation::default(), u64::MAX)?;
    assert_eq!(split.training.shape(), [3, 4, 4]);
    assert_eq!(split.training.pixels(&[1])?, [1; 48]);
    Ok(())
}

#[test]
fn images_of_many_sizes_need_one() -> Outcome {
    let folder = animals(|i| [1, 4, if i == 7 { 6 } else { 4 }])?;
    let refusal = message(&folder, None)?;
    for word in ["7.png: 4x6", "0.png has 4x4", "data.size", "--size"] {
        assert!(refusal.contains(word), "{refusal}");
    }
    let split = load(folder.path(), Preparation::sized(Some(2)), u64::MAX)?;
    assert_eq!(split.training.shape(), [1, 2, 2]);
    assert_eq!(split.training.pixels(&[6])?, [7; 4]);
    assert!(split.rule.contains("resized to 2x2"), "{}", split.rule);
    // All alike, and not square.
    let folder = animals(|_| [1, 4, 6])?;
    assert!(message(&folder, None)?.contains("0.png: 4x6"));
    Ok(())
}

#[test]
fn without_one_folder_a_class_there_are_no_labels() -> Outcome {
    for stray in ["10.png", "cat/small/10.png"] {
        let folder = animals(|_| [1, 4, 4])?;
        write(folder.path(), stray, [1, 4, 4], 10)?;
        let split = load(folder.path(), Preparation::default(), u64::MAX)?;
        assert_eq!(split.training.labels(), None, "{stray}");
        assert_eq!(split.class_names(), None);
    }
    Ok(())
}

#[test]
fn a_broken_image_is_named() -> Outcome {
    let folder = animals(|_| [1, 4, 4])?;
    fs::write(folder.path().join("dog/8.png"), "no image")?;
    for side in [None, Some(2)] {
        let refusal = message(&folder, side)?;
        assert!(refusal.contains("8.png: not a usable PNG"), "{refusal}");
    }
    Ok(())
}

#[test]
fn too_few_images_and_unusable_classes_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    for i in 0..4 {
        write(folder.path(), &format!("{i}.png"), [1, 4, 4], i)?;
    }
    assert!(message(&folder, None)?.contains("4 images are too few"));
    let folder = animals(|_| [1, 4, 4])?;
    fs::rename(folder.path().join("cat"), folder.path().join("cat, big"))?;
    assert!(message(&folder, None)?.contains("\"cat, big\" has a comma"));
    Ok(())
}
