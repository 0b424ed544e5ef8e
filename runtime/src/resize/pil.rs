//! Convolution as in `Resample.c` of Pillow 12: across, then down, with a filter
//! that widens with the reduction.

/// A filter: where it ends, and its weight at a distance.
pub(super) struct Filter {
    support: f64,
    weight: fn(f64) -> f64,
}

/// The triangle.
pub(super) const BILINEAR: Filter = Filter {
    support: 1.0,
    weight: |x| (1.0 - x.abs()).max(0.0),
};

/// Keys' cubic with a = −1/2.
pub(super) const BICUBIC: Filter = Filter {
    support: 2.0,
    weight: |x| {
        const A: f64 = -0.5;
        match x.abs() {
            x if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
            x if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
            _ => 0.0,
        }
    },
};

/// What Pillow computes one kind of pixel in.
pub(super) trait Pixel: Copy {
    type Sum: Copy;
    const START: Self::Sum;
    fn weight(weight: f64) -> Self::Sum;
    fn add(sum: Self::Sum, pixel: Self, weight: Self::Sum) -> Self::Sum;
    fn finish(sum: Self::Sum) -> Self;
}

/// 8-bit pixels are summed in fixed point with so many bits after the point.
const PRECISION_BITS: u32 = 32 - 8 - 2;

impl Pixel for u8 {
    type Sum = i32;
    const START: i32 = 1 << (PRECISION_BITS - 1);

    fn weight(weight: f64) -> i32 {
        // Both round half away from zero.
        (weight * f64::from(1 << PRECISION_BITS)).round() as i32
    }

    fn add(sum: i32, pixel: u8, weight: i32) -> i32 {
        sum + i32::from(pixel) * weight
    }

    fn finish(sum: i32) -> u8 {
        (sum >> PRECISION_BITS).clamp(0, 255) as u8
    }
}

impl Pixel for f32 {
    type Sum = f64;
    const START: f64 = 0.0;

    fn weight(weight: f64) -> f64 {
        weight
    }

    fn add(sum: f64, pixel: f32, weight: f64) -> f64 {
        sum + f64::from(pixel) * weight
    }

    fn finish(sum: f64) -> f32 {
        sum as f32
    }
}

/// A plane so many times higher than wide is first made lower, if it is to be
/// (`Image.resize`).
const TALL: usize = 100;

/// Brings planes of one size to another.
pub(super) struct Resampler<P: Pixel> {
    from: [usize; 2],
    to: [usize; 2],
    across: Option<Vec<Taps<P>>>,
    down: Option<Vec<Taps<P>>>,
}

/// The weights of one output pixel, from the input pixel `first` on.
struct Taps<P: Pixel> {
    first: usize,
    weights: Vec<P::Sum>,
}

impl<P: Pixel> Resampler<P> {
    pub(super) fn new(filter: &Filter, from: [usize; 2], to: [usize; 2]) -> Self {
        let axis = |from, to| (from != to).then(|| taps(filter, from, to));
        Self {
            from,
            to,
            across: axis(from[1], to[1]),
            down: axis(from[0], to[0]),
        }
    }

    pub(super) fn plane(&self, plane: Vec<P>) -> Vec<P> {
        let [height, width] = self.from;
        if height > TALL * width && self.to[0] < height {
            let lower = self.down(plane, width);
            return self.across(lower);
        }
        let wide = self.across(plane);
        self.down(wide, self.to[1])
    }

    fn across(&self, plane: Vec<P>) -> Vec<P> {
        let Some(across) = &self.across else {
            return plane;
        };
        let rows = plane.chunks_exact(self.from[1]);
        rows.flat_map(|row| across.iter().map(|taps| taps.of_row(row)))
            .collect()
    }

    fn down(&self, plane: Vec<P>, width: usize) -> Vec<P> {
        let Some(down) = &self.down else {
            return plane;
        };
        let rows = down.iter();
        rows.flat_map(|taps| taps.of_rows(&plane, width)).collect()
    }
}

impl<P: Pixel> Taps<P> {
    /// One pixel of a row.
    fn of_row(&self, row: &[P]) -> P {
        let pixels = row[self.first..].iter().zip(&self.weights);
        P::finish(pixels.fold(P::START, |sum, (&pixel, &weight)| {
            P::add(sum, pixel, weight)
        }))
    }

    /// One row of a plane.
    fn of_rows(&self, plane: &[P], width: usize) -> impl Iterator<Item = P> + use<P> {
        let mut sums = vec![P::START; width];
        let rows = plane[self.first * width..].chunks_exact(width);
        for (row, &weight) in rows.zip(&self.weights) {
            for (sum, &pixel) in sums.iter_mut().zip(row) {
                *sum = P::add(*sum, pixel, weight);
            }
        }
        sums.into_iter().map(P::finish)
    }
}

/// `precompute_coeffs`, in its order of operations.
fn taps<P: Pixel>(filter: &Filter, from: usize, to: usize) -> Vec<Taps<P>> {
    let scale = from as f64 / to as f64;
    let filter_scale = scale.max(1.0);
    let support = filter.support * filter_scale;
    let inverse = 1.0 / filter_scale;
    (0..to)
        .map(|i| {
            let center = (i as f64 + 0.5) * scale;
            // Casts truncate and stop at 0.
            let first = (center - support + 0.5) as usize;
            let end = ((center + support + 0.5) as usize).min(from);
            let weights: Vec<f64> = (first..end)
                .map(|x| (filter.weight)((x as f64 - center + 0.5) * inverse))
                .collect();
            let total: f64 = weights.iter().sum();
            let weights = weights
                .iter()
                .map(|weight| P::weight(weight / total))
                .collect();
            Taps { first, weights }
        })
        .collect()
}
