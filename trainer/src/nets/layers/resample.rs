//! Doubling and halving without weights.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool2d, interpolate};
use burn::tensor::ops::{AvgPoolOptions, InterpolateMode, InterpolateOptions};

/// Every pixel becomes four, `[n, c, h, w]` to `[n, c, 2h, 2w]`.
#[derive(Module, Debug)]
pub(in crate::nets) struct Upsample {}

/// Every four pixels become their mean, `[n, c, 2h, 2w]` to `[n, c, h, w]`.
#[derive(Module, Debug)]
pub(in crate::nets) struct Pool {}

impl Upsample {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        double(x)
    }

    pub(super) fn input_vjp(&self, gradient: Tensor<4>) -> Tensor<4> {
        halve(gradient) * 4.0
    }
}

impl Pool {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        halve(x)
    }

    pub(super) fn input_vjp(&self, gradient: Tensor<4>) -> Tensor<4> {
        double(gradient) * 0.25
    }
}

fn double(x: Tensor<4>) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Nearest).with_align_corners(false);
    interpolate(x, options.with_scale_factor([2.0, 2.0]))
}

fn halve(x: Tensor<4>) -> Tensor<4> {
    avg_pool2d(x, AvgPoolOptions::new([2, 2]))
}
