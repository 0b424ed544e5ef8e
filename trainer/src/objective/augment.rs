//! Differentiable augmentation: distortions of every image that the critic sees, through which
//! the generator still learns (Zhao et al. 2020).

mod color;
mod cutout;
mod policy;
mod translation;

use burn::tensor::Tensor;

use self::color::Color;
use self::cutout::Cutout;
pub use self::policy::{Operation, Policy, PolicyError};
use self::translation::Translation;
use super::random::Random;

/// The distortions of one batch, drawn before they are applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Augmentation(Vec<Drawn>);

#[derive(Debug, Clone, PartialEq)]
enum Drawn {
    Color(Color),
    Translation(Translation),
    Cutout(Cutout),
}

impl Augmentation {
    /// Draws for `n` images of `shape` `[c, h, w]`. Each operation of the policy is applied to
    /// each image with `probability`: 1 is DiffAugment, less is for its adaptation.
    ///
    /// The draws depend on `seed` and `step` alone, and what happens to an image if an operation
    /// is applied does not depend on `probability`.
    pub fn draw(
        policy: &Policy,
        probability: f64,
        n: usize,
        [_, height, width]: [usize; 3],
        seed: u64,
        step: u64,
    ) -> Self {
        let mut random = Random::new(seed, step);
        let size = [height, width];
        let of = |operation: &Operation| {
            let random = &mut random;
            match operation {
                Operation::Color => Drawn::Color(Color::draw(n, probability, random)),
                Operation::Translation => {
                    Drawn::Translation(Translation::draw(n, size, probability, random))
                }
                Operation::Cutout => Drawn::Cutout(Cutout::draw(n, size, probability, random)),
            }
        };
        Self(policy.operations().iter().map(of).collect())
    }

    /// Images `[n, c, h, w]` as the critic should see them. Differentiable with respect to them.
    ///
    /// Those that nothing was drawn for come back bit for bit.
    pub fn apply(&self, images: Tensor<4>) -> Tensor<4> {
        self.0.iter().fold(images, |images, drawn| match drawn {
            Drawn::Color(color) => color.apply(images),
            Drawn::Translation(translation) => translation.apply(images),
            Drawn::Cutout(cutout) => cutout.apply(images),
        })
    }
}

#[cfg(test)]
mod tests;
