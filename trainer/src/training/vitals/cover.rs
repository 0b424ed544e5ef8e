//! How generated images spread over the real ones.

use gannet::metrics::{BinComparison, Bins};
use serde::{Deserialize, Serialize};

use crate::data::{DataError, Dataset};

/// Images of a batch for each bin, at least: fewer leave bins empty by chance.
const IMAGES_A_BIN: usize = 6;

/// Bins at most: more of them would divide what belongs together, as narrow modes, and differ
/// for a generator that is only a little too wide.
const BINS: usize = 10;

/// Real images that they are found in, at most.
const IMAGES: usize = 1_000;

/// The level at which a bin's share differs, and the share of bins that do by chance (Richardson
/// and Weiss 2018).
const SIGNIFICANCE: f64 = 0.05;

/// The generated images of a batch over bins of the real ones' pixels, which k-means found before
/// the run: ten of them, or fewer for batches below sixty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct CoverVitals {
    /// Share of the bins that have significantly more or fewer generated images than real ones
    /// (NDB/K): 0.05 by chance.
    pub different: f64,
    /// Share of the real images that are in bins without a generated one: 0.01 or less by
    /// chance.
    pub missing: f64,
    /// Total variation between the shares of the bins and those of the watched step before: how
    /// much of what is generated has moved. Absent at first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turnover: Option<f64>,
}

impl CoverVitals {
    /// Of counts over bins, after those of the watched step before.
    fn new(compared: &BinComparison, before: &[u64]) -> Self {
        let shares = |counts: &[u64]| {
            let all = counts.iter().sum::<u64>() as f64;
            let shares = counts.iter().map(|&count| count as f64 / all);
            shares.collect::<Vec<f64>>()
        };
        let (real, fake) = (shares(&compared.real_counts), shares(&compared.fake_counts));
        let missing = real.iter().zip(&fake).filter(|(_, fake)| **fake == 0.0);
        let moved = shares(before);
        let moved = moved
            .iter()
            .zip(&fake)
            .map(|(before, now)| (before - now).abs());
        Self {
            different: compared.different as f64 / compared.bins as f64,
            missing: missing.map(|(real, _)| real).sum(),
            turnover: (!before.is_empty()).then(|| 0.5 * moved.sum::<f64>()),
        }
    }
}

/// Bins of real images.
pub(super) struct Cover(Bins);

impl Cover {
    /// Bins for batches of so many images, if there are enough different ones to find them in.
    pub(super) fn new(real: &Dataset, batch: usize, seed: u64) -> Result<Option<Self>, DataError> {
        let n = IMAGES.min(real.len());
        let bins = BINS.min(batch / IMAGES_A_BIN).min(n / IMAGES_A_BIN);
        if bins < 2 {
            return Ok(None);
        }
        let images = real.spread(n)?.images;
        Ok(Bins::fit(&images, images.len() / n, bins, seed)
            .ok()
            .map(Self))
    }

    /// The signs of generated images, `[n, pixels]`, and their counts, which are the ones `before`
    /// for the next watched step. `None` if a value is not finite.
    pub(super) fn of(&self, fake: &[f32], before: &[u64]) -> Option<(CoverVitals, Vec<u64>)> {
        let compared = self.0.compare(fake, SIGNIFICANCE).ok()?;
        Some((CoverVitals::new(&compared, before), compared.fake_counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(real: &[u64], fake: &[u64], before: &[u64]) -> CoverVitals {
        let compared = BinComparison {
            different: 1,
            bins: real.len(),
            js_divergence: 0.0,
            significance: SIGNIFICANCE,
            real_counts: real.to_vec(),
            fake_counts: fake.to_vec(),
        };
        CoverVitals::new(&compared, before)
    }

    #[test]
    fn what_is_not_generated_is_missing_by_its_share_of_the_real_images() {
        let signs = signs(&[50, 30, 20], &[6, 0, 0], &[]);
        assert_eq!(signs.different, 1.0 / 3.0);
        assert_eq!(signs.missing, 0.5);
        assert_eq!(signs.turnover, None);
    }

    #[test]
    fn turnover_is_what_has_moved_to_other_bins() {
        assert_eq!(signs(&[1, 1], &[6, 0], &[6, 0]).turnover, Some(0.0));
        assert_eq!(signs(&[1, 1], &[6, 0], &[3, 3]).turnover, Some(0.5));
        assert_eq!(signs(&[1, 1], &[0, 6], &[6, 0]).turnover, Some(1.0));
    }
}
