//! Samples as images of the crate `image` (feature `image`).

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

use super::Samples;
use crate::error::{Error, Result};

impl Samples {
    /// Image `i` for the crate [`image`], in 8 bits: grey, RGB or RGBA with 1, 3 or 4
    /// channels.
    ///
    /// ```
    /// let samples = gannet::Samples::from_bytes([1, 3, 1, 2], &[1, 2, 3, 4, 5, 6])?;
    /// let image: image::RgbImage = samples.to_image(0)?.into_rgb8();
    /// assert_eq!(image.get_pixel(1, 0).0, [2, 4, 6]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) with another number of channels, or sides beyond 32
    /// bits.
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as an index into a slice.
    pub fn to_image(&self, i: usize) -> Result<DynamicImage> {
        let [_, channels, height, width] = self.shape;
        let pixels = self.interleaved(i);
        let sides = u32::try_from(width).ok().zip(u32::try_from(height).ok());
        sides
            .and_then(|(width, height)| match channels {
                1 => GrayImage::from_raw(width, height, pixels).map(Into::into),
                3 => RgbImage::from_raw(width, height, pixels).map(Into::into),
                4 => RgbaImage::from_raw(width, height, pixels).map(Into::into),
                _ => None,
            })
            .ok_or_else(|| {
                Error::input(format!(
                    "an image needs 1, 3 or 4 channels and sides of 32 bits, got {channels} \
                     channels and {width}x{height} pixels"
                ))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::testing::Outcome;

    #[test]
    fn the_channels_say_what_an_image_is() -> Outcome {
        let image = |channels| {
            let bytes: Vec<u8> = (0..2 * channels as u8).collect();
            Samples::from_bytes([1, channels, 1, 2], &bytes)?.to_image(0)
        };
        let DynamicImage::ImageLuma8(grey) = image(1)? else {
            return Err("one channel is not grey".into());
        };
        assert_eq!((grey.dimensions(), grey.as_raw()), ((2, 1), &vec![0, 1]));
        let DynamicImage::ImageRgb8(colour) = image(3)? else {
            return Err("three channels are no colour".into());
        };
        assert_eq!(colour.get_pixel(1, 0).0, [1, 3, 5]);
        assert!(matches!(image(4)?, DynamicImage::ImageRgba8(_)));
        let error = image(2).map_err(|error| error.kind());
        assert_eq!(error.map(drop), Err(ErrorKind::Input));
        Ok(())
    }
}
