//! Where the pixels of a data set come from.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::DataError;

/// Images of one size `[c, h, w]`, each found by its number.
pub(super) trait Images: Send + Sync {
    /// The pixels of these images, `[indices, c, h, w]`, 0 to 255.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    fn pixels(&self, indices: &[usize]) -> Result<Vec<u8>, DataError>;

    /// Feeds a digest with what tells an image from others: its pixels, or of a
    /// streamed one the SHA-256 of its encoded bytes and what it is laid on.
    fn hash(&self, index: usize, hasher: &mut Sha256);

    /// Whether images are read and decoded when they are asked for.
    fn is_streamed(&self) -> bool {
        false
    }
}

/// Pixels in memory, `[n, c, h, w]`.
pub(super) struct Memory {
    /// Values of one image.
    pub(super) size: usize,
    pub(super) pixels: Vec<u8>,
}

impl Memory {
    fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * self.size..][..self.size]
    }
}

impl Images for Memory {
    fn pixels(&self, indices: &[usize]) -> Result<Vec<u8>, DataError> {
        let mut pixels = Vec::with_capacity(indices.len() * self.size);
        for &index in indices {
            pixels.extend_from_slice(self.image(index));
        }
        Ok(pixels)
    }

    fn hash(&self, index: usize, hasher: &mut Sha256) {
        hasher.update(self.image(index));
    }
}

/// What a data set is made of.
#[derive(Clone)]
pub(super) enum Content {
    /// Images of 8 bits a value.
    Pixels(Arc<dyn Images>),
    /// Points of the plane, `[n, 2]`, within [-1, 1].
    Points(Arc<[f32]>),
}

impl Content {
    pub(super) fn hash(&self, index: usize, hasher: &mut Sha256) {
        match self {
            Self::Pixels(images) => images.hash(index, hasher),
            Self::Points(values) => {
                for value in point(values, index) {
                    hasher.update(value.to_le_bytes());
                }
            }
        }
    }
}

/// The two coordinates of a point.
pub(super) fn point(values: &[f32], index: usize) -> &[f32] {
    &values[index * 2..][..2]
}
