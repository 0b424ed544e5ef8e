//! Orthogonal regularisation: filters of a layer are kept apart.

use burn::tensor::{Bool, Tensor};

/// `Σ ‖W Wᵀ ⊙ (1 − I)‖²_F` over weights `[outputs, rest]`, whose rows are a layer's filters, or
/// nothing without weights. β times this is the penalty (Brock et al. 2019, eq. 3, which has the
/// filters as columns).
///
/// Norms of filters are free, only the products of two of them are penalised.
pub fn orthogonal(weights: impl IntoIterator<Item = Tensor<2>>) -> Option<Tensor<1>> {
    weights.into_iter().map(products).reduce(|a, b| a + b)
}

fn products(weights: Tensor<2>) -> Tensor<1> {
    let [outputs, _] = weights.dims();
    let diagonal = Tensor::<2, Bool>::diag_mask([outputs; 2], 0, &weights.device()).bool_not();
    let products = weights.clone().matmul(weights.transpose());
    products.mask_fill(diagonal, 0.0).powi_scalar(2).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::Device;

    use super::*;

    #[test]
    fn only_products_of_two_filters_count() {
        let device = Device::flex();
        let apart = Tensor::<2>::from_floats([[3.0, 0.0, 0.0], [0.0, 5.0, 0.0]], &device);
        // Products 2 and −1 and 0, each twice.
        let near = Tensor::<2>::from_floats([[1.0, 1.0], [2.0, 0.0], [0.0, -1.0]], &device);
        let value = |weights: Vec<Tensor<2>>| orthogonal(weights).unwrap().into_scalar::<f32>();
        assert_eq!(value(vec![apart.clone()]), 0.0);
        assert_eq!(value(vec![near.clone()]), 2.0 * (4.0 + 1.0));
        assert_eq!(value(vec![near.clone(), apart, near]), 20.0);
        assert!(orthogonal(Vec::new()).is_none());
    }
}
