//! The order of the training images: a fresh permutation an epoch, a pure function of the seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Deals out indices of a data set; the last permutation is kept.
pub(super) struct Order {
    seed: u64,
    len: usize,
    epoch: Option<u64>,
    permutation: Vec<usize>,
}

impl Order {
    /// An order over `len` images, at least one.
    pub(super) fn new(seed: u64, len: usize) -> Self {
        Self {
            seed,
            len,
            epoch: None,
            permutation: (0..len).collect(),
        }
    }

    /// The indices of step number `step` (from 0) at `batch` images a step.
    pub(super) fn batch(&mut self, step: u64, batch: usize) -> Vec<usize> {
        let first = step * batch as u64;
        (first..first + batch as u64)
            .map(|position| self.at(position))
            .collect()
    }

    fn at(&mut self, position: u64) -> usize {
        let len = self.len as u64;
        let epoch = position / len;
        if self.epoch != Some(epoch) {
            self.shuffle(epoch);
        }
        self.permutation[(position % len) as usize]
    }

    /// Fisher-Yates with one ChaCha8 stream an epoch.
    fn shuffle(&mut self, epoch: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(epoch);
        self.permutation = (0..self.len).collect();
        for last in (1..self.len).rev() {
            // The bias of the multiply-shift reduction is below len / 2⁶⁴.
            let draw = u128::from(random.next_u64()) * (last as u128 + 1);
            self.permutation.swap(last, (draw >> 64) as usize);
        }
        self.epoch = Some(epoch);
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn an_epoch_shows_every_image_once() {
        let mut order = Order::new(3, 10);
        let mut first = order.batch(0, 10);
        let mut second = order.batch(1, 10);
        assert_ne!(first, second);
        first.sort_unstable();
        second.sort_unstable();
        assert_eq!(first, (0..10).collect::<Vec<_>>());
        assert_eq!(second, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn a_step_does_not_depend_on_those_before() {
        let mut whole = Order::new(7, 13);
        let steps: Vec<_> = (0..9).map(|step| whole.batch(step, 4)).collect();
        for (step, expected) in steps.iter().enumerate() {
            assert_eq!(&Order::new(7, 13).batch(step as u64, 4), expected);
        }
    }
}
