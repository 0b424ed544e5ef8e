//! The kernel distance (KID) between two sets of features.

use std::borrow::Cow;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::draws::Draws;
use crate::error::{Error, Result};
use crate::features::Features;

/// Rows of either side whose kernel values are computed together.
const BLOCK: usize = 256;

/// More subsets than any use asks for.
const MOST_SUBSETS: usize = 1_000_000;

/// The rows of one comparison, each list without repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelSubset {
    /// Rows of the real features.
    pub real: Vec<usize>,
    /// Rows of the fake features.
    pub fake: Vec<usize>,
}

/// The kernel distance over subsets of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelDistance {
    /// The mean over the subsets.
    pub mean: f64,
    /// The population standard deviation over the subsets.
    pub std: f64,
    /// The distance in each subset.
    pub values: Vec<f64>,
}

/// The squared maximum mean discrepancy between all rows of two sets, unbiased,
/// with the kernel `k(x, y) = (xᵀy / d + 1)³` (Bińkowski et al., 2018; the
/// estimate is that of lemma 6 of Gretton et al., 2012):
/// `Σ_{i≠j} k(xᵢ, xⱼ) / m(m−1) + Σ_{i≠j} k(yᵢ, yⱼ) / n(n−1) − 2 Σ k(xᵢ, yⱼ) / mn`.
///
/// Features are `[m, d]` and `[n, d]`. Unbiased means that it may be below 0,
/// as it is for a set against itself. Time is O((m + n)² d); memory beyond the
/// features is O(d) for each thread, and a number for every 256 × 256 pairs. The
/// result does not depend on the number of threads.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) unless both sets have two rows at least
/// and equal dimensions.
///
/// ```
/// use gannet::{Features, metrics::kernel_distance};
///
/// let real = Features::new(2, 1, vec![0.0, 1.0], None)?;
/// let fake = Features::new(2, 1, vec![1.0, 1.0], None)?;
/// // k is 1 where a row is 0, and else 2³: 1 + 8 − 2 (1 + 1 + 8 + 8) / 4.
/// assert_eq!(kernel_distance(&real, &fake)?, 0.0);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn kernel_distance(real: &Features, fake: &Features) -> Result<f64> {
    let all = KernelSubset {
        real: (0..real.len()).collect(),
        fake: (0..fake.len()).collect(),
    };
    check(real, fake, &all)?;
    Ok(unbiased(real, fake, &all))
}

/// The kernel distance over `count` random subsets of `size` rows of either
/// side, as KID is commonly stated (100 subsets of 1,000); see
/// [`kernel_distance`].
///
/// The rows of a subset are drawn without replacement, subset `i` with stream
/// `i` of the uses `kid real` and `kid fake` ([seeds](super#seeds)).
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) if there is no subset or over a million,
/// `size` is below 2 or above either set's rows, or the dimensions differ.
pub fn kernel_distance_in_subsets(
    real: &Features,
    fake: &Features,
    count: usize,
    size: usize,
    seed: u64,
) -> Result<KernelDistance> {
    if count > MOST_SUBSETS || size > real.len().min(fake.len()) {
        return Err(Error::input(format!(
            "the kernel distance takes {MOST_SUBSETS} subsets at most, and as many rows on either \
             side as a subset has; got {count} subsets of {size} out of {} real and {} fake",
            real.len(),
            fake.len()
        )));
    }
    let draw = |purpose, i: usize, n| Draws::new(seed, purpose, i as u64).distinct(n, size);
    over_subsets(real, fake, count, |i| {
        Cow::Owned(KernelSubset {
            real: draw(b"kid real", i, real.len()),
            fake: draw(b"kid fake", i, fake.len()),
        })
    })
}

/// The kernel distance over given subsets; see [`kernel_distance`].
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) if there is no subset, a subset has fewer
/// than two rows on a side or a row that does not exist, or the dimensions
/// differ.
pub fn kernel_distance_of_subsets(
    real: &Features,
    fake: &Features,
    subsets: &[KernelSubset],
) -> Result<KernelDistance> {
    over_subsets(real, fake, subsets.len(), |i| Cow::Borrowed(&subsets[i]))
}

