//! Shifts of whole pixels.

use burn::tensor::{Int, Tensor, TensorData};

use super::super::random::{Random, constant};

/// The greatest shift is the side divided by this, rounded down.
const SIDES_PER_SHIFT: usize = 8;

/// Where each pixel of each image comes from; from outside comes 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Translation {
    /// How far each image is moved up and to the left, in pixels.
    pub(super) shifts: Vec<[isize; 2]>,
}

impl Translation {
    pub(super) fn draw(n: usize, size: [usize; 2], probability: f64, random: &mut Random) -> Self {
        let mut shift = || {
            let drawn = size.map(|side| {
                let greatest = side / SIDES_PER_SHIFT;
                random.below(2 * greatest + 1) as isize - greatest as isize
            });
            match random.happens(probability) {
                true => drawn,
                false => [0, 0],
            }
        };
        Self {
            shifts: (0..n).map(|_| shift()).collect(),
        }
    }

    pub(super) fn apply(&self, images: Tensor<4>) -> Tensor<4> {
        let [n, channels, height, width] = images.dims();
        let pixels = height * width;
        let mut sources = Vec::with_capacity(n * channels * pixels);
        let mut inside = Vec::with_capacity(n * pixels);
        for &[up, left] in &self.shifts {
            let first = sources.len();
            for y in 0..height {
                let row = moved(y, up, height);
                for x in 0..width {
                    let source = row.zip(moved(x, left, width));
                    inside.push(if source.is_some() { 1.0 } else { 0.0 });
                    sources.push(source.map_or(0, |(y, x)| (y * width + x) as i64));
                }
            }
            for _ in 1..channels {
                sources.extend_from_within(first..first + pixels);
            }
        }
        let planes = [n * channels, pixels];
        let sources = TensorData::new(sources, planes);
        let sources = Tensor::<2, Int>::from_data(sources, &images.device());
        let inside = constant(inside, [n, 1, height, width], &images);
        let shifted = images.reshape(planes).gather(1, sources);
        shifted.reshape([n, channels, height, width]) * inside
    }
}

/// `position + by`, if that is below `length`.
fn moved(position: usize, by: isize, length: usize) -> Option<usize> {
    position
        .checked_add_signed(by)
        .filter(|source| *source < length)
}
