//! Modes of a known mixture that a generator captures.

use super::divergence::{kullback_leibler, shares};
use crate::error::{Error, Result};
use crate::features::Features;

/// The distance in standard deviations below which a sample is of high quality.
const LIMIT: f64 = 3.0;

/// One Gaussian of a mixture.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    mean: Vec<f64>,
    /// The lower triangle `L` of the covariance `L Lᵀ`, `[d, d]` row-major.
    root: Vec<f64>,
    weight: f64,
}

impl Mode {
    /// A Gaussian of mean `[d]`, covariance `[d, d]` and weight, which counts
    /// relative to the other modes' weights.
    ///
    /// ```
    /// use gannet::metrics::Mode;
    ///
    /// let leaning = Mode::new(vec![0.0, 0.0], &[2.0, 1.0, 1.0, 2.0], 1.0)?;
    /// // No covariance: it is not positive definite.
    /// assert!(Mode::new(vec![0.0, 0.0], &[1.0, 2.0, 2.0, 1.0], 1.0).is_err());
    /// # drop(leaning);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the sizes disagree, the weight is
    /// not above 0, a value is not finite or the covariance is not symmetric and
    /// positive definite.
    pub fn new(mean: Vec<f64>, covariance: &[f64], weight: f64) -> Result<Self> {
        let dim = mean.len();
        if dim == 0
            || dim.checked_mul(dim) != Some(covariance.len())
            || !mean.iter().all(|v| v.is_finite())
            || !(weight > 0.0 && weight.is_finite())
        {
            return Err(Error::input(format!(
                "a mode needs a finite mean [d], a covariance [d, d] and a weight above 0, got \
                 the mean {mean:?}, {} covariances and the weight {weight}",
                covariance.len()
            )));
        }
        let root = cholesky(covariance, dim).ok_or_else(|| {
            Error::input(format!(
                "a mode's covariance must be symmetric and positive definite, got {covariance:?}"
            ))
        })?;
        Ok(Self { mean, root, weight })
    }

    /// A Gaussian with the standard deviation `std` in every direction and the
    /// weight 1, as in the ring and the grid of the toy data sets.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn round(mean: Vec<f64>, std: f64) -> Result<Self> {
        let dim = mean.len();
        let entry = |at: usize| if at / dim == at % dim { std * std } else { 0.0 };
        let covariance: Vec<f64> = (0..dim * dim).map(entry).collect();
        Self::new(mean, &covariance, 1.0)
    }

    /// `(x − μ)ᵀ Σ⁻¹ (x − μ)` by forward substitution.
    fn squared_distance(&self, point: &[f32]) -> f64 {
        let dim = self.mean.len();
        let mut solved: Vec<f64> = Vec::with_capacity(dim);
        for (i, row) in self.root.chunks_exact(dim).enumerate() {
            let known: f64 = row.iter().zip(&solved).map(|(l, y)| l * y).sum();
            solved.push((f64::from(point[i]) - self.mean[i] - known) / row[i]);
        }
        solved.iter().map(|y| y * y).sum()
    }
}

/// How a generator treats the modes of a mixture.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureModes {
    /// Modes with a high-quality sample at least.
    pub captured: usize,
    /// Modes of the mixture.
    pub modes: usize,
    /// The share of samples of high quality.
    pub high_quality: f64,
    /// `KL(generated ‖ real)` over the modes, in nats; 0 is best.
    pub reverse_kl: f64,
    /// Samples nearest to each mode, of whatever quality.
    pub counts: Vec<u64>,
    /// The protocol: a sample is of high quality if its Mahalanobis distance
    /// from the nearest mode is below this many standard deviations.
    pub limit: f64,
}

/// Modes captured, share of high-quality samples and reverse KL divergence for
/// a known Gaussian mixture: the protocol of PacGAN (Lin et al., 2018, section
/// 4.1), with Mahalanobis distances so that modes need not be round.
///
/// Each sample belongs to the mode nearest in Mahalanobis distance, the first of
/// equals. It is of high quality if that distance is below 3; a mode is captured
/// if it has a high-quality sample. The divergence compares the shares of *all*
/// samples over the modes with the modes' weights.
///
/// Points are `[n, d]`. Time is O(n · modes · d²), memory O(modes).
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) without points or modes or if the
/// dimensions differ.
///
/// ```
/// use gannet::{Features, metrics::{Mode, modes_of_mixture}};
///
/// let modes = [Mode::round(vec![-1.0], 0.1)?, Mode::round(vec![1.0], 0.1)?];
/// let points = Features::new(4, 1, vec![-1.0, -0.9, -1.2, 0.5], None)?;
/// let found = modes_of_mixture(&points, &modes)?;
/// // The sample at 0.5 is five standard deviations off.
/// assert_eq!((found.captured, found.high_quality), (1, 0.75));
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn modes_of_mixture(points: &Features, modes: &[Mode]) -> Result<MixtureModes> {
    let dim = points.dim();
    if points.is_empty() || modes.is_empty() || modes.iter().any(|mode| mode.mean.len() != dim) {
        return Err(Error::input(format!(
            "modes of a mixture need points and modes of one dimension, got points [{}, {dim}] \
             and modes of the dimensions {:?}",
            points.len(),
            modes.iter().map(|m| m.mean.len()).collect::<Vec<_>>()
        )));
    }
    let mut counts = vec![0_u64; modes.len()];
    let mut good = vec![0_u64; modes.len()];
    for point in points.rows().chunks_exact(dim) {
        let (mut nearest, mut distance) = (0, f64::INFINITY);
        for (i, mode) in modes.iter().enumerate() {
            let candidate = mode.squared_distance(point);
            if candidate < distance {
                (nearest, distance) = (i, candidate);
            }
        }
        counts[nearest] += 1;
        good[nearest] += u64::from(distance < LIMIT * LIMIT);
    }
    let total: f64 = modes.iter().map(|mode| mode.weight).sum();
    let weights: Vec<f64> = modes.iter().map(|mode| mode.weight / total).collect();
    Ok(MixtureModes {
        captured: good.iter().filter(|&&count| count > 0).count(),
        modes: modes.len(),
        high_quality: good.iter().sum::<u64>() as f64 / points.len() as f64,
        reverse_kl: kullback_leibler(&shares(&counts), &weights),
        counts,
        limit: LIMIT,
    })
}

/// The lower triangle `L` with `A = L Lᵀ`, if `A` is symmetric and positive
/// definite.
fn cholesky(matrix: &[f64], dim: usize) -> Option<Vec<f64>> {
    let mut root = vec![0.0; dim * dim];
    for i in 0..dim {
        for j in 0..=i {
            if matrix[i * dim + j] != matrix[j * dim + i] {
                return None;
            }
            let known: f64 = (0..j).map(|k| root[i * dim + k] * root[j * dim + k]).sum();
            let rest = matrix[i * dim + j] - known;
            root[i * dim + j] = if i != j {
                rest / root[j * dim + j]
            } else if rest > 0.0 && rest.is_finite() {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(root)
}

#[cfg(test)]
mod tests;
