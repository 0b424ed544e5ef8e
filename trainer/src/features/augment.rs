//! Small distortions that leave the class of an image as it is.

use super::random::Random;
use crate::data::{DataError, Dataset};

/// How images are distorted while training.
#[derive(Clone, Copy, Debug)]
pub(super) struct Augmentation {
    /// The greatest shift in each direction, pixels.
    pub(super) shift: usize,
    /// Whether half of the images are mirrored left to right.
    pub(super) mirror: bool,
}

impl Augmentation {
    /// The images of these indices, each distorted at random:
    /// `[indices, c, h, w]` in [-1, 1]. What a shift uncovers is filled with
    /// the nearest pixel of the border.
    ///
    /// # Errors
    ///
    /// Those of [`Dataset::pixels`].
    pub(super) fn images(
        self,
        set: &Dataset,
        indices: &[usize],
        random: &mut Random,
    ) -> Result<Vec<f32>, DataError> {
        let [_, height, width] = set.shape();
        let mut values = Vec::with_capacity(indices.len() * set.image_size());
        for image in set.pixels(indices)?.chunks_exact(set.image_size()) {
            let (down, right) = (self.offset(random), self.offset(random));
            let mirrored = self.mirror && random.below(2) == 1;
            for plane in image.chunks_exact(height * width) {
                for y in 0..height {
                    let row = &plane[shifted(y, down, height) * width..][..width];
                    values.extend((0..width).map(|x| {
                        let x = if mirrored { width - 1 - x } else { x };
                        f32::from(row[shifted(x, right, width)]) / 127.5 - 1.0
                    }));
                }
            }
        }
        Ok(values)
    }

    fn offset(self, random: &mut Random) -> isize {
        random.below(2 * self.shift + 1) as isize - self.shift as isize
    }
}

/// Where the pixel comes from that lands here, within the image.
fn shifted(position: usize, offset: isize, length: usize) -> usize {
    position.saturating_add_signed(-offset).min(length - 1)
}
