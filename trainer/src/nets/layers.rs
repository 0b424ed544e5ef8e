//! Layers with a forward pass and the product of a gradient with their Jacobian.
//!
//! `input_vjp` builds the gradient of a critic's scores with respect to a layer's input as an
//! ordinary forward graph, so that one more backward pass differentiates it with respect to the
//! weights: exact second order on a first-order autodiff. What it needs of the forward pass is
//! on the layer's [`Tape`].
//!
//! Every activation is `[n, c, h, w]`; a vector is `[n, d, 1, 1]`.

mod activation;
mod convolution;
mod dense;
mod dropout;
mod minibatch;
mod norm;
mod resample;
mod residual;
mod spectral;

use burn::module::Module;
use burn::tensor::Tensor;

pub(super) use activation::{Activate, gain};
pub(super) use convolution::{Conv, Transposed};
pub(super) use dense::Dense;
pub(super) use dropout::Dropout;
pub(super) use minibatch::MinibatchStd;
pub(super) use norm::{Axes, Normalise};
pub(super) use resample::{Pool, Upsample};
pub(super) use residual::Residual;
pub(super) use spectral::Spectral;

use super::Pass;
use super::ops::leaky_relu_vjp;

/// One layer of a network.
#[derive(Module, Debug)]
pub(super) enum Layer {
    Dense(Dense),
    Conv(Conv),
    Transposed(Transposed),
    Activate(Activate),
    Normalise(Normalise),
    Upsample(Upsample),
    Pool(Pool),
    Dropout(Dropout),
    MinibatchStd(MinibatchStd),
    Residual(Residual),
}

/// What a layer's `input_vjp` needs of its forward pass.
#[derive(Clone, Debug)]
pub(super) enum Tape {
    /// Nothing: the layer is linear.
    Linear,
    /// The derivative of each output with respect to its own input.
    Slope(Tensor<4>),
    /// The output of a rectifier, and its slope on the negative side.
    Rectified(Tensor<4>, f64),
    /// Of a normalisation.
    Normalised(norm::Normalised),
    /// Of the standard deviation over a minibatch.
    Deviations(minibatch::Deviations),
    /// Of both branches of a residual block.
    Branches {
        main: Vec<Tape>,
        shortcut: Vec<Tape>,
    },
}

impl Layer {
    /// `[n, c, h, w]` to `[n, c', h', w']`.
    pub(super) fn forward(&self, x: Tensor<4>, pass: &Pass) -> Tensor<4> {
        match self {
            Self::Dense(layer) => layer.forward(x),
            Self::Conv(layer) => layer.forward(x, None),
            Self::Transposed(layer) => layer.forward(x, None),
            Self::Activate(layer) => {
                let y = layer.forward(x);
                layer.show(&y, pass);
                y
            }
            Self::Normalise(layer) => layer.forward(x, pass),
            Self::Upsample(layer) => layer.forward(x),
            Self::Pool(layer) => layer.forward(x),
            Self::Dropout(layer) => layer.trace(x, pass).0,
            Self::MinibatchStd(layer) => layer.trace(x).0,
            Self::Residual(layer) => layer.forward(x, pass),
        }
    }

    /// [`forward`](Self::forward) with the tape for [`input_vjp`](Self::input_vjp).
    pub(super) fn trace(&self, x: Tensor<4>, pass: &Pass) -> (Tensor<4>, Tape) {
        match self {
            Self::Activate(layer) => {
                let y = layer.forward(x.clone());
                layer.show(&y, pass);
                let tape = layer.tape(x, &y);
                (y, tape)
            }
            Self::Normalise(layer) => {
                let (y, normalised) = layer.trace(x);
                (y, Tape::Normalised(normalised))
            }
            Self::Dropout(layer) => match layer.trace(x, pass) {
                (y, Some(mask)) => (y, Tape::Slope(mask)),
                (y, None) => (y, Tape::Linear),
            },
            Self::MinibatchStd(layer) => {
                let (y, deviations) = layer.trace(x);
                (y, Tape::Deviations(deviations))
            }
            Self::Residual(layer) => layer.trace(x, pass),
            linear => (linear.forward(x, pass), Tape::Linear),
        }
    }

    /// The gradient of the sum of all scores with respect to this layer's input, from that with
    /// respect to its output.
    pub(super) fn input_vjp(&self, tape: &Tape, gradient: Tensor<4>) -> Tensor<4> {
        match (self, tape) {
            (_, Tape::Slope(slope)) => gradient * slope.clone(),
            (_, Tape::Rectified(y, slope)) => leaky_relu_vjp(y.clone(), gradient, *slope),
            (Self::Normalise(layer), Tape::Normalised(tape)) => layer.input_vjp(tape, gradient),
            (_, Tape::Deviations(tape)) => tape.input_vjp(gradient),
            (Self::Residual(layer), Tape::Branches { main, shortcut }) => {
                layer.input_vjp(main, shortcut, gradient)
            }
            (Self::Dense(layer), _) => layer.input_vjp(gradient),
            (Self::Conv(layer), _) => layer.input_vjp(gradient),
            (Self::Transposed(layer), _) => layer.input_vjp(gradient),
            (Self::Upsample(layer), _) => layer.input_vjp(gradient),
            (Self::Pool(layer), _) => layer.input_vjp(gradient),
            // Dropout that dropped nothing.
            _ => gradient,
        }
    }

