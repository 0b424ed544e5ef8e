use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

fn images_file(count: u32, height: u32, width: u32, pixels: &[u8]) -> Vec<u8> {
    let header = [0x0803, count, height, width];
    let mut file: Vec<u8> = header.iter().flat_map(|n| n.to_be_bytes()).collect();
    file.extend(pixels);
    file
}

fn labels_file(count: u32, labels: &[u8]) -> Vec<u8> {
    let mut file: Vec<u8> = [0x0801, count]
        .iter()
        .flat_map(|n| n.to_be_bytes())
        .collect();
    file.extend(labels);
    file
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// A folder called `shirts` with these files.
fn folder(files: &[(&str, &[u8])]) -> Result<(TempDir, PathBuf), std::io::Error> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("shirts");
    fs::create_dir(&folder)?;
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok((temporary, folder))
}

/// Ten 2x3 images; every pixel of image i is i.
fn ten_images() -> Vec<u8> {
    let pixels: Vec<u8> = (0..10).flat_map(|i| [i; 6]).collect();
    images_file(10, 2, 3, &pixels)
}

fn error_of(files: &[(&str, &[u8])]) -> Result<DataError, Box<dyn Error>> {
    let (_keep, path) = folder(files)?;
    match load(Some(&path), None) {
        Ok(_) => Err("loaded what should have been refused".into()),
        Err(error) => Ok(error),
    }
}

#[test]
fn pixels_map_to_minus_one_to_one() -> Outcome {
    let set = Dataset::new("a", [1, 1, 3], vec![0, 255, 51, 1, 2, 3], None)?;
    assert_eq!(set.batch(&[0])?.images, [-1.0, 1.0, -0.6]);
    assert_eq!(set.pixels(&[1])?, [1, 2, 3]);
    assert_eq!((set.len(), set.shape()), (2, [1, 1, 3]));
    Ok(())
}

#[test]
fn a_data_set_that_does_not_fit_together_is_refused() {
    for (shape, pixels, labels) in [
        ([1, 2, 2], vec![0; 5], None),
        ([1, 2, 2], vec![], None),
        ([1, 0, 2], vec![0; 4], None),
        ([usize::MAX, 2, 2], vec![0; 4], None),
        ([1, 2, 2], vec![0; 8], Some(vec![1])),
    ] {
        let outcome = Dataset::new("a", shape, pixels, labels);
        assert!(matches!(outcome, Err(DataError::Inconsistent { .. })));
    }
}

#[test]
fn the_digest_is_sha256_of_sizes_pixels_and_labels() -> Outcome {
    // printf '\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\1abcd' | sha256sum
    let set = Dataset::new("a", [1, 1, 1], b"ab".to_vec(), Some(vec![99, 100]))?;
    assert_eq!(
        set.digest(),
        "43ca55bfc5339a05f6edf026d6c432dad7f2d0cc0899f216242db9398bfbab66"
    );
    Ok(())
}

#[test]
fn one_set_is_split_by_fives() -> Outcome {
    let (_keep, path) = folder(&[
        ("t10k-images-idx3-ubyte", &ten_images()),
        (
            "t10k-labels-idx1-ubyte",
            &labels_file(10, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ),
    ])?;
    let split = load(Some(&path), None)?;
    assert_eq!(split.held_out.labels(), Some(&[4, 9][..]));
    assert_eq!(split.held_out.pixels(&[1])?, [9; 6]);
    assert_eq!(split.training.labels(), Some(&[0, 1, 2, 3, 5, 6, 7, 8][..]));
    assert_eq!(split.training.pixels(&[4])?, [5; 6]);
    assert_eq!(split.training.shape(), [1, 2, 3]);
    assert_eq!(split.training.name(), "shirts");
    assert_eq!(split.class_names().map(|names| names.len()), Some(10));
    Ok(())
}

#[test]
fn two_sets_are_split_as_they_come_in_any_spelling() -> Outcome {
    let (_keep, path) = folder(&[
        ("train-images.idx3-ubyte", &ten_images()),
        (
            "t10k-images-idx3-ubyte.gz",
            &gzip(&images_file(1, 2, 3, &[7; 6]))?,
        ),
        ("t10k-labels.idx1-ubyte.gz", &gzip(&labels_file(1, &[3]))?),
    ])?;
    let split = load(Some(&path), None)?;
    assert_eq!((split.training.len(), split.held_out.len()), (10, 1));
    assert_eq!(split.training.labels(), None);
    assert_eq!(split.held_out.labels(), Some(&[3][..]));
    assert_eq!(split.class_names(), None);
    assert!(split.rule.contains("t10k"));
    Ok(())
}

#[test]
fn the_repository_has_fashion_mnist() -> Outcome {
    let split = load(None, None)?;
    assert_eq!((split.training.len(), split.held_out.len()), (8000, 2000));
    assert_eq!(split.training.shape(), [1, 28, 28]);
    let names = split.class_names().ok_or("no labels")?;
    assert_eq!((names.len(), names[9].as_str()), (10, "Ankle boot"));
    // The first image of the test set is an ankle boot.
    assert_eq!(split.training.labels().map(|labels| labels[0]), Some(9));
    Ok(())
}

#[test]
fn a_recipe_that_names_other_images_is_refused() -> Outcome {
    let digest = load(None, None)?.training.image_digest();
    let named = |digest: &str| {
        load_for(&recipe::Data {
            digest: Some(digest.to_owned()),
            ..recipe::Data::default()
        })
    };
    assert_eq!(named(&digest)?.training.image_digest(), digest);
    let Err(error) = named("abc") else {
        return Err("accepted other images".into());
    };
    let message = error.to_string();
    assert!(
        message.contains("expected data.digest abc") && message.contains(&digest),
        "{message}"
    );
    Ok(())
}

#[test]
fn a_recipe_of_before_sizes_leaves_images_as_they_are() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("recipe.toml");
    fs::write(&path, "[data]\npath = \"images\"\ndigest = \"abc\"\n")?;
    assert_eq!(recipe::Recipe::read(&path)?.data.size, 0);
    Ok(())
}

