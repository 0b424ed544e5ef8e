//! Seeded random numbers, one stream for each use.
//!
//! Burn's own generator is one for the whole process; a stream of ours does
//! not depend on what else runs.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// ChaCha8 keyed by the seed (8 little-endian bytes, then zeros).
pub(super) struct Random(ChaCha8Rng);

impl Random {
    /// The stream of the first weights.
    pub(super) fn weights(seed: u64) -> Self {
        Self::stream(seed, 0)
    }

    /// The stream of an epoch's order and distortions.
    pub(super) fn epoch(seed: u64, epoch: usize) -> Self {
        Self::stream(seed, 1 + epoch as u64)
    }

    fn stream(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Self(generator)
    }

    /// A number from 0 to `bound - 1`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // The high word of the product (Lemire, 2019); without his rejection
        // the bias is below bound / 2^64.
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number in [-limit, limit), in steps of limit / 2^23.
    pub(super) fn symmetric(&mut self, limit: f32) -> f32 {
        let unit = (self.0.next_u32() >> 8) as f32 / (1 << 23) as f32;
        (unit - 1.0) * limit
    }

    /// A random order of 0 to `count - 1` (Fisher-Yates).
    pub(super) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}
