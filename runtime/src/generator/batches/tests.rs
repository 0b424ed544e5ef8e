use super::*;
use crate::ErrorKind;
use crate::cancel::Cancel;
use crate::generator::Source;
use crate::testing::{IMAGE, Outcome, generator};

fn open() -> Result<Generator> {
    Generator::builder(Source::bytes(generator().encode())).build()
}

#[test]
fn batches_are_the_samples_cut_up() -> Outcome {
    let generator = open()?;
    let all = generator.sample(7, 5..30)?;
    for size in [1, 4, 25, 26, usize::MAX / 64] {
        let batches = generator.batches(Draw::new(7, 5..30), size.min(1 << 20))?;
        let (least, most) = batches.size_hint();
        let batches = batches.collect::<Result<Vec<_>>>()?;
        assert!(least <= batches.len() && most == Some(batches.len()));
        assert!(
            batches[..batches.len() - 1]
                .iter()
                .all(|batch| batch.len() == size)
        );
        let values: Vec<f32> = { batches.iter() }
            .flat_map(|batch| batch.values().iter().copied())
            .collect();
        assert_eq!(values, all.values());
    }
    assert_eq!(generator.batches(Draw::new(7, 5..5), 4)?.count(), 0);
    // More than one inner batch of a single call.
    let many = generator.sample(7, 0..600)?;
    assert_eq!(many.image(599), generator.sample(7, 599..600)?.image(0));
    Ok(())
}

#[test]
fn an_endless_stream_begins_at_once() -> Outcome {
    let generator = open()?;
    let mut batches = generator.batches(Draw::new(7, 0..u64::MAX), 64)?;
    let first = batches.next().ok_or("no batch")??;
    assert_eq!(first.shape(), [64, IMAGE[0], IMAGE[1], IMAGE[2]]);
    let mut last = generator.batches(Draw::new(7, u64::MAX - 3..u64::MAX), 64)?;
    assert_eq!(last.next().ok_or("no batch")??.len(), 3);
    assert!(last.next().is_none());
    Ok(())
}

#[test]
fn what_cannot_be_drawn_is_refused_before_it_begins() -> Outcome {
    let generator = open()?;
    for (draw, size) in [
        (Draw::new(7, 0..9), 0),
        (Draw::new(7, 0..u64::MAX), usize::MAX),
        (Draw::new(7, 0..9).class(0), 4),
        (Draw::new(7, 0..9).truncation(f64::NAN), 4),
    ] {
        let error = generator.batches(draw, size).map_err(|error| error.kind());
        assert_eq!(error.map(drop), Err(ErrorKind::Input));
    }
    Ok(())
}

#[test]
fn after_an_error_there_are_no_more() -> Outcome {
    let generator = open()?;
    let cancel = Cancel::new();
    let mut batches = generator.batches(Draw::new(7, 0..9).cancel(&cancel), 4)?;
    assert!(batches.next().is_some_and(|batch| batch.is_ok()));
    cancel.cancel();
    let error = batches
        .next()
        .ok_or("no error")?
        .map_err(|error| error.kind());
    assert_eq!(error, Err(ErrorKind::Cancelled));
    assert!(batches.next().is_none());
    Ok(())
}

#[test]
fn files_hold_the_samples_or_are_not_there() -> Outcome {
    let generator = open()?;
    let folder = tempfile::tempdir()?;
    let [array, images] = ["a.npy", "images"].map(|name| folder.path().join(name));
    let draw = || Draw::new(7, 98..105);
    let expected = generator.sample(7, 98..105)?;
    generator.batches(draw(), 3)?.write_npy(&array)?;
    assert_eq!(Samples::read_npy(&array)?, expected);
    let whole = folder.path().join("whole.npy");
    expected.write_npy(&whole)?;
    assert_eq!(fs::read(&array)?, fs::read(&whole)?);

    generator.batches(draw(), 3)?.write_png_folder(&images)?;
    let mut names: Vec<_> = fs::read_dir(&images)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<std::io::Result<_>>()?;
    names.sort();
    assert_eq!(names.len(), 7);
    assert_eq!(names[0], "000098.png");
    assert_eq!(fs::read(images.join("000104.png"))?, expected.png(6)?);

    let cancel = Cancel::new();
    cancel.cancel();
    let [array, images] = ["b.npy", "more"].map(|name| folder.path().join(name));
    let stopped = || generator.batches(draw().cancel(&cancel), 3);
    for error in [
        stopped()?.write_npy(&array),
        stopped()?.write_png_folder(&images),
    ] {
        assert_eq!(
            error.map_err(|error| error.kind()),
            Err(ErrorKind::Cancelled)
        );
    }
    assert_eq!(fs::read_dir(&folder)?.count(), 3);
    Ok(())
}
