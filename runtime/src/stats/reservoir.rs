//! A sample of rows that does not depend on their order or on sharding.

use std::collections::BinaryHeap;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The `capacity` rows of lowest priority, where a row's priority is a hash of
/// the seed and of its own content.
///
/// So the choice is a function of the rows alone, to their last bit, and not of
/// their order; the reservoirs of two shards merge into the reservoir of the
/// whole. Equal rows have equal priority; of those at the margin only as many
/// are kept as fit.
#[derive(Clone, Debug)]
pub(crate) struct Reservoir {
    pub(crate) capacity: usize,
    pub(crate) seed: u64,
    entries: BinaryHeap<Entry>,
}

/// Ordered by priority; equal priorities by content, so that the order is total.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    priority: u64,
    bits: Box<[u32]>,
}

impl Reservoir {
    pub(crate) fn new(capacity: usize, seed: u64) -> Self {
        Self {
            capacity,
            seed,
            entries: BinaryHeap::new(),
        }
    }

    /// Offers `rows`, `[n, dim]` row-major.
    pub(crate) fn push(&mut self, rows: &[f32], dim: usize) {
        for row in rows.chunks_exact(dim) {
            let priority = priority(self.seed, row);
            if self.has_room_for(priority) {
                let bits = row.iter().map(|value| value.to_bits()).collect();
                self.insert(Entry { priority, bits });
            }
        }
    }

    /// Joins the reservoir of another shard.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        if (self.capacity, self.seed) != (other.capacity, other.seed) {
            return Err(Error::input(format!(
                "reservoirs merge only with equal capacity and seed, got {} with seed {} and \
                 {} with seed {}",
                self.capacity, self.seed, other.capacity, other.seed
            )));
        }
        for entry in other.entries {
            self.insert(entry);
        }
        Ok(())
    }

    /// The rows kept, `[len, dim]` row-major, by rising priority.
    pub(crate) fn rows(&self) -> Vec<f32> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort();
        entries
            .into_iter()
            .flat_map(|entry| entry.bits.iter().map(|&bits| f32::from_bits(bits)))
            .collect()
    }

    fn has_room_for(&self, priority: u64) -> bool {
        self.entries.len() < self.capacity
            || self
                .entries
                .peek()
                .is_some_and(|highest| priority <= highest.priority)
    }

    fn insert(&mut self, entry: Entry) {
        self.entries.push(entry);
        if self.entries.len() > self.capacity {
            self.entries.pop();
        }
    }
}

/// The first 8 bytes of SHA-256 over the seed and the row, little-endian.
fn priority(seed: u64, row: &[f32]) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
    hasher.update(bytes);
    let digest = hasher.finalize();
    digest
        .iter()
        .take(8)
        .rev()
        .fold(0, |priority, &byte| priority << 8 | u64::from(byte))
}
