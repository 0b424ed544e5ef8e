//! k-means clustering, reproducible from its seed.

use rayon::prelude::*;

use super::distances::{BLOCK, Block};
use super::draws::Draws;

/// Rounds after which the centres stay as they are.
const ROUNDS: usize = 100;

/// `k` centres, `[k, dim]`: seeded by k-means++ (Arthur and Vassilvitskii, 2007)
/// and moved by Lloyd's rounds until no row changes its centre, 100 at most.
/// A centre without rows stays where it is.
///
/// `None` if there are fewer than `k` different rows, or none is asked for.
///
/// Rows are assigned in parallel, but summed in their order, so that the result
/// does not depend on the number of threads. A round takes O(n k d).
pub(super) fn k_means(rows: &[f32], dim: usize, k: usize, seed: u64) -> Option<Vec<f64>> {
    let mut centres = spread(rows, dim, k, seed)?;
    let mut nearest = assign(rows, dim, &centres);
    for _ in 0..ROUNDS {
        let mut sums = vec![0.0; centres.len()];
        let mut counts = vec![0_u64; k];
        for (row, &at) in rows.chunks_exact(dim).zip(&nearest) {
            counts[at] += 1;
            for (sum, &value) in sums[at * dim..(at + 1) * dim].iter_mut().zip(row) {
                *sum += f64::from(value);
            }
        }
        for (at, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            for i in at * dim..(at + 1) * dim {
                centres[i] = sums[i] / count as f64;
            }
        }
        let moved = assign(rows, dim, &centres);
        if moved == nearest {
            break;
        }
        nearest = moved;
    }
    Some(centres)
}

/// The centre nearest to each row, the first of equals.
pub(super) fn assign(rows: &[f32], dim: usize, centres: &[f64]) -> Vec<usize> {
    rows.par_chunks(BLOCK * dim)
        .flat_map_iter(|rows| {
            let block = Block::of(rows.chunks_exact(dim), dim);
            let mut nearest = [(f64::INFINITY, 0); BLOCK];
            for (i, centre) in centres.chunks_exact(dim).enumerate() {
                let distances = block.squared_distances(centre);
                for (nearest, &distance) in nearest.iter_mut().zip(&distances) {
                    if distance < nearest.0 {
                        *nearest = (distance, i);
                    }
                }
            }
            nearest.into_iter().take(rows.len() / dim).map(|(_, i)| i)
        })
        .collect()
}

/// Rows far from each other: the first at random, each further one with a chance
/// proportional to its squared distance from the nearest before it.
fn spread(rows: &[f32], dim: usize, k: usize, seed: u64) -> Option<Vec<f64>> {
    let n = rows.len() / dim;
    if k == 0 || n < k {
        return None;
    }
    let mut draws = Draws::new(seed, b"k means ", 0);
    let mut at = draws.below(n);
    let mut centres = Vec::with_capacity(k * dim);
    let mut distances = vec![f64::INFINITY; n];
    loop {
        let row = &rows[at * dim..(at + 1) * dim];
        centres.extend(row.iter().map(|&value| f64::from(value)));
        if centres.len() == k * dim {
            return Some(centres);
        }
        let further: Vec<f64> = rows
            .par_chunks(BLOCK * dim)
            .flat_map_iter(|rows| {
                let distances = Block::of(rows.chunks_exact(dim), dim).squared_distances(row);
                distances.into_iter().take(rows.len() / dim)
            })
            .collect();
        for (distance, further) in distances.iter_mut().zip(further) {
            *distance = distance.min(further);
        }
        at = choose(&distances, draws.unit())?;
    }
}

/// The index at which the running sum of the weights passes `share` of their
/// sum; never one of weight 0.
fn choose(weights: &[f64], share: f64) -> Option<usize> {
    let goal = share * weights.iter().sum::<f64>();
    let mut sum = 0.0;
    for (i, weight) in weights.iter().enumerate() {
        sum += weight;
        if sum > goal {
            return Some(i);
        }
    }
    None
}

#[cfg(test)]
mod tests;
