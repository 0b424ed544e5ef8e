//! How many different samples a generator has, from the birthday paradox.

use rayon::prelude::*;

use super::distances::{BLOCK, Block};
use super::draws::Draws;
use crate::error::{Error, Result};
use crate::features::Features;

/// The closest pairs of batches of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Birthday {
    /// Samples of a batch.
    pub batch: usize,
    /// The closest two samples of each batch, for people to look at.
    pub closest: Vec<ClosePair>,
}

/// Two samples and their distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosePair {
    /// The index of one sample.
    pub first: usize,
    /// The index of the other.
    pub second: usize,
    /// Their Euclidean distance.
    pub distance: f64,
}

/// The closest pair in each of as many batches of `batch` samples as there are
/// samples for (Arora and Zhang, 2017): of a distribution over `N` equally
/// likely samples, a batch of about `√N` holds a duplicate every other time.
///
/// What counts as a duplicate is for people or for a threshold to say: see
/// [`Birthday::support`]. Batches have no sample in common; they are consecutive
/// parts of a shuffle, drawn from the use `birthday` ([seeds](super#seeds)).
///
/// Samples are `[n, d]`, pixels or features. Time is O(n · batch · d), spread
/// over the threads; memory beyond the samples is O(n), and O(d) for each
/// thread.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) if a batch has fewer than two samples, or
/// there are too few for one.
///
/// ```
/// use gannet::{Features, metrics::birthday};
///
/// // A generator that has collapsed to two samples.
/// let samples = Features::new(6, 1, vec![0.0, 1.0, 0.0, 1.0, 0.0, 1.0], None)?;
/// let batches = birthday(&samples, 3, 0)?;
/// assert_eq!(batches.collisions(0.0), 1.0);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn birthday(samples: &Features, batch: usize, seed: u64) -> Result<Birthday> {
    let n = samples.len();
    if batch < 2 || n < batch {
        return Err(Error::input(format!(
            "the birthday test needs batches of two samples at least and samples for one, got \
             batches of {batch} and {n} samples"
        )));
    }
    let order = Draws::new(seed, b"birthday", 0).distinct(n, n);
    let closest = order
        .par_chunks_exact(batch)
        .map(|rows| closest_pair(samples, rows))
        .collect();
    Ok(Birthday { batch, closest })
}

impl Birthday {
    /// The share of batches whose closest pair is no further apart than
    /// `threshold`.
    pub fn collisions(&self, threshold: f64) -> f64 {
        let colliding = |pair: &&ClosePair| pair.distance <= threshold;
        self.closest.iter().filter(colliding).count() as f64 / self.closest.len() as f64
    }

    /// How many different samples there are, if those within `threshold` are
    /// one: `N = s(s − 1) / (−2 ln(1 − p))` for batches of `s`, of which the
    /// share `p` collides.
    ///
    /// This inverts `1 − p ≈ exp(−s(s − 1) / 2N)`, which holds for equally likely
    /// samples and `s ≪ N`. Of unequally likely ones there are more than this
    /// says, but the rest are rare. `None` if all batches collide (try smaller
    /// ones) or none does (larger ones).
    ///
    /// ```
    /// use gannet::{Features, metrics::birthday};
    ///
    /// // Half of the batches of two collide.
    /// let samples = Features::new(8, 1, (0..4).flat_map(|i| [i as f32; 2]).collect(), None)?;
    /// let support = birthday(&samples, 4, 0)?.support(0.0);
    /// assert!(support.is_none_or(|n| n > 1.0));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn support(&self, threshold: f64) -> Option<f64> {
        let p = self.collisions(threshold);
        let size = self.batch as f64;
        (p > 0.0 && p < 1.0).then(|| size * (size - 1.0) / (-2.0 * (-p).ln_1p()))
    }
}

/// The closest pair of some rows, two at least; the first of equals in their order.
fn closest_pair(samples: &Features, order: &[usize]) -> ClosePair {
    let dim = samples.dim();
    let (mut pair, mut squared) = ((order[0], order[1]), f64::INFINITY);
    for first in (0..order.len()).step_by(BLOCK) {
        let own = &order[first..order.len().min(first + BLOCK)];
        let block = Block::of(own.iter().map(|&at| samples.row(at)), dim);
        for (i, &other) in order.iter().enumerate().skip(first + 1) {
            let distances = block.squared_distances(samples.row(other));
            for (lane, &at) in own.iter().enumerate().take(i - first) {
                if distances[lane] < squared {
                    (pair, squared) = ((at, other), distances[lane]);
                }
            }
        }
    }
    ClosePair {
        first: pair.0,
        second: pair.1,
        distance: squared.sqrt(),
    }
}

#[cfg(test)]
mod tests;
