//! The Fréchet distance between two Gaussians fitted to features.

mod factor;

use faer::Mat;

use self::factor::Factor;
use super::decompositions::{eigenvalues, lower_square, multiply, narrowed, nuclear_norm};
use crate::error::{Error, Result};
use crate::features::Features;
use crate::moments::{centred, mean};

/// The Fréchet distance between the Gaussians fitted to two sets of features:
/// `|μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr √(Σ₁Σ₂)` (Heusel et al., 2017, equation 6).
///
/// The last trace is the nuclear norm of `Xc Ycᵀ` over `√((n₁−1)(n₂−1))`, where
/// `Xc` and `Yc` are the centred features: exact for singular covariances too,
/// where a matrix square root loses half of the digits.
///
/// With features other than those of FID's Inception network the result is
/// **not** comparable with a published FID.
///
/// ```
/// use gannet::{Features, metrics::frechet_from_features};
///
/// // Equal spread, means 3 apart.
/// let real = Features::new(3, 1, vec![0.0, 1.0, 2.0], None)?;
/// let fake = Features::new(3, 1, vec![3.0, 4.0, 5.0], None)?;
/// assert!((frechet_from_features(&real, &fake)? - 9.0).abs() < 1e-12);
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) unless both have two rows at least and
/// equal dimensions.
pub fn frechet_from_features(real: &Features, fake: &Features) -> Result<f64> {
    let dim = real.dim();
    if fake.dim() != dim || real.len() < 2 || fake.len() < 2 {
        return Err(Error::input(format!(
            "the Fréchet distance needs two rows at least on either side and equal dimensions, \
             got [{}, {dim}] and [{}, {}]",
            real.len(),
            fake.len(),
            fake.dim()
        )));
    }
    FittedRows::of(real).distance(&FittedRows::of(fake))
}

/// A Gaussian fitted to feature rows, in the form that keeps all digits.
pub(super) struct FittedRows {
    mean: Vec<f64>,
    /// `[min(n, d), d]`, with the scatter matrix `AᵀA`.
    root: Mat<f64>,
    freedom: f64,
    trace: f64,
}

impl FittedRows {
    /// Fits two rows at least.
    pub(super) fn of(set: &Features) -> Self {
        let mean = mean(set.rows(), set.dim());
        let rows = centred(set.rows(), &mean);
        let freedom = (set.len() - 1) as f64;
        let trace = rows.squared_norm_l2() / freedom;
        Self {
            mean,
            root: narrowed(rows),
            freedom,
            trace,
        }
    }

    /// The Fréchet distance to a Gaussian of the same dimension.
    pub(super) fn distance(&self, other: &Self) -> Result<f64> {
        let (a, b) = (&self.root, &other.root);
        let mut product = Mat::zeros(a.nrows(), b.nrows());
        multiply(&mut product, a.as_ref(), b.transpose());
        let root = nuclear_norm(&product)? / (self.freedom * other.freedom).sqrt();
        distance(&self.mean, &other.mean, self.trace + other.trace, root)
    }
}

/// The Fréchet distance between two Gaussians: means `[d]` and covariances
/// `[d, d]`, row-major; see [`frechet_from_features`].
///
/// With `Σ₁ = AAᵀ` and `Σ₂ = BBᵀ`, `tr √(Σ₁Σ₂)` is the nuclear norm of `AᵀB`: the
/// sum of the square roots of the eigenvalues of `(AᵀB)(AᵀB)ᵀ`; eigenvalues that
/// rounding made negative count as 0. The factors come from Cholesky
/// decompositions with complete pivoting, which end at the numerical rank: what
/// a singular covariance has beyond it is rounding (below `d ε` of its largest
/// variance) and would be taken for variance by a square root. A covariance that
/// coarser rounding made indefinite is factored by its eigenvectors instead.
///
/// Covariances are taken to be symmetric: one triangle is read. Time is O(d³),
/// spread over the threads, memory O(d²). The result does not depend on the number
/// of threads.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) if the sizes disagree,
/// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite or a
/// covariance is not positive semidefinite.
///
/// ```
/// // One dimension: (μ₁ − μ₂)² + (σ₁ − σ₂)².
/// let distance = gannet::metrics::frechet_from_moments(&[0.0], &[4.0], &[3.0], &[1.0])?;
/// assert!((distance - 10.0).abs() < 1e-12);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn frechet_from_moments(
    real_mean: &[f64],
    real_covariance: &[f64],
    fake_mean: &[f64],
    fake_covariance: &[f64],
) -> Result<f64> {
    let dim = real_mean.len();
    let square = dim * dim;
    if dim == 0
        || fake_mean.len() != dim
        || real_covariance.len() != square
        || fake_covariance.len() != square
    {
        return Err(Error::input(format!(
            "the Fréchet distance needs means [d] and covariances [d, d] of one d, got lengths \
             {dim}, {}, {} and {}",
            real_covariance.len(),
            fake_mean.len(),
            fake_covariance.len()
        )));
    }
    let all = [real_mean, real_covariance, fake_mean, fake_covariance];
    if all
        .iter()
        .any(|values| values.iter().any(|v| !v.is_finite()))
    {
        return Err(Error::numeric(
            "the Fréchet distance got a mean or covariance that is not finite",
        ));
    }
    let (real, fake) = rayon::join(
        || Factor::of(real_covariance, dim),
        || Factor::of(fake_covariance, dim),
    );
    let (real, fake) = (real?, fake?);
    let (real_rank, fake_rank) = (real.root.ncols(), fake.root.ncols());
    let mut product = Mat::zeros(real_rank, fake_rank);
    multiply(&mut product, real.root.transpose(), fake.root.as_ref());
    let factor = match real_rank <= fake_rank {
        true => product.as_ref(),
        false => product.transpose(),
    };
    let root = eigenvalues(lower_square(factor).as_ref(), None)?
        .iter()
        .map(|value| value.max(0.0).sqrt())
        .sum::<f64>()
        * (real.scale.sqrt() * fake.scale.sqrt());
    let traces = (0..dim)
        .map(|i| real_covariance[i * dim + i] + fake_covariance[i * dim + i])
        .sum();
    distance(real_mean, fake_mean, traces, root)
}

/// Puts the terms together; what rounding took below 0 is 0.
fn distance(real_mean: &[f64], fake_mean: &[f64], traces: f64, root: f64) -> Result<f64> {
    let means: f64 = real_mean
        .iter()
        .zip(fake_mean)
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    let distance = means + traces - 2.0 * root;
    if !distance.is_finite() {
        return Err(Error::numeric(format!(
            "the Fréchet distance is not finite: means {means}, traces {traces}, root {root}"
        )));
    }
    Ok(distance.max(0.0))
}

#[cfg(test)]
mod tests;
