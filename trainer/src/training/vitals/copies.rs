//! Whether generated images are copies of training images.

use gannet::Features;
use gannet::metrics::memorisation;
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
}

/// As many training images as held-out ones.
pub(super) struct Examples {
    training: Features,
    held_out: Features,
}

impl Examples {
    /// `None` with fewer than two held-out images.
    pub(super) fn new(split: &Split) -> Result<Option<Self>, DataError> {
        let n = EXAMPLES.min(split.held_out.len()).min(split.training.len());
        if n < 2 {
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
        let distances = |set| {
            let found = memorisation(set, &fakes).ok()?.nearest;
            Some(found.into_iter().map(|nearest| nearest.distance))
        };
        let pairs = distances(&self.training)?.zip(distances(&self.held_out)?);
        let nearer = pairs
            .filter(|(training, held_out)| training < held_out)
            .count();
        Some(CopyVitals {
            nearer_to_training: nearer as f64 / fakes.len() as f64,
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
        let nearer = |fake: &[f32]| examples.of(fake).map(|signs| signs.nearer_to_training);
        assert_eq!(nearer(&[0.0, 1.0, 0.1, 0.5]), Some(0.75));
        assert_eq!(nearer(&[f32::NAN]), None);
    }
}
