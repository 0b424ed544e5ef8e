//! The recipe's table `[augment]`: what the critic sees of images.

use serde::{Deserialize, Serialize};

use crate::objective::Policy;

/// Distortions of every image, real or generated, that the critic sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augment {
    /// DiffAugment's policy: some of `color`, `translation`, `cutout`, separated by commas.
    pub policy: Policy,
    /// The share of images that each is applied to, at the start.
    pub probability: f64,
    /// The share of real images with positive scores, less that with negative ones, that the
    /// probability is adapted to; 0 leaves it as it is.
    pub adaptive_target: f64,
    /// Images in which the probability can go from 0 to 1.
    pub adaptive_speed_images: u64,
    /// Whether half of the real images are mirrored left to right.
    pub mirror: bool,
}

impl Default for Augment {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            probability: 1.0,
            adaptive_target: 0.0,
            adaptive_speed_images: 500_000,
            mirror: false,
        }
    }
}
