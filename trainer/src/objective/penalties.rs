//! Penalties on the critic's gradient with respect to its input, exact to second order.

use burn::tensor::Tensor;

use crate::nets::{Critic, Trace};

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

/// Measures the input gradients of a trace whose first half is real and whose second is fake.
///
/// The result can be differentiated with respect to the critic's weights.
pub fn squared_input_gradients(critic: &Critic, trace: &Trace) -> InputGradients {
    let gradient = critic.input_gradient(trace);
    let [n, ..] = gradient.dims();
    let pairs = n / 2;
    let norms = gradient.powi_scalar(2).flatten::<2>(1, 3).sum_dim(1);
    InputGradients {
        real: norms.clone().narrow(0, 0, pairs).mean(),
        fake: norms.narrow(0, pairs, pairs).mean(),
    }
}
