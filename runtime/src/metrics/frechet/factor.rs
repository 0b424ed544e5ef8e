//! Covariances as squares.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt_pivoting::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::super::decompositions::eigenvalues;
use crate::error::{Error, Result};

/// What a Cholesky decomposition may leave of a matrix, relative to its largest
/// entry, before it is no decomposition.
const LEFT_SHARE: f64 = 1e-11;

/// A covariance whose lowest eigenvalue is below minus this share of its highest
/// is no covariance.
const NEGATIVE_SHARE: f64 = 1e-6;

/// A covariance `scale · AAᵀ`.
pub(super) struct Factor {
    /// `A`, of as many columns as the rank.
    pub(super) root: Mat<f64>,
    /// The power of two below the largest entry. Products of matrices without
    /// it stay finite, and no digit is lost.
    pub(super) scale: f64,
}

impl Factor {
    pub(super) fn of(covariance: &[f64], dim: usize) -> Result<Self> {
        let scale = power_of_two_below(covariance);
        let matrix = || Mat::from_fn(dim, dim, |i, j| covariance[j * dim + i] / scale);
        let mut root = pivoted_cholesky(matrix());
        // A decomposition that went to its end has left nothing.
        if root.ncols() < dim && largest_left(matrix(), &root) > LEFT_SHARE {
            root = eigen_root(&matrix(), scale)?;
        }
        Ok(Self { root, scale })
    }
}

/// A matrix `A` of as many columns as the numerical rank; `AAᵀ` is the matrix if
/// that is positive semidefinite.
fn pivoted_cholesky(mut lower: Mat<f64>) -> Mat<f64> {
    let dim = lower.nrows();
    for i in 0..dim {
        // Rounding may take a variance of 0 below it.
        lower[(i, i)] = lower[(i, i)].max(0.0);
    }
    // Without a pivot the decomposition would divide by 0.
    if (0..dim).all(|i| lower[(i, i)] == 0.0) {
        return Mat::zeros(dim, 0);
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
    Mat::from_fn(dim, rank, |i, j| match inverse[i] >= j {
        true => lower[(inverse[i], j)],
        false => 0.0,
    })
}

/// The largest entry of a symmetric matrix less `AAᵀ`.
fn largest_left(mut matrix: Mat<f64>, root: &Mat<f64>) -> f64 {
    let (a, transposed) = (root.as_ref(), root.transpose());
    let all = Par::rayon(0);
    matmul(matrix.as_mut(), Accum::Add, a, transposed, -1.0, all);
    let columns = (0..matrix.ncols()).map(|j| matrix.col_as_slice(j));
    columns
        .flatten()
        .fold(0.0, |most, left| most.max(left.abs()))
}

/// `U √S` of the eigendecomposition `U S Uᵀ`, where what rounding took below 0,
/// as 32 bits do, counts as 0.
fn eigen_root(matrix: &Mat<f64>, scale: f64) -> Result<Mat<f64>> {
    let dim = matrix.nrows();
    let mut root = Mat::zeros(dim, dim);
    let values = eigenvalues(matrix.as_ref(), Some(&mut root))?;
    let (lowest, highest) = (values[0], values[dim - 1]);
    if lowest < -NEGATIVE_SHARE * highest.abs() {
        return Err(Error::numeric(format!(
            "a covariance must be positive semidefinite, got the eigenvalues {} to {}",
            lowest * scale,
            highest * scale
        )));
    }
    for (j, value) in values.iter().enumerate() {
        let length = value.max(0.0).sqrt();
        for entry in root.col_as_slice_mut(j) {
            *entry *= length;
        }
    }
    Ok(root)
}

fn power_of_two_below(values: &[f64]) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    let largest = values.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    match f64::from_bits(largest.to_bits() & EXPONENT) {
        0.0 => 1.0,
        power => power,
    }
}
