//! The blocks of Inception v3 as torchvision builds and pytorch-fid patches
//! them.
//!
//! Fields carry the names of the PyTorch modules, which a file of weights
//! speaks by.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor};

/// Convolution without bias, batch normalisation (ε = 0.001), ReLU.
#[derive(Module, Debug)]
pub(super) struct BasicConv {
    conv: Conv2d,
    bn: BatchNorm,
}

impl BasicConv {
    /// A convolution of stride 1 that keeps height and width.
    pub(super) fn same(
        [inputs, outputs]: [usize; 2],
        [height, width]: [usize; 2],
        device: &Device,
    ) -> Self {
        let padding = [height / 2, width / 2];
        Self::new([inputs, outputs], [height, width], 1, padding, device)
    }

    /// A 3x3 convolution without padding.
    pub(super) fn valid(channels: [usize; 2], stride: usize, device: &Device) -> Self {
        Self::new(channels, [3, 3], stride, [0, 0], device)
    }

    fn new(
        channels: [usize; 2],
        kernel: [usize; 2],
        stride: usize,
        [vertical, horizontal]: [usize; 2],
        device: &Device,
    ) -> Self {
        let padding = PaddingConfig2d::Explicit(vertical, horizontal, vertical, horizontal);
        Self {
            conv: Conv2dConfig::new(channels, kernel)
                .with_stride([stride, stride])
                .with_padding(padding)
                .with_bias(false)
                .with_initializer(Initializer::Zeros)
                .init(device),
            bn: BatchNormConfig::new(channels[1])
                .with_epsilon(1e-3)
                .init(device),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        relu(self.bn.forward(self.conv.forward(x)))
    }
}

/// The mean of each 3x3 neighbourhood, over the pixels that exist: what
/// TensorFlow does and torchvision, which counts the padding, does not.
pub(super) fn mean_3x3(x: Tensor<4>) -> Tensor<4> {
    let options = AvgPoolOptions::new([3, 3])
        .with_stride([1, 1])
        .with_padding_pairs([(1, 1), (1, 1)])
        .with_count_include_pad(false);
    avg_pool2d(x, options)
}

/// The maximum of each 3x3 neighbourhood.
pub(super) fn max_3x3(x: Tensor<4>) -> Tensor<4> {
    let options = MaxPoolOptions::new([3, 3])
        .with_stride([1, 1])
        .with_padding_pairs([(1, 1), (1, 1)]);
    max_pool2d(x, options)
}

/// The maximum of every second 3x3 neighbourhood.
pub(super) fn halve(x: Tensor<4>) -> Tensor<4> {
    max_pool2d(x, MaxPoolOptions::new([3, 3]).with_stride([2, 2]))
}

fn join(branches: Vec<Tensor<4>>) -> Tensor<4> {
    Tensor::cat(branches, 1)
}

/// `FIDInceptionA`: `[n, inputs, h, w]` to `[n, 224 + pool, h, w]`.
#[derive(Module, Debug)]
pub(super) struct BlockA {
    branch1x1: BasicConv,
    branch5x5_1: BasicConv,
    branch5x5_2: BasicConv,
    branch3x3dbl_1: BasicConv,
    branch3x3dbl_2: BasicConv,
    branch3x3dbl_3: BasicConv,
    branch_pool: BasicConv,
}

impl BlockA {
    pub(super) fn new(inputs: usize, pool: usize, device: &Device) -> Self {
        let conv = |channels, kernel| BasicConv::same(channels, kernel, device);
        Self {
            branch1x1: conv([inputs, 64], [1, 1]),
            branch5x5_1: conv([inputs, 48], [1, 1]),
            branch5x5_2: conv([48, 64], [5, 5]),
            branch3x3dbl_1: conv([inputs, 64], [1, 1]),
            branch3x3dbl_2: conv([64, 96], [3, 3]),
            branch3x3dbl_3: conv([96, 96], [3, 3]),
            branch_pool: conv([inputs, pool], [1, 1]),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let one = self.branch1x1.forward(x.clone());
        let five = self.branch5x5_1.forward(x.clone());
        let five = self.branch5x5_2.forward(five);
        let three = self.branch3x3dbl_1.forward(x.clone());
        let three = self.branch3x3dbl_2.forward(three);
        let three = self.branch3x3dbl_3.forward(three);
        let pool = self.branch_pool.forward(mean_3x3(x));
        join(vec![one, five, three, pool])
    }
}

/// `InceptionB`: `[n, inputs, h, w]` to
/// `[n, 480 + inputs, (h − 1) / 2, (w − 1) / 2]`.
#[derive(Module, Debug)]
pub(super) struct BlockB {
    branch3x3: BasicConv,
    branch3x3dbl_1: BasicConv,
    branch3x3dbl_2: BasicConv,
    branch3x3dbl_3: BasicConv,
}

impl BlockB {
    pub(super) fn new(inputs: usize, device: &Device) -> Self {
        Self {
            branch3x3: BasicConv::valid([inputs, 384], 2, device),
            branch3x3dbl_1: BasicConv::same([inputs, 64], [1, 1], device),
            branch3x3dbl_2: BasicConv::same([64, 96], [3, 3], device),
            branch3x3dbl_3: BasicConv::valid([96, 96], 2, device),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let once = self.branch3x3.forward(x.clone());
        let twice = self.branch3x3dbl_1.forward(x.clone());
        let twice = self.branch3x3dbl_2.forward(twice);
        let twice = self.branch3x3dbl_3.forward(twice);
        join(vec![once, twice, halve(x)])
    }
}

/// `FIDInceptionC`: `[n, 768, h, w]` to the same; `inner` channels between its
/// 1x7 and 7x1 convolutions.
#[derive(Module, Debug)]
pub(super) struct BlockC {
    branch1x1: BasicConv,
    branch7x7_1: BasicConv,
    branch7x7_2: BasicConv,
    branch7x7_3: BasicConv,
    branch7x7dbl_1: BasicConv,
    branch7x7dbl_2: BasicConv,
    branch7x7dbl_3: BasicConv,
    branch7x7dbl_4: BasicConv,
    branch7x7dbl_5: BasicConv,
    branch_pool: BasicConv,
}

impl BlockC {
    pub(super) fn new(inner: usize, device: &Device) -> Self {
        let conv = |channels, kernel| BasicConv::same(channels, kernel, device);
        Self {
            branch1x1: conv([768, 192], [1, 1]),
            branch7x7_1: conv([768, inner], [1, 1]),
            branch7x7_2: conv([inner, inner], [1, 7]),
            branch7x7_3: conv([inner, 192], [7, 1]),
            branch7x7dbl_1: conv([768, inner], [1, 1]),
            branch7x7dbl_2: conv([inner, inner], [7, 1]),
            branch7x7dbl_3: conv([inner, inner], [1, 7]),
            branch7x7dbl_4: conv([inner, inner], [7, 1]),
            branch7x7dbl_5: conv([inner, 192], [1, 7]),
            branch_pool: conv([768, 192], [1, 1]),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let one = self.branch1x1.forward(x.clone());
        let once = self.branch7x7_1.forward(x.clone());
        let once = self.branch7x7_2.forward(once);
        let once = self.branch7x7_3.forward(once);
        let twice = self.branch7x7dbl_1.forward(x.clone());
        let twice = self.branch7x7dbl_2.forward(twice);
        let twice = self.branch7x7dbl_3.forward(twice);
        let twice = self.branch7x7dbl_4.forward(twice);
        let twice = self.branch7x7dbl_5.forward(twice);
        let pool = self.branch_pool.forward(mean_3x3(x));
        join(vec![one, once, twice, pool])
    }
}

/// `InceptionD`: `[n, 768, h, w]` to `[n, 1280, (h − 1) / 2, (w − 1) / 2]`.
#[derive(Module, Debug)]
pub(super) struct BlockD {
    branch3x3_1: BasicConv,
    branch3x3_2: BasicConv,
    branch7x7x3_1: BasicConv,
    branch7x7x3_2: BasicConv,
    branch7x7x3_3: BasicConv,
    branch7x7x3_4: BasicConv,
}

impl BlockD {
    pub(super) fn new(device: &Device) -> Self {
        Self {
            branch3x3_1: BasicConv::same([768, 192], [1, 1], device),
            branch3x3_2: BasicConv::valid([192, 320], 2, device),
            branch7x7x3_1: BasicConv::same([768, 192], [1, 1], device),
            branch7x7x3_2: BasicConv::same([192, 192], [1, 7], device),
            branch7x7x3_3: BasicConv::same([192, 192], [7, 1], device),
            branch7x7x3_4: BasicConv::valid([192, 192], 2, device),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let three = self.branch3x3_1.forward(x.clone());
        let three = self.branch3x3_2.forward(three);
        let seven = self.branch7x7x3_1.forward(x.clone());
        let seven = self.branch7x7x3_2.forward(seven);
        let seven = self.branch7x7x3_3.forward(seven);
        let seven = self.branch7x7x3_4.forward(seven);
        join(vec![three, seven, halve(x)])
    }
}

/// `FIDInceptionE_1` and `FIDInceptionE_2`, which differ in their pool:
/// `[n, inputs, h, w]` to `[n, 2048, h, w]`.
#[derive(Module, Debug)]
pub(super) struct BlockE {
    branch1x1: BasicConv,
    branch3x3_1: BasicConv,
    branch3x3_2a: BasicConv,
    branch3x3_2b: BasicConv,
    branch3x3dbl_1: BasicConv,
    branch3x3dbl_2: BasicConv,
    branch3x3dbl_3a: BasicConv,
    branch3x3dbl_3b: BasicConv,
    branch_pool: BasicConv,
}

impl BlockE {
    pub(super) fn new(inputs: usize, device: &Device) -> Self {
        let conv = |channels, kernel| BasicConv::same(channels, kernel, device);
        Self {
            branch1x1: conv([inputs, 320], [1, 1]),
            branch3x3_1: conv([inputs, 384], [1, 1]),
            branch3x3_2a: conv([384, 384], [1, 3]),
            branch3x3_2b: conv([384, 384], [3, 1]),
            branch3x3dbl_1: conv([inputs, 448], [1, 1]),
            branch3x3dbl_2: conv([448, 384], [3, 3]),
            branch3x3dbl_3a: conv([384, 384], [1, 3]),
            branch3x3dbl_3b: conv([384, 384], [3, 1]),
            branch_pool: conv([inputs, 192], [1, 1]),
        }
    }

    /// `pool` is the pool of the last branch.
    pub(super) fn forward(&self, x: Tensor<4>, pool: fn(Tensor<4>) -> Tensor<4>) -> Tensor<4> {
        let one = self.branch1x1.forward(x.clone());
        let once = self.branch3x3_1.forward(x.clone());
        let once_a = self.branch3x3_2a.forward(once.clone());
        let once_b = self.branch3x3_2b.forward(once);
        let twice = self.branch3x3dbl_1.forward(x.clone());
        let twice = self.branch3x3dbl_2.forward(twice);
        let twice_a = self.branch3x3dbl_3a.forward(twice.clone());
        let twice_b = self.branch3x3dbl_3b.forward(twice);
        let pool = self.branch_pool.forward(pool(x));
        join(vec![one, once_a, once_b, twice_a, twice_b, pool])
    }
}
