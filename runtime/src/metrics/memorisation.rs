//! Fakes that copy the training set.

use rayon::prelude::*;

use super::distances::{BLOCK, Block};
use crate::error::{Error, Result};
use crate::features::Features;

/// How many fakes are copies of training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Memorisation {
    /// The share of fakes that are authentic: their `ratio` is above 1.
    pub authenticity: f64,
    /// The nearest training row of each fake.
    pub nearest: Vec<NearestTraining>,
}

/// The training row nearest to a fake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearestTraining {
    /// Its index, the lowest of equals.
    pub row: usize,
    /// The fake's distance from it.
    pub distance: f64,
    /// That distance over the row's own distance from the nearest other training
    /// row. At 1 and below the fake is closer to it than the data are to each
    /// other; a copy has 0. Infinite if the row occurs twice and the fake is not
    /// equal to it.
    pub ratio: f64,
}

/// The nearest training row of each fake and the share of authentic fakes (Alaa
/// et al., 2022, the authenticity score): a fake is authentic if it lies further
/// from its nearest training row than that row from the nearest other training
/// row.
///
/// The training set must be the one that the generator saw. Compare with the
/// score of held-out real rows, which is not 1: for fresh rows of the same
/// distribution it is about one half, and one third in a single dimension.
///
/// Features are `[m, d]` and `[n, d]`; pixels will do as well. Distances are
/// Euclidean. Time is O((n + min(n, m)) m d), spread over the threads; memory
/// beyond the features is O(n), and O(d) for each thread.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) without fakes, with fewer than two
/// training rows or if the dimensions differ.
///
/// ```
/// use gannet::{Features, metrics::memorisation};
///
/// let training = Features::new(3, 1, vec![0.0, 1.0, 5.0], None)?;
/// let fake = Features::new(2, 1, vec![0.25, 3.5], None)?;
/// let found = memorisation(&training, &fake)?;
/// // 0.25 hangs on 0, whose neighbour is at 1; 3.5 is nearest to 5, 4 from 1.
/// assert_eq!(found.nearest[0].ratio, 0.25);
/// assert_eq!(found.nearest[1].ratio, 0.375);
/// assert_eq!(found.authenticity, 0.0);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn memorisation(training: &Features, fake: &Features) -> Result<Memorisation> {
    let dim = training.dim();
    if fake.dim() != dim || fake.is_empty() || training.len() < 2 {
        return Err(Error::input(format!(
            "memorisation needs a fake, two training rows at least and equal dimensions, got [{}, \
             {}] and [{}, {dim}]",
            fake.len(),
            fake.dim(),
            training.len()
        )));
    }
    let fakes: Vec<usize> = (0..fake.len()).collect();
    let found = nearest(training, fake, &fakes, |_, _| true);
    let mut hosts: Vec<usize> = found.iter().map(|&(row, _)| row).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let radii = nearest(training, training, &hosts, |host, row| host != row);
    let nearest: Vec<NearestTraining> = found
        .into_iter()
        .map(|(row, squared)| {
            let host = hosts.partition_point(|&host| host < row);
            let distance = squared.sqrt();
            NearestTraining {
                row,
                distance,
                // A copy of a row that occurs twice is a copy all the same.
                ratio: if distance > 0.0 {
                    distance / radii[host].1.sqrt()
                } else {
                    0.0
                },
            }
        })
        .collect();
    let authentic = nearest.iter().filter(|fake| fake.ratio > 1.0).count();
    Ok(Memorisation {
        authenticity: authentic as f64 / nearest.len() as f64,
        nearest,
    })
}

/// The distance of each of some rows from the nearest row of a set.
///
/// Features are `[m, d]` and `[n, d]`, the result has `n` values. Distances are Euclidean. Time
/// is O(n m d), spread over the threads.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) without rows in the set or if the dimensions differ.
///
/// ```
/// use gannet::{Features, metrics::nearest_distances};
///
/// let set = Features::new(2, 1, vec![0.0, 5.0], None)?;
/// let rows = Features::new(2, 1, vec![0.25, 3.0], None)?;
/// assert_eq!(nearest_distances(&set, &rows)?, [0.25, 2.0]);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn nearest_distances(set: &Features, rows: &Features) -> Result<Vec<f64>> {
    if set.is_empty() || set.dim() != rows.dim() {
        return Err(Error::input(format!(
            "nearest distances need a row to be near to and equal dimensions, got [{}, {}] and \
             [{}, {}]",
            set.len(),
            set.dim(),
            rows.len(),
            rows.dim()
        )));
    }
    let all: Vec<usize> = (0..rows.len()).collect();
    let found = nearest(set, rows, &all, |_, _| true);
    Ok(found
        .into_iter()
        .map(|(_, squared)| squared.sqrt())
        .collect())
}

/// The index and squared distance of the training row nearest to each of some
/// `points` of a set, among those that `may_be` picks for the point.
fn nearest(
    training: &Features,
    set: &Features,
    points: &[usize],
    may_be: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<(usize, f64)> {
    let dim = training.dim();
    points
        .par_chunks(BLOCK)
        .flat_map_iter(|points| {
            let block = Block::of(points.iter().map(|&point| set.row(point)), dim);
            let mut nearest = vec![(0, f64::INFINITY); points.len()];
            for (i, row) in training.rows().chunks_exact(dim).enumerate() {
                let distances = block.squared_distances(row);
                for ((nearest, &distance), &point) in nearest.iter_mut().zip(&distances).zip(points)
                {
                    if distance < nearest.1 && may_be(point, i) {
                        *nearest = (i, distance);
                    }
                }
            }
            nearest
        })
        .collect()
}

#[cfg(test)]
mod tests;
