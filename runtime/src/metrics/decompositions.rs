//! Products and decompositions of matrices, with the settings that fit here.

use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{Accum, Col, Mat, MatRef, Par};

use crate::error::{Error, Result};

/// Parts that the search for eigenvalues is split into. The last digits depend
/// on it, so that it is not the number of threads.
const EIGENVALUE_PARTS: usize = 4;

/// `AB`, on all threads.
pub(super) fn multiply(product: &mut Mat<f64>, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
    // Threads share the entries, not the terms of their sums.
    let all = Par::rayon(0);
    matmul(product.as_mut(), Accum::Replace, a, b, 1.0, all);
}

/// A matrix of `min(n, d)` rows with the same `AᵀA`: the R of a QR
/// decomposition where there are more rows than columns.
pub(super) fn narrowed(mut rows: Mat<f64>) -> Mat<f64> {
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

/// The sum of the singular values.
pub(super) fn nuclear_norm(matrix: &Mat<f64>) -> Result<f64> {
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
pub(super) fn lower_square(a: MatRef<'_, f64>) -> Mat<f64> {
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

/// The eigenvalues of a symmetric matrix, of which the lower triangle is read,
/// rising, and its eigenvectors if asked for.
pub(super) fn eigenvalues(
    matrix: MatRef<'_, f64>,
    vectors: Option<&mut Mat<f64>>,
) -> Result<Vec<f64>> {
    let dim = matrix.nrows();
    let mut values = Col::<f64>::zeros(dim);
    let compute = match vectors {
        Some(_) => ComputeEigenvectors::Yes,
        None => ComputeEigenvectors::No,
    };
    let parts = Par::rayon(EIGENVALUE_PARTS);
    let scratch = self_adjoint_evd_scratch::<f64>(dim, compute, parts, Default::default());
    let diagonal: DiagMut<'_, f64> = values.as_mut().as_diagonal_mut();
    self_adjoint_evd(
        matrix,
        diagonal,
        vectors.map(|vectors| vectors.as_mut()),
        parts,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::numeric("the eigenvalues of the features' products did not converge"))?;
    Ok(values.iter().copied().collect())
}
