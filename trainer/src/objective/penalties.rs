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
