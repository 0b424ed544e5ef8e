//! Penalties on the critic's gradient with respect to its input.
//!
//! Each is a function of that gradient as a graph, so that the result can be differentiated with
//! respect to the critic's weights.

use burn::tensor::Tensor;

/// Below this squared norm a gradient has no direction, and the penalty none to push it in.
const LEAST_SQUARED_NORM: f64 = 1e-20;

/// Mean squared norms of the critic's input gradient on a batch's real and fake halves.
#[derive(Debug)]
pub struct InputGradients {
    /// `E[‖∇ₓD(x)‖²]` on real images: R1 is `γ/2` times this (Mescheder et al. 2018, eq. 9).
    pub real: Tensor<1>,
    /// The same on generated images: R2.
    pub fake: Tensor<1>,
}

impl InputGradients {
    /// `loss` with both penalties, `interval/2 · (γ₁ E[‖∇D(real)‖²] + γ₂ E[‖∇D(fake)‖²])`.
    ///
    /// Penalties that are evaluated only every `interval_steps` are scaled up to match (lazy
    /// regularisation, Karras et al. 2020, appendix B).
    pub fn penalise(
        self,
        loss: Tensor<1>,
        r1_gamma: f64,
        r2_gamma: f64,
        interval_steps: u64,
    ) -> Tensor<1> {
        let scale = 0.5 * interval_steps as f64;
        loss + self.real * (scale * r1_gamma) + self.fake * (scale * r2_gamma)
    }
}

/// `‖∇ₓD(x)‖²` of each image, `[n, 1]`, of gradients `[n, c, h, w]`.
pub fn squared_norms(gradient: Tensor<4>) -> Tensor<2> {
    gradient.powi_scalar(2).flatten::<2>(1, 3).sum_dim(1)
}

/// Measures input gradients `[2n, c, h, w]` whose first half is real and whose second is fake.
pub fn squared_input_gradients(gradient: Tensor<4>) -> InputGradients {
    let [n, ..] = gradient.dims();
    let pairs = n / 2;
    let norms = squared_norms(gradient);
    InputGradients {
        real: norms.clone().narrow(0, 0, pairs).mean(),
        fake: norms.narrow(0, pairs, pairs).mean(),
    }
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
