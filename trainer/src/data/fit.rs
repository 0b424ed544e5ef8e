//! One size for all images: the square about the centre, resized.

use gannet::{Resize, Samples};

use super::encoded::in_parallel;
use super::{DataError, Dataset, Image, Split, check_memory};

/// What fitting does, as a sentence for `side`.
pub(super) fn describe(side: usize) -> String {
    format!(
        "Images were cropped to the square about their centre and resized to {side}x{side} ({}).",
        Resize::PilBilinear
    )
}

/// Crops an image to the largest square about its centre (of an odd remainder the
/// greater half is cut at the right or the bottom) and resizes it to `side`.
///
/// # Errors
///
/// Those of [`Samples::resized`].
pub(super) fn fit(image: Image, side: usize) -> gannet::Result<Image> {
    let square = square(image);
    let [channels, from, _] = square.shape;
    if from == side {
        return Ok(square);
    }
    let samples = Samples::from_bytes([1, channels, from, from], &square.pixels)?;
    let resized = samples.resized(side, side, Resize::PilBilinear)?;
    Ok(Image {
        shape: [channels, side, side],
        pixels: resized.quantised(0),
    })
}

fn square(image: Image) -> Image {
    let [channels, height, width] = image.shape;
    if height == width {
        return image;
    }
    let side = height.min(width);
    let (top, left) = ((height - side) / 2, (width - side) / 2);
    let rows = |plane: &'_ [u8]| -> Vec<u8> {
        let rows = plane.chunks_exact(width).skip(top).take(side);
        rows.flat_map(|row| &row[left..][..side]).copied().collect()
    };
    let planes = image.pixels.chunks_exact(height * width);
    Image {
        shape: [channels, side, side],
        pixels: planes.flat_map(rows).collect(),
    }
}

impl Split {
    /// The same images in one size; without a size, or if they have it, as they are.
    pub(super) fn fitted(self, side: Option<usize>) -> Result<Self, DataError> {
        let [_, height, width] = self.training.shape();
        match side {
            Some(side) if [height, width] != [side, side] => Ok(Self {
                training: fitted(&self.training, side)?,
                held_out: fitted(&self.held_out, side)?,
                rule: format!("{} {}", self.rule, describe(side)),
            }),
            _ => Ok(self),
        }
    }
}

fn fitted(set: &Dataset, side: usize) -> Result<Dataset, DataError> {
    let [channels, ..] = set.shape();
    check_memory(set.name(), set.len(), channels * side * side)?;
    let indices: Vec<usize> = (0..set.len()).collect();
    let pixels = in_parallel(&indices, |&index| {
        let image = Image {
            shape: set.shape(),
            pixels: set.pixels(&[index])?,
        };
        let fitted = fit(image, side).map_err(|source| DataError::Unfit {
            name: set.name().to_owned(),
            source,
        })?;
        Ok(fitted.pixels)
    })?;
    let labels = set.labels().map(<[u16]>::to_vec);
    let fitted = Dataset::new(set.name(), [channels, side, side], pixels.concat(), labels)?;
    match set.classes() {
        Some(classes) => fitted.with_classes(classes.to_vec()),
        None => Ok(fitted),
    }
}

#[cfg(test)]
mod tests;
