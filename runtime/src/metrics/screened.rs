//! Bounds of squared distances between many rows, from products in 32 bits.
//!
//! Where the bounds decide a comparison, which is nearly everywhere, it is
//! decided as in exact arithmetic; elsewhere the distance itself is computed.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use crate::features::Features;

/// Rows of either side whose bounds are computed together.
const TILE: usize = 512;

/// Half of the distance from 1 to the next number in 32 bits.
const UNIT: f64 = 0.5 * f32::EPSILON as f64;

/// See [`Bounds`].
const FURTHER_TERMS: f64 = 64.0;

/// Where 32 bits serve the rows best: their centre at 0, their largest value 1,
/// so that no product overflows. Distances are in units of `scale`.
pub(super) struct Frame {
    centre: Vec<f64>,
    scale: f64,
}

impl Frame {
    /// The frame of two sets of one dimension.
    pub(super) fn of(a: &Features, b: &Features) -> Self {
        let dim = a.dim();
        let rows = || {
            [a, b]
                .into_iter()
                .flat_map(|set| set.rows().chunks_exact(dim))
        };
        let n = (a.len() + b.len()) as f64;
        let mut centre = vec![0.0; dim];
        for row in rows() {
            for (sum, &value) in centre.iter_mut().zip(row) {
                *sum += f64::from(value) / n;
            }
        }
        let mut farthest = vec![0.0_f64; dim];
        for row in rows() {
            for ((farthest, &value), centre) in farthest.iter_mut().zip(row).zip(&centre) {
                *farthest = farthest.max((f64::from(value) - centre).abs());
            }
        }
        let scale = farthest.into_iter().fold(0.0, f64::max);
        Self {
            centre,
            scale: if scale > 0.0 { scale } else { 1.0 },
        }
    }

    /// A squared distance in this frame's units.
    pub(super) fn scaled(&self, squared_distance: f64) -> f64 {
        squared_distance / (self.scale * self.scale)
    }

    /// All rows of a set, tiles on any thread.
    pub(super) fn tiles(&self, set: &Features) -> impl IndexedParallelIterator<Item = Tile> {
        (0..blocks(set))
            .into_par_iter()
            .map(|block| self.tile(set, block))
    }

    /// All rows of a set, tile after tile.
    pub(super) fn tiles_in_turn(&self, set: &Features) -> impl Iterator<Item = Tile> {
        (0..blocks(set)).map(|block| self.tile(set, block))
    }

    fn tile(&self, set: &Features, block: usize) -> Tile {
        let dim = set.dim();
        let rows = block * TILE..set.len().min((block + 1) * TILE);
        let mut values = Vec::with_capacity(rows.len() * dim);
        let unit = self.scale.recip();
        for row in rows.clone().map(|row| set.row(row)) {
            let moved = row.iter().zip(&self.centre);
            values
                .extend(moved.map(|(&value, centre)| ((f64::from(value) - centre) * unit) as f32));
        }
        let squared_norms = values.chunks_exact(dim).map(squared_norm).collect();
        Tile {
            rows,
            dim,
            values,
            squared_norms,
        }
    }
}

fn blocks(set: &Features) -> usize {
    set.len().div_ceil(TILE)
}

/// Some rows of a set in a frame.
pub(super) struct Tile {
    rows: Range<usize>,
    dim: usize,
    values: Vec<f32>,
    squared_norms: Vec<f64>,
}

impl Tile {
    /// Their indices in the set.
    pub(super) fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Bounds of the distances between these rows and those of another tile.
    pub(super) fn bounds<'a>(&'a self, others: &'a Self) -> Bounds<'a> {
        let (m, n) = (self.rows.len(), others.rows.len());
        let mut dots = Mat::zeros(m, n);
        matmul(
            dots.as_mut(),
            Accum::Replace,
            MatRef::from_row_major_slice(&self.values, m, self.dim),
            MatRef::from_row_major_slice(&others.values, n, self.dim).transpose(),
            1.0,
            Par::Seq,
        );
        let rounded = (self.dim as f64 + FURTHER_TERMS) * UNIT;
        Bounds {
            dots,
            rows: &self.squared_norms,
            columns: &others.squared_norms,
            share: if rounded < 1.0 {
                rounded / (1.0 - rounded)
            } else {
                f64::INFINITY
            },
            least: self.dim as f64 * f64::from(f32::MIN_POSITIVE),
        }
    }
}

/// Bounds of the squared distances between the rows of two tiles.
///
/// Let `u = 2⁻²⁴`. Moving a row rounds it by `u` of its length at most, which
/// changes a squared distance by about `4u (‖x‖² + ‖y‖²)`; a sum of `d` products
/// is off by `γ ‖x‖ ‖y‖ ≤ γ (‖x‖² + ‖y‖²) / 2` at most with `γ = du / (1 − du)`,
/// in whatever order it is taken (Higham, 2002, section 3.1). Some further terms
/// beyond the `d` cover the former and all that is done in 64 bits.
pub(super) struct Bounds<'a> {
    dots: Mat<f32>,
    rows: &'a [f64],
    columns: &'a [f64],
    /// The error as a share of `‖x‖² + ‖y‖²`.
    share: f64,
    /// The error of products that underflow.
    least: f64,
}

impl Bounds<'_> {
    /// The bounds of each row of the first tile to row `j` of the second.
    pub(super) fn column(&self, j: usize) -> impl Iterator<Item = Bound> {
        let column = self.columns[j];
        let dots = self.dots.col_as_slice(j);
        dots.iter().zip(self.rows).map(move |(&dot, row)| {
            let norms = row + column;
            let error = self.share * norms + self.least;
            let middle = norms - 2.0 * f64::from(dot);
            Bound {
                lower: middle - error,
                upper: middle + error,
            }
        })
    }
}

/// Bounds of a squared distance, in the frame's units.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// `‖x‖²`, in parts that the compiler can handle at once.
fn squared_norm(row: &[f32]) -> f64 {
    let mut sums = [0.0; 8];
    let mut chunks = row.chunks_exact(8);
    for chunk in &mut chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    let rest = chunks
        .remainder()
        .iter()
        .map(|&v| f64::from(v) * f64::from(v));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

#[cfg(test)]
mod tests;