    /// The layer with the statistics of `x` stored where it has some to store, and its output
    /// in inference.
    pub(super) fn calibrated(self, x: Tensor<4>) -> (Self, Tensor<4>) {
        match self {
            Self::Normalise(layer) => {
                let layer = layer.calibrated(x.clone());
                let y = layer.forward(x, &Pass::inference());
                (Self::Normalise(layer), y)
            }
            Self::Residual(layer) => {
                let (layer, y) = layer.calibrated(x);
                (Self::Residual(layer), y)
            }
            layer => {
                let y = layer.forward(x, &Pass::inference());
                (layer, y)
            }
        }
    }

    /// Whether an output depends on other inputs of the batch in training.
    pub(super) fn mixes_a_batch(&self) -> bool {
        match self {
            Self::Normalise(layer) => layer.has_statistics(),
            Self::MinibatchStd(_) => true,
            Self::Residual(layer) => layer.layers().any(Self::mixes_a_batch),
            _ => false,
        }
    }

    /// Whether inference reads statistics that training does not keep.
    pub(super) fn has_statistics(&self) -> bool {
        match self {
            Self::Normalise(layer) => layer.has_statistics(),
            Self::Residual(layer) => layer.layers().any(Self::has_statistics),
            _ => false,
        }
    }

    /// The layer after one power iteration of its spectral norm, if it has one.
    pub(super) fn renewed(self) -> Self {
        match self {
            Self::Dense(layer) => Self::Dense(layer.renewed()),
            Self::Conv(layer) => Self::Conv(layer.renewed()),
            Self::Residual(layer) => Self::Residual(layer.renewed()),
            layer => layer,
        }
    }

    /// Its weights as matrices `[outputs, rest]`.
    pub(super) fn weight_matrices(&self) -> Vec<Tensor<2>> {
        match self {
            Self::Dense(layer) => vec![layer.weight_matrix()],
            Self::Conv(layer) => vec![layer.weight_matrix()],
            Self::Transposed(layer) => vec![layer.weight_matrix()],
            Self::Residual(layer) => layer.layers().flat_map(Self::weight_matrices).collect(),
            _ => Vec::new(),
        }
    }

    /// What it is called in a message.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Dense(_) => "linear layer",
            Self::Conv(_) => "convolution",
            Self::Transposed(_) => "transposed convolution",
            Self::Activate(_) => "activation",
            Self::Normalise(_) => "normalisation",
            Self::Upsample(_) => "upsampling",
            Self::Pool(_) => "average pooling",
            Self::Dropout(_) => "dropout",
            Self::MinibatchStd(_) => "minibatch standard deviation",
            Self::Residual(_) => "residual block",
        }
    }
}

/// All layers, one after the other.
pub(super) fn forward(layers: &[Layer], x: Tensor<4>, pass: &Pass) -> Tensor<4> {
    let mut x = x;
    let mut layers = layers;
    loop {
        (x, layers) = match layers {
            [layer, Layer::Activate(activate), rest @ ..] => {
                (activated(layer, activate, x, pass), rest)
            }
            [layer, rest @ ..] => (layer.forward(x, pass), rest),
            [] => return x,
        };
    }
}

/// A layer and the activation after it, in one pass over the values where both allow it.
fn activated(layer: &Layer, activate: &Activate, x: Tensor<4>, pass: &Pass) -> Tensor<4> {
    let y = match (layer, activate.negative_slope()) {
        (Layer::Conv(layer), slope @ Some(_)) => layer.forward(x, slope),
        (Layer::Transposed(layer), slope @ Some(_)) => layer.forward(x, slope),
        (Layer::Normalise(layer), _) => layer.forward_activated(x, pass, activate),
        _ => activate.forward(layer.forward(x, pass)),
    };
    activate.show(&y, pass);
    y
}

/// [`forward`] with every layer's tape.
pub(super) fn trace(layers: &[Layer], x: Tensor<4>, pass: &Pass) -> (Tensor<4>, Vec<Tape>) {
    let mut x = x;
    let mut tapes = Vec::with_capacity(layers.len());
    let mut layers = layers;
    loop {
        (x, layers) = match layers {
            [
                linear @ (Layer::Conv(_) | Layer::Transposed(_)),
                Layer::Activate(activate),
                rest @ ..,
            ] if activate.negative_slope().is_some() => {
                let y = activated(linear, activate, x, pass);
                // Of a rectifier, what came out has the signs of what went in.
                tapes.extend([Tape::Linear, activate.tape(y.clone(), &y)]);
                (y, rest)
            }
            [layer, rest @ ..] => {
                let (y, tape) = layer.trace(x, pass);
                tapes.push(tape);
                (y, rest)
            }
            [] => return (x, tapes),
        };
    }
}

/// The gradient with respect to the first layer's input, from that of the last one's output.
pub(super) fn input_vjp(layers: &[Layer], tapes: &[Tape], gradient: Tensor<4>) -> Tensor<4> {
    let backwards = layers.iter().zip(tapes).rev();
    backwards.fold(gradient, |gradient, (layer, tape)| {
        layer.input_vjp(tape, gradient)
    })
}

/// The layers with the statistics that `x` causes in them, and their output.
pub(super) fn calibrated(layers: Vec<Layer>, x: Tensor<4>) -> (Vec<Layer>, Tensor<4>) {
    let mut x = x;
    let mut done = Vec::with_capacity(layers.len());
    for layer in layers {
        let (layer, y) = layer.calibrated(x);
        done.push(layer);
        x = y;
    }
    (done, x)
}
