//! Statistically different bins (NDB) and their divergence.

use super::divergence::{jensen_shannon, shares};
use super::k_means::{assign, k_means};
use crate::error::{Error, Result};
use crate::features::check_matrix;

/// Bins that k-means found in real rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    dim: usize,
    /// `[bins, dim]` row-major.
    centres: Vec<f64>,
    counts: Vec<u64>,
}

/// Fake rows against real ones over bins.
#[derive(Clone, Debug, PartialEq)]
pub struct BinComparison {
    /// Bins whose shares differ significantly (NDB).
    pub different: usize,
    /// Bins that were compared.
    pub bins: usize,
    /// The Jensen-Shannon divergence between the shares, in nats: from 0 to
    /// `ln 2`.
    pub js_divergence: f64,
    /// The significance level: the share of bins that differ by chance alone.
    pub significance: f64,
    /// Real rows of each bin.
    pub real_counts: Vec<u64>,
    /// Fake rows of each bin.
    pub fake_counts: Vec<u64>,
}

impl Bins {
    /// Divides the space of real rows into `bins` by k-means (Richardson and
    /// Weiss, 2018, who take 100 bins of pixels).
    ///
    /// Rows are `[n, dim]` row-major, for instance pixels. The seeds of k-means
    /// are those of k-means++, drawn from the use `k means` ([seeds](super#seeds));
    /// Lloyd's rounds end when no row moves, or after 100. Time is
    /// O(n · bins · dim) for a round, spread over the threads, memory O(n +
    /// bins · dim). The result does not depend on the number of threads.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the sizes do not fit, no bin is
    /// asked for or there are fewer different rows than bins,
    /// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn fit(real: &[f32], dim: usize, bins: usize, seed: u64) -> Result<Self> {
        check_rows(real, dim)?;
        let centres = k_means(real, dim, bins, seed).ok_or_else(|| {
            Error::input(format!(
                "{bins} bins need a bin at least and as many different rows, got {} rows",
                real.len() / dim
            ))
        })?;
        let counts = count(&assign(real, dim, &centres), bins);
        Ok(Self {
            dim,
            centres,
            counts,
        })
    }

    /// Counts the fake rows of each bin and compares with the real ones: the
    /// number of bins whose two shares differ by a two-sided z test of two
    /// proportions at the level `significance` (Richardson and Weiss, 2018;
    /// 0.05 there), and the Jensen-Shannon divergence of the shares.
    ///
    /// With `p` the share of real and fake together, `z = (p₁ − p₂) / √(p (1 − p)
    /// (1/n₁ + 1/n₂))`. A bin that is empty on both sides does not differ.
    ///
    /// Compare only results of equal counts: the more rows, the smaller the
    /// differences that are significant. The expected number for a perfect
    /// generator is `significance · bins`. (The real shares are taken as a
    /// sample, although the bins were made for them.)
    ///
    /// ```
    /// use gannet::metrics::Bins;
    ///
    /// // Two heaps of real points, and fakes that know one.
    /// let bins = Bins::fit(&[0.0, 0.1, 9.0, 9.1], 1, 2, 0)?;
    /// let found = bins.compare(&[0.0; 50], 0.05)?;
    /// assert_eq!((found.bins, found.real_counts), (2, vec![2, 2]));
    /// assert!(found.js_divergence > 0.1);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) without rows, if the sizes do not fit
    /// or the level is not between 0 and 1,
    /// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn compare(&self, fake: &[f32], significance: f64) -> Result<BinComparison> {
        check_rows(fake, self.dim)?;
        if fake.is_empty() || !(significance > 0.0 && significance < 1.0) {
            return Err(Error::input(format!(
                "bins need a fake row at least and a significance level between 0 and 1, got {} \
                 values and {significance}",
                fake.len()
            )));
        }
        let bins = self.counts.len();
        let fakes = count(&assign(fake, self.dim, &self.centres), bins);
        let totals = (self.counts.iter().sum(), fakes.iter().sum());
        let different = self
            .counts
            .iter()
            .zip(&fakes)
            .filter(|&(&real, &fake)| two_sided_p((real, fake), totals) < significance)
            .count();
        Ok(BinComparison {
            different,
            bins,
            js_divergence: jensen_shannon(&shares(&self.counts), &shares(&fakes)),
            significance,
            real_counts: self.counts.clone(),
            fake_counts: fakes,
        })
    }
}

fn check_rows(rows: &[f32], dim: usize) -> Result<()> {
    check_matrix("rows", rows.len().checked_div(dim).unwrap_or(0), dim, rows)
}

fn count(bin_of: &[usize], bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    for &bin in bin_of {
        counts[bin] += 1;
    }
    counts
}

/// The chance that two samples of one distribution have shares so different.
fn two_sided_p(counts: (u64, u64), totals: (u64, u64)) -> f64 {
    let (n1, n2) = (totals.0 as f64, totals.1 as f64);
    let difference = counts.0 as f64 / n1 - counts.1 as f64 / n2;
    let p = (counts.0 + counts.1) as f64 / (n1 + n2);
    let error = (p * (1.0 - p) * (1.0 / n1 + 1.0 / n2)).sqrt();
    if error > 0.0 {
        libm::erfc((difference / error).abs() / std::f64::consts::SQRT_2)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests;
