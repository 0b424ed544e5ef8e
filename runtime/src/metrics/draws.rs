//! Seeded choices, the same on every platform and at any thread count.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Separates the choices of metrics from every other use of the same seed.
const DOMAIN: &[u8; 16] = b"gannet/metrics/1";

/// Uniform draws from ChaCha8, as [`metrics`](super) states them.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream of one choice among those for a purpose, whose name ends in
    /// spaces if it is short.
    pub(super) fn new(seed: u64, purpose: &[u8; 8], stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..24].copy_from_slice(DOMAIN);
        key[24..].copy_from_slice(purpose);
        let mut draws = ChaCha8Rng::from_seed(key);
        draws.set_stream(stream);
        Self(draws)
    }

    /// An integer from 0 to below `bound`, which is not 0, without bias
    /// (Lemire, 2019).
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        let surplus = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if product as u64 >= surplus {
                return (product >> 64) as usize;
            }
        }
    }

    /// A number in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        const SCALE: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * SCALE
    }

    /// The first `count` of `0..n` after a shuffle (Fisher and Yates).
    pub(super) fn distinct(&mut self, n: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        for i in 0..count {
            let other = i + self.below(n - i);
            all.swap(i, other);
        }
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests;
