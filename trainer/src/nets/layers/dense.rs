//! Fully connected layers.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::linear;

use super::Spectral;
use crate::nets::init::{Fans, Initialiser};

/// A linear map of all values of a sample, `[n, c, h, w]` to `[n, c', h', w']`.
///
/// To or from one pixel it is the convolution, transposed or not, whose kernel is as large as
/// the image.
#[derive(Module, Debug)]
pub(in crate::nets) struct Dense {
    /// `[inputs, outputs]`
    weight: Param<Tensor<2>>,
    bias: Option<Param<Tensor<1>>>,
    spectral: Option<Spectral>,
    #[module(skip)]
    input: [usize; 3],
    #[module(skip)]
    output: [usize; 3],
}

impl Dense {
    pub(in crate::nets) fn new(
        init: &mut Initialiser,
        input: [usize; 3],
        output: [usize; 3],
        gain: f64,
        [bias, spectral]: [bool; 2],
    ) -> Self {
        let inputs = input.iter().product::<usize>();
        let outputs = output.iter().product::<usize>();
        let fans = Fans {
            input: inputs as f64,
            output: outputs as f64,
        };
        let weight = init.weights([inputs, outputs], fans, gain);
        Self {
            bias: bias.then(|| init.biases(outputs)),
            spectral: spectral.then(|| Spectral::new(init, &weight)),
            weight,
            input,
            output,
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, ..] = x.dims();
        let [channels, height, width] = self.output;
        let bias = self.bias.as_ref().map(Param::val);
        linear(x.flatten::<2>(1, 3), self.weight(), bias).reshape([n, channels, height, width])
    }

    pub(super) fn input_vjp(&self, gradient: Tensor<4>) -> Tensor<4> {
        let [n, ..] = gradient.dims();
        let [channels, height, width] = self.input;
        let gradient = gradient
            .flatten::<2>(1, 3)
            .matmul(self.weight().transpose());
        gradient.reshape([n, channels, height, width])
    }

    fn weight(&self) -> Tensor<2> {
        Spectral::divide(self.spectral.as_ref(), &self.weight)
    }

    pub(super) fn weight_matrix(&self) -> Tensor<2> {
        self.weight.val().transpose()
    }

    pub(super) fn renewed(self) -> Self {
        Self {
            spectral: self.spectral.map(|norm| norm.renewed(&self.weight)),
            ..self
        }
    }
}
