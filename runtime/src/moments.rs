//! Mean and scatter of feature rows, accumulated and merged in `f64`.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// The count, the mean and the scatter matrix `Σ (x − mean)(x − mean)ᵀ` of rows.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    pub(crate) n: u64,
    pub(crate) mean: Vec<f64>,
    /// `[dim, dim]`, symmetric.
    pub(crate) scatter: Vec<f64>,
}

impl Moments {
    pub(crate) fn empty(dim: usize) -> Self {
        Self {
            n: 0,
            mean: vec![0.0; dim],
            scatter: vec![0.0; dim * dim],
        }
    }

    /// The moments of `rows`, `[n, dim]` row-major.
    pub(crate) fn of(rows: &[f32], dim: usize) -> Self {
        let n = rows.len() / dim;
        if n == 0 {
            return Self::empty(dim);
        }
        let mean = mean(rows, dim);
        let centred = centred(rows, &mean);
        let mut product = Mat::zeros(dim, dim);
        matmul(
            product.as_mut(),
            Accum::Replace,
            centred.transpose(),
            centred.as_ref(),
            1.0,
            Par::Seq,
        );
        Self {
            n: n as u64,
            mean,
            scatter: symmetric(product.as_ref()),
        }
    }

    /// Joins the moments of further rows (Chan, Golub and LeVeque, 1979).
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        let dim = self.mean.len();
        let total = self.n + other.n;
        let share = other.n as f64 / total as f64;
        let weight = self.n as f64 * share;
        let shift: Vec<f64> = other
            .mean
            .iter()
            .zip(&self.mean)
            .map(|(theirs, ours)| theirs - ours)
            .collect();
        for (i, row) in self.scatter.chunks_exact_mut(dim).enumerate() {
            let theirs = &other.scatter[i * dim..(i + 1) * dim];
            for (j, value) in row.iter_mut().enumerate() {
                *value += theirs[j] + weight * (shift[i] * shift[j]);
            }
        }
        for (mean, shift) in self.mean.iter_mut().zip(&shift) {
            *mean += share * shift;
        }
        self.n = total;
    }

    /// The unbiased covariance `[dim, dim]`, of two rows at least.
    pub(crate) fn covariance(&self) -> Vec<f64> {
        let freedom = self.n as f64 - 1.0;
        self.scatter.iter().map(|value| value / freedom).collect()
    }
}

/// The mean of each column of `rows`, `[n, dim]` row-major.
pub(crate) fn mean(rows: &[f32], dim: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dim];
    for row in rows.chunks_exact(dim) {
        for (sum, &value) in sum.iter_mut().zip(row) {
            *sum += f64::from(value);
        }
    }
    let n = (rows.len() / dim) as f64;
    sum.into_iter().map(|sum| sum / n).collect()
}

/// The rows less their mean, as a matrix `[n, dim]`.
pub(crate) fn centred(rows: &[f32], mean: &[f64]) -> Mat<f64> {
    let dim = mean.len();
    Mat::from_fn(rows.len() / dim, dim, |i, j| {
        f64::from(rows[i * dim + j]) - mean[j]
    })
}

/// The symmetric part of a square matrix.
fn symmetric(matrix: MatRef<'_, f64>) -> Vec<f64> {
    let dim = matrix.nrows();
    (0..dim * dim)
        .map(|at| 0.5 * (matrix[(at / dim, at % dim)] + matrix[(at % dim, at / dim)]))
        .collect()
}
