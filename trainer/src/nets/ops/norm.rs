//! Batch normalisation with the statistics of the batch, and the rectifier after it.

use burn::backend::{
    Autodiff, Backend, Dispatch, Flex,
    autodiff::{
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    backend_extension,
    tensor::FloatTensor,
};
use burn::tensor::{Tensor, module};
use burn_flex::FlexTensor;
use rayon::prelude::*;

use super::super::flex::{is_readable, sums, tensor, values, vectorised, zeros};
use super::{leaky_relu, passes, rectify};

/// Normalises each channel of `x` `[n, c, ...]` over all else, then scales and shifts it.
///
/// `scale · (x − mean) / √(variance + epsilon) + shift`, with `scale` and `shift` `[c]` and the
/// biased variance (Ioffe and Szegedy 2015, algorithm 1). Differentiable in all three.
///
/// # Panics
///
/// As [`burn::tensor::module::batch_norm_train`] does, if the shapes do not fit.
pub fn batch_norm<const D: usize>(
    x: Tensor<D>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    let norm = Norm {
        epsilon,
        slope: 1.0,
    };
    match norm.serves(&x, &scale, &shift) {
        true => norm.run(x, scale, shift),
        false => module::batch_norm_train(x, scale, shift, epsilon).output,
    }
}

/// [`leaky_relu`] of [`batch_norm`], at the cost of the latter.
///
/// # Panics
///
/// As [`batch_norm`].
pub fn batch_norm_leaky_relu<const D: usize>(
    x: Tensor<D>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
    slope: f64,
) -> Tensor<D> {
    let norm = Norm {
        epsilon,
        slope: slope as f32,
    };
    match norm.serves(&x, &scale, &shift) {
        true => norm.run(x, scale, shift),
        false => leaky_relu(batch_norm(x, scale, shift, epsilon), slope),
    }
}

/// Mean and biased variance `[c]` of each channel of `x` `[n, c, ...]`, outside any graph.
pub fn batch_statistics<const D: usize>(x: Tensor<D>) -> (Tensor<1>, Tensor<1>) {
    let x = x.without_autodiff();
    let channels = x.dims()[1];
    if is_readable(&x) && x.shape().num_elements() > 0 {
        let both = <Dispatch as Measure>::statistics(x.into_dispatch());
        let both = Tensor::<1>::from_dispatch(both);
        let (mean, variance) = (0..channels, channels..2 * channels);
        return (both.clone().slice([mean]), both.slice([variance]));
    }
    let ones = Tensor::ones([channels], &x.device());
    let measured = module::batch_norm_train(x, ones.clone(), ones, 1.0);
    (measured.mean, measured.variance)
}

/// What is constant in a normalisation and the rectifier after it; a slope of 1 stands for none.
#[derive(Clone, Copy, Debug)]
struct Norm {
    epsilon: f64,
    slope: f32,
}

impl Norm {
    fn serves<const D: usize>(&self, x: &Tensor<D>, scale: &Tensor<1>, shift: &Tensor<1>) -> bool {
        let shape = x.dims();
        D >= 2
            && shape.iter().all(|size| *size > 0)
            && scale.dims() == [shape[1]]
            && shift.dims() == [shape[1]]
            && is_readable(x)
            && is_readable(scale)
            && is_readable(shift)
    }

    fn run<const D: usize>(self, x: Tensor<D>, scale: Tensor<1>, shift: Tensor<1>) -> Tensor<D> {
        Tensor::from_dispatch(<Dispatch as Normalise>::normalise(
            x.into_dispatch(),
            scale.into_dispatch(),
            shift.into_dispatch(),
            self,
        ))
    }

    fn apply(&self, x: &FlexTensor, scale: &FlexTensor, shift: &FlexTensor) -> (FlexTensor, Saved) {
        let (scale, shift) = (scale.to_contiguous(), shift.to_contiguous());
        let x = x.to_contiguous();
        let planes = Planes::of(&x);
        let channels: Vec<Channel> = planes
            .statistics()
            .into_iter()
            .zip(values(&scale).iter().zip(values(&shift)))
            .map(|((mean, variance), (scale, shift))| {
                let precision = (1.0 / (variance + self.epsilon).sqrt()) as f32;
                Channel {
                    mean: mean as f32,
                    precision,
                    scale: *scale,
                    shift: *shift,
                }
            })
            .collect();
        let mut output = zeros(planes.values.len());
        output
            .par_chunks_mut(planes.task())
            .zip(planes.values.par_chunks(planes.task()))
            .enumerate()
            .for_each(|(task, (output, x))| {
                let pairs = output
                    .chunks_exact_mut(planes.pixels)
                    .zip(x.chunks_exact(planes.pixels));
                for ((output, x), channel) in pairs.zip(planes.of_task(task, &channels)) {
                    vectorised!({
                        for (output, x) in output.iter_mut().zip(x) {
                            *output = rectify(channel.output(channel.normal(*x)), self.slope);
                        }
                    });
                }
            });
        let output = tensor(output, x.layout().shape().clone());
        (output, Saved { x, channels })
    }

    /// The gradients of `x`, scale and shift.
    fn gradients(&self, saved: &Saved, gradient: &FlexTensor) -> [FlexTensor; 3] {
        let planes = Planes::of(&saved.x);
        let gradient = gradient.to_contiguous();
        let gradient = values(&gradient);
        let slope = self.slope;
        let sums: Vec<[f64; 2]> = (0..planes.channels)
            .into_par_iter()
            .map(|index| {
                let channel = saved.channels[index];
                let each = planes.of_channel(planes.values, index);
                let mut totals = [0.0; 2];
                for (x, gradient) in each.zip(planes.of_channel(gradient, index)) {
                    let [shift, scale] = vectorised!({
                        sums(gradient, x, |gradient, x| {
                            let normal = channel.normal(x);
                            let gradient = gradient * passes(channel.output(normal), slope);
                            [gradient, gradient * normal]
                        })
                    });
                    totals = [totals[0] + shift, totals[1] + scale];
                }
                totals
            })
            .collect();
        let count = (planes.values.len() / planes.channels) as f64;
        let means: Vec<(Channel, [f32; 2])> = saved
            .channels
            .iter()
            .zip(&sums)
            .map(|(channel, sums)| (*channel, sums.map(|sum| (sum / count) as f32)))
            .collect();
        let mut of_x = zeros(planes.values.len());
        of_x.par_chunks_mut(planes.task())
            .zip(planes.values.par_chunks(planes.task()))
            .zip(gradient.par_chunks(planes.task()))
            .enumerate()
            .for_each(|(task, ((of_x, x), gradient))| {
                let planes_of_x = of_x.chunks_exact_mut(planes.pixels);
                let pairs = planes_of_x
                    .zip(x.chunks_exact(planes.pixels))
                    .zip(gradient.chunks_exact(planes.pixels));
                for (((of_x, x), gradient), (channel, means)) in
                    pairs.zip(planes.of_task(task, &means))
                {
                    vectorised!({
                        let gain = channel.scale * channel.precision;
                        for ((of_x, x), gradient) in of_x.iter_mut().zip(x).zip(gradient) {
                            let normal = channel.normal(*x);
                            let gradient = gradient * passes(channel.output(normal), slope);
                            *of_x = gain * (gradient - means[0] - normal * means[1]);
                        }
                    });
                }
            });
        let of_channels = |index: usize| {
            let sums = sums.iter().map(|sums| sums[index] as f32);
            tensor(sums.collect(), [planes.channels])
        };
        let shape = saved.x.layout().shape().clone();
        [tensor(of_x, shape), of_channels(1), of_channels(0)]
    }
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Saved {
    x: FlexTensor,
    channels: Vec<Channel>,
}

/// How one channel is normalised.
#[derive(Clone, Copy, Debug)]
struct Channel {
    mean: f32,
    /// The inverse of the standard deviation.
    precision: f32,
    scale: f32,
    shift: f32,
}

impl Channel {
    #[inline(always)]
    fn normal(&self, x: f32) -> f32 {
        (x - self.mean) * self.precision
    }

    #[inline(always)]
    fn output(&self, normal: f32) -> f32 {
        normal * self.scale + self.shift
    }
}

/// The planes of the channels of images `[n, c, ...]`.
struct Planes<'a> {
    values: &'a [f32],
    channels: usize,
    /// Values of a plane.
    pixels: usize,
}

impl<'a> Planes<'a> {
    fn of(images: &'a FlexTensor) -> Self {
        let shape = images.layout().shape();
        Self {
            values: values(images),
            channels: shape[1],
            pixels: shape.iter().skip(2).product(),
        }
    }

    /// The planes of one channel, in values laid out as these are.
    fn of_channel<'b>(&self, values: &'b [f32], channel: usize) -> impl Iterator<Item = &'b [f32]> {
        values
            .chunks_exact(self.pixels)
            .skip(channel)
            .step_by(self.channels)
    }

    /// Values that one task writes, whole planes.
    fn task(&self) -> usize {
        const VALUES: usize = 1 << 14;
        VALUES.div_ceil(self.pixels) * self.pixels
    }

    /// What belongs to the channel of each plane of a task.
    fn of_task<'b, T>(&self, task: usize, channels: &'b [T]) -> impl Iterator<Item = &'b T> {
        let first = task * (self.task() / self.pixels) % self.channels;
        channels.iter().cycle().skip(first)
    }

    /// Mean and biased variance of each channel.
    fn statistics(&self) -> Vec<(f64, f64)> {
        let count = (self.values.len() / self.channels) as f64;
        (0..self.channels)
            .into_par_iter()
            .map(|channel| {
                // Sums about a value nearby keep the digits of values far from zero.
                let about = |origin: f32| {
                    let mut totals = [0.0; 2];
                    for plane in self.of_channel(self.values, channel) {
                        let [off, squares] = vectorised!(sums(plane, plane, |x, _| [
                            x - origin,
                            (x - origin).powi(2)
                        ]));
                        totals = [totals[0] + off, totals[1] + squares];
                    }
                    let [off, squares] = totals.map(|total| total / count);
                    (f64::from(origin) + off, (squares - off * off).max(0.0))
                };
                let (mean, _) = about(self.values[channel * self.pixels]);
                about(mean as f32)
            })
            .collect()
    }
}

