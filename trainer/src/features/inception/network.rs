//! The network.

use burn::module::Module;
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::module::adaptive_avg_pool2d;
use burn::tensor::{Device, Tensor};

use super::blocks::{BasicConv, BlockA, BlockB, BlockC, BlockD, BlockE, halve, max_3x3, mean_3x3};

/// Inception v3 (Szegedy et al., 2016) in the form that the Fréchet Inception
/// Distance is defined with (Heusel et al., 2017): TensorFlow's network of
/// 2015-12-05, which differs from torchvision's in its pools and has 1008
/// classes.
///
/// Layers and their order are those of `fid_inception_v3` in pytorch-fid 0.3.0.
#[derive(Module, Debug)]
pub struct Inception {
    conv2d_1a_3x3: BasicConv,
    conv2d_2a_3x3: BasicConv,
    conv2d_2b_3x3: BasicConv,
    conv2d_3b_1x1: BasicConv,
    conv2d_4a_3x3: BasicConv,
    mixed_5b: BlockA,
    mixed_5c: BlockA,
    mixed_5d: BlockA,
    mixed_6a: BlockB,
    mixed_6b: BlockC,
    mixed_6c: BlockC,
    mixed_6d: BlockC,
    mixed_6e: BlockC,
    mixed_7a: BlockD,
    mixed_7b: BlockE,
    mixed_7c: BlockE,
    fc: Linear,
}

impl Inception {
    /// The height and width of its images.
    pub const SIDE: usize = 299;
    /// The number of features of an image.
    pub const FEATURES: usize = 2048;
    /// The number of classes.
    pub const CLASSES: usize = 1008;

    /// The network with all weights 0, to be filled from a file.
    pub(super) fn zeros(device: &Device) -> Self {
        Self {
            conv2d_1a_3x3: BasicConv::valid([3, 32], 2, device),
            conv2d_2a_3x3: BasicConv::valid([32, 32], 1, device),
            conv2d_2b_3x3: BasicConv::same([32, 64], [3, 3], device),
            conv2d_3b_1x1: BasicConv::same([64, 80], [1, 1], device),
            conv2d_4a_3x3: BasicConv::valid([80, 192], 1, device),
            mixed_5b: BlockA::new(192, 32, device),
            mixed_5c: BlockA::new(256, 64, device),
            mixed_5d: BlockA::new(288, 64, device),
            mixed_6a: BlockB::new(288, device),
            mixed_6b: BlockC::new(128, device),
            mixed_6c: BlockC::new(160, device),
            mixed_6d: BlockC::new(160, device),
            mixed_6e: BlockC::new(192, device),
            mixed_7a: BlockD::new(device),
            mixed_7b: BlockE::new(1280, device),
            mixed_7c: BlockE::new(2048, device),
            fc: LinearConfig::new(Self::FEATURES, Self::CLASSES)
                .with_bias(false)
                .with_initializer(Initializer::Zeros)
                .init(device),
        }
    }

    /// The features `[n, 2048]`, none negative, and the logits `[n, 1008]` of
    /// images `[n, 3, 299, 299]`, RGB in [-1, 1].
    ///
    /// The features are the means of the last block's channels, as pytorch-fid
    /// reads them. The logits are their product with the weights of the last
    /// layer, **without its bias**: what the Inception Score has been computed
    /// from since its first implementation (Salimans et al., 2016), and what
    /// torch-fidelity calls `logits_unbiased`.
    pub fn forward(&self, images: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let x = self.conv2d_1a_3x3.forward(images);
        let x = self.conv2d_2a_3x3.forward(x);
        let x = halve(self.conv2d_2b_3x3.forward(x));
        let x = self.conv2d_3b_1x1.forward(x);
        let x = halve(self.conv2d_4a_3x3.forward(x));
        let x = self.mixed_5b.forward(x);
        let x = self.mixed_5c.forward(x);
        let x = self.mixed_5d.forward(x);
        let x = self.mixed_6a.forward(x);
        let x = self.mixed_6b.forward(x);
        let x = self.mixed_6c.forward(x);
        let x = self.mixed_6d.forward(x);
        let x = self.mixed_6e.forward(x);
        let x = self.mixed_7a.forward(x);
        let x = self.mixed_7b.forward(x, mean_3x3);
        // The maximum looks like a slip in the network of 2015, but it is what
        // every FID has been measured with.
        let x = self.mixed_7c.forward(x, max_3x3);
        let features = adaptive_avg_pool2d(x, [1, 1]).flatten::<2>(1, 3);
        let logits = self.fc.forward(features.clone());
        (features, logits)
    }
}
