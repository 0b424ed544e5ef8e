//! How far apart fakes lie, relative to reals.

use rayon::prelude::*;

use super::distances::{BLOCK, Block};
use crate::error::{Error, Result};
use crate::features::Features;

/// The mean distance between two fakes over that between two reals: 1 if the
/// fakes are as varied, towards 0 as a generator collapses.
///
/// A plain ratio of first moments, in use as a vital sign rather than from one
/// paper: it sees collapse to few samples, but not the loss of a mode among
/// many. Features are `[m, d]` and `[n, d]`, each with a mean of Euclidean
/// distances over all pairs ([`mean_pairwise_distance`]).
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) unless both sets have two rows at least
/// and equal dimensions, [`Numeric`](crate::ErrorKind::Numeric) if all real rows
/// are equal.
///
/// ```
/// use gannet::{Features, metrics::diversity_ratio};
///
/// let real = Features::new(3, 1, vec![0.0, 1.0, 2.0], None)?;
/// let fake = Features::new(2, 1, vec![0.0, 1.0], None)?;
/// assert_eq!(diversity_ratio(&real, &fake)?, 0.75);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn diversity_ratio(real: &Features, fake: &Features) -> Result<f64> {
    if real.dim() != fake.dim() {
        return Err(Error::input(format!(
            "the diversity ratio needs equal dimensions, got {} and {}",
            real.dim(),
            fake.dim()
        )));
    }
    let (reals, fakes) = (mean_pairwise_distance(real)?, mean_pairwise_distance(fake)?);
    if reals == 0.0 {
        return Err(Error::numeric(
            "the diversity ratio needs real rows that differ, got equal ones",
        ));
    }
    Ok(fakes / reals)
}

/// The mean Euclidean distance between two different rows of a set:
/// `2 / n(n−1) · Σ_{i<j} ‖xᵢ − xⱼ‖`.
///
/// Features are `[n, d]`. Time is O(n² d), spread over the threads; memory
/// beyond the features is O(n + d). The result does not depend on the number
/// of threads.
///
/// ```
/// use gannet::{Features, metrics::mean_pairwise_distance};
///
/// let set = Features::new(3, 1, vec![0.0, 1.0, 3.0], None)?;
/// assert_eq!(mean_pairwise_distance(&set)?, 2.0);
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) with fewer than two rows.
pub fn mean_pairwise_distance(set: &Features) -> Result<f64> {
    let (n, dim) = (set.len(), set.dim());
    if n < 2 {
        return Err(Error::input(format!(
            "a mean distance between rows needs two rows at least, got {n}"
        )));
    }
    let sums: Vec<f64> = set
        .rows()
        .par_chunks(BLOCK * dim)
        .enumerate()
        .map(|(b, rows)| {
            let first = b * BLOCK;
            let block = Block::of(rows.chunks_exact(dim), dim);
            let others = set.rows().chunks_exact(dim).enumerate().skip(first + 1);
            others
                .map(|(i, other)| {
                    let distances = block.squared_distances(other);
                    let before = BLOCK.min(i - first);
                    distances[..before].iter().map(|d| d.sqrt()).sum::<f64>()
                })
                .sum()
        })
        .collect();
    let pairs = n as f64 * (n as f64 - 1.0) / 2.0;
    Ok(sums.iter().sum::<f64>() / pairs)
}

#[cfg(test)]
mod tests;
