//! What the values of images look like.

use burn::tensor::Tensor;
use gannet::Features;
use gannet::metrics::mean_pairwise_distance;
use serde::{Deserialize, Serialize};

use super::super::TrainingError;
use super::super::state::floats;

/// The values of a batch of images. Real and generated ones that differ here are told apart
/// without a look at what they show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageVitals {
    /// The smallest value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub std: f64,
    /// Share of the values that are exactly 0.
    pub zeros: f64,
    /// Share of the values that are exactly −1 or 1.
    pub ends: f64,
    /// Share of the values that are exactly the most frequent one between −1 and 1: a padding or
    /// a background, which a hyperbolic tangent cannot hit.
    #[serde(default)]
    pub atom: f64,
    /// Mean Euclidean distance between two images of the batch, if it has two and they are
    /// finite. That of generated images over that of real ones falls to 0 as a generator
    /// collapses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub spread: Option<f64>,
}

impl ImageVitals {
    /// Of images `[n, c, h, w]` without a graph.
    pub(in super::super) fn new(images: &Tensor<4>) -> Result<Self, TrainingError> {
        let [n, channels, height, width] = images.dims();
        let values = floats(images.clone())?;
        let count = values.len() as f64;
        let share = |counts: fn(f32) -> bool| {
            values.iter().filter(|value| counts(**value)).count() as f64 / count
        };
        let mean = values.iter().copied().map(f64::from).sum::<f64>() / count;
        let squares = values
            .iter()
            .map(|&value| (f64::from(value) - mean).powi(2));
        Ok(Self {
            min: values.iter().copied().fold(f32::INFINITY, f32::min).into(),
            max: values
                .iter()
                .copied()
                .fold(f32::NEG_INFINITY, f32::max)
                .into(),
            mean,
            std: (squares.sum::<f64>() / count).sqrt(),
            zeros: share(|value| value == 0.0),
            ends: share(|value| value.abs() == 1.0),
            atom: atom(&values),
            spread: Features::new(n, channels * height * width, values, None)
                .and_then(|images| mean_pairwise_distance(&images))
                .ok(),
        })
    }
}

/// The share of the most frequent value strictly between −1 and 1.
fn atom(values: &[f32]) -> f64 {
    let within = values.iter().copied().filter(|value| value.abs() < 1.0);
    let mut within: Vec<f32> = within.collect();
    within.sort_unstable_by(f32::total_cmp);
    let most = within.chunk_by(|a, b| a == b).map(<[f32]>::len).max();
    most.unwrap_or(0) as f64 / values.len() as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::{Device, TensorData};

    use super::*;

    fn signs(values: &[f32], n: usize) -> ImageVitals {
        let data = TensorData::new(values.to_vec(), [n, 1, 1, values.len() / n]);
        let images = Tensor::from_data(data, &Device::flex());
        ImageVitals::new(&images).unwrap()
    }

    #[test]
    fn values_are_counted() {
        let signs = signs(&[-1.0, 0.0, 0.0, 0.5, 1.0, -0.5, 0.5, 0.25], 2);
        assert_eq!((signs.min, signs.max), (-1.0, 1.0));
        assert_eq!((signs.zeros, signs.ends), (0.25, 0.25));
        assert_eq!(signs.atom, 0.25);
        assert!((signs.mean - 0.09375).abs() < 1e-12, "{signs:?}");
    }

    #[test]
    fn images_spread_as_far_as_they_lie_apart() {
        let signs = |values: &[f32], n| signs(values, n).spread;
        assert_eq!(signs(&[0.0, 0.0, 0.5, 0.5], 2), Some(0.5_f64.sqrt()));
        assert_eq!(signs(&[0.25; 6], 3), Some(0.0));
        assert_eq!(signs(&[0.25; 6], 1), None);
    }

    #[test]
    fn equal_images_have_no_deviation() {
        assert_eq!(signs(&[0.5; 4], 2).std, 0.0);
    }
}
