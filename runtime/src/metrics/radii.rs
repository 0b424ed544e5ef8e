//! How far each row of a set is from its k-th nearest neighbour.

use rayon::prelude::*;

use super::distances::squared_distance;
use super::screened::{Bound, Frame};
use crate::features::Features;

/// The squared distance of each row to its k-th nearest neighbour in the set,
/// itself left out. There are more rows than `k`.
pub(super) fn squared_radii(set: &Features, k: usize, frame: &Frame) -> Vec<f64> {
    frame
        .tiles(set)
        .flat_map_iter(|tile| {
            let mut nearest: Vec<Nearest> = tile.rows().map(|row| Nearest::of(row, k)).collect();
            for others in frame.tiles_in_turn(set) {
                let bounds = tile.bounds(&others);
                for (j, other) in others.rows().enumerate() {
                    for (nearest, bound) in nearest.iter_mut().zip(bounds.column(j)) {
                        if bound.lower <= nearest.limit && nearest.row != other {
                            nearest.offer(other, bound, set, frame);
                        }
                    }
                }
            }
            nearest.into_iter().map(|nearest| nearest.radius(set))
        })
        .collect()
}

/// The rows that may be among the `k` nearest to a row.
struct Nearest {
    row: usize,
    k: usize,
    /// `k` rows are at this squared distance at most, in the frame's units.
    limit: f64,
    candidates: Vec<Candidate>,
    /// The least squared distances known, `k` at most, rising.
    settled: Vec<f64>,
}

struct Candidate {
    row: usize,
    bound: Bound,
}

impl Nearest {
    fn of(row: usize, k: usize) -> Self {
        Self {
            row,
            k,
            limit: f64::INFINITY,
            candidates: Vec::new(),
            settled: Vec::new(),
        }
    }

    /// Takes a row that may be near enough.
    fn offer(&mut self, row: usize, bound: Bound, set: &Features, frame: &Frame) {
        const ROOM: usize = 32;
        self.candidates.push(Candidate { row, bound });
        if self.candidates.len() >= 2 * self.k + ROOM {
            self.narrow();
            // Bounds may leave too many: all rows of a set may be equal.
            if self.candidates.len() >= self.k + ROOM {
                self.settle(set);
                self.limit = frame.scaled(self.settled[self.k - 1]);
            }
        }
    }

    /// Lets go of the rows that `k` others are nearer than.
    fn narrow(&mut self) {
        let upper = |candidate: &Candidate| candidate.bound.upper;
        let (_, kth, _) = self
            .candidates
            .select_nth_unstable_by(self.k - 1, |a, b| upper(a).total_cmp(&upper(b)));
        self.limit = self.limit.min(upper(kth));
        self.candidates
            .retain(|candidate| candidate.bound.lower <= self.limit);
    }

    /// Computes the distances of the candidates.
    fn settle(&mut self, set: &Features) {
        let own = set.row(self.row);
        let distances = self.candidates.drain(..);
        self.settled
            .extend(distances.map(|candidate| squared_distance(own, set.row(candidate.row))));
        self.settled.sort_unstable_by(f64::total_cmp);
        self.settled.truncate(self.k);
    }

    fn radius(mut self, set: &Features) -> f64 {
        if self.candidates.len() > self.k {
            self.narrow();
        }
        self.settle(set);
        self.settled[self.k - 1]
    }
}
