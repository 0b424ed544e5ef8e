//! Penalties on the critic's gradient with respect to its input.
//!
//! Each is a function of that gradient as a graph, so that the result can be differentiated with
//! respect to the critic's weights.

use burn::tensor::Tensor;

/// Below this squared norm a gradient has no direction, and the penalty none to push it in.
const LEAST_SQUARED_NORM: f64 = 1e-20;

/// `‖∇ₓD(x)‖²` of each image, `[n, 1]`, of gradients `[n, c, h, w]`.
///
/// `γ/2` times its mean is R1 on real images and R2 on generated ones (Mescheder et al. 2018,
/// eq. 9).
pub fn squared_norms(gradient: Tensor<4>) -> Tensor<2> {
    gradient.powi_scalar(2).flatten::<2>(1, 3).sum_dim(1)
}

/// `E[(‖∇D(x̂)‖ − 1)²]` of input gradients `[n, c, h, w]`.
///
/// λ times this is the penalty of WGAN-GP at interpolates (Gulrajani et al. 2017, eq. 3), and
/// that of DRAGAN around real images (Kodali et al. 2017).
pub fn gradient_penalty(gradient: Tensor<4>) -> Tensor<1> {
    // The root's slope at zero is infinite.
    let norms = squared_norms(gradient).clamp_min(LEAST_SQUARED_NORM).sqrt();
    (norms - 1.0).powi_scalar(2).mean()
}
