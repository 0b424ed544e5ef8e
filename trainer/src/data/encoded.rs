//! Encoded images of any sizes as a data set, decoded at once or when needed.

use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::decode::{decode, shape_of};
use super::fit::fit;
use super::images::Images;
use super::{DataError, Dataset, Preparation};

mod error;

pub use error::EncodedError;

/// Images looked at, and decoded, before the next ones are.
const AT_ONCE: usize = 1024;

/// What is said of a streamed set.
pub(super) const STREAMED: &str =
    " They are decoded when they are needed; their SHA-256 is of the encoded bytes.";

/// Encoded images (PNG, JPEG, WebP), each found by its number.
pub(super) trait Encoded: Send + Sync {
    fn len(&self) -> usize;

    /// Where an image is, for people.
    fn place(&self, index: usize) -> String;

    /// What `take` makes of the number and the bytes of each of these images, in
    /// their order; on as many threads as are free. Of several images at fault the
    /// first is named.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    fn map<T: Send>(
        &self,
        indices: &[usize],
        take: impl Fn(usize, &[u8]) -> Result<T, DataError> + Sync,
    ) -> Result<Vec<T>, DataError>;
}

/// Makes a data set of all images: each laid on the background and cropped and resized to
/// the side, or without one as it is if all are square and of one size; grey if all are, else of three colours, grey
/// ones repeated. Its pixels are in memory if they have at most `limit` bytes, else
/// the set is streamed.
///
/// # Errors
///
/// What is wrong with an image, by its file. Every one is opened; those of a
/// streamed set are not decoded before they are needed.
pub(super) fn dataset<E: Encoded + 'static>(
    name: &str,
    source: E,
    preparation: Preparation,
    labels: Option<Vec<u16>>,
    limit: u64,
) -> Result<Dataset, DataError> {
    let (shape, digests) = survey(&source, preparation)?;
    let count = source.len();
    let set = Streamed {
        source,
        shape,
        preparation,
        digests,
    };
    let size: usize = shape.iter().product();
    if (count as u64).saturating_mul(size as u64) > limit {
        return Dataset::of_images(name.to_owned(), shape, Arc::new(set), count, labels);
    }
    let mut pixels = Vec::with_capacity(count * size);
    for indices in chunks(count) {
        pixels.append(&mut set.pixels(&indices)?);
    }
    Dataset::new(name, shape, pixels, labels)
}

/// The shape of the images as they will be, and the SHA-256 of each one's bytes.
fn survey(
    source: &impl Encoded,
    preparation: Preparation,
) -> Result<([usize; 3], Vec<[u8; 32]>), DataError> {
    let Preparation { side, background } = preparation;
    let mut first = None;
    let mut channels = 1;
    let mut digests = Vec::new();
    for indices in chunks(source.len()) {
        let seen = source.map(&indices, |index, bytes| {
            let shape = shape_of(bytes, background, &|| source.place(index))?;
            Ok((shape, Sha256::digest(bytes).into()))
        })?;
        for (index, ([planes, height, width], digest)) in indices.into_iter().zip(seen) {
            let expected = *first.get_or_insert([height, width]);
            if side.is_none() && (expected != [height, width] || height != width) {
                return Err(DataError::Encoded(EncodedError::ManySizes {
                    place: source.place(index),
                    got: [height, width],
                    first_place: source.place(0),
                    first: expected,
                }));
            }
            channels = channels.max(planes);
            digests.push(digest);
        }
    }
    let [height, width] = side.map(|side| [side, side]).or(first).unwrap_or_default();
    Ok(([channels, height, width], digests))
}

/// The numbers below `count`, as many of them in a row as are looked at at once.
pub(super) fn chunks(count: usize) -> impl Iterator<Item = Vec<usize>> {
    let starts = (0..count).step_by(AT_ONCE);
    starts.map(move |start| (start..count.min(start + AT_ONCE)).collect())
}

/// Encoded images of one shape, decoded when they are asked for.
struct Streamed<E> {
    source: E,
    shape: [usize; 3],
    preparation: Preparation,
    digests: Vec<[u8; 32]>,
}

impl<E: Encoded> Streamed<E> {
    /// The pixels of one image in the shape of all.
    fn image(&self, index: usize, bytes: &[u8]) -> Result<Vec<u8>, DataError> {
        let place = || self.source.place(index);
        let Preparation { side, background } = self.preparation;
        let mut image = decode(bytes, background, &place)?;
        if let Some(side) = side {
            image = fit(image, side).map_err(|source| DataError::Unfit {
                name: place(),
                source,
            })?;
        }
        let [channels, height, width] = image.shape;
        if [height, width] != self.shape[1..] || channels > self.shape[0] {
            return Err(DataError::Encoded(EncodedError::Changed {
                place: place(),
                expected: self.shape,
                got: image.shape,
            }));
        }
        Ok(image.pixels.repeat(self.shape[0] / channels))
    }
}

impl<E: Encoded> Images for Streamed<E> {
    fn pixels(&self, indices: &[usize]) -> Result<Vec<u8>, DataError> {
        let take = |index, bytes: &[u8]| self.image(index, bytes);
        Ok(self.source.map(indices, take)?.concat())
    }

    fn hash(&self, index: usize, hasher: &mut Sha256) {
        hasher.update(self.digests[index]);
        if let Some(colour) = self.preparation.background.colour() {
            hasher.update(colour);
        }
    }

    fn is_streamed(&self) -> bool {
        true
    }
}

/// Calls `make` for each item on as many threads as are free. Of several failures
/// the first is returned, whatever the threads.
pub(super) fn in_parallel<I: Sync, T: Send>(
    items: &[I],
    make: impl Fn(&I) -> Result<T, DataError> + Sync,
) -> Result<Vec<T>, DataError> {
    let made: Vec<_> = items.par_iter().map(&make).collect();
    made.into_iter().collect()
}

#[cfg(test)]
mod tests;
