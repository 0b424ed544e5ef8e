//! Convolutions that train fast on the processor.
//!
//! [`conv2d`] and [`conv_transpose2d`] compute what Burn's operations of the
//! same names compute, with groups and dilation of one. On Burn's Flex backend
//! they run a kernel of our own (minimal filtering, or unfolded windows times
//! weights, spread over threads); on any other device they call Burn's operation, so a captured
//! graph holds plain convolutions and a graphics card runs its own kernels.
//!
//! [`conv2d_leaky_relu`] and [`conv_transpose2d_leaky_relu`] rectify the result
//! on the way out.
//!
//! All are differentiable once in image, weight and bias. A gradient nobody
//! asked for is not computed: frozen weights make a backward pass cheaper.

mod finish;
mod frame;
mod kernel;
#[cfg(test)]
mod tests;
mod windows;
mod winograd;

use burn::backend::{
    Autodiff, Backend, Dispatch, ExtensionType, Flex,
    autodiff::{
        NodeId,
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    backend_extension,
    tensor::FloatTensor,
};
use burn::tensor::{
    Tensor, module,
    ops::{ConvOptions, ConvTransposeOptions},
};
use burn_flex::FlexTensor;

use super::flex::{is_readable, tensor, values};
use super::ops::{leaky_relu, leaky_relu_gradient};
use finish::Finish;
use frame::{Frame, Image};

/// Convolves `x` `[n, c_in, h, w]` with `weight` `[c_out, c_in, kh, kw]` and adds `bias` `[c_out]`.
///
/// Returns `[n, c_out, h', w']` with `h' = (h + 2 · padding − kh) / stride + 1`,
/// rounded down; the same for the width.
///
/// # Panics
///
/// As [`burn::tensor::module::conv2d`] does, if the shapes do not fit.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
) -> Tensor<4> {
    convolve(x, weight, bias, stride, padding, UNRECTIFIED)
}

/// [`leaky_relu`] of [`conv2d`], at the cost of the latter.
///
/// # Panics
///
/// As [`conv2d`].
pub fn conv2d_leaky_relu(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    slope: f64,
) -> Tensor<4> {
    convolve(x, weight, bias, stride, padding, slope)
}

fn convolve(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    slope: f64,
) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let [out_channels, in_channels, kernel_h, kernel_w] = weight.dims();
    let size = |size: usize, axis: usize, kernel: usize| {
        let room = (size + 2 * padding[axis]).checked_sub(kernel)?;
        Some(room.checked_div(stride[axis])? + 1)
    };
    let map = size(height, 0, kernel_h)
        .zip(size(width, 1, kernel_w))
        .filter(|_| channels == in_channels)
        .map(|(out_height, out_width)| Map {
            frame: Frame {
                batch,
                input: Image {
                    channels,
                    height,
                    width,
                },
                output: Image {
                    channels: out_channels,
                    height: out_height,
                    width: out_width,
                },
                kernel: [kernel_h, kernel_w],
                stride,
                padding,
            },
            transposed: false,
            slope: slope as f32,
        })
        .filter(|map| map.serves(&x, &weight, bias.as_ref()));
    match map {
        Some(map) => run(x, weight, bias, map),
        None => {
            let options = ConvOptions::new(stride, padding, [1, 1], 1);
            rectified(module::conv2d(x, weight, bias, options), slope)
        }
    }
}

/// Transposed convolution of `x` `[n, c_in, h, w]` with `weight` `[c_in, c_out, kh, kw]`, plus `bias` `[c_out]`.
///
/// Returns `[n, c_out, h', w']` with `h' = (h − 1) · stride + kh + padding_out − 2 · padding`;
/// the same for the width.
///
/// # Panics
///
/// As [`burn::tensor::module::conv_transpose2d`] does, if the shapes do not fit.
pub fn conv_transpose2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    padding_out: [usize; 2],
) -> Tensor<4> {
    transpose(x, weight, bias, stride, padding, padding_out, UNRECTIFIED)
}

