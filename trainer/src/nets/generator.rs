//! The generator: a latent becomes a small image that transposed convolutions double.

use burn::module::Module;
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Tensor, activation::tanh};

use super::layers::{Conv, Dense, Doubling, leaky_gain};
use super::{Initialiser, NetError, SLOPE, pyramid};

/// A convolutional generator without normalisation.
///
/// Latent `[n, latent]` to image `[n, channels, height, width]` in `[-1, 1]`. The channel count
/// is `width` at full size and doubles with every halving, up to `8 width`.
#[derive(Module, Debug)]
pub struct Generator {
    seed: Dense,
    base: Conv,
    doublings: Vec<Doubling>,
    image: Conv,
    #[module(skip)]
    base_shape: [usize; 2],
}

impl Generator {
    /// A generator with fresh weights for images of `[channels, height, width]`.
    ///
    /// # Errors
    ///
    /// [`NetError::Size`] if the images are not square or their side is not 4 to 8 times a power
    /// of two.
    pub fn new(
        init: &mut Initialiser,
        latent: usize,
        width: usize,
        [channels, height, image_width]: [usize; 3],
    ) -> Result<Self, NetError> {
        let (halvings, base) = pyramid(height, image_width)?;
        let channels_at = |level: usize| width << level.min(3);
        let top = channels_at(halvings);
        Ok(Self {
            seed: Dense::new(init, latent, top * base * base, leaky_gain()),
            base: Conv::same(init, top, top, leaky_gain()),
            doublings: (0..halvings)
                .rev()
                .map(|level| Doubling::new(init, channels_at(level + 1), channels_at(level)))
                .collect(),
            image: Conv::same(init, width, channels, 1.0),
            base_shape: [top, base],
        })
    }

    /// Images `[n, channels, height, width]` in `[-1, 1]` of latents `[n, latent]`.
    pub fn forward(&self, latents: Tensor<2>) -> Tensor<4> {
        let [n, _] = latents.dims();
        let [channels, side] = self.base_shape;
        let x = self.seed.forward(latents);
        let x = leaky_relu(x.reshape([n, channels, side, side]), SLOPE);
        let mut x = leaky_relu(self.base.forward(x), SLOPE);
        for doubling in &self.doublings {
            x = leaky_relu(doubling.forward(x), SLOPE);
        }
        tanh(self.image.forward(x))
    }
}
