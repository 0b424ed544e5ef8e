//! Activations and their derivatives.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{leaky_relu, relu, sigmoid, silu, tanh};

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
    }
}

/// A function of each value by itself.
#[derive(Module, Debug)]
pub(in crate::nets) struct Activate {
    #[module(skip)]
    pub(in crate::nets) kind: Activation,
}

impl Activate {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self.kind {
            Activation::LeakyRelu => leaky_relu(x, SLOPE),
            Activation::Relu => relu(x),
            Activation::Silu => silu(x),
            Activation::Tanh => tanh(x),
        }
    }

    /// The output and the derivative: a constant of the graph where it is piecewise constant,
    /// and else a function of `x` that can itself be differentiated.
    pub(super) fn trace(&self, x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        match self.kind {
            Activation::LeakyRelu => {
                let slope = is_positive(&x) * (1.0 - SLOPE) + SLOPE;
                (x * slope.clone(), slope)
            }
            Activation::Relu => {
                let slope = is_positive(&x);
                (x * slope.clone(), slope)
            }
            Activation::Silu => {
                let share = sigmoid(x.clone());
                let y = x * share.clone();
                // (xσ)' = σ + xσ(1 − σ)
                let slope = share.clone() + y.clone() * (share.neg() + 1.0);
                (y, slope)
            }
            Activation::Tanh => {
                let y = tanh(x);
                let slope = y.clone().powi_scalar(2).neg() + 1.0;
                (y, slope)
            }
        }
    }
}

fn is_positive(x: &Tensor<4>) -> Tensor<4> {
    x.clone().inner().greater_elem(0.0).float()
}
