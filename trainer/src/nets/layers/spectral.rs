//! Spectral normalisation.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::nets::init::Initialiser;

/// Power iterations on the initial weights, so that the first norm is not a guess.
const FIRST_ITERATIONS: usize = 15;

/// A length below which a direction cannot be told.
const LEAST_LENGTH: f64 = 1e-12;

/// Divides a weight by its largest singular value (Miyato et al. 2018, section 2.1), of the
/// matrix `[shape[0], rest]`.
///
/// The left singular vector is kept from step to step and moved by
/// [`renewed`](Self::renewed) only, so that all passes of a step see the same network.
#[derive(Module, Debug)]
pub(in crate::nets) struct Spectral {
    left: Param<Tensor<1>>,
}

impl Spectral {
    pub(in crate::nets) fn new<const D: usize>(
        init: &mut Initialiser,
        weight: &Param<Tensor<D>>,
    ) -> Self {
        let [rows, _] = matrix(weight).dims();
        let norm = Self {
            left: init.direction(rows),
        };
        (0..FIRST_ITERATIONS).fold(norm, |norm, _| norm.renewed(weight))
    }

    /// The weight over its norm, or as it is without one.
    pub(in crate::nets) fn divide<const D: usize>(
        norm: Option<&Self>,
        weight: &Param<Tensor<D>>,
    ) -> Tensor<D> {
        match norm {
            Some(norm) => weight.val() / norm.of(weight).reshape([1; D]),
            None => weight.val(),
        }
    }

    /// `uᵀWv` `[1, 1]`, differentiable in the weight alone.
    fn of<const D: usize>(&self, weight: &Param<Tensor<D>>) -> Tensor<2> {
        let weight = matrix(weight);
        let left = self.left.val().inner().unsqueeze_dim::<2>(0);
        let right = unit(left.clone().matmul(weight.clone().inner()));
        left.matmul(weight).matmul(right.transpose())
    }

    /// After one power iteration.
    pub(in crate::nets) fn renewed<const D: usize>(self, weight: &Param<Tensor<D>>) -> Self {
        let weight = matrix(weight).inner();
        let left = self.left.val().inner().unsqueeze_dim::<2>(0);
        let right = unit(left.matmul(weight.clone()));
        let left = unit(right.matmul(weight.transpose())).flatten::<1>(0, 1);
        Self {
            left: self.left.map(|old| match old.is_autodiff() {
                true => left.autodiff(),
                false => left,
            }),
        }
    }
}

fn matrix<const D: usize>(weight: &Param<Tensor<D>>) -> Tensor<2> {
    let weight = weight.val();
    let shape = weight.dims();
    let rows = shape[0];
    let columns = shape[1..].iter().product::<usize>();
    weight.reshape([rows, columns])
}

/// A row `[1, d]` of length one.
fn unit(row: Tensor<2>) -> Tensor<2> {
    let length = row.clone().powi_scalar(2).sum_dim(1).sqrt();
    row / length.clamp_min(LEAST_LENGTH)
}
