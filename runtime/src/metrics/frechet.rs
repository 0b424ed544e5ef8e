//! The Fréchet distance between two Gaussians fitted to features.

use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt_pivoting::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{Accum, Col, Mat, MatRef, Par};

use crate::error::{Error, Result};
use crate::features::Features;
use crate::moments::{centred, mean};

/// A matrix of which a Cholesky decomposition leaves more than this share is
/// no covariance.
const LEFT_SHARE: f64 = 1e-6;

/// Parts that the search for eigenvalues is split into. The last digits depend
/// on it, so that it is not the number of threads.
const EIGENVALUE_PARTS: usize = 4;

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
/// With `Σ₁ = AAᵀ` and `Σ₂ = BBᵀ`, `tr √(Σ₁Σ₂)` is the nuclear norm of `AᵀB`: the
/// sum of the square roots of the eigenvalues of `(AᵀB)(AᵀB)ᵀ`; eigenvalues that
/// rounding made negative count as 0. The factors come from Cholesky
/// decompositions with complete pivoting, which end at the numerical rank: what
/// a singular covariance has beyond it is rounding (below `d ε` of its largest
/// variance) and would be taken for variance by a square root.
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
    let root = eigenvalues(lower_square(factor).as_ref())?
        .iter()
        .map(|value| value.max(0.0).sqrt())
        .sum::<f64>()
        * (real.scale.sqrt() * fake.scale.sqrt());
    let traces = (0..dim)
        .map(|i| real_covariance[i * dim + i] + fake_covariance[i * dim + i])
        .sum();
    distance(real_mean, fake_mean, traces, root)
}

/// A covariance `scale · AAᵀ`.
struct Factor {
    /// `A`, of as many columns as the rank.
    root: Mat<f64>,
    /// The power of two below the largest entry. Products of matrices without
    /// it stay finite, and no digit is lost.
    scale: f64,
}

impl Factor {
    fn of(covariance: &[f64], dim: usize) -> Result<Self> {
        let scale = power_of_two_below(covariance);
        let matrix = Mat::from_fn(dim, dim, |i, j| covariance[j * dim + i] / scale);
        let (root, rank) = pivoted_cholesky(&matrix);
        // A decomposition that went to its end has no negative eigenvalue left.
        if rank < dim {
            let mut rest = matrix;
            matmul(
                rest.as_mut(),
                Accum::Add,
                root.as_ref(),
                root.transpose(),
                -1.0,
                Par::rayon(0),
            );
            let left = (0..dim).fold(0.0, |most: f64, j| {
                let column = &rest.col_as_slice(j)[j..];
                column.iter().fold(most, |most, v| most.max(v.abs()))
            });
            if left > LEFT_SHARE {
                return Err(Error::numeric(format!(
                    "a covariance must be positive semidefinite, but its Cholesky decomposition \
                     ends at rank {rank} of {dim} and leaves an entry of {}",
                    left * scale
                )));
            }
        }
        Ok(Self { root, scale })
    }
}

/// The columns of `A` in `AAᵀ`, which is the matrix as far as it is positive
/// semidefinite, and their number.
fn pivoted_cholesky(matrix: &Mat<f64>) -> (Mat<f64>, usize) {
    let dim = matrix.nrows();
    let mut lower = matrix.clone();
    for i in 0..dim {
        // Rounding may take a variance of 0 below it.
        lower[(i, i)] = lower[(i, i)].max(0.0);
    }
    // Without a pivot the decomposition would divide by 0.
    if (0..dim).all(|i| lower[(i, i)] == 0.0) {
        return (Mat::zeros(dim, 0), 0);
    }
    let (mut order, mut inverse) = (vec![0_usize; dim], vec![0_usize; dim]);
    let scratch = cholesky_in_place_scratch::<usize, f64>(dim, Par::Seq, Default::default());
    let factored = cholesky_in_place(
        lower.as_mut(),
        &mut order,
        &mut inverse,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    let rank = factored.map_or(0, |(info, _)| info.rank);
    let entry = |i: usize, j: usize| match inverse[i] >= j {
        true => lower[(inverse[i], j)],
        false => 0.0,
    };
    (Mat::from_fn(dim, rank, entry), rank)
}

fn power_of_two_below(values: &[f64]) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    let largest = values.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    match f64::from_bits(largest.to_bits() & EXPONENT) {
        0.0 => 1.0,
        power => power,
    }
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
    // Threads share the entries, not the terms of their sums.
    let all = Par::rayon(0);
    matmul(product.as_mut(), Accum::Replace, a, b, 1.0, all);
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

/// The lower triangle of `AAᵀ`.
fn lower_square(a: MatRef<'_, f64>) -> Mat<f64> {
    let mut square = Mat::zeros(a.nrows(), a.nrows());
    triangular::matmul(
        square.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        a,
        BlockStructure::Rectangular,
        a.transpose(),
        BlockStructure::Rectangular,
        1.0,
        Par::rayon(0),
    );
    square
}

/// The eigenvalues of a symmetric matrix, of which the lower triangle is read.
fn eigenvalues(matrix: MatRef<'_, f64>) -> Result<Vec<f64>> {
    let dim = matrix.nrows();
    let mut values = Col::<f64>::zeros(dim);
    let none = ComputeEigenvectors::No;
    let parts = Par::rayon(EIGENVALUE_PARTS);
    let scratch = self_adjoint_evd_scratch::<f64>(dim, none, parts, Default::default());
    let diagonal: DiagMut<'_, f64> = values.as_mut().as_diagonal_mut();
    self_adjoint_evd(
        matrix,
        diagonal,
        None,
        parts,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::numeric("the eigenvalues of a covariance did not converge"))?;
    Ok(values.iter().copied().collect())
}

#[cfg(test)]
mod tests;
