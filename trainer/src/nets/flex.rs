//! The values of Flex's tensors, for operations of our own on the processor.
//!
//! What is cut for the threads, and the order of every sum, depends on shapes
//! alone: results are the same bits at any number of threads.

use burn::backend::DispatchDevice;
use burn::tensor::{Bytes, DType, Shape, Tensor};
use burn_flex::{FlexTensor, Layout};
use rayon::prelude::*;

/// Values that one task changes.
const RUN: usize = 1 << 14;

/// Evaluates an expression compiled for the widest vectors of this processor.
///
/// A macro, for it must mark the closure: without the mark a large one is compiled once, for the
/// oldest processor.
macro_rules! vectorised {
    ($work:expr) => {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || $work,
        )
    };
}
pub(super) use vectorised;

/// Whether the kernels can read the tensor: single precision on Flex.
pub(super) fn is_readable<const D: usize>(tensor: &Tensor<D>) -> bool {
    let device = tensor.device().without_autodiff();
    matches!(device.as_dispatch(), DispatchDevice::Flex(_)) && tensor.dtype() == DType::F32
}

/// The values of a contiguous tensor.
pub(super) fn values(tensor: &FlexTensor) -> &[f32] {
    let start = tensor.layout().start_offset();
    &tensor.storage()[start..start + tensor.layout().num_elements()]
}

pub(super) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    let layout = Layout::contiguous(shape.into());
    FlexTensor::new(Bytes::from_elems(values), layout, DType::F32)
}

/// So many zeros, written by all threads: a tensor is large and new to the caches.
pub(super) fn zeros(len: usize) -> Vec<f32> {
    const BLOCK: usize = 16;
    const SMALL: usize = 1 << 16;
    if len < SMALL {
        return vec![0.0; len];
    }
    let blocks = rayon::iter::repeat_n([0.0; BLOCK], len.div_ceil(BLOCK));
    let mut zeros = blocks
        .with_min_len(SMALL / BLOCK)
        .collect::<Vec<_>>()
        .into_flattened();
    zeros.truncate(len);
    zeros
}

/// The tensor in the order of its shape, as the only owner of its values if it was that.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

/// Changes runs of values, in place if nobody else holds them.
pub(super) fn change(tensor: FlexTensor, change: impl Fn(&mut [f32]) + Sync) -> FlexTensor {
    let mut tensor = contiguous(tensor);
    tensor
        .storage_mut()
        .par_chunks_mut(RUN)
        .for_each(|run| vectorised!(change(run)));
    tensor
}

/// As [`change`], beside the values of another contiguous tensor of the same shape.
pub(super) fn change_beside(
    tensor: FlexTensor,
    other: &[f32],
    change: impl Fn(&mut [f32], &[f32]) + Sync,
) -> FlexTensor {
    let mut tensor = contiguous(tensor);
    tensor
        .storage_mut()
        .par_chunks_mut(RUN)
        .zip(other.par_chunks(RUN))
        .for_each(|(run, other)| vectorised!(change(run, other)));
    tensor
}

/// The sums of what `terms` makes of the pairs of `a` and `b`.
///
/// Short sums are in single precision and in lanes, their sum is in double precision.
#[inline(always)]
pub(super) fn sums<const K: usize>(
    a: &[f32],
    b: &[f32],
    terms: impl Fn(f32, f32) -> [f32; K],
) -> [f64; K] {
    const LANES: usize = 16;
    const SHORT: usize = 64 * LANES;
    let mut totals = [0.0; K];
    for (a, b) in a.chunks(SHORT).zip(b.chunks(SHORT)) {
        let mut lanes = [[0.0_f32; LANES]; K];
        let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
        for (a, b) in a.remainder().iter().zip(b.remainder()) {
            for (lanes, term) in lanes.iter_mut().zip(terms(*a, *b)) {
                lanes[0] += term;
            }
        }
        for (a, b) in a.zip(b) {
            for lane in 0..LANES {
                let terms = terms(a[lane], b[lane]);
                for (lanes, term) in lanes.iter_mut().zip(terms) {
                    lanes[lane] += term;
                }
            }
        }
        for (total, lanes) in totals.iter_mut().zip(lanes) {
            *total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        }
    }
    totals
}