/// The distance in each of `count` subsets, which are made when their turn comes.
fn over_subsets<'a>(
    real: &Features,
    fake: &Features,
    count: usize,
    subset: impl Fn(usize) -> Cow<'a, KernelSubset> + Sync,
) -> Result<KernelDistance> {
    if count == 0 {
        return Err(Error::input(
            "the kernel distance in subsets needs a subset at least",
        ));
    }
    let values = (0..count)
        .into_par_iter()
        .map(|i| {
            let subset = subset(i);
            check(real, fake, &subset)?;
            Ok(unbiased(real, fake, &subset))
        })
        .collect::<Result<Vec<f64>>>()?;
    let count = count as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
    Ok(KernelDistance {
        mean,
        std: variance.sqrt(),
        values,
    })
}

fn check(real: &Features, fake: &Features, subset: &KernelSubset) -> Result<()> {
    let exist = |rows: &[usize], set: &Features| rows.iter().all(|&row| row < set.len());
    let (reals, fakes) = (subset.real.len(), subset.fake.len());
    if real.dim() != fake.dim() || reals < 2 || fakes < 2 {
        return Err(Error::input(format!(
            "the kernel distance needs two rows at least on either side and equal dimensions, \
             got [{reals}, {}] and [{fakes}, {}]",
            real.dim(),
            fake.dim()
        )));
    }
    if !exist(&subset.real, real) || !exist(&subset.fake, fake) {
        return Err(Error::input(format!(
            "a subset names a row beyond the {} real and {} fake ones",
            real.len(),
            fake.len()
        )));
    }
    Ok(())
}

fn unbiased(real: &Features, fake: &Features, subset: &KernelSubset) -> f64 {
    let (x, y) = (Side(real, &subset.real[..]), Side(fake, &subset.fake[..]));
    let (m, n) = (subset.real.len() as f64, subset.fake.len() as f64);
    within(x) / (m * (m - 1.0)) + within(y) / (n * (n - 1.0)) - 2.0 * between(x, y) / (m * n)
}

/// Some rows of a set.
#[derive(Clone, Copy)]
struct Side<'a>(&'a Features, &'a [usize]);

impl Side<'_> {
    fn blocks(self) -> usize {
        self.1.len().div_ceil(BLOCK)
    }

    /// The rows of a block, `[rows, d]` row-major.
    fn block(self, block: usize) -> Vec<f64> {
        let Self(set, rows) = self;
        let dim = set.dim();
        let rows = &rows[block * BLOCK..rows.len().min((block + 1) * BLOCK)];
        let mut values = Vec::with_capacity(rows.len() * dim);
        for row in rows {
            values.extend(set.row(*row).iter().map(|&value| f64::from(value)));
        }
        values
    }
}

/// `Σ_{i≠j} k(xᵢ, xⱼ)`, each pair computed once.
fn within(x: Side<'_>) -> f64 {
    let half = sum_over(x, x, |i, j| {
        if i <= j {
            tile(x, i, x, j, i == j)
        } else {
            0.0
        }
    });
    2.0 * half
}

/// `Σ k(xᵢ, yⱼ)`.
fn between(x: Side<'_>, y: Side<'_>) -> f64 {
    sum_over(x, y, |i, j| tile(x, i, y, j, false))
}

/// Adds up tiles that were computed anywhere, always in the same order.
fn sum_over(x: Side<'_>, y: Side<'_>, tile: impl Fn(usize, usize) -> f64 + Sync) -> f64 {
    let sums: Vec<f64> = (0..x.blocks() * y.blocks())
        .into_par_iter()
        .map(|at| tile(at % x.blocks(), at / x.blocks()))
        .collect();
    sums.iter().sum()
}

/// The kernel's sum over a block of either side, or over the part above the
/// diagonal.
fn tile(x: Side<'_>, i: usize, y: Side<'_>, j: usize, above_diagonal: bool) -> f64 {
    let dim = x.0.dim();
    let (a, b) = (x.block(i), y.block(j));
    let (m, n) = (a.len() / dim, b.len() / dim);
    let mut dots = Mat::<f64>::zeros(m, n);
    matmul(
        dots.as_mut(),
        Accum::Replace,
        MatRef::from_row_major_slice(&a, m, dim),
        MatRef::from_row_major_slice(&b, n, dim).transpose(),
        1.0,
        Par::Seq,
    );
    let mut sums = vec![0.0; m];
    for column in 0..n {
        let rows = if above_diagonal { column } else { m };
        for (sum, dot) in sums.iter_mut().zip(&dots.col_as_slice(column)[..rows]) {
            let base = dot / dim as f64 + 1.0;
            *sum += base * base * base;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests;
