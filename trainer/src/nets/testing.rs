//! Operands and comparisons for tests of operations.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;

use burn::module::{ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

thread_local! {
    // Burn's own generator is shared by all tests, so what it draws depends on their timing.
    static NOISE: RefCell<ChaCha8Rng> = RefCell::new(ChaCha8Rng::seed_from_u64(0));
}

pub(super) fn seed(seed: u64) {
    NOISE.set(ChaCha8Rng::seed_from_u64(seed));
}

/// Uniform in `[-1, 1)`.
pub(super) fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = NOISE.with_borrow_mut(|noise| {
        let draw = |_| f64::from(noise.next_u32() as i32) / f64::from(1_u32 << 31);
        (0..shape.iter().product())
            .map(draw)
            .map(|v| v as f32)
            .collect::<Vec<_>>()
    });
    Tensor::from_data(TensorData::new(values, shape), device)
}

pub(super) fn floats(data: &TensorData) -> Vec<f32> {
    data.try_to_vec().unwrap()
}

pub(super) fn largest(values: &[f32]) -> f64 {
    values
        .iter()
        .fold(0.0, |largest, v| largest.max(f64::from(v.abs())))
}

pub(super) fn largest_difference(got: &TensorData, expected: &TensorData) -> f64 {
    assert_eq!(got.shape(), expected.shape());
    let (got, expected) = (floats(got), floats(expected));
    assert!(got.iter().chain(&expected).all(|v| v.is_finite()));
    let differences: Vec<f32> = got.iter().zip(&expected).map(|(a, b)| a - b).collect();
    largest(&differences)
}

/// Largest difference over the largest expected magnitude.
pub(super) fn relative_error(got: &TensorData, expected: &TensorData) -> f64 {
    largest_difference(got, expected) / largest(&floats(expected))
}

pub(super) fn dot(a: TensorData, b: TensorData) -> f64 {
    floats(&a)
        .iter()
        .zip(floats(&b))
        .map(|(a, b)| f64::from(*a) * f64::from(b))
        .sum()
}

pub(crate) fn value(loss: Tensor<1>) -> f64 {
    f64::from(loss.into_scalar::<f32>())
}

/// Adds `offset` times a fixed direction, a gradient by parameter, to all weights.
pub(crate) struct Shift<'a> {
    pub(crate) direction: &'a GradientsParams,
    pub(crate) offset: f64,
}

impl ModuleMapper for Shift<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let direction = self.direction.get::<D>(param.id);
        let offset = self.offset;
        param.map(|weights| match direction {
            Some(direction) => weights.inner() + direction.inner() * offset,
            None => weights,
        })
    }
}

/// The squared length of a gradient over all parameters.
pub(crate) struct SquaredLength<'a> {
    pub(crate) gradient: &'a GradientsParams,
    pub(crate) sum: f64,
}

impl ModuleVisitor for SquaredLength<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradient.get::<D>(param.id) {
            self.sum += value(gradient.inner().powi_scalar(2).sum());
        }
    }
}