/// The operation, as Burn dispatches it.
#[backend_extension(Flex, Autodiff)]
trait Normalise: Backend {
    fn normalise(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self>;
}

impl Normalise for Flex {
    fn normalise(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self> {
        norm.apply(&x, &scale, &shift).0
    }
}

impl<C: CheckpointStrategy> Normalise for Autodiff<Flex, C> {
    fn normalise(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self> {
        let (output, saved) = norm.apply(x.primitive(), scale.primitive(), shift.primitive());
        let nodes = [x.node(), scale.node(), shift.node()];
        match norm.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(saved, output),
            OpsKind::UnTracked(step) => step.finish(output),
        }
    }
}

impl Backward<Flex, 3> for Norm {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let gradients = self.gradients(&ops.state, &gradient);
        for (node, gradient) in ops.parents.into_iter().zip(gradients) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, gradient);
            }
        }
    }
}

/// The statistics, as Burn dispatches them: all means, then all variances.
#[backend_extension(Flex)]
trait Measure: Backend {
    fn statistics(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Measure for Flex {
    fn statistics(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let x = x.to_contiguous();
        let statistics = Planes::of(&x).statistics();
        let means = statistics.iter().map(|(mean, _)| *mean as f32);
        let variances = statistics.iter().map(|(_, variance)| *variance as f32);
        let both: Vec<f32> = means.chain(variances).collect();
        let len = both.len();
        tensor(both, [len])
    }
}
