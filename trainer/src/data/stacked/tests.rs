use std::error::Error;
use std::fs;

use super::*;
use crate::data::{absolute, portable};

type Outcome = Result<(), Box<dyn Error>>;

/// Twenty 1x2 images; both pixels of image i are i, its label is i % `classes`.
fn digits(classes: u16) -> Result<Split, DataError> {
    let pixels = (0..20).flat_map(|i| [i, i]).collect();
    let labels = (0..20).map(|i| i % classes).collect();
    Split::every_fifth(&Dataset::new("digits", [1, 1, 2], pixels, Some(labels))?)
}

#[test]
fn a_stack_is_three_images_and_the_number_of_their_digits() -> Outcome {
    let base = digits(10)?;
    let split = stack(&base, [500, 100])?;
    assert_eq!((split.training.len(), split.held_out.len()), (500, 100));
    assert_eq!(split.training.shape(), [3, 1, 2]);
    for (set, held_out) in [(&split.training, false), (&split.held_out, true)] {
        let labels = set.labels().ok_or("no labels")?;
        for (index, &label) in labels.iter().enumerate() {
            let pixels = set.pixels(&[index])?;
            let [a, b, c] = [0, 1, 2].map(|channel| pixels[channel * 2]);
            assert_eq!(pixels, [a, a, b, b, c, c]);
            let digits = [a, b, c].map(|i| u16::from(i) % 10);
            assert_eq!(label, 100 * digits[0] + 10 * digits[1] + digits[2]);
            // The held-out images are 4, 9, 14 and 19.
            assert!([a, b, c].iter().all(|i| (i % 5 == 4) == held_out));
        }
    }
    let names = split.class_names().ok_or("no labels")?;
    assert_eq!(
        (names.len(), &*names[7], &*names[999]),
        (1000, "007", "999")
    );
    let batch = split.training.batch(&[3, 3])?;
    assert_eq!(batch.images[..6], batch.images[6..]);
    Ok(())
}

#[test]
fn a_folder_means_the_same_stacks_always() -> Outcome {
    let base = digits(10)?;
    let digest = |split: &Split| (split.training.digest(), split.held_out.digest());
    let (once, again) = (stack(&base, [50, 10])?, stack(&base, [50, 10])?);
    assert_eq!(digest(&once), digest(&again));
    // The digest is that of the pixels, kept or not.
    let all: Vec<usize> = (0..50).collect();
    let pixels = once.training.pixels(&all)?;
    let kept = Dataset::new("kept", [3, 1, 2], pixels, None)?;
    assert_eq!(kept.image_digest(), once.training.image_digest());
    // Every image turns up, and no triple rules.
    let triples = triples(16, 0, 500);
    assert!((0..16).all(|i| triples.iter().any(|triple| triple.contains(&i))));
    Ok(())
}

#[test]
fn more_classes_than_digits_are_told_apart_as_long_as_labels_can() -> Outcome {
    let split = stack(&digits(12)?, [200, 20])?;
    let names = split.class_names().ok_or("no labels")?;
    assert_eq!((names.len(), &*names[11 * 144 + 5]), (1728, "11-0-5"));
    let labels = (0..5).map(|i| i * 10).collect();
    let set = Dataset::new("many", [1, 1, 1], vec![0; 5], Some(labels))?;
    let error = stack(&Split::every_fifth(&set)?, [9, 9]).err();
    let error = error.ok_or("it was stacked")?.to_string();
    assert!(error.contains("41 classes"), "{error}");
    Ok(())
}

#[test]
fn a_folder_of_idx_files_is_stacked_by_its_name() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("mnist");
    fs::create_dir(&path)?;
    let header = [0x0803_u32, 10, 4, 4].map(u32::to_be_bytes).concat();
    let pixels: Vec<u8> = (0..10).flat_map(|i| [i; 16]).collect();
    fs::write(
        path.join("train-images-idx3-ubyte"),
        [header, pixels].concat(),
    )?;
    let named = format!("stacked:{}", path.display());
    let split = load_named(&named, Some(2))?;
    assert_eq!(
        (split.training.len(), split.held_out.len()),
        (128_000, 26_000)
    );
    assert_eq!(split.training.shape(), [3, 2, 2]);
    assert_eq!(split.training.name(), "stacked-mnist");
    assert_eq!(split.training.labels(), None);
    assert!(split.rule.contains("resized to 2x2"), "{}", split.rule);
    let missing = load_named("stacked:absent", None).err().ok_or("loaded")?;
    assert!(
        missing.to_string().contains("absent: no such folder"),
        "{missing}"
    );

    let whole = std::env::current_dir()?.join("mnist");
    let expected = format!("stacked:{}", whole.display());
    assert_eq!(absolute("stacked:mnist".as_ref())?, Path::new(&expected));
    assert_eq!(absolute("mnist".as_ref())?, whole);
    assert_eq!(absolute("toy:ring".as_ref())?, Path::new("toy:ring"));
    for (path, shown) in [
        (&*expected, "stacked:FOLDER"),
        ("/a/b", "FOLDER"),
        ("toy:ring", "toy:ring"),
    ] {
        assert_eq!(portable(path.as_ref()), Path::new(shown));
    }
    Ok(())
}

fn load_named(name: &str, side: Option<usize>) -> Result<Split, DataError> {
    crate::data::load(Some(name.as_ref()), side)
}
