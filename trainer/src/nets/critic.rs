//! The critic: convolutions that halve the image, and a score.

use burn::module::Module;
use burn::tensor::Tensor;

use super::layers::{Conv, Dense, leaky_gain};
use super::{Initialiser, NetError, SLOPE, pyramid};

/// A convolutional critic without normalisation: every image is scored by itself.
///
/// Image `[n, channels, height, width]` to score `[n, 1]`.
#[derive(Module, Debug)]
pub struct Critic {
    halvings: Vec<Conv>,
    base: Conv,
    score: Dense,
}

/// A critic's scores with what its input gradient needs.
#[derive(Debug)]
pub struct Trace {
    /// `[n, 1]`
    pub scores: Tensor<2>,
    /// The slope of each leaky rectifier at its input, in the order of the layers.
    slopes: Vec<Tensor<4>>,
    base_slope: Tensor<4>,
}

impl Critic {
    /// A critic with fresh weights for images of `[channels, height, width]`.
    ///
    /// # Errors
    ///
    /// [`NetError::Size`] as for the generator.
    pub fn new(
        init: &mut Initialiser,
        width: usize,
        [channels, height, image_width]: [usize; 3],
    ) -> Result<Self, NetError> {
        let (halvings, base) = pyramid(height, image_width)?;
        let channels_at = |level: usize| match level {
            0 => channels,
            _ => width << (level - 1).min(3),
        };
        let top = channels_at(halvings);
        Ok(Self {
            halvings: (0..halvings)
                .map(|level| Conv::halving(init, channels_at(level), channels_at(level + 1)))
                .collect(),
            base: Conv::same(init, top, 2 * top, leaky_gain()),
            score: Dense::new(init, 2 * top * base * base, 1, 1.0),
        })
    }

    /// Scores `[n, 1]` of images `[n, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.trace(images).scores
    }

    /// The scores with the rectifiers' slopes, for [`input_gradient`](Self::input_gradient).
    pub fn trace(&self, images: Tensor<4>) -> Trace {
        let mut slopes = Vec::with_capacity(self.halvings.len());
        let mut x = images;
        for conv in &self.halvings {
            let (activation, slope) = leaky_with_slope(conv.forward(x));
            slopes.push(slope);
            x = activation;
        }
        let (x, base_slope) = leaky_with_slope(self.base.forward(x));
        Trace {
            scores: self.score.forward(x.flatten(1, 3)),
            slopes,
            base_slope,
        }
    }

    /// The gradient of each score with respect to its own image, `[n, channels, height, width]`,
    /// as a graph that can be differentiated with respect to the critic's weights.
    pub fn input_gradient(&self, trace: &Trace) -> Tensor<4> {
        let ones = Tensor::ones(trace.scores.dims(), &trace.scores.device());
        let gradient = self.score.input_vjp(ones);
        let gradient = gradient.reshape(trace.base_slope.dims()) * trace.base_slope.clone();
        let gradient = self.base.input_vjp(gradient);
        self.halvings
            .iter()
            .zip(&trace.slopes)
            .rev()
            .fold(gradient, |gradient, (conv, slope)| {
                conv.input_vjp(gradient * slope.clone())
            })
    }
}

/// The leaky rectifier of `x`, and its derivative there as a constant of the graph.
fn leaky_with_slope(x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
    let positive = x.clone().inner().greater_elem(0.0).float();
    let slope = positive * (1.0 - SLOPE) + SLOPE;
    (x * slope.clone(), slope)
}
