//! How much the images of a batch differ, as one more channel.

use burn::module::Module;
use burn::tensor::Tensor;

/// Keeps the root's slope finite where all images are equal (Karras et al. 2018).
const EPSILON: f64 = 1e-8;

/// Sizes of a group, the preferred one first (Karras et al. 2020 take 4).
const GROUPS: [usize; 4] = [4, 3, 2, 1];

/// Appends the mean standard deviation of all features over a group of consecutive images,
/// `[n, c, h, w]` to `[n, c + 1, h, w]` (Karras et al. 2018, section 3).
///
/// Groups are of 4, where `n` is a multiple of that: a batch of as many real as generated images
/// has no group of both.
#[derive(Module, Debug)]
pub(in crate::nets) struct MinibatchStd {}

/// Deviations of the features `[groups, group, c · h · w]` from their mean over the group, and
/// their standard deviations `[groups, 1, c · h · w]`, as functions of the features.
#[derive(Clone, Debug)]
pub(in crate::nets) struct Deviations {
    centred: Tensor<3>,
    deviation: Tensor<3>,
}

impl MinibatchStd {
    pub(super) fn trace(&self, x: Tensor<4>) -> (Tensor<4>, Deviations) {
        let [n, channels, height, width] = x.dims();
        let group = GROUPS.into_iter().find(|group| n.is_multiple_of(*group));
        let group = group.unwrap_or(1);
        let groups = n / group;
        let features = x
            .clone()
            .reshape([groups, group, channels * height * width]);
        let centred = features.clone() - features.mean_dim(1);
        let variance = centred.clone().powi_scalar(2).mean_dim(1);
        let deviation = (variance + EPSILON).sqrt();
        let statistic = deviation.clone().mean_dim(2);
        let plane = statistic
            .expand([groups, group, height * width])
            .reshape([n, 1, height, width]);
        let tape = Deviations { centred, deviation };
        (Tensor::cat(vec![x, plane], 1), tape)
    }
}

impl Deviations {
    /// An image's own gradient, and its share in the statistic of its group: with `d` a deviation
    /// and `σ` its feature's, `∂σ/∂x = d / (group · σ)`.
    pub(super) fn input_vjp(&self, gradient: Tensor<4>) -> Tensor<4> {
        let [n, channels, height, width] = gradient.dims();
        let [groups, group, features] = self.centred.dims();
        let channels = channels - 1;
        let own = gradient.clone().narrow(1, 0, channels);
        let statistic = gradient
            .narrow(1, channels, 1)
            .reshape([groups, group, height * width])
            .sum_dim(1)
            .sum_dim(2);
        let slope = self.centred.clone() / self.deviation.clone();
        let share = slope * statistic / (group * features) as f64;
        own + share.reshape([n, channels, height, width])
    }
}