#[test]
fn the_default_folder_is_found_from_below_and_named_when_missing() -> Outcome {
    let root = tempfile::tempdir()?;
    let below = root.path().join("a/b");
    fs::create_dir_all(&below)?;
    let find = || repository::find_above([below.as_path()].into_iter(), DEFAULT_FOLDER.as_ref());
    let Err(looked_in) = find() else {
        return Err("found what is not there".into());
    };
    let message = no_default(looked_in).to_string();
    assert!(message.contains(&below.display().to_string()), "{message}");
    assert!(message.contains("--set data.path="), "{message}");

    let data = root.path().join("data/fashion-mnist");
    fs::create_dir_all(&data)?;
    assert_eq!(find(), Ok(data));
    Ok(())
}

#[test]
fn a_path_that_is_no_folder_is_refused() -> Outcome {
    let temporary = tempfile::tempdir()?;
    let missing = temporary.path().join("missing");
    assert!(
        matches!(load(Some(&missing), None), Err(DataError::NoFolder { path }) if path == missing)
    );
    let file = temporary.path().join("file");
    fs::write(&file, "")?;
    assert!(matches!(
        load(Some(&file), None),
        Err(DataError::NotAFolder { .. })
    ));
    Ok(())
}

#[test]
fn an_empty_folder_is_refused_with_the_names_looked_for() -> Outcome {
    let message = error_of(&[])?.to_string();
    for name in ["train-images-idx3-ubyte", "t10k-images.idx3-ubyte.gz"] {
        assert!(message.contains(name), "{message}");
    }
    Ok(())
}

#[test]
fn labels_without_images_are_refused() -> Outcome {
    let error = error_of(&[("train-labels-idx1-ubyte", &labels_file(1, &[0]))])?;
    assert!(matches!(
        error,
        DataError::Idx(IdxError::LabelsWithoutImages { .. })
    ));
    Ok(())
}

