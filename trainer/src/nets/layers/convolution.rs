//! Convolutions and transposed convolutions.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use super::Spectral;
use crate::nets::conv::{conv_transpose2d, conv_transpose2d_leaky_relu, conv2d, conv2d_leaky_relu};
use crate::nets::init::{Fans, Initialiser};

/// The size of a kernel's side and how it moves.
#[derive(Clone, Copy, Debug)]
struct Window {
    side: usize,
    stride: usize,
    padding: usize,
}

/// Keeps the image's size: 1x1 or 3x3.
fn same(side: usize) -> Window {
    Window {
        side,
        stride: 1,
        padding: side / 2,
    }
}

/// Halves an even image, or doubles it where it is transposed.
const HALVING: Window = Window {
    side: 4,
    stride: 2,
    padding: 1,
};

/// A convolution, `[n, c_in, h, w]` to `[n, c_out, h', w']`.
#[derive(Module, Debug)]
pub(in crate::nets) struct Conv {
    /// `[c_out, c_in, k, k]`
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    spectral: Option<Spectral>,
    #[module(skip)]
    window: Window,
}

impl Conv {
    /// A 4x4 convolution that halves the image.
    pub(in crate::nets) fn halving(
        init: &mut Initialiser,
        channels: [usize; 2],
        gain: f64,
        extras: [bool; 2],
    ) -> Self {
        let draw = |init: &mut Initialiser, shape, fans| init.weights(shape, fans, gain);
        Self::new(init, channels, HALVING, extras, draw)
    }

    /// A convolution of this side, 1 or 3, that keeps the image's size.
    pub(in crate::nets) fn same(
        init: &mut Initialiser,
        channels: [usize; 2],
        side: usize,
        gain: f64,
        extras: [bool; 2],
    ) -> Self {
        let draw = |init: &mut Initialiser, shape, fans| init.weights(shape, fans, gain);
        Self::new(init, channels, same(side), extras, draw)
    }

    /// A 1x1 convolution that gives zeros until it has learned.
    pub(in crate::nets) fn silent(
        init: &mut Initialiser,
        channels: [usize; 2],
        extras: [bool; 2],
    ) -> Self {
        let draw = |init: &mut Initialiser, shape, _| init.zeros(shape);
        Self::new(init, channels, same(1), extras, draw)
    }

    fn new(
        init: &mut Initialiser,
        [c_in, c_out]: [usize; 2],
        window: Window,
        [bias, spectral]: [bool; 2],
        draw: impl Fn(&mut Initialiser, [usize; 4], Fans) -> Param<Tensor<4>>,
    ) -> Self {
        let taps = window.side * window.side;
        let fans = Fans {
            input: (c_in * taps) as f64,
            output: (c_out * taps / (window.stride * window.stride)) as f64,
        };
        let weight = draw(init, [c_out, c_in, window.side, window.side], fans);
        Self {
            bias: bias.then(|| init.biases(c_out)),
            spectral: spectral.then(|| Spectral::new(init, &weight)),
            weight,
            window,
        }
    }

    /// The convolution, then a leaky rectifier if a slope is given.
    pub(super) fn forward(&self, x: Tensor<4>, slope: Option<f64>) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        let (stride, padding) = ([self.window.stride; 2], [self.window.padding; 2]);
        match slope {
            Some(slope) => conv2d_leaky_relu(x, self.weight(), bias, stride, padding, slope),
            None => conv2d(x, self.weight(), bias, stride, padding),
        }
    }

    /// Every size that a pyramid lets through divides evenly, so no output padding is needed.
    pub(super) fn input_vjp(&self, gradient: Tensor<4>) -> Tensor<4> {
        let Window {
            stride, padding, ..
        } = self.window;
        let weight = self.weight();
        conv_transpose2d(gradient, weight, None, [stride; 2], [padding; 2], [0; 2])
    }

    fn weight(&self) -> Tensor<4> {
        Spectral::divide(self.spectral.as_ref(), &self.weight)
    }

    pub(super) fn weight_matrix(&self) -> Tensor<2> {
        self.weight.val().flatten(1, 3)
    }

    pub(super) fn renewed(self) -> Self {
        Self {
            spectral: self.spectral.map(|norm| norm.renewed(&self.weight)),
            ..self
        }
    }
}

/// A 4x4 transposed convolution that doubles the image, `[n, c_in, h, w]` to `[n, c_out, 2h, 2w]`.
#[derive(Module, Debug)]
pub(in crate::nets) struct Transposed {
    /// `[c_in, c_out, 4, 4]`
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
}

impl Transposed {
    pub(in crate::nets) fn doubling(
        init: &mut Initialiser,
        [c_in, c_out]: [usize; 2],
        gain: f64,
        bias: bool,
    ) -> Self {
        // Stride 2 spreads the 16 taps: each output pixel sees 4 of them.
        let fans = Fans {
            input: (c_in * 4) as f64,
            output: (c_out * 16) as f64,
        };
        Self {
            weight: init.weights([c_in, c_out, HALVING.side, HALVING.side], fans, gain),
            bias: bias.then(|| init.biases(c_out)),
        }
    }

    /// The transposed convolution, then a leaky rectifier if a slope is given.
    pub(super) fn forward(&self, x: Tensor<4>, slope: Option<f64>) -> Tensor<4> {
        let (weight, bias) = (self.weight.val(), self.bias.as_ref().map(Param::val));
        let (stride, padding, out) = ([HALVING.stride; 2], [HALVING.padding; 2], [0; 2]);
        match slope {
            Some(slope) => {
                conv_transpose2d_leaky_relu(x, weight, bias, stride, padding, out, slope)
            }
            None => conv_transpose2d(x, weight, bias, stride, padding, out),
        }
    }

    pub(super) fn input_vjp(&self, gradient: Tensor<4>) -> Tensor<4> {
        let (stride, padding) = ([HALVING.stride; 2], [HALVING.padding; 2]);
        conv2d(gradient, self.weight.val(), None, stride, padding)
    }

    pub(super) fn weight_matrix(&self) -> Tensor<2> {
        self.weight.val().swap_dims(0, 1).flatten(1, 3)
    }
}
