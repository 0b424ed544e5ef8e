//! Whether generated images are copies of training images.

use gannet::Features;
use gannet::metrics::nearest_distances;
use serde::{Deserialize, Serialize};

use crate::data::{DataError, Split};

/// Training images, and held-out ones, that generated ones are compared with.
const EXAMPLES: usize = 256;

/// How near generated images are to training images and to images that the networks never saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct CopyVitals {
    /// Share of the generated images that are nearer to a training image than to any of as many
    /// held-out ones: 0.5 by chance, towards 1 as the generator repeats its training images
    /// (after Meehan et al. 2020). Copies of one image out of many more than are compared are
    /// not seen.
    pub nearer_to_training: f64,
    /// Share of them that are so by far, at most 0.7 times as far away, less the share that are
    /// so much nearer to held-out images: 0 by chance.
    pub copied: f64,
}

/// What is nearer by far.
const FAR: f64 = 0.7;

/// In fewer dimensions points are nearer by far to one of two sets by chance.
const LEAST_VALUES: usize = 64;

/// As many training images as held-out ones.
pub(super) struct Examples {
    training: Features,
    held_out: Features,
}

impl Examples {
    /// `None` with fewer than two held-out images, and for points.
    pub(super) fn new(split: &Split) -> Result<Option<Self>, DataError> {
        let n = EXAMPLES.min(split.held_out.len()).min(split.training.len());
        if n < 2 || split.training.image_size() < LEAST_VALUES {
            return Ok(None);
        }
        let [training, held_out] = [&split.training, &split.held_out].map(|set| set.spread(n));
        let rows = |images: Vec<f32>| Features::new(n, images.len() / n, images, None).ok();
        let (training, held_out) = (rows(training?.images), rows(held_out?.images));
        Ok(training
            .zip(held_out)
            .map(|(training, held_out)| Self { training, held_out }))
    }

    /// The signs of generated images, `[n, pixels]`. `None` if a value is not finite.
    pub(super) fn of(&self, fake: &[f32]) -> Option<CopyVitals> {
        let dim = self.training.dim();
        let fakes = Features::new(fake.len() / dim, dim, fake.to_vec(), None).ok()?;
        let distances = |set| nearest_distances(set, &fakes).ok();
        let (training, held_out) = (distances(&self.training)?, distances(&self.held_out)?);
        let pairs: Vec<(f64, f64)> = training.into_iter().zip(held_out).collect();
        let share = |counts: fn(f64, f64) -> bool| {
            let counted = pairs.iter().filter(|&&(a, b)| counts(a, b)).count();
            counted as f64 / pairs.len() as f64
        };
        Some(CopyVitals {
            nearer_to_training: share(|training, held_out| training < held_out),
            copied: share(|training, held_out| training < FAR * held_out)
                - share(|training, held_out| held_out < FAR * training),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use super::*;

    #[test]
    fn copies_are_nearer_to_their_originals() {
        let rows = |values: &[f32]| Features::new(values.len(), 1, values.to_vec(), None).unwrap();
        let examples = Examples {
            training: rows(&[0.0, 1.0]),
            held_out: rows(&[0.5, 2.0]),
        };
        let signs = |fake: &[f32]| examples.of(fake);
        let copies = signs(&[0.0, 1.0, 0.7, 0.5]).unwrap();
        assert_eq!(copies.nearer_to_training, 0.5);
        // 0 and 1 are copies; 0.7 and 0.5 are nearer by far to 0.5, one of the held-out ones.
        assert_eq!(copies.copied, 0.0);
        assert_eq!(signs(&[0.0, 1.0]).unwrap().copied, 1.0);
        assert_eq!(signs(&[f32::NAN]), None);
    }
}
