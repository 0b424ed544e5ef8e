use std::error::Error;
use std::fs;

use super::*;
use tempfile::TempDir;

type Outcome = Result<(), Box<dyn Error>>;

const NAMES: &str = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

/// Records whose pixels and, last, label are the number given.
fn records(label_bytes: usize, numbers: &[u8]) -> Vec<u8> {
    let record = |&number: &u8| {
        let mut record = vec![number; label_bytes + PIXELS];
        // The coarse label, which counts for nothing.
        record[..label_bytes - 1].fill(255);
        record
    };
    numbers.iter().flat_map(record).collect()
}

fn folder(files: &[(&str, Vec<u8>)]) -> std::io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes)?;
    }
    Ok(folder)
}

#[test]
fn batches_are_joined_and_the_test_batch_is_held_out() -> Outcome {
    let folder = folder(&[
        ("data_batch_2.bin", records(1, &[7])),
        ("data_batch_1.bin", records(1, &[3, 5])),
        ("test_batch.bin", records(1, &[9])),
        ("batches.meta.txt", NAMES.into()),
    ])?;
    let split = load_folder(folder.path())?.ok_or("not seen")?;
    assert_eq!(split.training.shape(), [3, 32, 32]);
    assert_eq!(split.training.labels(), Some(&[3, 5, 7][..]));
    assert_eq!(split.training.pixels(&[1])?, [5; PIXELS]);
    assert_eq!(split.held_out.labels(), Some(&[9][..]));
    let names = split.class_names().ok_or("no names")?;
    assert_eq!((names.len(), &*names[9]), (10, "truck"));
    Ok(())
}

#[test]
fn planes_stay_in_their_order() -> Outcome {
    let mut file = vec![0];
    for plane in 1..=3 {
        file.extend([plane; 1024]);
    }
    let folder = folder(&[("data_batch_1.bin", file.repeat(5))])?;
    let split = load_folder(folder.path())?.ok_or("not seen")?;
    let image = split.held_out.pixels(&[0])?;
    assert_eq!([image[0], image[1024], image[3071]], [1, 2, 3]);
    Ok(())
}

#[test]
fn one_set_is_split_by_fives() -> Outcome {
    let folder = folder(&[("test_batch.bin", records(1, &[0, 1, 2, 3, 4]))])?;
    let split = load_folder(folder.path())?.ok_or("not seen")?;
    assert_eq!(split.held_out.labels(), Some(&[4][..]));
    let numbers = ["0", "1", "2", "3", "4"];
    assert_eq!(split.class_names().ok_or("no labels")?, numbers);
    Ok(())
}

#[test]
fn the_fine_labels_of_cifar_100_count() -> Outcome {
    let names: String = (0..100).map(|i| format!("class {i}\n")).collect();
    let files = [
        ("train.bin", records(2, &[99, 0])),
        ("test.bin", records(2, &[1])),
        ("fine_label_names.txt", names.into_bytes()),
    ];
    let split = load_folder(folder(&files)?.path())?.ok_or("not seen")?;
    assert_eq!(split.training.labels(), Some(&[99, 0][..]));
    assert_eq!(split.class_names().ok_or("no names")?[99], "class 99");
    assert!(load_folder(folder(&files[..2])?.path())?.is_none());
    Ok(())
}

#[test]
fn damaged_files_are_named() -> Outcome {
    let short = records(1, &[1, 2])[..5000].to_vec();
    for (name, bytes, word) in [
        ("test_batch.bin", short, "records of 3073 bytes, got 5000"),
        ("test_batch.bin", vec![], "got 0 bytes"),
        (
            "test_batch.bin",
            records(1, &[1, 10]),
            "0 to 9 at offset 3073, got 10",
        ),
        (
            "batches.meta.txt",
            b"cat\ndog\n".to_vec(),
            "10 classes, one a line, got 2",
        ),
    ] {
        let sound = records(1, &[1, 2, 3, 4, 5]);
        let folder = folder(&[("test_batch.bin", sound), (name, bytes)])?;
        let refusal = load_folder(folder.path())
            .err()
            .ok_or("loaded")?
            .to_string();
        assert!(
            refusal.contains(name) && refusal.contains(word),
            "{refusal}"
        );
    }
    Ok(())
}
