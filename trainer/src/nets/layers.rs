//! Layers with a forward pass and, where a critic uses them, the product of a gradient with
//! their Jacobian.
//!
//! `input_vjp` builds the gradient of the critic's output with respect to its input as an
//! ordinary forward graph, so that one more backward pass differentiates it with respect to the
//! weights: exact second order on a first-order autodiff.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::linear;

use super::conv::{conv_transpose2d, conv2d};
use super::{Initialiser, SLOPE};

/// The gain that keeps the variance through a leaky rectifier (He et al. 2015, eq. 15).
pub(super) fn leaky_gain() -> f64 {
    (2.0 / (1.0 + SLOPE * SLOPE)).sqrt()
}

/// A fully connected layer, `[n, inputs]` to `[n, outputs]`.
#[derive(Module, Debug)]
pub(super) struct Dense {
    /// `[inputs, outputs]`
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Dense {
    pub(super) fn new(init: &mut Initialiser, inputs: usize, outputs: usize, gain: f64) -> Self {
        Self {
            weight: init.he([inputs, outputs], inputs as f64, gain),
            bias: init.zeros(outputs),
        }
    }

    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        linear(x, self.weight.val(), Some(self.bias.val()))
    }

    /// `[n, outputs]` gradient to `[n, inputs]`.
    pub(super) fn input_vjp(&self, gradient: Tensor<2>) -> Tensor<2> {
        gradient.matmul(self.weight.val().transpose())
    }
}

/// A convolution, `[n, c_in, h, w]` to `[n, c_out, h', w']`.
#[derive(Module, Debug)]
pub(super) struct Conv {
    /// `[c_out, c_in, k, k]`
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    stride: usize,
    #[module(skip)]
    padding: usize,
}

impl Conv {
    /// A 4x4 convolution that halves the image.
    pub(super) fn halving(init: &mut Initialiser, c_in: usize, c_out: usize) -> Self {
        Self {
            weight: init.he([c_out, c_in, 4, 4], (c_in * 16) as f64, leaky_gain()),
            bias: init.zeros(c_out),
            stride: 2,
            padding: 1,
        }
    }

    /// A 3x3 convolution that keeps the image's size.
    pub(super) fn same(init: &mut Initialiser, c_in: usize, c_out: usize, gain: f64) -> Self {
        Self {
            weight: init.he([c_out, c_in, 3, 3], (c_in * 9) as f64, gain),
            bias: init.zeros(c_out),
            stride: 1,
            padding: 1,
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        conv2d(x, self.weight.val(), Some(self.bias.val()), stride, padding)
    }

    /// `[n, c_out, h', w']` gradient to `[n, c_in, h, w]`.
    ///
    /// Every size that `pyramid` lets through divides evenly, so no output padding is needed.
    pub(super) fn input_vjp(&self, gradient: Tensor<4>) -> Tensor<4> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        conv_transpose2d(gradient, self.weight.val(), None, stride, padding, [0; 2])
    }
}

/// A 4x4 transposed convolution that doubles the image, `[n, c_in, h, w]` to `[n, c_out, 2h, 2w]`.
#[derive(Module, Debug)]
pub(super) struct Doubling {
    /// `[c_in, c_out, 4, 4]`
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
}

impl Doubling {
    pub(super) fn new(init: &mut Initialiser, c_in: usize, c_out: usize) -> Self {
        // Stride 2 spreads the 16 taps: each output pixel sees 4 of them.
        Self {
            weight: init.he([c_in, c_out, 4, 4], (c_in * 4) as f64, leaky_gain()),
            bias: init.zeros(c_out),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let bias = Some(self.bias.val());
        conv_transpose2d(x, self.weight.val(), bias, [2; 2], [1; 2], [0; 2])
    }
}
