//! The leaky rectifier and the product of a gradient with its Jacobian.

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
use burn::tensor::{Tensor, activation};
use burn_flex::FlexTensor;

use super::super::flex::{change, change_beside, is_readable, values};

/// `x` where it is positive, `slope · x` elsewhere; NaN stays NaN. A slope of 0 makes it the rectifier.
///
/// `x` has any shape, `slope` is in `[0, 1]`. The derivative at 0 is `slope`.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    if is_readable(&x) {
        let output = <Dispatch as Rectify>::leaky_relu(x.into_dispatch(), slope as f32);
        Tensor::from_dispatch(output)
    } else if slope == 0.0 {
        activation::relu(x)
    } else {
        activation::leaky_relu(x, slope)
    }
}

/// `gradient` times the derivative of [`leaky_relu`] at `x`: times 1 where `x` is positive, times
/// `slope` elsewhere.
///
/// Only the signs of `x` are read: it may be what went into the rectifier or what came out of it.
/// It is a constant of the graph: the product can be differentiated in `gradient` only, which is
/// all there is, since the rectifier is piecewise linear.
pub fn leaky_relu_vjp<const D: usize>(x: Tensor<D>, gradient: Tensor<D>, slope: f64) -> Tensor<D> {
    if is_readable(&x) && is_readable(&gradient) && x.dims() == gradient.dims() {
        let product = <Dispatch as Rectify>::leaky_relu_vjp(
            x.into_dispatch(),
            gradient.into_dispatch(),
            slope as f32,
        );
        return Tensor::from_dispatch(product);
    }
    let positive = x.detach().greater_elem(0.0).float();
    gradient * (positive * (1.0 - slope) + slope)
}

/// The leaky rectifier of one value.
#[inline(always)]
pub(in super::super) fn rectify(value: f32, slope: f32) -> f32 {
    // Not a product with 0, which makes NaN of an infinity.
    let below = if slope == 0.0 { 0.0 } else { slope * value };
    if value <= 0.0 { below } else { value }
}

/// The share of a gradient that the leaky rectifier of `value` lets pass.
#[inline(always)]
pub(in super::super) fn passes(value: f32, slope: f32) -> f32 {
    if value > 0.0 { 1.0 } else { slope }
}

fn apply(x: FlexTensor, slope: f32) -> FlexTensor {
    change(x, |values| {
        for value in values {
            *value = rectify(*value, slope);
        }
    })
}

/// The product of a gradient with the derivative of the rectifier, by the signs of what went into
/// it or came out.
pub(in super::super) fn leaky_relu_gradient(
    x: &FlexTensor,
    gradient: FlexTensor,
    slope: f32,
) -> FlexTensor {
    let x = x.to_contiguous();
    change_beside(gradient, values(&x), |gradient, x| {
        for (gradient, x) in gradient.iter_mut().zip(x) {
            *gradient *= passes(*x, slope);
        }
    })
}

/// The operations, as Burn dispatches them.
#[backend_extension(Flex, Autodiff)]
trait Rectify: Backend {
    fn leaky_relu(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self>;

    fn leaky_relu_vjp(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self>;
}

impl Rectify for Flex {
    fn leaky_relu(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self> {
        apply(x, slope)
    }

    fn leaky_relu_vjp(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        leaky_relu_gradient(&x, gradient, slope)
    }
}

impl<C: CheckpointStrategy> Rectify for Autodiff<Flex, C> {
    fn leaky_relu(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let output = apply(x, slope);
        match Slope(slope).prepare::<C>([node]).compute_bound().stateful() {
            // The output has the signs of the input, which need not be kept.
            OpsKind::Tracked(step) => step.finish(output.clone(), output),
            OpsKind::UnTracked(step) => step.finish(output),
        }
    }

    fn leaky_relu_vjp(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        let x = x.into_primitive();
        let (gradient, node) = gradient.into_parts();
        let product = leaky_relu_gradient(&x, gradient, slope);
        match Slope(slope).prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(x, product),
            OpsKind::UnTracked(step) => step.finish(product),
        }
    }
}

/// Multiplies a gradient by 1 or by this, as both operations do on the way back.
#[derive(Clone, Copy, Debug)]
struct Slope(f32);

impl Backward<Flex, 1> for Slope {
    /// Whose signs decide.
    type State = FlexTensor;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let [parent] = ops.parents;
        if let Some(node) = parent {
            grads.register::<Flex>(node.id, leaky_relu_gradient(&ops.state, gradient, self.0));
        }
    }
}
