//! Normalisation over the batch, over each channel of an image, or over the whole image.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module;

use super::Activate;
use crate::nets::Pass;
use crate::nets::init::Initialiser;
use crate::nets::ops::{batch_norm, batch_norm_leaky_relu, batch_statistics};

const EPSILON: f64 = 1e-5;

/// What is normalised together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nets) enum Axes {
    /// A channel of all images (Ioffe and Szegedy 2015).
    Batch,
    /// A channel of one image (Ulyanov et al. 2016).
    Instance,
    /// One image (Ba et al. 2016).
    Layer,
}

impl Axes {
    fn reduced(self) -> &'static [usize] {
        match self {
            Self::Batch => &[0, 2, 3],
            Self::Instance => &[2, 3],
            Self::Layer => &[1, 2, 3],
        }
    }
}

/// `scale · (x − mean) / √(variance + ε) + shift`, scale and shift a channel each.
#[derive(Module, Debug)]
pub(in crate::nets) struct Normalise {
    scale: Param<Tensor<1>>,
    shift: Param<Tensor<1>>,
    statistics: Option<Statistics>,
    #[module(skip)]
    axes: Axes,
}

/// What inference normalises with, a mean and a variance a channel.
#[derive(Module, Debug)]
struct Statistics {
    mean: Param<Tensor<1>>,
    variance: Param<Tensor<1>>,
}

/// The normalised input and what it was divided by, as functions of the input.
#[derive(Clone, Debug)]
pub(in crate::nets) struct Normalised {
    unit: Tensor<4>,
    deviation: Tensor<4>,
}

impl Normalise {
    pub(in crate::nets) fn new(init: &mut Initialiser, channels: usize, axes: Axes) -> Self {
        Self {
            scale: init.scales(channels),
            shift: init.zeros([channels]),
            statistics: (axes == Axes::Batch).then(|| Statistics {
                mean: init.kept(vec![0.0; channels], [channels]),
                variance: init.kept(vec![1.0; channels], [channels]),
            }),
            axes,
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>, pass: &Pass) -> Tensor<4> {
        let (scale, shift) = (self.scale.val(), self.shift.val());
        match (&self.statistics, pass.stored) {
            (Some(stored), true) => {
                let (mean, variance) = (stored.mean.val(), stored.variance.val());
                module::batch_norm(x, scale, shift, mean, variance, EPSILON)
            }
            (Some(_), false) => batch_norm(x, scale, shift, EPSILON),
            (None, _) => self.trace(x).0,
        }
    }

    /// [`forward`](Self::forward), then an activation.
    pub(super) fn forward_activated(
        &self,
        x: Tensor<4>,
        pass: &Pass,
        activate: &Activate,
    ) -> Tensor<4> {
        match activate.negative_slope() {
            Some(slope) if self.has_statistics() && !pass.stored => {
                batch_norm_leaky_relu(x, self.scale.val(), self.shift.val(), EPSILON, slope)
            }
            _ => activate.forward(self.forward(x, pass)),
        }
    }

    /// As [`forward`](Self::forward) with the batch's own statistics.
    pub(super) fn trace(&self, x: Tensor<4>) -> (Tensor<4>, Normalised) {
        let (centred, variance) = self.moments(x);
        let deviation = (variance + EPSILON).sqrt();
        let unit = centred / deviation.clone();
        let y = unit.clone() * image(&self.scale) + image(&self.shift);
        (y, Normalised { unit, deviation })
    }

    /// `(g − E[g] − x̂ E[g x̂]) / σ` with `g` the gradient times the scale: the exact product,
    /// that of the means and variances included.
    pub(super) fn input_vjp(&self, tape: &Normalised, gradient: Tensor<4>) -> Tensor<4> {
        let axes = self.axes.reduced();
        let gradient = gradient * image(&self.scale);
        let mean = gradient.clone().mean_dims(axes);
        let along = (gradient.clone() * tape.unit.clone()).mean_dims(axes);
        (gradient - mean - tape.unit.clone() * along) / tape.deviation.clone()
    }

    /// `x` less its mean, and its variance.
    fn moments(&self, x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let axes = self.axes.reduced();
        let centred = x.clone() - x.mean_dims(axes);
        let variance = centred.clone().powi_scalar(2).mean_dims(axes);
        (centred, variance)
    }

    pub(super) fn has_statistics(&self) -> bool {
        self.statistics.is_some()
    }

    /// With the statistics of `x` stored, if it stores any.
    pub(super) fn calibrated(self, x: Tensor<4>) -> Self {
        let statistics = self.statistics.map(|stored| {
            let (mean, variance) = batch_statistics(x);
            Statistics {
                mean: stored.mean.map(|_| mean),
                variance: stored.variance.map(|_| variance),
            }
        });
        Self { statistics, ..self }
    }
}

/// One value a channel, `[1, c, 1, 1]`.
fn image(values: &Param<Tensor<1>>) -> Tensor<4> {
    let values = values.val();
    let [channels] = values.dims();
    values.reshape([1, channels, 1, 1])
}
