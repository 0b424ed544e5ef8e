//! What the critic sees of images.

use burn::tensor::Tensor;

use crate::objective::{Augmentation, Policy, instance_noise};
use crate::streams::Stream;

/// The distortions of all images, real or generated, in one step.
#[derive(Debug, Clone)]
pub(super) struct Views {
    pub(super) policy: Policy,
    /// The share of images that each augmentation is applied to.
    pub(super) probability: f64,
    /// The standard deviation of the noise that is added.
    pub(super) noise: f64,
    /// The run's seed.
    pub(super) seed: u64,
}

/// Whose images are seen, which decides the random numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Real,
    Fake,
}

impl Views {
    /// Images `[n, c, h, w]` as the critic sees them; `draw` numbers the views of a run.
    pub(super) fn of(&self, images: Tensor<4>, side: Side, draw: u64) -> Tensor<4> {
        let (augments, noises) = match side {
            Side::Real => (Stream::RealAugments, Stream::RealNoise),
            Side::Fake => (Stream::FakeAugments, Stream::FakeNoise),
        };
        let mut images = images;
        if !self.policy.is_empty() && self.probability > 0.0 {
            let seed = augments.seed(self.seed);
            let [n, c, h, w] = images.dims();
            let augmentation =
                Augmentation::draw(&self.policy, self.probability, n, [c, h, w], seed, draw);
            images = augmentation.apply(images);
        }
        instance_noise(images, self.noise, noises.seed(self.seed), draw)
    }
}
