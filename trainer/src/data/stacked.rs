//! Stacked MNIST: three grey images as the colours of one.

use std::path::Path;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::Sha256;

use super::images::Images;
use super::{DataError, Dataset, Split, idx};

/// Triples to train on, as in PacGAN (Lin et al., 2018, section 4.2).
const TRAINING: usize = 128_000;

/// Triples held out, as many as PacGAN scores samples.
const HELD_OUT: usize = 26_000;

/// The triples are drawn with this seed, so that a folder means the same images
/// in every run.
const SEED: u64 = 0;

/// The most classes whose triples labels of 16 bits can tell apart.
const MOST_CLASSES: usize = 40;

/// Loads a folder of IDX files, brings its images to a side if one is given, and
/// stacks random triples: of training images to train on, of held-out ones held out.
pub(super) fn load(folder: &Path, side: Option<usize>) -> Result<Split, DataError> {
    let base = idx::load_folder(folder)?.fitted(side)?;
    stack(&base, [TRAINING, HELD_OUT])
}

/// Stacks so many triples of either part.
fn stack(base: &Split, [training, held_out]: [usize; 2]) -> Result<Split, DataError> {
    let name = format!("stacked-{}", base.training.name());
    // Ten digits at least: a label reads as the three of them.
    let greatest = base.greatest_label();
    let classes = greatest.map(|greatest| usize::from(greatest.max(9)) + 1);
    if let Some(classes) = classes
        && classes > MOST_CLASSES
    {
        return Err(DataError::Inconsistent {
            name,
            reason: format!(
                "triples of {classes} classes are more than labels can tell; at most {MOST_CLASSES} classes can be \
                 stacked. Move the files of labels away to stack without them"
            ),
        });
    }
    let part = |set: &Dataset, stream, count| {
        let triples = triples(set.len(), stream, count);
        let [_, height, width] = set.shape();
        let labels = classes
            .zip(set.labels())
            .map(|(classes, labels)| labels_of(&triples, classes, labels));
        let images = Arc::new(Stacked {
            base: set.clone(),
            triples,
        });
        let set = Dataset::of_images(name.clone(), [3, height, width], images, count, labels)?;
        match classes {
            Some(classes) => set.with_classes(names(classes)),
            None => Ok(set),
        }
    };
    Ok(Split {
        training: part(&base.training, 0, training)?,
        held_out: part(&base.held_out, 1, held_out)?,
        rule: format!(
            "They are random triples of the {} training and the {} held-out images of {}, stacked as red, green and \
             blue. {}",
            base.training.len(),
            base.held_out.len(),
            base.training.name(),
            base.rule
        ),
    })
}

/// Triples of `len` images, each drawn with replacement from ChaCha8.
fn triples(len: usize, stream: u64, count: usize) -> Vec<[usize; 3]> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(stream);
    // The bias of the multiply-shift reduction is below len / 2⁶⁴.
    let mut draw = |_| ((u128::from(random.next_u64()) * len as u128) >> 64) as usize;
    (0..count).map(|_| [0, 1, 2].map(&mut draw)).collect()
}

/// `100 a + 10 b + c` for ten classes.
fn labels_of(triples: &[[usize; 3]], classes: usize, labels: &[u16]) -> Vec<u16> {
    let label = |triple: &[usize; 3]| {
        triple
            .iter()
            .fold(0, |whole, &index| whole * classes as u16 + labels[index])
    };
    triples.iter().map(label).collect()
}

/// `000` to `999` for ten classes, `0-0-0` and so on for more.
fn names(classes: usize) -> Vec<String> {
    let dash = if classes > 10 { "-" } else { "" };
    let digits = |label: usize| {
        [
            label / classes / classes,
            label / classes % classes,
            label % classes,
        ]
    };
    (0..classes.pow(3))
        .map(|label| digits(label).map(|digit| digit.to_string()).join(dash))
        .collect()
}

/// Only the numbers of the grey images are kept, not the stacks' pixels.
struct Stacked {
    base: Dataset,
    triples: Vec<[usize; 3]>,
}

impl Images for Stacked {
    fn pixels(&self, indices: &[usize]) -> Result<Vec<u8>, DataError> {
        let grey: Vec<usize> = indices
            .iter()
            .flat_map(|&index| self.triples[index])
            .collect();
        self.base.pixels(&grey)
    }

    fn hash(&self, index: usize, hasher: &mut Sha256) {
        for grey in self.triples[index] {
            self.base.hash(grey, hasher);
        }
    }
}

#[cfg(test)]
mod tests;
