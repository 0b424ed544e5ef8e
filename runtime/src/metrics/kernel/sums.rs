//! Sums of the kernel over pairs of rows, for several subsets at once.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use crate::features::Features;

/// Rows of either side whose kernel values are computed together.
const TILE: usize = 512;

/// Rows of a set, and subsets of them by their places.
pub(super) struct Rows<'a> {
    set: &'a Features,
    rows: Vec<usize>,
    subsets: Vec<Subset>,
}

/// Where a subset's rows are: for each tile, their places within it.
struct Subset(Vec<Vec<u16>>);

impl<'a> Rows<'a> {
    /// The rows of one subset, which is all of them.
    pub(super) fn of_one(set: &'a Features, subset: &[usize]) -> Self {
        let all: Vec<usize> = (0..subset.len()).collect();
        Self {
            set,
            rows: subset.to_vec(),
            subsets: vec![Subset::of(&all, subset.len())],
        }
    }

    /// All rows of a set and several subsets.
    pub(super) fn shared(set: &'a Features, subsets: &[&[usize]]) -> Self {
        let n = set.len();
        Self {
            set,
            rows: (0..n).collect(),
            subsets: subsets.iter().map(|subset| Subset::of(subset, n)).collect(),
        }
    }

    /// The number of rows in a subset.
    pub(super) fn len_of(&self, subset: usize) -> usize {
        self.subsets[subset].0.iter().map(Vec::len).sum()
    }

    /// For each subset `Σ_{i≠j} k(xᵢ, xⱼ)`, each pair computed once.
    pub(super) fn sums_within(&self) -> Vec<f64> {
        self.sums(self, true)
    }

    /// For each subset `Σ k(xᵢ, yⱼ)`.
    pub(super) fn sums_between(&self, other: &Self) -> Vec<f64> {
        self.sums(other, false)
    }

    /// Adds up tiles that were computed anywhere, always in the same order.
    fn sums(&self, other: &Self, within: bool) -> Vec<f64> {
        let by_tile: Vec<Vec<f64>> = (0..self.tiles())
            .into_par_iter()
            .map(|i| {
                let mut sums = vec![0.0; self.subsets.len()];
                let mut values = Kernel::of(self, i);
                for j in if within { i } else { 0 }..other.tiles() {
                    values.compute(other, j);
                    let twice = if within && i != j { 2.0 } else { 1.0 };
                    if within && i == j {
                        values.clear_diagonal();
                    }
                    for (sum, (a, b)) in
                        sums.iter_mut().zip(self.subsets.iter().zip(&other.subsets))
                    {
                        *sum += twice * values.sum(&a.0[i], &b.0[j]);
                    }
                }
                sums
            })
            .collect();
        (0..self.subsets.len())
            .map(|subset| by_tile.iter().map(|sums| sums[subset]).sum())
            .collect()
    }

    fn tiles(&self) -> usize {
        self.rows.len().div_ceil(TILE)
    }

    /// Puts the rows of a tile into `values`, `[rows, d]` row-major.
    fn read(&self, tile: usize, values: &mut Vec<f64>) {
        values.clear();
        let rows = &self.rows[tile * TILE..self.rows.len().min((tile + 1) * TILE)];
        for &row in rows {
            values.extend(self.set.row(row).iter().map(|&value| f64::from(value)));
        }
    }
}

impl Subset {
    /// A subset of the rows `0..n`.
    fn of(subset: &[usize], n: usize) -> Self {
        let mut places = vec![Vec::new(); n.div_ceil(TILE)];
        for row in subset {
            places[row / TILE].push((row % TILE) as u16);
        }
        Self(places)
    }
}

/// The kernel's values between the rows of two tiles; the memory serves again.
struct Kernel {
    dim: usize,
    first: Vec<f64>,
    second: Vec<f64>,
    values: Mat<f64>,
    /// How many rows the tiles have.
    shape: [usize; 2],
}

impl Kernel {
    /// The values of a tile of `rows`, with none computed.
    fn of(rows: &Rows<'_>, tile: usize) -> Self {
        let dim = rows.set.dim();
        let mut first = Vec::new();
        rows.read(tile, &mut first);
        let height = first.len() / dim;
        Self {
            dim,
            first,
            second: Vec::new(),
            values: Mat::zeros(height, TILE),
            shape: [height, 0],
        }
    }

    /// Computes the values with another tile.
    fn compute(&mut self, rows: &Rows<'_>, tile: usize) {
        rows.read(tile, &mut self.second);
        let [height, width] = [self.shape[0], self.second.len() / self.dim];
        self.shape = [height, width];
        matmul(
            self.values.as_mut().subcols_mut(0, width),
            Accum::Replace,
            MatRef::from_row_major_slice(&self.first, height, self.dim),
            MatRef::from_row_major_slice(&self.second, width, self.dim).transpose(),
            1.0,
            Par::Seq,
        );
        let dim = self.dim as f64;
        for j in 0..width {
            for value in self.values.col_as_slice_mut(j) {
                let base = *value / dim + 1.0;
                *value = base * base * base;
            }
        }
    }

    /// Leaves out the values of rows with themselves.
    fn clear_diagonal(&mut self) {
        for i in 0..self.shape[0].min(self.shape[1]) {
            self.values[(i, i)] = 0.0;
        }
    }

    /// The sum over the pairs of some rows of either tile.
    fn sum(&self, first: &[u16], second: &[u16]) -> f64 {
        let mut sums = vec![0.0; first.len()];
        for &j in second {
            let column = self.values.col_as_slice(usize::from(j));
            for (sum, &i) in sums.iter_mut().zip(first) {
                *sum += column[usize::from(i)];
            }
        }
        sums.iter().sum()
    }
}
