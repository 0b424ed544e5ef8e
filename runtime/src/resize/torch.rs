//! Linear interpolation as in PyTorch's `upsample_bilinear2d` on a processor.

/// Brings planes of one size to another.
pub(super) struct Bilinear {
    width: usize,
    across: Vec<Pair>,
    down: Vec<Pair>,
}

/// The two input pixels that make an output pixel, and the share of the second.
struct Pair {
    first: usize,
    second: usize,
    share: f32,
}

impl Bilinear {
    pub(super) fn new(from: [usize; 2], to: [usize; 2]) -> Self {
        Self {
            width: from[1],
            across: pairs(from[1], to[1]),
            down: pairs(from[0], to[0]),
        }
    }

    pub(super) fn plane(&self, plane: &[f32]) -> Vec<f32> {
        let row = |y: usize| &plane[y * self.width..(y + 1) * self.width];
        let rows = self.down.iter().flat_map(|y| {
            let (upper, lower) = (row(y.first), row(y.second));
            self.across.iter().map(|x| {
                let at = |row: &[f32]| x.mix(row[x.first], row[x.second]);
                y.mix(at(upper), at(lower))
            })
        });
        rows.collect()
    }
}

impl Pair {
    fn mix(&self, first: f32, second: f32) -> f32 {
        first * (1.0 - self.share) + second * self.share
    }
}

/// Places are computed in 32 bits, as there.
fn pairs(from: usize, to: usize) -> Vec<Pair> {
    let scale = from as f32 / to as f32;
    (0..to)
        .map(|i| {
            let place = (scale * (i as f32 + 0.5) - 0.5).max(0.0);
            let first = (place as usize).min(from - 1);
            Pair {
                first,
                second: (first + 1).min(from - 1),
                share: (place - first as f32).clamp(0.0, 1.0),
            }
        })
        .collect()
}