/// [`leaky_relu`] of [`conv_transpose2d`], at the cost of the latter.
///
/// # Panics
///
/// As [`conv_transpose2d`].
pub fn conv_transpose2d_leaky_relu(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    padding_out: [usize; 2],
    slope: f64,
) -> Tensor<4> {
    transpose(x, weight, bias, stride, padding, padding_out, slope)
}

fn transpose(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    padding_out: [usize; 2],
    slope: f64,
) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let [in_channels, out_channels, kernel_h, kernel_w] = weight.dims();
    let size = |size: usize, axis: usize, kernel: usize| {
        let full = size.checked_sub(1)? * stride[axis] + kernel + padding_out[axis];
        full.checked_sub(2 * padding[axis])
    };
    let map = size(height, 0, kernel_h)
        .zip(size(width, 1, kernel_w))
        .filter(|_| channels == in_channels)
        .map(|(out_height, out_width)| Map {
            frame: Frame {
                batch,
                input: Image {
                    channels: out_channels,
                    height: out_height,
                    width: out_width,
                },
                output: Image {
                    channels,
                    height,
                    width,
                },
                kernel: [kernel_h, kernel_w],
                stride,
                padding,
            },
            transposed: true,
            slope: slope as f32,
        })
        .filter(|map| map.serves(&x, &weight, bias.as_ref()));
    match map {
        Some(map) => run(x, weight, bias, map),
        None => {
            let options = ConvTransposeOptions::new(stride, padding, padding_out, [1, 1], 1);
            rectified(module::conv_transpose2d(x, weight, bias, options), slope)
        }
    }
}

/// The slope that stands for no rectifier.
const UNRECTIFIED: f64 = 1.0;

fn rectified(x: Tensor<4>, slope: f64) -> Tensor<4> {
    match slope {
        UNRECTIFIED => x,
        _ => leaky_relu(x, slope),
    }
}

fn run(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, map: Map) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Convolve>::convolve(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.map_or(Bias::Absent, |bias| Bias::Each(bias.into_dispatch())),
        map,
    ))
}

/// A convolution, or the transposed one that is its adjoint, and the rectifier after it.
#[derive(Clone, Copy, Debug)]
struct Map {
    frame: Frame,
    transposed: bool,
    slope: f32,
}

impl Map {
    /// Whether the kernel is made for these operands; Burn's operation takes, or refuses, the others.
    fn serves(&self, x: &Tensor<4>, weight: &Tensor<4>, bias: Option<&Tensor<1>>) -> bool {
        let Frame {
            batch,
            input,
            output,
            kernel,
            stride,
            ..
        } = self.frame;
        let sizes = [
            batch,
            input.len(),
            output.len(),
            kernel[0],
            kernel[1],
            stride[0],
            stride[1],
        ];
        sizes.iter().all(|size| *size > 0)
            && is_readable(x)
            && is_readable(weight)
            && bias.is_none_or(|bias| is_readable(bias) && bias.dims() == [self.target().channels])
    }

    /// What the images that this map makes look like.
    fn target(&self) -> Image {
        if self.transposed {
            self.frame.input
        } else {
            self.frame.output
        }
    }

    fn apply(&self, x: &FlexTensor, weight: &FlexTensor, bias: Option<&FlexTensor>) -> FlexTensor {
        let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
        let bias = bias.map(FlexTensor::to_contiguous);
        let bias = bias.as_ref().map(values);
        let finish = Finish {
            bias,
            slope: self.slope,
        };
        let run = if self.transposed {
            kernel::adjoint
        } else {
            kernel::forward
        };
        let Image {
            channels,
            height,
            width,
        } = self.target();
        tensor(
            run(&self.frame, values(&x), values(&weight), &finish),
            [self.frame.batch, channels, height, width],
        )
    }

    /// Gradient of the images it was applied to: the adjoint map.
    fn x_gradient(&self, weight: &FlexTensor, gradient: &FlexTensor) -> FlexTensor {
        let adjoint = Self {
            transposed: !self.transposed,
            slope: Finish::NOTHING.slope,
            ..*self
        };
        adjoint.apply(gradient, weight, None)
    }