#[test]
fn a_bad_magic_number_is_refused() -> Outcome {
    let error = error_of(&[("train-images-idx3-ubyte", &labels_file(1, &[0]))])?;
    let message = error.to_string();
    for part in [
        "train-images-idx3-ubyte",
        "offset 0",
        "0x00000803",
        "0x00000801",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let error = error_of(&[("train-images-idx3-ubyte", &gzip(&ten_images())?)])?;
    assert!(error.to_string().contains("add `.gz`"), "{error}");
    Ok(())
}

#[test]
fn a_gzip_cut_anywhere_is_refused() -> Outcome {
    let whole = gzip(&ten_images())?;
    for end in 0..whole.len() {
        let error = error_of(&[("train-images-idx3-ubyte.gz", &whole[..end])])?;
        let truncated = matches!(error, DataError::Idx(IdxError::TruncatedGzip { .. }))
            || (end == 0 && matches!(error, DataError::Idx(IdxError::Truncated { got: 0, .. })));
        assert!(truncated, "cut at {end}: {error:?}");
    }
    Ok(())
}

#[test]
fn a_gzip_with_damage_is_refused() -> Outcome {
    let mut damaged = gzip(&ten_images())?;
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    for bytes in [&damaged[..], b"not gzip at all"] {
        let error = error_of(&[("train-images-idx3-ubyte.gz", bytes)])?;
        assert!(
            matches!(error, DataError::Idx(IdxError::Gzip { .. })),
            "{error:?}"
        );
    }
    Ok(())
}

#[test]
fn a_plain_file_cut_anywhere_is_refused() -> Outcome {
    let whole = ten_images();
    for end in 0..whole.len() {
        let error = error_of(&[("train-images-idx3-ubyte", &whole[..end])])?;
        let (from, size) = match end {
            0..4 => (0, 4),
            4..16 => (4, 12),
            _ => (16, 60),
        };
        match error {
            DataError::Idx(IdxError::Truncated {
                offset,
                expected,
                got,
                ..
            }) => assert_eq!((offset, expected, got), (from, size, end as u64 - from)),
            other => return Err(format!("cut at {end}: {other:?}").into()),
        }
    }
    Ok(())
}

#[test]
fn bytes_after_the_end_are_refused() -> Outcome {
    let mut long = ten_images();
    long.push(0);
    for (name, bytes) in [
        ("train-images-idx3-ubyte", long.clone()),
        ("train-images-idx3-ubyte.gz", gzip(&long)?),
    ] {
        let error = error_of(&[(name, &bytes)])?;
        assert!(
            matches!(
                error,
                DataError::Idx(IdxError::Trailing { expected: 76, .. })
            ),
            "{error:?}"
        );
    }
    Ok(())
}

#[test]
fn nothing_to_load_is_refused() -> Outcome {
    for file in [
        images_file(0, 28, 28, &[]),
        images_file(3, 0, 28, &[]),
        images_file(3, 28, 0, &[]),
    ] {
        let error = error_of(&[("t10k-images-idx3-ubyte", &file)])?;
        assert!(
            matches!(error, DataError::Idx(IdxError::Empty { .. })),
            "{error:?}"
        );
    }
    Ok(())
}

#[test]
fn a_header_that_promises_too_much_is_refused_without_memory_for_it() -> Outcome {
    let error = error_of(&[(
        "train-images-idx3-ubyte",
        &images_file(u32::MAX, 28, 28, &[0; 784]),
    )])?;
    assert!(matches!(
        error,
        DataError::Idx(IdxError::TooLarge {
            count: 0xffff_ffff,
            size: 784,
            ..
        })
    ));
    let error = error_of(&[(
        "train-images-idx3-ubyte",
        &images_file(u32::MAX, u32::MAX, u32::MAX, &[]),
    )])?;
    assert!(matches!(error, DataError::Idx(IdxError::TooLarge { .. })));
    // Below the limit, and still far more than there is.
    let error = error_of(&[(
        "train-images-idx3-ubyte",
        &images_file(1 << 22, 28, 28, &[0; 784]),
    )])?;
    assert!(matches!(
        error,
        DataError::Idx(IdxError::Truncated { got: 784, .. })
    ));
    Ok(())
}

#[test]
fn labels_that_do_not_count_as_many_as_images_are_refused() -> Outcome {
    let error = error_of(&[
        ("train-images-idx3-ubyte", &ten_images()),
        ("train-labels-idx1-ubyte", &labels_file(9, &[0; 9])),
    ])?;
    assert!(matches!(
        error,
        DataError::Idx(IdxError::CountMismatch {
            images: 10,
            labels: 9,
            ..
        })
    ));
    Ok(())
}

#[test]
fn sets_of_two_shapes_are_refused() -> Outcome {
    let error = error_of(&[
        ("train-images-idx3-ubyte", &ten_images()),
        ("t10k-images-idx3-ubyte", &images_file(1, 3, 2, &[0; 6])),
    ])?;
    assert!(error.to_string().contains("are 1x3x2"), "{error}");
    Ok(())
}

#[test]
fn too_few_images_to_split_are_refused() -> Outcome {
    let error = error_of(&[("t10k-images-idx3-ubyte", &images_file(4, 1, 1, &[0; 4]))])?;
    assert!(matches!(error, DataError::TooFew { images: 4, .. }));
    Ok(())
}

#[test]
fn classes_are_numbered_unless_known() -> Outcome {
    let set = |name: &str, labels: [u16; 5]| {
        let set = Dataset::new(name, [1, 1, 1], vec![0; 5], Some(labels.to_vec()))?;
        Ok::<_, DataError>(Split::every_fifth(&set)?.class_names())
    };
    let numbers = Some(vec!["0".to_owned(), "1".to_owned(), "2".to_owned()]);
    assert_eq!(set("digits", [0, 1, 1, 0, 2])?, numbers);
    let known = set("fashion-mnist", [0, 1, 1, 0, 2])?.ok_or("no labels")?;
    assert_eq!((known.len(), known[2].as_str()), (10, "Pullover"));
    let other = set("fashion-mnist", [0, 1, 1, 0, 10])?.ok_or("no labels")?;
    assert_eq!((other.len(), other[2].as_str()), (11, "2"));
    Ok(())
}

#[test]
fn a_set_is_named_by_its_folder_however_reached() -> Outcome {
    let (_keep, path) = folder(&[("train-images-idx3-ubyte", &ten_images())])?;
    let roundabout = path.join("..").join("shirts").join(Path::new("."));
    assert_eq!(load(Some(&roundabout), None)?.training.name(), "shirts");
    Ok(())
}
