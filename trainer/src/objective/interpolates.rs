//! Where the gradient penalty of WGAN-GP is taken.

use burn::tensor::Tensor;

use super::random::{Random, constant};

/// Images between real and generated ones, `εx + (1 − ε)x̃` with one `ε` an image, uniform in
/// `[0, 1)` (Gulrajani et al. 2017, algorithm 1). All `[n, c, h, w]`.
///
/// The `ε` depend on `seed` and `step` alone.
pub fn interpolate(real: Tensor<4>, fake: Tensor<4>, seed: u64, step: u64) -> Tensor<4> {
    let mut random = Random::new(seed, step);
    let [n, ..] = real.dims();
    let shares = (0..n).map(|_| random.unit()).collect();
    let shares = constant(shares, [n, 1, 1, 1], &real);
    fake.clone() + (real - fake) * shares
}
