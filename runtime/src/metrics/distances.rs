//! Distances between rows, several at once.

/// Rows whose distances are computed together.
pub(super) const BLOCK: usize = 8;

/// Up to [`BLOCK`] rows, turned so that one value of each lies side by side
/// and the compiler can handle them at once. Missing rows are 0.
pub(super) struct Block(Vec<[f64; BLOCK]>);

impl Block {
    /// Takes rows of `dim` values.
    pub(super) fn of<'a>(rows: impl IntoIterator<Item = &'a [f32]>, dim: usize) -> Self {
        let mut columns = vec![[0.0; BLOCK]; dim];
        for (lane, row) in rows.into_iter().take(BLOCK).enumerate() {
            for (column, &value) in columns.iter_mut().zip(row) {
                column[lane] = f64::from(value);
            }
        }
        Self(columns)
    }

    /// `Σ (a − b)²` for each row, never from dot products: equal rows are at
    /// distance 0 exactly.
    pub(super) fn squared_distances<T: Copy + Into<f64>>(&self, other: &[T]) -> [f64; BLOCK] {
        let mut sums = [0.0; BLOCK];
        for (column, &value) in self.0.iter().zip(other) {
            let value = value.into();
            for (sum, row) in sums.iter_mut().zip(column) {
                let difference = row - value;
                *sum += difference * difference;
            }
        }
        sums
    }
}

/// `Σ (a − b)²` of two rows, the same for `(b, a)` and 0 exactly for equal ones.
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0; BLOCK];
    let (mut a, mut b) = (a.chunks_exact(BLOCK), b.chunks_exact(BLOCK));
    let mut add = |a: &[f32], b: &[f32]| {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            let difference = f64::from(a) - f64::from(b);
            *sum += difference * difference;
        }
    };
    for (a, b) in (&mut a).zip(&mut b) {
        add(a, b);
    }
    add(a.remainder(), b.remainder());
    sums.iter().sum()
}
