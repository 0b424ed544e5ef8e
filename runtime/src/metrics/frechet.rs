//! The Fréchet distance between two Gaussians fitted to features.

use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{Accum, Col, Mat, MatRef, Par};

use crate::error::{Error, Result};
use crate::features::Features;
use crate::moments::{centred, mean};

/// A covariance whose lowest eigenvalue is below minus this share of its
/// highest is no covariance.
const NEGATIVE_SHARE: f64 = 1e-6;

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
/// `tr √(Σ₁Σ₂)` is the sum of the square roots of the eigenvalues of
/// `Σ₁^½ Σ₂ Σ₁^½`, from two symmetric eigendecompositions; eigenvalues that
/// rounding made negative count as 0.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) if the sizes disagree,
/// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite or the first
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
    let (real, real_scale) = scaled(real_covariance, dim);
    let (fake, fake_scale) = scaled(fake_covariance, dim);
    let mut vectors = Mat::zeros(dim, dim);
    let values = eigenvalues(real.as_ref(), Some(&mut vectors))?;
    let (lowest, highest) = (values[0], values[dim - 1]);
    if lowest < -NEGATIVE_SHARE * highest.abs() {
        return Err(Error::numeric(format!(
            "a covariance must be positive semidefinite, got the eigenvalues {} to {}",
            lowest * real_scale,
            highest * real_scale
        )));
    }
    // With Σ₁ = U S Uᵀ and H = U √S, HᵀΣ₂H has the eigenvalues of Σ₁^½ Σ₂ Σ₁^½.
    for (j, value) in values.iter().enumerate() {
        let root = value.max(0.0).sqrt();
        for i in 0..dim {
            vectors[(i, j)] *= root;
        }
    }
    let mut half = Mat::zeros(dim, dim);
    multiply(&mut half, fake.as_ref(), vectors.as_ref());
    let mut product = Mat::zeros(dim, dim);
    multiply(&mut product, vectors.transpose(), half.as_ref());
    let root = eigenvalues(product.as_ref(), None)?
        .iter()
        .map(|value| value.max(0.0).sqrt())
        .sum::<f64>()
        * (real_scale.sqrt() * fake_scale.sqrt());
    let traces = (0..dim)
        .map(|i| real_covariance[i * dim + i] + fake_covariance[i * dim + i])
        .sum();
    distance(real_mean, fake_mean, traces, root)
}

/// A covariance divided by the power of two below its largest entry, and that
/// power. Products of two such matrices stay finite, and no digit is lost.
fn scaled(covariance: &[f64], dim: usize) -> (Mat<f64>, f64) {
    const EXPONENT: u64 = 0x7ff << 52;
    let largest = covariance.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    let scale = match f64::from_bits(largest.to_bits() & EXPONENT) {
        0.0 => 1.0,
        power => power,
    };
    let matrix = Mat::from_fn(dim, dim, |i, j| covariance[i * dim + j] / scale);
    (matrix, scale)
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

fn multiply(product: &mut Mat<f64>, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
    matmul(product.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
}

/// A matrix of `min(n, d)` rows with the same `AᵀA`: the R of a QR
/// decomposition where there are more rows than columns.
fn narrowed(mut rows: Mat<f64>) -> Mat<f64> {
    let (n, dim) = rows.shape();
    if n <= dim {
        return rows;
    }
    let block = recommended_block_size::<f64>(n, dim);
    let mut householder = Mat::zeros(block, dim);
    let scratch = qr_in_place_scratch::<f64>(n, dim, block, Par::Seq, Default::default());
    qr_in_place(
        rows.as_mut(),
        householder.as_mut(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    Mat::from_fn(dim, dim, |i, j| if i <= j { rows[(i, j)] } else { 0.0 })
}

fn nuclear_norm(matrix: &Mat<f64>) -> Result<f64> {
    let (m, n) = matrix.shape();
    let mut values = Col::<f64>::zeros(m.min(n));
    let none = ComputeSvdVectors::No;
    let scratch = svd_scratch::<f64>(m, n, none, none, Par::Seq, Default::default());
    svd(
        matrix.as_ref(),
        values.as_mut().as_diagonal_mut(),
        None,
        None,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::numeric("the singular values of the features did not converge"))?;
    Ok(values.iter().sum())
}

/// The eigenvalues of a symmetric matrix, rising, and its eigenvectors if asked for.
fn eigenvalues(matrix: MatRef<'_, f64>, vectors: Option<&mut Mat<f64>>) -> Result<Vec<f64>> {
    let dim = matrix.nrows();
    let mut values = Col::<f64>::zeros(dim);
    let compute = match vectors {
        Some(_) => ComputeEigenvectors::Yes,
        None => ComputeEigenvectors::No,
    };
    let scratch = self_adjoint_evd_scratch::<f64>(dim, compute, Par::Seq, Default::default());
    let diagonal: DiagMut<'_, f64> = values.as_mut().as_diagonal_mut();
    self_adjoint_evd(
        matrix,
        diagonal,
        vectors.map(|vectors| vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::numeric("the eigenvalues of a covariance did not converge"))?;
    Ok(values.iter().copied().collect())
}

#[cfg(test)]
mod tests;
