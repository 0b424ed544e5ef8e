//! Precision, recall, density and coverage from nearest neighbours.

use rayon::prelude::*;

use super::distances::squared_distance;
use super::radii::squared_radii;
use super::screened::Frame;
use crate::error::{Error, Result};
use crate::features::Features;
use crate::scores::Boundary;

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
///
/// Features are `[m, d]` and `[n, d]`; distances are Euclidean. The counts are
/// those of distances in 64 bits, each from differences, so that equal rows are at
/// distance 0: products in 32 bits bound them, and where the bounds do not decide a
/// comparison the distance is computed. Time is O((m + n)² d), spread over the
/// threads; memory beyond the features is O(m + n), and O(d) for each thread. The
/// result does not depend on the number of threads.
///
/// ```
/// use gannet::Features;
/// use gannet::metrics::{Boundary, neighbours};
///
/// let real = Features::new(4, 1, vec![0.0, 1.0, 10.0, 11.0], None)?;
/// // Real-looking fakes that know one of two heaps.
/// let fake = Features::new(2, 1, vec![0.4, 0.6], None)?;
/// let found = neighbours(&real, &fake, 1, Boundary::default())?;
/// assert_eq!((found.precision, found.coverage), (1.0, 0.5));
/// # Ok::<(), gannet::Error>(())
/// ```
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
        precision: counts.precise() as f64 / fakes,
        recall: count(&counts.recalled) as f64 / reals,
        density: counts.dense() as f64 / (k as f64 * fakes),
        coverage: count(&counts.covered) as f64 / reals,
    })
}

fn count(flags: &[bool]) -> usize {
    flags.iter().filter(|&&on| on).count()
}

struct Counts {
    /// For each fake, how many real balls hold it.
    holding: Vec<u32>,
    /// For each real, whether a fake ball holds it.
    recalled: Vec<bool>,
    /// For each real, whether its ball holds a fake.
    covered: Vec<bool>,
}

impl Counts {
    fn of(real: &Features, fake: &Features, k: usize, boundary: Boundary) -> Self {
        let frame = Frame::of(real, fake);
        let (real_radii, fake_radii) = (
            squared_radii(real, k, &frame),
            squared_radii(fake, k, &frame),
        );
        let empty = || Self {
            holding: vec![0; fake.len()],
            recalled: vec![false; real.len()],
            covered: vec![false; real.len()],
        };
        let scaled = |radii: &[f64]| -> Vec<f64> {
            radii.iter().map(|&radius| frame.scaled(radius)).collect()
        };
        let (real_scaled, fake_scaled) = (scaled(&real_radii), scaled(&fake_radii));
        frame
            .tiles(real)
            .fold(empty, |mut counts, reals| {
                for fakes in frame.tiles_in_turn(fake) {
                    let bounds = reals.bounds(&fakes);
                    for (column, j) in fakes.rows().enumerate() {
                        for (i, bound) in reals.rows().zip(bounds.column(column)) {
                            let may_hold = |radius| bound.lower <= radius;
                            let (of_real, of_fake) = (real_scaled[i], fake_scaled[j]);
                            if !(may_hold(of_real) || may_hold(of_fake)) {
                                continue;
                            }
                            let distance = squared_distance(real.row(i), fake.row(j));
                            counts.recalled[i] |= boundary.holds(distance, fake_radii[j]);
                            if boundary.holds(distance, real_radii[i]) {
                                counts.covered[i] = true;
                                counts.holding[j] += 1;
                            }
                        }
                    }
                }
                counts
            })
            .reduce(empty, Self::merge)
    }

    /// Fakes in a real ball.
    fn precise(&self) -> usize {
        self.holding.iter().filter(|&&balls| balls > 0).count()
    }

    /// Pairs of a fake and a real ball that holds it.
    fn dense(&self) -> u64 {
        self.holding.iter().copied().map(u64::from).sum()
    }

    fn merge(mut self, other: Self) -> Self {
        for (mine, theirs) in self.holding.iter_mut().zip(other.holding) {
            *mine += theirs;
        }
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

#[cfg(test)]
mod tests;
