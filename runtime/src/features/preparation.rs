//! What happens to an image before a feature network sees it.

use crate::engine::Network;
use crate::error::{Error, Result};
use crate::resize::Resize;

/// How a network wants its images, from its metadata.
#[derive(Debug)]
pub(super) struct Preparation {
    pub(super) image: [usize; 3],
    pub(super) resize: Option<Resize>,
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Preparation {
    pub(super) fn of(network: &Network) -> Result<Self> {
        let image = [
            network.required_size("gannet.channels")?,
            network.required_size("gannet.height")?,
            network.required_size("gannet.width")?,
        ];
        if network.input.row != image {
            return Err(Error::contract(format!(
                "{}: the metadata states images [c, h, w] of {image:?}, but the input `{}` has {:?}",
                network.file, network.input.name, network.input.row
            )));
        }
        let resize = network.metadata.get("gannet.resize");
        let resize = resize.map(|name| name.parse()).transpose();
        Ok(Self {
            image,
            resize: resize.map_err(|error: Error| {
                Error::contract(format!(
                    "{}: metadata `gannet.resize`: {error}",
                    network.file
                ))
            })?,
            mean: per_channel(network, "gannet.mean", image[0], |_| true)?,
            std: per_channel(network, "gannet.std", image[0], |v| v > 0.0)?,
        })
    }

    /// The values of one prepared image.
    pub(super) fn size(&self) -> usize {
        self.image.iter().product()
    }

    /// Whether images `[c, h, w]` can be prepared; if not, why not.
    pub(super) fn check(&self, image: [usize; 3]) -> std::result::Result<(), String> {
        let [channels, height, width] = self.image;
        if image[0] != channels && (image[0], channels) != (1, 3) {
            let grey = if channels == 3 { " or 1, repeated" } else { "" };
            return Err(format!(
                "expected {channels} channels{grey}, got images [c, h, w] of {image:?}"
            ));
        }
        if image[1..] != [height, width] && self.resize.is_none() {
            return Err(format!(
                "expected images [c, h, w] of {:?}, got {image:?}; the network declares no \
                 resizing (metadata `gannet.resize`)",
                self.image
            ));
        }
        Ok(())
    }

    /// The network's input for one checked image in 8 bits.
    pub(super) fn apply(&self, image: [usize; 3], pixels: &[u8]) -> Result<Vec<f32>> {
        let [channels, height, width] = self.image;
        // Without a method the size is the network's, and every method leaves that alone.
        let method = self.resize.unwrap_or(Resize::PilBilinear);
        let values = method.apply(image, pixels, [height, width])?;
        let planes = values.chunks_exact(height * width);
        let planes = planes.cycle().take(channels);
        let scales = self.mean.iter().zip(&self.std);
        Ok(planes
            .zip(scales)
            .flat_map(|(plane, (mean, std))| plane.iter().map(move |v| (v - mean) / std))
            .collect())
    }
}

/// One number a channel from a metadata value; a single one serves all.
fn per_channel(
    network: &Network,
    key: &str,
    channels: usize,
    valid: impl Fn(f32) -> bool,
) -> Result<Vec<f32>> {
    let text = network.required(key)?;
    let values: Option<Vec<f32>> = text
        .split(',')
        .map(|value| value.trim().parse().ok())
        .collect();
    match values {
        Some(values) if !values.iter().all(|&v| v.is_finite() && valid(v)) => None,
        Some(values) if values.len() == 1 => Some(vec![values[0]; channels]),
        Some(values) if values.len() == channels => Some(values),
        _ => None,
    }
    .ok_or_else(|| {
        Error::contract(format!(
            "{}: metadata `{key}`: expected one usable number or {channels}, got `{text}`",
            network.file
        ))
    })
}
