//! The classifier.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData, activation::relu};

use super::FeaturesError;
use super::random::Random;

/// The number of features that describe an image.
pub const FEATURE_COUNT: usize = 64;

/// Images are halved until no side is longer.
const LONGEST_SIDE: usize = 8;

const FIRST_CHANNELS: usize = 16;
const MOST_CHANNELS: usize = 64;

/// A convolutional classifier that also gives its last hidden layer.
///
/// Stages of 3x3 convolution, batch normalisation, ReLU and 2x2 maximum halve
/// the image until no side is longer than 8; one more stage without the maximum
/// follows, then a linear layer to 64 features, normalised and with ReLU, and a
/// linear layer to the logits. The stages have 16, 32, then 64 channels.
#[derive(Module, Debug)]
pub struct Classifier {
    stages: Vec<Stage>,
    halve: MaxPool2d,
    features: Linear,
    // Without it the first steps push most features below 0 for every image,
    // where ReLU never lets them learn again.
    norm: BatchNorm,
    logits: Linear,
}

#[derive(Module, Debug)]
struct Stage {
    convolution: Conv2d,
    norm: BatchNorm,
}

impl Classifier {
    /// A classifier with random weights for images of `shape` = `[c, h, w]`.
    ///
    /// Weights are uniform within ±√(6 / fan-in) (He et al., 2015), drawn from
    /// ChaCha8 keyed by the seed; biases are 0.
    ///
    /// # Errors
    ///
    /// [`FeaturesError::TooNarrow`] if halving leaves nothing of the shorter
    /// side.
    pub fn new(
        shape: [usize; 3],
        classes: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self, FeaturesError> {
        let [channels, height, width] = shape;
        let mut halvings = 0;
        while height.max(width) >> halvings > LONGEST_SIDE {
            halvings += 1;
        }
        if height.min(width) >> halvings == 0 {
            return Err(FeaturesError::TooNarrow {
                height,
                width,
                needed: 1 << halvings,
            });
        }
        let random = &mut Random::weights(seed);
        let mut stages = Vec::with_capacity(halvings + 1);
        let mut inputs = channels;
        let mut outputs = FIRST_CHANNELS;
        for _ in 0..=halvings {
            stages.push(Stage::new(inputs, outputs, random, device));
            inputs = outputs;
            outputs = (2 * outputs).min(MOST_CHANNELS);
        }
        let flat = inputs * (height >> halvings) * (width >> halvings);
        Ok(Self {
            stages,
            halve: MaxPool2dConfig::new([2, 2]).init(),
            features: linear(flat, FEATURE_COUNT, false, random, device),
            norm: BatchNormConfig::new(FEATURE_COUNT).init(device),
            logits: linear(FEATURE_COUNT, classes, true, random, device),
        })
    }

    /// The features `[n, 64]`, none negative, and the logits `[n, k]` of images
    /// `[n, c, h, w]` in [-1, 1].
    pub fn forward(&self, images: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let last = self.stages.len() - 1;
        let mut x = images;
        for (index, stage) in self.stages.iter().enumerate() {
            x = stage.forward(x);
            if index < last {
                x = self.halve.forward(x);
            }
        }
        let features = self.features.forward(x.flatten::<2>(1, 3));
        let features = relu(self.norm.forward(features));
        let logits = self.logits.forward(features.clone());
        (features, logits)
    }
}

impl Stage {
    fn new(inputs: usize, outputs: usize, random: &mut Random, device: &Device) -> Self {
        let mut convolution = Conv2dConfig::new([inputs, outputs], [3, 3])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .with_bias(false)
            .with_initializer(Initializer::Zeros)
            .init(device);
        convolution.weight = weights([outputs, inputs, 3, 3], 9 * inputs, random, device);
        Self {
            convolution,
            norm: BatchNormConfig::new(outputs).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        relu(self.norm.forward(self.convolution.forward(x)))
    }
}

fn linear(
    inputs: usize,
    outputs: usize,
    bias: bool,
    random: &mut Random,
    device: &Device,
) -> Linear {
    let mut linear = LinearConfig::new(inputs, outputs)
        .with_bias(bias)
        .with_initializer(Initializer::Zeros)
        .init(device);
    linear.weight = weights([inputs, outputs], inputs, random, device);
    linear
}

fn weights<const D: usize>(
    shape: [usize; D],
    fan_in: usize,
    random: &mut Random,
    device: &Device,
) -> Param<Tensor<D>> {
    let limit = (6.0 / fan_in as f32).sqrt();
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|_| random.symmetric(limit)).collect();
    Param::from_data(TensorData::new(values, shape), device)
}
