//! Where an image's channels stand.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// Channels that an image usually has: grey, RGB, RGBA.
const USUAL: [usize; 3] = [1, 3, 4];

/// Where the channels of a network's images stand.
///
/// ```
/// use gannet::Layout;
///
/// assert_eq!("nhwc".parse::<Layout>()?, Layout::ChannelsLast);
/// assert_eq!(Layout::ChannelsFirst.to_string(), "NCHW");
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// `[batch, channels, height, width]`, NCHW.
    ChannelsFirst,
    /// `[batch, height, width, channels]`, NHWC.
    ChannelsLast,
}

impl Layout {
    /// The channels, height and width of an image of three sizes.
    pub(super) fn read(self, [a, b, c]: [usize; 3]) -> [usize; 3] {
        match self {
            Self::ChannelsFirst => [a, b, c],
            Self::ChannelsLast => [c, a, b],
        }
    }

    /// The layout of an image of three sizes and why, or why it cannot be told.
    pub(super) fn infer(
        [first, _, last]: [usize; 3],
    ) -> std::result::Result<(Self, String), String> {
        match (USUAL.contains(&first), USUAL.contains(&last)) {
            (true, false) => Ok((
                Self::ChannelsFirst,
                format!(
                    "the first size, {first}, is a number of channels and the last, {last}, is not"
                ),
            )),
            (false, true) => Ok((
                Self::ChannelsLast,
                format!(
                    "the last size, {last}, is a number of channels and the first, {first}, is not"
                ),
            )),
            (true, true) => Err(format!(
                "both the first size, {first}, and the last, {last}, may be the channels"
            )),
            (false, false) => Err(format!(
                "neither the first size, {first}, nor the last, {last}, is 1, 3 or 4 channels"
            )),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChannelsFirst => "NCHW",
            Self::ChannelsLast => "NHWC",
        })
    }
}

impl FromStr for Layout {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match &*text.to_ascii_lowercase() {
            "nchw" => Ok(Self::ChannelsFirst),
            "nhwc" => Ok(Self::ChannelsLast),
            _ => Err(Error::input(format!(
                "expected the layout `nchw` or `nhwc`, got `{text}`"
            ))),
        }
    }
}
