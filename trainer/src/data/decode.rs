//! One image file in memory, as PIL's `convert("RGB")` sees it.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{DataError, EncodedError};
use crate::recipe::Background;

/// A larger file is refused before it is decoded.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// A larger image, decoded, is refused before memory is taken for it.
const MAX_IMAGE_BYTES: u64 = 256 << 20;

/// An image as 8-bit pixels `[c, h, w]`: one channel if it is grey, else three.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// `[c, h, w]`.
    pub shape: [usize; 3],
    /// The pixels, row-major.
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// Decodes a PNG, JPEG or WebP file, whichever its content is, to the pixels that
/// PIL's `convert("RGB")` gives, a grey image to the one channel that it repeats.
///
/// - A palette is looked up, alpha is dropped, fewer than 8 bits are spread over
///   the range, of 16-bit colours the upper byte is kept.
/// - On a background alpha is not dropped: the image is laid on it, and a grey
///   one gets three channels if the background has colour.
/// - An image of 16-bit grey is refused: PIL makes everything above 255 white.
/// - Of an animation the first image is taken. Colour profiles and the
///   orientation in the metadata do nothing.
/// - PNG and WebP give PIL's pixels to the byte. JPEG leaves its decoders some
///   freedom: values lie a level or less from PIL's on average, and further off
///   only where colours stored at half the resolution change sharply.
///
/// `place` says where the image is, for an error.
pub(super) fn decode(
    bytes: &[u8],
    background: Background,
    place: &dyn Fn() -> String,
) -> Result<Image, DataError> {
    let reader = open(bytes, place)?;
    let image = reader.decode().map_err(|source| {
        DataError::Encoded(EncodedError::Broken {
            place: place(),
            source,
        })
    })?;
    let size = [image.height() as usize, image.width() as usize];
    let planes = planes_of(image)
        .ok_or_else(|| DataError::Encoded(EncodedError::DeepGrey { place: place() }))?;
    let pixels = planes.opaque(size[0] * size[1], background);
    Ok(Image {
        shape: [pixels.len() / (size[0] * size[1]), size[0], size[1]],
        pixels,
    })
}

/// The shape `[c, h, w]` that decoding gives, from the image's header alone.
pub(super) fn shape_of(
    bytes: &[u8],
    background: Background,
    place: &dyn Fn() -> String,
) -> Result<[usize; 3], DataError> {
    let decoder = open(bytes, place)?.into_decoder().map_err(|source| {
        DataError::Encoded(EncodedError::Broken {
            place: place(),
            source,
        })
    })?;
    let colour = decoder.color_type();
    if colour == ColorType::L16 {
        return Err(DataError::Encoded(EncodedError::DeepGrey {
            place: place(),
        }));
    }
    let (width, height) = decoder.dimensions();
    let gets_colour = colour.has_alpha() && !background.is_grey();
    let channels = if colour.has_color() || gets_colour {
        3
    } else {
        1
    };
    Ok([channels, height as usize, width as usize])
}

/// The share of an image's pixels that are wholly transparent; 0 if it has no alpha.
pub(super) fn transparency(bytes: &[u8], place: &dyn Fn() -> String) -> Result<f64, DataError> {
    let broken = |source| {
        DataError::Encoded(EncodedError::Broken {
            place: place(),
            source,
        })
    };
    let decoder = open(bytes, place)?.into_decoder().map_err(broken)?;
    if !decoder.color_type().has_alpha() {
        return Ok(0.0);
    }
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let pixels = image.into_rgba8();
    let all = f64::from(pixels.width()) * f64::from(pixels.height());
    let hidden = pixels.pixels().filter(|pixel| pixel.0[3] == 0).count();
    Ok(hidden as f64 / all.max(1.0))
}

/// What decodes an image, whichever its content is.
fn open<'a>(
    bytes: &'a [u8],
    place: &dyn Fn() -> String,
) -> Result<ImageReader<Cursor<&'a [u8]>>, DataError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|source| {
        DataError::Encoded(EncodedError::Broken {
            place: place(),
            source: ImageError::IoError(source),
        })
    })?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_IMAGE_BYTES);
    reader.limits(limits);
    // The decoder paints what is missing of a JPEG in grey.
    if reader.format() == Some(ImageFormat::Jpeg) && !jpeg_ends(bytes) {
        return Err(DataError::Encoded(EncodedError::CutShort {
            place: place(),
        }));
    }
    Ok(reader)
}

/// Reads a file of a bearable size.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let failed = |source| DataError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let mut limited = file.take(MAX_FILE_BYTES + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(DataError::LargeFile {
            path: path.to_owned(),
            limit: MAX_FILE_BYTES,
        });
    }
    Ok(bytes)
}

/// Whether an end of image (FF D9) follows the last start of a scan (FF DA);
/// within a scan neither can stand.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let last = |marker| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    last(0xd9) > last(0xda)
}

/// An image's values, plane by plane.
struct Planes {
    /// 1 if it is grey, else 3.
    colours: usize,
    /// `[colours, h, w]`, then alpha, `[1, h, w]`, if there is one.
    values: Vec<u8>,
}

impl Planes {
    /// The image laid on a background, or its colours alone, `[c, h, w]`; `area` is h times w.
    fn opaque(mut self, area: usize, background: Background) -> Vec<u8> {
        let alpha = self.values.split_off(self.colours * area);
        match background.colour() {
            Some(colour) if !alpha.is_empty() => {
                let channels = if background.is_grey() {
                    self.colours
                } else {
                    3
                };
                let plane = |channel| &self.values[channel % self.colours * area..][..area];
                let laid = |channel| {
                    let pixels = plane(channel).iter().zip(&alpha);
                    pixels.map(move |(&value, &alpha)| blended(value, alpha, colour[channel]))
                };
                (0..channels).flat_map(laid).collect()
            }
            _ => self.values,
        }
    }
}

/// `value` of opacity `alpha` before `background`, to the nearest whole number.
fn blended(value: u8, alpha: u8, background: u8) -> u8 {
    let [value, alpha, background] = [value, alpha, background].map(u32::from);
    ((value * alpha + background * (255 - alpha) + 127) / 255) as u8
}

/// The planes of an image, unless it is of 16-bit grey or of a kind that none of
/// the formats has.
fn planes_of(image: DynamicImage) -> Option<Planes> {
    let byte = |value: u8| value;
    let upper = |value: u16| (value >> 8) as u8;
    let (colours, values) = match image {
        DynamicImage::ImageLuma8(image) => (1, image.into_raw()),
        DynamicImage::ImageLumaA8(image) => (1, planes(&image, 2, byte)),
        DynamicImage::ImageRgb8(image) => (3, planes(&image, 3, byte)),
        DynamicImage::ImageRgba8(image) => (3, planes(&image, 4, byte)),
        DynamicImage::ImageLumaA16(image) => (1, planes(&image, 2, upper)),
        DynamicImage::ImageRgb16(image) => (3, planes(&image, 3, upper)),
        DynamicImage::ImageRgba16(image) => (3, planes(&image, 4, upper)),
        _ => return None,
    };
    Some(Planes { colours, values })
}

/// Interleaved values plane by plane.
fn planes<T: Copy>(
    interleaved: &[T],
    channels: usize,
    to_byte: impl Fn(T) -> u8 + Copy,
) -> Vec<u8> {
    let plane = |channel| interleaved.iter().skip(channel).step_by(channels);
    (0..channels)
        .flat_map(|channel| plane(channel).map(move |&value| to_byte(value)))
        .collect()
}

#[cfg(test)]
mod tests;
