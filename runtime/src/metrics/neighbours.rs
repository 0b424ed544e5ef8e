//! Precision, recall, density and coverage from nearest neighbours.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::distances::{BLOCK, Block};
use crate::error::{Error, Result};
use crate::features::Features;

/// Fidelity and variety of fake features against real ones.
///
/// Each set's manifold is the union of balls round its rows, whose radius is
/// the distance to the row's k-th nearest neighbour in its own set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbours {
    /// The share of fakes on the real manifold (Kynkäänniemi et al., 2019).
    pub precision: f64,
    /// The share of reals on the fake manifold (Kynkäänniemi et al., 2019).
    pub recall: f64,
    /// How many real balls hold a fake on average, over k; may exceed 1
    /// (Naeem et al., 2020).
    pub density: f64,
    /// The share of reals whose ball holds a fake (Naeem et al., 2020).
    pub coverage: f64,
}

/// Whether a point on the very edge of a ball belongs to it. It matters only
/// for rows that occur twice, as those of a collapsed generator do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Boundary {
    /// It does (`<=`), as equation 1 of Kynkäänniemi et al. (2019) and
    /// torch-fidelity have it. The default.
    #[default]
    Closed,
    /// It does not (`<`), as the `prdc` package has it.
    Open,
}

impl Boundary {
    fn holds(self, squared_distance: f64, squared_radius: f64) -> bool {
        match self {
            Self::Closed => squared_distance <= squared_radius,
            Self::Open => squared_distance < squared_radius,
        }
    }
}

/// Precision, recall, density and coverage with the `k` nearest neighbours.
///
/// All depend on the sizes of the sets: compare only results of equal counts.
/// Time is quadratic in the rows, memory linear.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) if the dimensions differ or a set has
/// not more than `k` rows.
pub fn neighbours(
    real: &Features,
    fake: &Features,
    k: usize,
    boundary: Boundary,
) -> Result<Neighbours> {
    if real.dim() != fake.dim() || k == 0 || real.len() <= k || fake.len() <= k {
        return Err(Error::input(format!(
            "{k} nearest neighbours need at least 1 neighbour, more rows than that and equal \
             dimensions, got [{}, {}] and [{}, {}]",
            real.len(),
            real.dim(),
            fake.len(),
            fake.dim()
        )));
    }
    let counts = Counts::of(real, fake, k, boundary);
    let (reals, fakes) = (real.len() as f64, fake.len() as f64);
    Ok(Neighbours {
        precision: counts.precise as f64 / fakes,
        recall: counts.recalled.iter().filter(|&&on| on).count() as f64 / reals,
        density: counts.dense as f64 / (k as f64 * fakes),
        coverage: counts.covered.iter().filter(|&&on| on).count() as f64 / reals,
    })
}

struct Counts {
    /// Fakes in a real ball.
    precise: usize,
    /// Pairs of a fake and a real ball that holds it.
    dense: usize,
    /// For each real, whether a fake ball holds it.
    recalled: Vec<bool>,
    /// For each real, whether its ball holds a fake.
    covered: Vec<bool>,
}

impl Counts {
    fn of(real: &Features, fake: &Features, k: usize, boundary: Boundary) -> Self {
        let (real_radii, fake_radii) = (squared_radii(real, k), squared_radii(fake, k));
        let dim = real.dim();
        let empty = || Self {
            precise: 0,
            dense: 0,
            recalled: vec![false; real.len()],
            covered: vec![false; real.len()],
        };
        fake.rows()
            .par_chunks(BLOCK * dim)
            .zip(fake_radii.par_chunks(BLOCK))
            .fold(empty, |mut counts, (rows, radii)| {
                let block = Block::of(rows.chunks_exact(dim), dim);
                let mut holding = vec![0; radii.len()];
                for (i, real_row) in real.rows().chunks_exact(dim).enumerate() {
                    let distances = block.squared_distances(real_row);
                    for (j, &radius) in radii.iter().enumerate() {
                        counts.recalled[i] |= boundary.holds(distances[j], radius);
                        if boundary.holds(distances[j], real_radii[i]) {
                            counts.covered[i] = true;
                            holding[j] += 1;
                        }
                    }
                }
                counts.precise += holding.iter().filter(|&&balls| balls > 0).count();
                counts.dense += holding.iter().sum::<usize>();
                counts
            })
            .reduce(empty, Self::merge)
    }

    fn merge(mut self, other: Self) -> Self {
        self.precise += other.precise;
        self.dense += other.dense;
        for (mine, theirs) in [
            (&mut self.recalled, other.recalled),
            (&mut self.covered, other.covered),
        ] {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine |= theirs;
            }
        }
        self
    }
}

/// The squared distance of each row to its k-th nearest neighbour in the set,
/// itself left out.
fn squared_radii(set: &Features, k: usize) -> Vec<f64> {
    let dim = set.dim();
    set.rows()
        .par_chunks(BLOCK * dim)
        .enumerate()
        .flat_map_iter(|(b, rows)| {
            let block = Block::of(rows.chunks_exact(dim), dim);
            let mut nearest = vec![vec![f64::INFINITY; k]; rows.len() / dim];
            for (i, other) in set.rows().chunks_exact(dim).enumerate() {
                let distances = block.squared_distances(other);
                for (j, nearest) in nearest.iter_mut().enumerate() {
                    if b * BLOCK + j != i {
                        keep_nearest(nearest, distances[j]);
                    }
                }
            }
            nearest.into_iter().map(move |nearest| nearest[k - 1])
        })
        .collect()
}

/// Puts a distance into a rising list of fixed length, if it is near enough.
fn keep_nearest(nearest: &mut [f64], distance: f64) {
    let at = nearest.partition_point(|&kept| kept <= distance);
    if at < nearest.len() {
        nearest[at..].rotate_right(1);
        nearest[at] = distance;
    }
}

#[cfg(test)]
mod tests;
