//! The gradient penalty of WGAN-GP, exact to second order.

use burn::tensor::{Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::nets::{Critic, Pass};

/// Below this squared norm a gradient has no direction, and the penalty none to push it in.
const LEAST_SQUARED_NORM: f64 = 1e-20;

/// Images between real and generated ones, `εx + (1 − ε)x̃` with one `ε` an image, uniform in
/// `[0, 1)` (Gulrajani et al. 2017, algorithm 1). All `[n, c, h, w]`.
///
/// The `ε` depend on `seed` and `step` alone.
pub fn interpolate(real: Tensor<4>, fake: Tensor<4>, seed: u64, step: u64) -> Tensor<4> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(step);
    let [n, ..] = real.dims();
    let shares: Vec<f32> = (0..n)
        .map(|_| (random.next_u32() >> 8) as f32 / (1 << 24) as f32)
        .collect();
    let shares = Tensor::<4>::from_data(TensorData::new(shares, [n, 1, 1, 1]), &real.device());
    fake.clone() + (real - fake) * shares
}

/// `E[(‖∇D(x̂)‖ − 1)²]` at images `[n, c, h, w]`: the gradient penalty is `λ` times this
/// (Gulrajani et al. 2017, eq. 3).
///
/// The result can be differentiated with respect to the critic's weights.
pub fn squared_norm_errors(critic: &Critic, images: Tensor<4>) -> Tensor<1> {
    let gradient = critic.input_gradient(&critic.trace(images, None, &Pass::plain()));
    let squared = gradient.powi_scalar(2).flatten::<2>(1, 3).sum_dim(1);
    // The root's slope at zero is infinite.
    let norms = squared.clamp_min(LEAST_SQUARED_NORM).sqrt();
    (norms - 1.0).powi_scalar(2).mean()
}
