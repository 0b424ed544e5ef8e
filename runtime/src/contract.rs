//! What a generator takes and gives.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::Network;
use crate::error::{Error, Result};

/// The version of the `gannet.*` metadata that this library reads and the
/// trainer writes.
pub(crate) const FORMAT: &str = "1";

/// What a generator takes and gives: `latent` normal values in, an image of
/// `[channels, height, width]` in `[-1, 1]` out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Contract {
    /// Values in one latent vector.
    pub latent: usize,
    /// The number of classes of a conditional generator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// Channels of an image: 1 is grey, 3 is RGB.
    pub channels: usize,
    /// Rows of an image in pixels.
    pub height: usize,
    /// Columns of an image in pixels.
    pub width: usize,
}

impl Contract {
    /// The contract of an unconditional generator.
    pub fn new(latent: usize, channels: usize, height: usize, width: usize) -> Self {
        Self {
            latent,
            classes: None,
            channels,
            height,
            width,
        }
    }

    /// Reads the contract of a network from its `gannet.*` metadata, or infers
    /// it where there is none, and checks it against the real ports.
    pub(crate) fn of(network: &Network) -> Result<Self> {
        let real = Self::infer(network)?;
        if !network.metadata.contains_key("gannet.kind") {
            return real.with_channels_first(network);
        }
        let stated = Self::stated(network)?;
        if stated != real {
            return Err(Error::contract(format!(
                "{}: the metadata states {stated}, but the graph has {real}",
                network.file
            )));
        }
        Ok(stated)
    }

    /// Refuses an inferred image whose last size, and not its first, is a usual
    /// number of channels.
    fn with_channels_first(self, network: &Network) -> Result<Self> {
        const USUAL: [usize; 3] = [1, 3, 4];
        if USUAL.contains(&self.channels) || !USUAL.contains(&self.width) {
            return Ok(self);
        }
        let shape = [self.channels, self.height, self.width];
        Err(Error::contract(format!(
            "{}: the output {} looks like [batch, height, width, channels]; gannet takes \
             [batch, channels, height, width]: transpose it in the network",
            network.file,
            port(&network.outputs[0].name, &shape)
        )))
    }

    fn stated(network: &Network) -> Result<Self> {
        for (key, expected) in [("gannet.kind", "generator"), ("gannet.format", FORMAT)] {
            let got = network.required(key)?;
            if got != expected {
                return Err(Error::contract(format!(
                    "{}: metadata `{key}`: expected `{expected}`, got `{got}`",
                    network.file
                )));
            }
        }
        if network.metadata.contains_key("gannet.classes") {
            return Err(Error::contract(format!(
                "{}: a conditional generator, which this version cannot sample",
                network.file
            )));
        }
        Ok(Self::new(
            network.required_size("gannet.latent")?,
            network.required_size("gannet.channels")?,
            network.required_size("gannet.height")?,
            network.required_size("gannet.width")?,
        ))
    }

    fn infer(network: &Network) -> Result<Self> {
        let latent = match *network.input.row {
            [latent] | [latent, 1, 1] => latent,
            _ => 0,
        };
        let image = match &*network.outputs {
            [output] => &*output.row,
            _ => &[],
        };
        match *image {
            [channels, height, width] if latent > 0 && !image.contains(&0) => {
                Ok(Self::new(latent, channels, height, width))
            }
            _ => Err(Error::contract(format!(
                "{}: expected the input [batch, latent] or [batch, latent, 1, 1] and one output \
                 [batch, channels, height, width], got the input {} and the outputs {}",
                network.file,
                port(&network.input.name, &network.input.row),
                network
                    .outputs
                    .iter()
                    .map(|output| port(&output.name, &output.row))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        }
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            latent,
            classes,
            channels,
            height,
            width,
        } = self;
        write!(f, "a latent of {latent}")?;
        if let Some(classes) = classes {
            write!(f, ", {classes} classes")?;
        }
        write!(f, " and an image of {channels}x{height}x{width}")
    }
}

fn port(name: &str, row: &[usize]) -> String {
    let sizes: Vec<String> = row.iter().map(|size| format!(", {size}")).collect();
    format!("`{name}` [batch{}]", sizes.concat())
}
