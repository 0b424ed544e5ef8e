//! Resizing, pixel for pixel as the tools whose scores are published do it.

mod pil;
mod torch;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::samples::dequantise;

/// The longest side that is resized, or resized to.
const MAX_SIDE: usize = 1 << 16;

/// The most values of an image before, between and after the passes.
const MAX_VALUES: usize = 1 << 28;

/// How an image in 8 bits is brought to another size.
///
/// Scores depend on it (Parmar et al., *On Aliased Resizing and Surprising
/// Subtleties in GAN Evaluation*, 2022), so each method repeats a known tool:
/// tests compare with that tool's output. An image that has the size already is
/// left as it is.
///
/// ```
/// use gannet::{Resize, Samples};
///
/// let samples = Samples::from_bytes([1, 1, 1, 2], &[0, 255])?;
/// let wider = samples.resized(1, 4, Resize::PilBilinear)?;
/// assert_eq!(wider.quantised(0), [0, 64, 191, 255]);
/// assert_eq!("pil-bilinear".parse::<Resize>()?, Resize::PilBilinear);
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resize {
    /// `pil-bilinear`: `PIL.Image.resize(size, BILINEAR)` of an image in 8 bits,
    /// equal to the byte to that of Pillow up to version 12. A triangle as wide
    /// as the reduction is large (antialias), across and then down, each pass
    /// rounded to 8 bits. (Pillow 13 goes down first where the height shrinks by
    /// more than twice as many pixels as the width: then some pixels differ by
    /// one level.)
    PilBilinear,
    /// `pil-bicubic-float`: what clean-fid does in its mode `clean`. Each
    /// channel is resized as `PIL.Image` of mode `F` with `BICUBIC` (a = −1/2,
    /// antialias), is clipped to `0..=255` and is not rounded to 8 bits.
    PilBicubicFloat,
    /// `torch-bilinear`: what pytorch-fid does,
    /// `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)`:
    /// without antialias and without rounding. (Where the new height and width
    /// add up to 128 at most, some builds of torch compute places with fused
    /// multiplications, which moves values by up to 2e-5.)
    TorchBilinear,
}

impl Resize {
    /// All methods.
    pub const ALL: &'static [Self] = &[
        Self::PilBilinear,
        Self::PilBicubicFloat,
        Self::TorchBilinear,
    ];

    /// The name in a network's metadata and in a score's protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::PilBilinear => "pil-bilinear",
            Self::PilBicubicFloat => "pil-bicubic-float",
            Self::TorchBilinear => "torch-bilinear",
        }
    }

    /// An image `[c, h, w]` in 8 bits as values `[c, height, width]` in `[-1, 1]`.
    pub(crate) fn apply(
        self,
        image: [usize; 3],
        pixels: &[u8],
        [height, width]: [usize; 2],
    ) -> Result<Vec<f32>> {
        check(image, [height, width])?;
        let from = [image[1], image[2]];
        let to = [height, width];
        if from == to {
            return Ok(pixels.iter().map(|&pixel| dequantise(pixel)).collect());
        }
        let planes = pixels.chunks_exact(from[0] * from[1]);
        Ok(match self {
            Self::PilBilinear => {
                let resize = pil::Resampler::new(&pil::BILINEAR, from, to);
                let bytes = planes.flat_map(|plane| resize.plane(plane.to_vec()));
                bytes.map(dequantise).collect()
            }
            Self::PilBicubicFloat => {
                let resize = pil::Resampler::new(&pil::BICUBIC, from, to);
                let levels = planes
                    .flat_map(|plane| resize.plane(plane.iter().map(|&v| f32::from(v)).collect()));
                levels.map(|v| v.clamp(0.0, 255.0) / 127.5 - 1.0).collect()
            }
            Self::TorchBilinear => {
                let resize = torch::Bilinear::new(from, to);
                let planes = planes.map(|plane| plane.iter().map(|&v| dequantise(v)).collect());
                planes
                    .flat_map(|plane: Vec<f32>| resize.plane(&plane))
                    .collect()
            }
        })
    }
}

impl fmt::Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Resize {
    type Err = Error;

    /// Reads a [`name`](Resize::name).
    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().copied();
        known
            .clone()
            .find(|method| method.name() == text)
            .ok_or_else(|| {
                let names: Vec<_> = known.map(Self::name).collect();
                Error::input(format!(
                    "no way of resizing is named `{text}`; known are {}",
                    names.join(", ")
                ))
            })
    }
}

/// Refuses sizes that no image has, before any memory is taken for them.
fn check([channels, height, width]: [usize; 3], to: [usize; 2]) -> Result<()> {
    let sides = 1..=MAX_SIDE;
    let fits = |[height, width]: [usize; 2]| {
        sides.contains(&height)
            && sides.contains(&width)
            && channels.saturating_mul(height * width) <= MAX_VALUES
    };
    // Between the passes the image is as high as it was and as wide as it will be.
    if fits([height, width]) && fits(to) && fits([height, to[1]]) {
        return Ok(());
    }
    Err(Error::input(format!(
        "an image of {channels}x{height}x{width} cannot be resized to {}x{}: sides are \
         1 to {MAX_SIDE} and an image has up to {MAX_VALUES} values",
        to[0], to[1]
    )))
}

#[cfg(test)]
mod tests;
