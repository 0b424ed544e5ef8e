//! Images as PNG.

use std::io;

use crate::error::{Error, Result};

/// Encodes interleaved pixels of `[width, height]`, grey or RGB. Equal pixels give equal
/// bytes.
pub(super) fn encode(
    [width, height]: [usize; 2],
    channels: usize,
    pixels: &[u8],
) -> Result<Vec<u8>> {
    let colour = match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        _ => {
            return Err(Error::input(format!(
                "a PNG needs 1 or 3 channels, got {channels}: write .npy instead"
            )));
        }
    };
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
        Error::input(format!("cannot encode a {width}x{height} PNG")).because(source)
    };
    let side = |length: usize| u32::try_from(length).map_err(|source| failed(source.into()));
    let mut bytes = io::Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut bytes, side(width)?, side(height)?);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder
        .write_header()
        .and_then(|mut writer| {
            writer.write_image_data(pixels)?;
            writer.finish()
        })
        .map_err(|source| failed(source.into()))?;
    Ok(bytes.into_inner())
}
