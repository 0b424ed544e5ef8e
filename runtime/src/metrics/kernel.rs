//! The kernel distance (KID) between two sets of features.

mod sums;

use std::borrow::Cow;

use rayon::prelude::*;

use self::sums::Rows;
use super::draws::Draws;
use crate::error::{Error, Result};
use crate::features::Features;

/// Subsets whose distances are computed together.
const AT_ONCE: usize = 256;

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

impl KernelSubset {
    fn all(real: &Features, fake: &Features) -> Self {
        Self {
            real: (0..real.len()).collect(),
            fake: (0..fake.len()).collect(),
        }
    }
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

impl KernelDistance {
    fn of(values: Vec<f64>) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
        Self {
            mean,
            std: variance.sqrt(),
            values,
        }
    }
}

/// The squared maximum mean discrepancy between all rows of two sets, unbiased,
/// with the kernel `k(x, y) = (xᵀy / d + 1)³` (Bińkowski et al., 2018; the
/// estimate is that of lemma 6 of Gretton et al., 2012):
/// `Σ_{i≠j} k(xᵢ, xⱼ) / m(m−1) + Σ_{i≠j} k(yᵢ, yⱼ) / n(n−1) − 2 Σ k(xᵢ, yⱼ) / mn`.
///
/// Features are `[m, d]` and `[n, d]`. Unbiased means that it may be below 0,
/// as it is for a set against itself. Time is O((m + n)² d), spread over the
/// threads; memory beyond the features is O(m + n), and O(d) for each thread. The
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
    let all = KernelSubset::all(real, fake);
    check(real, fake, &all)?;
    Ok(distances(real, fake, &[Cow::Owned(all)])[0])
}

/// The kernel distance over `count` random subsets of `size` rows of either
/// side, as KID is commonly stated (100 subsets of 1,000); see
/// [`kernel_distance`].
///
/// The rows of a subset are drawn without replacement, subset `i` with stream
/// `i` of the uses `kid real` and `kid fake` ([seeds](super#seeds)). Where the
/// subsets have more pairs of rows together than the sets, each pair of the sets
/// is computed once for all of them.
///
/// ```
/// use gannet::{Features, Latents, metrics::kernel_distance_in_subsets};
///
/// let rows = |seed| Features::new(40, 2, Latents::draw(seed, 0..40, 2).values().to_vec(), None);
/// let kid = kernel_distance_in_subsets(&rows(1)?, &rows(2)?, 10, 20, 0)?;
/// assert_eq!(kid.values.len(), 10);
/// # Ok::<(), gannet::Error>(())
/// ```
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
    check_draws(real, fake, count, size)?;
    over_subsets(real, fake, count, |i| {
        Cow::Owned(random_subset(real, fake, size, seed, i))
    })
}

/// [`kernel_distance_in_subsets`] and [`kernel_distance`] of all rows, the
/// products of which serve both.
pub(crate) fn kernel_distances(
    real: &Features,
    fake: &Features,
    count: usize,
    size: usize,
    seed: u64,
) -> Result<(KernelDistance, f64)> {
    check_draws(real, fake, count, size)?;
    let mut all = over_subsets(real, fake, count + 1, |i| match i {
        0 => Cow::Owned(KernelSubset::all(real, fake)),
        _ => Cow::Owned(random_subset(real, fake, size, seed, i - 1)),
    })?
    .values;
    let full = all.remove(0);
    Ok((KernelDistance::of(all), full))
}

fn check_draws(real: &Features, fake: &Features, count: usize, size: usize) -> Result<()> {
    if count == 0 || count > MOST_SUBSETS || size > real.len().min(fake.len()) {
        return Err(Error::input(format!(
            "the kernel distance takes 1 to {MOST_SUBSETS} subsets, and as many rows on either \
             side as a subset has; got {count} subsets of {size} out of {} real and {} fake",
            real.len(),
            fake.len()
        )));
    }
    Ok(())
}

/// Subset `i` of a seed.
fn random_subset(
    real: &Features,
    fake: &Features,
    size: usize,
    seed: u64,
    i: usize,
) -> KernelSubset {
    let draw = |purpose, n| Draws::new(seed, purpose, i as u64).distinct(n, size);
    KernelSubset {
        real: draw(b"kid real", real.len()),
        fake: draw(b"kid fake", fake.len()),
    }
}

/// The kernel distance over given subsets; see [`kernel_distance`].
///
/// ```
/// use gannet::{Features, metrics::{KernelSubset, kernel_distance, kernel_distance_of_subsets}};
///
/// let real = Features::new(3, 1, vec![0.0, 1.0, 2.0], None)?;
/// let fake = Features::new(2, 1, vec![1.0, 3.0], None)?;
/// let all = KernelSubset { real: vec![0, 1, 2], fake: vec![0, 1] };
/// let kid = kernel_distance_of_subsets(&real, &fake, &[all])?;
/// assert!((kid.mean - kernel_distance(&real, &fake)?).abs() < 1e-12);
/// # Ok::<(), gannet::Error>(())
/// ```
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

/// The distance in each of `count` subsets.
fn over_subsets<'a>(
    real: &Features,
    fake: &Features,
    count: usize,
    subset: impl Fn(usize) -> Cow<'a, KernelSubset>,
) -> Result<KernelDistance> {
    if count == 0 {
        return Err(Error::input(
            "the kernel distance in subsets needs a subset at least",
        ));
    }
    let mut values = Vec::with_capacity(count);
    for first in (0..count).step_by(AT_ONCE) {
        let subsets: Vec<_> = (first..count.min(first + AT_ONCE)).map(&subset).collect();
        for subset in &subsets {
            check(real, fake, subset)?;
        }
        values.extend(distances(real, fake, &subsets));
    }
    Ok(KernelDistance::of(values))
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

/// The distance in each subset: from one pass over all rows where that is no
/// more work, for which rows of many subsets meet, and else from their own rows.
fn distances(real: &Features, fake: &Features, subsets: &[Cow<'_, KernelSubset>]) -> Vec<f64> {
    let pairs = |reals: usize, fakes: usize| (reals as f64 + fakes as f64).powi(2);
    let apart: f64 = subsets
        .iter()
        .map(|subset| pairs(subset.real.len(), subset.fake.len()))
        .sum();
    if pairs(real.len(), fake.len()) <= apart {
        let (reals, fakes): (Vec<_>, Vec<_>) = subsets
            .iter()
            .map(|subset| (&subset.real[..], &subset.fake[..]))
            .unzip();
        return unbiased(&Rows::shared(real, &reals), &Rows::shared(fake, &fakes));
    }
    subsets
        .par_iter()
        .flat_map_iter(|subset| {
            let reals = Rows::of_one(real, &subset.real);
            unbiased(&reals, &Rows::of_one(fake, &subset.fake))
        })
        .collect()
}

/// The estimate in each subset of the rows.
fn unbiased(x: &Rows<'_>, y: &Rows<'_>) -> Vec<f64> {
    let (xx, yy, xy) = (x.sums_within(), y.sums_within(), x.sums_between(y));
    (0..xy.len())
        .map(|i| {
            let (m, n) = (x.len_of(i) as f64, y.len_of(i) as f64);
            xx[i] / (m * (m - 1.0)) + yy[i] / (n * (n - 1.0)) - 2.0 * xy[i] / (m * n)
        })
        .collect()
}

#[cfg(test)]
mod tests;
