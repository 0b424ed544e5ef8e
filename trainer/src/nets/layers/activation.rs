//! Activations and their derivatives.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, silu, tanh};

use super::Tape;
use crate::nets::Pass;
use crate::nets::ops::leaky_relu;
use crate::recipe::Activation;

/// Slope of every leaky rectifier on its negative side.
const SLOPE: f64 = 0.2;

/// The gain of the weights before an activation that keeps the variance through both.
pub(in crate::nets) fn gain(activation: Activation) -> f64 {
    match activation {
        // He et al. 2015, eq. 15.
        Activation::LeakyRelu => (2.0 / (1.0 + SLOPE * SLOPE)).sqrt(),
        Activation::Relu => 2.0_f64.sqrt(),
        // 1/√E[silu(z)²] of a normal z.
        Activation::Silu => 1.6768,
        // PyTorch's `calculate_gain`.
        Activation::Tanh => 5.0 / 3.0,
        Activation::Sigmoid => 1.0,
    }
}

/// A function of each value by itself.
#[derive(Module, Debug)]
pub(in crate::nets) struct Activate {
    #[module(skip)]
    pub(in crate::nets) kind: Activation,
}

impl Activate {
    /// The slope on the negative side, if the function is linear on both.
    pub(super) fn negative_slope(&self) -> Option<f64> {
        match self.kind {
            Activation::LeakyRelu => Some(SLOPE),
            Activation::Relu => Some(0.0),
            Activation::Silu | Activation::Tanh | Activation::Sigmoid => None,
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self.kind {
            Activation::LeakyRelu => leaky_relu(x, SLOPE),
            Activation::Relu => leaky_relu(x, 0.0),
            Activation::Silu => silu(x),
            Activation::Tanh => tanh(x),
            Activation::Sigmoid => sigmoid(x),
        }
    }

    /// Shows the output `y` `[n, c, h, w]` to whoever watches the pass.
    pub(super) fn show(&self, y: &Tensor<4>, pass: &Pass) {
        /// Beyond this a hyperbolic tangent has a slope below 0.02, and the logistic function one
        /// below 0.005.
        const FLAT: f64 = 0.99;
        let Some(seen) = pass.seen else {
            return;
        };
        let [_, channels, _, _] = y.dims();
        let over_images = |y: Tensor<4>| y.max_dim(0).max_dim(2).max_dim(3);
        let y = y.clone().detach();
        let dead = match self.kind {
            Activation::Relu => over_images(y).lower_equal_elem(0.0),
            Activation::Tanh => over_images(y.abs().neg()).lower_elem(-FLAT),
            // σ(x) = (1 + tanh(x/2)) / 2
            Activation::Sigmoid => over_images((y * 2.0 - 1.0).abs().neg()).lower_elem(-FLAT),
            Activation::LeakyRelu | Activation::Silu => return,
        };
        seen.show_units(dead.float().sum(), channels);
    }

    /// What the product with the derivative at `x` needs, `y` being the output there: the signs
    /// of a rectifier, or the derivative as a function of `x` that can itself be differentiated.
    pub(super) fn tape(&self, x: Tensor<4>, y: &Tensor<4>) -> Tape {
        match self.kind {
            Activation::LeakyRelu => Tape::Rectified(y.clone(), SLOPE),
            Activation::Relu => Tape::Rectified(y.clone(), 0.0),
            Activation::Silu => {
                // (xσ)' = σ + xσ(1 − σ)
                let share = sigmoid(x.clone());
                Tape::Slope(share.clone() + x * share.clone() * (share.neg() + 1.0))
            }
            Activation::Tanh => Tape::Slope(y.clone().powi_scalar(2).neg() + 1.0),
            Activation::Sigmoid => Tape::Slope(y.clone() * (y.clone().neg() + 1.0)),
        }
    }
}
