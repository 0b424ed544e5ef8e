//! Brightness, saturation and contrast.

use burn::tensor::Tensor;

use super::super::random::{Random, constant};

/// The colours of each image, changed in this order, with the ranges of the authors' code.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Color {
    /// What is added to all values, in `[-½, ½)`.
    pub(super) brightness: Vec<f32>,
    /// Factor, in `[0, 2)`, on each value's distance from the mean of its pixel's channels.
    pub(super) saturation: Vec<f32>,
    /// Factor, in `[½, 1½)`, on each value's distance from the mean of its image.
    pub(super) contrast: Vec<f32>,
}

impl Color {
    pub(super) fn draw(n: usize, probability: f64, random: &mut Random) -> Self {
        let mut color = Self {
            brightness: vec![0.0; n],
            saturation: vec![1.0; n],
            contrast: vec![1.0; n],
        };
        for image in 0..n {
            let brightness = random.uniform(-0.5, 1.0);
            let saturation = random.uniform(0.0, 2.0);
            let contrast = random.uniform(0.5, 1.0);
            if random.happens(probability) {
                color.brightness[image] = brightness;
                color.saturation[image] = saturation;
                color.contrast[image] = contrast;
            }
        }
        color
    }

    pub(super) fn apply(&self, images: Tensor<4>) -> Tensor<4> {
        let [n, channels, height, width] = images.dims();
        let shape = [n, 1, 1, 1];
        let brightness = constant(self.brightness.clone(), shape, &images);
        // Written as changes, so that a factor of 1 changes no bit.
        let change = |factors: &[f32]| {
            let changes = factors.iter().map(|factor| factor - 1.0).collect();
            constant(changes, shape, &brightness)
        };
        let mut x = images + brightness.clone();
        if channels > 1 {
            let from_grey = x.clone() - x.clone().mean_dim(1);
            x = x + from_grey * change(&self.saturation);
        }
        let flat = x.clone().reshape([n, channels * height * width]);
        let from_mean = x.clone() - flat.mean_dim(1).reshape(shape);
        x + from_mean * change(&self.contrast)
    }
}
