//! Random numbers of a seed and a step, and constants for the graph.

use burn::tensor::{Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// ChaCha8 with one stream a step; each purpose has a seed of its own.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    pub(super) fn new(seed: u64, step: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(step);
        Self(generator)
    }

    /// A number in `[0, 1)`, in steps of 2⁻²⁴.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// A number from `least` to `least + range`.
    pub(super) fn uniform(&mut self, least: f32, range: f32) -> f32 {
        least + range * self.unit()
    }

    /// A number from 0 to `bound - 1`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // The high word of the product; without rejection the bias is below bound / 2^64.
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// Whether an event of this probability happens: never at 0, always at 1.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        f64::from(self.unit()) < probability
    }
}

/// `values` as a constant of the device and type of `like`.
pub(super) fn constant<const D: usize, const E: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    like: &Tensor<E>,
) -> Tensor<D> {
    let options = (&like.device(), like.dtype());
    Tensor::from_data(TensorData::new(values, shape), options)
}
