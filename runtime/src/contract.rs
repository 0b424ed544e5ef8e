//! What a generator takes and gives.

mod interpretation;
mod layout;
mod range;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::Network;
use crate::error::{Error, Result};
pub(crate) use interpretation::Given;
pub use interpretation::Interpretation;
pub use layout::Layout;
pub use range::PixelRange;

/// The version of the `gannet.*` metadata that this library reads and the
/// trainer writes.
pub(crate) const FORMAT: &str = "1";

/// What a generator takes and gives: `latent` normal values in, an image of
/// `[channels, height, width]` in `[-1, 1]` out.
///
/// ```
/// let contract = gannet::Contract::new(64, 1, 28, 28);
/// assert_eq!(contract.to_string(), "a latent of 64 and an image of 1x28x28");
/// ```
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

    /// The contract that a network's `gannet.*` metadata state, if it has any.
    fn stated(network: &Network) -> Result<Option<Self>> {
        if !network.metadata.contains_key("gannet.kind") {
            return Ok(None);
        }
        for (key, expected) in [("gannet.kind", "generator"), ("gannet.format", FORMAT)] {
            let got = network.required(key)?;
            if got != expected {
                return Err(Error::contract(format!(
                    "{}: metadata `{key}`: expected `{expected}`, got `{got}`",
                    network.file
                )));
            }
        }
        let classes = match network.metadata.contains_key("gannet.classes") {
            true => Some(network.required_size("gannet.classes")?),
            false => None,
        };
        Ok(Some(Self {
            latent: network.required_size("gannet.latent")?,
            classes,
            channels: network.required_size("gannet.channels")?,
            height: network.required_size("gannet.height")?,
            width: network.required_size("gannet.width")?,
        }))
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
