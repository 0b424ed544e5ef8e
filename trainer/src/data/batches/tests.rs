use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::data::EncodedError;
use crate::data::images::Images;

type Outcome = Result<(), Box<dyn Error>>;

/// `len` images of one pixel, their number, with its last digit as the label.
fn numbers(len: u8) -> Result<Dataset, DataError> {
    let labels = (0..len).map(|i| u16::from(i % 10)).collect();
    Dataset::new("numbers", [1, 1, 1], (0..len).collect(), Some(labels))
}

fn taken(mut batches: Batches, count: usize) -> Result<Vec<Batch>, DataError> {
    (0..count).map(|_| batches.next()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn batches_do_not_depend_on_how_far_ahead_is_read_nor_on_where_a_run_began(
        len in 1_u8..40,
        batch in 1_usize..12,
        seed: u64,
        ahead in 1_usize..7,
        begin in 0_usize..10,
    ) {
        let set = numbers(len)?;
        let mut order = Order::new(seed, set.len());
        let plain: Result<Vec<_>, _> = (0..12)
            .map(|step| set.batch(&order.batch(step, batch)))
            .collect();
        let plain = plain?;
        let whole = Batches::ahead(&set, seed, 0, batch, ahead)?;
        prop_assert_eq!(&taken(whole, 12)?, &plain);
        let resumed = Batches::start(&set, seed, begin as u64, batch)?;
        prop_assert_eq!(&taken(resumed, 12 - begin)?[..], &plain[begin..]);
    }
}

#[test]
fn labels_go_with_their_images() -> Outcome {
    let mut batches = Batches::start(&numbers(30)?, 5, 0, 30)?;
    let batch = batches.next()?;
    let labels = batch.labels.ok_or("no labels")?;
    for (value, label) in batch.images.iter().zip(labels) {
        let number = ((value + 1.0) * 127.5).round() as usize;
        assert_eq!(label, number % 10);
    }
    Ok(())
}

/// Images that are read when asked for, of which one cannot be.
struct Fragile {
    broken: usize,
    read: Arc<AtomicUsize>,
}

impl Images for Fragile {
    fn pixels(&self, indices: &[usize]) -> Result<Vec<u8>, DataError> {
        self.read.fetch_add(1, Ordering::SeqCst);
        if indices.contains(&self.broken) {
            return Err(DataError::Encoded(EncodedError::CutShort {
                place: "seven.jpg".to_owned(),
            }));
        }
        Ok(vec![0; indices.len()])
    }

    fn hash(&self, _: usize, _: &mut Sha256) {}

    fn is_streamed(&self) -> bool {
        true
    }
}

fn fragile(broken: usize) -> Result<(Dataset, Arc<AtomicUsize>), DataError> {
    let read = Arc::new(AtomicUsize::new(0));
    let images = Fragile {
        broken,
        read: Arc::clone(&read),
    };
    let set = Dataset::of_images("a".to_owned(), [1, 1, 1], Arc::new(images), 20, None)?;
    Ok((set, read))
}

#[test]
fn a_bad_image_is_an_error_at_its_step_and_the_last() -> Outcome {
    let (set, _) = fragile(7)?;
    let mut order = Order::new(1, 20);
    let bad = (0..5).find(|&step| order.batch(step, 4).contains(&7));
    let mut batches = Batches::start(&set, 1, 0, 4)?;
    for _ in 0..bad.ok_or("it is in no batch")? {
        assert_eq!(batches.next()?.images, [-1.0; 4]);
    }
    let error = batches.next().err().ok_or("it was read")?;
    assert!(error.to_string().contains("seven.jpg"), "{error}");
    assert!(matches!(batches.next(), Err(DataError::Stopped)));
    Ok(())
}

#[test]
fn no_more_is_read_than_was_asked_ahead() -> Outcome {
    let (set, read) = fragile(usize::MAX)?;
    let mut batches = Batches::ahead(&set, 0, 0, 2, 3)?;
    batches.next()?;
    drop(batches);
    // One was taken, three ahead; the reader has ended by now.
    let read = read.load(Ordering::SeqCst);
    assert!((1..=5).contains(&read), "{read}");
    Ok(())
}