    fn weight_gradient(&self, x: &FlexTensor, gradient: &FlexTensor) -> FlexTensor {
        let (x, gradient) = (x.to_contiguous(), gradient.to_contiguous());
        let (input, output) = if self.transposed {
            (&gradient, &x)
        } else {
            (&x, &gradient)
        };
        let [kernel_h, kernel_w] = self.frame.kernel;
        tensor(
            kernel::weight_gradient(&self.frame, values(input), values(output)),
            [
                self.frame.output.channels,
                self.frame.input.channels,
                kernel_h,
                kernel_w,
            ],
        )
    }

    fn bias_gradient(&self, gradient: &FlexTensor) -> FlexTensor {
        let gradient = gradient.to_contiguous();
        let target = self.target();
        let sums = kernel::channel_sums(values(&gradient), target.channels, target.pixels());
        tensor(sums, [target.channels])
    }
}

/// A bias a channel, or none: the extension macro takes no `Option`.
#[derive(ExtensionType)]
enum Bias<B: Backend> {
    Each(FloatTensor<B>),
    Absent,
}

impl<B: Backend> Bias<B> {
    fn tensor(&self) -> Option<&FloatTensor<B>> {
        match self {
            Self::Each(tensor) => Some(tensor),
            Self::Absent => None,
        }
    }
}

/// The operation, as Burn dispatches it.
#[backend_extension(Flex, Autodiff)]
trait Convolve: Backend {
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: Bias<Self>,
        map: Map,
    ) -> FloatTensor<Self>;
}

impl Convolve for Flex {
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Bias<Self>,
        map: Map,
    ) -> FloatTensor<Self> {
        map.apply(&x, &weight, bias.tensor())
    }
}

impl<C: CheckpointStrategy> Convolve for Autodiff<Flex, C> {
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Bias<Self>,
        map: Map,
    ) -> FloatTensor<Self> {
        let bias_values = bias.tensor().map(|bias| bias.primitive());
        let output = map.apply(x.primitive(), weight.primitive(), bias_values);
        let rectified = (map.slope != Finish::NOTHING.slope).then(|| output.clone());
        match bias {
            Bias::Each(bias) => {
                let nodes = [x.node(), weight.node(), bias.node()];
                match map.prepare::<C>(nodes).compute_bound().stateful() {
                    OpsKind::Tracked(mut step) => {
                        let operands = [step.checkpoint(&x), step.checkpoint(&weight)];
                        step.finish((operands, rectified), output)
                    }
                    OpsKind::UnTracked(step) => step.finish(output),
                }
            }
            Bias::Absent => {
                let nodes = [x.node(), weight.node()];
                match map.prepare::<C>(nodes).compute_bound().stateful() {
                    OpsKind::Tracked(mut step) => {
                        let operands = [step.checkpoint(&x), step.checkpoint(&weight)];
                        step.finish((operands, rectified), output)
                    }
                    OpsKind::UnTracked(step) => step.finish(output),
                }
            }
        }
    }
}

impl<const N: usize> Backward<Flex, N> for Map {
    /// The checkpointed image and weight; what was rectified, if anything was.
    type State = ([NodeId; 2], Option<FlexTensor>);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let (operands, rectified) = ops.state;
        let mut gradient = grads.consume::<Flex>(&ops.node);
        if let Some(output) = rectified {
            gradient = leaky_relu_gradient(&output, gradient, self.slope);
        }
        let [x, weight] = operands.map(|id| checkpointer.retrieve_node_output::<FlexTensor>(id));
        let mut parents = ops.parents.into_iter();
        if let Some(node) = parents.next().flatten() {
            grads.register::<Flex>(node.id, self.x_gradient(&weight, &gradient));
        }
        if let Some(node) = parents.next().flatten() {
            grads.register::<Flex>(node.id, self.weight_gradient(&x, &gradient));
        }
        if let Some(node) = parents.next().flatten() {
            grads.register::<Flex>(node.id, self.bias_gradient(&gradient));
        }
    }
}
