//! Adaptive augmentation: as much of it as the critic overfits.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The probability of augmentation with what it is adapted to, which a checkpoint must keep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Adaptive {
    /// The share of images that are augmented.
    pub probability: f64,
    /// The sum of the signs of real images' scores since the last adaptation.
    pub sign_sum: f64,
    /// The images in that sum.
    pub count: u64,
}

impl Adaptive {
    /// Steps from one adaptation to the next (Karras et al. 2020 b, section 3).
    pub const INTERVAL_STEPS: u64 = 4;

    /// Starts at a probability.
    pub fn new(probability: f64) -> Self {
        Self {
            probability,
            sign_sum: 0.0,
            count: 0,
        }
    }

    /// Takes the [`mean_sign`] of the scores of so many real images into the heuristic.
    pub fn observe(&mut self, mean_sign: f64, images: u64) {
        self.sign_sum += mean_sign * images as f64;
        self.count = self.count.saturating_add(images);
    }

    /// `r_t = E[sign D(x)]` since the last adaptation (Karras et al. 2020 b, eq. 1): 0 without
    /// overfitting, 1 if the critic knows every real image. Nothing before an observation.
    pub fn overfitting(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sign_sum / self.count as f64)
    }

    /// Moves the probability by the share that the observed images are of `speed_images`: up if
    /// `r_t` is above the target, down if it is below, within `[0, 1]`. Forgets the observations.
    ///
    /// From 0 to 1 it takes `speed_images`, which are not 0.
    pub fn adapt(&mut self, target: f64, speed_images: u64) {
        if let Some(overfitting) = self.overfitting() {
            let move_by = self.count as f64 / speed_images as f64;
            let direction = match overfitting - target {
                above if above > 0.0 => 1.0,
                below if below < 0.0 => -1.0,
                _ => 0.0,
            };
            *self = Self::new((self.probability + direction * move_by).clamp(0.0, 1.0));
        }
    }
}

/// `E[sign D(x)]` of scores `[n, 1]`; a score of 0 has no sign.
pub fn mean_sign(scores: Tensor<2>) -> Tensor<1> {
    scores.sign().mean()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn adapted(start: f64, mean_sign: f64) -> f64 {
        let mut adaptive = Adaptive::new(start);
        for _ in 0..Adaptive::INTERVAL_STEPS {
            adaptive.observe(mean_sign, 64);
        }
        adaptive.adapt(0.6, 1_024);
        assert_eq!(adaptive.overfitting(), None);
        adaptive.probability
    }

    #[test]
    fn the_probability_moves_towards_the_target_within_its_range() {
        assert_eq!(adapted(0.25, 0.7), 0.5);
        assert_eq!(adapted(0.5, 0.5), 0.25);
        assert_eq!(adapted(0.5, 0.6), 0.5);
        assert_eq!(adapted(0.9, 1.0), 1.0);
        assert_eq!(adapted(0.1, -1.0), 0.0);
    }

    #[test]
    fn without_observations_it_stays() {
        let mut adaptive = Adaptive::new(0.3);
        adaptive.adapt(0.6, 1_000);
        assert_eq!(adaptive, Adaptive::new(0.3));
    }

    #[test]
    fn overfitting_is_the_mean_sign_over_all_images() {
        let mut adaptive = Adaptive::new(0.0);
        adaptive.observe(1.0, 30);
        adaptive.observe(-1.0, 10);
        assert_eq!(adaptive.overfitting(), Some(0.5));
    }

    #[test]
    fn a_score_of_0_has_no_sign() {
        let scores = Tensor::<2>::from_floats([[3.0], [0.0], [-0.5], [0.1]], &Device::flex());
        assert_eq!(mean_sign(scores).into_scalar::<f32>(), 0.25);
    }
}
