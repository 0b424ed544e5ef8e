//! A rectangle that is cut out.

use std::ops::Range;

use burn::tensor::Tensor;

use super::super::random::{Random, constant};

/// The rectangle has the image's sides divided by this, rounded down.
const SIDES_PER_CUT: usize = 2;

/// The rectangle of each image that becomes 0. It may reach beyond the image.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cutout {
    /// The row and the column of each rectangle's middle, or nothing.
    pub(super) middles: Vec<Option<[usize; 2]>>,
}

impl Cutout {
    pub(super) fn draw(n: usize, size: [usize; 2], probability: f64, random: &mut Random) -> Self {
        let mut middle = || {
            let drawn = size.map(|side| {
                // One place more for the even sides, whose middle lies between two pixels.
                let odd = side / SIDES_PER_CUT % 2;
                random.below(side + 1 - odd)
            });
            random.happens(probability).then_some(drawn)
        };
        Self {
            middles: (0..n).map(|_| middle()).collect(),
        }
    }

    pub(super) fn apply(&self, images: Tensor<4>) -> Tensor<4> {
        let [n, _, height, width] = images.dims();
        let mut kept = vec![1.0; n * height * width];
        for (image, middle) in kept.chunks_mut(height * width).zip(&self.middles) {
            if let Some([y, x]) = *middle {
                let (rows, columns) = (cut(y, height), cut(x, width));
                for row in image.chunks_mut(width).take(rows.end).skip(rows.start) {
                    row[columns.clone()].fill(0.0);
                }
            }
        }
        let kept = constant(kept, [n, 1, height, width], &images);
        images * kept
    }
}

/// The pixels along one side that a rectangle around `middle` covers.
fn cut(middle: usize, side: usize) -> Range<usize> {
    let length = side / SIDES_PER_CUT;
    let start = middle.saturating_sub(length / 2);
    start..(middle + length.div_ceil(2)).min(side)
}
