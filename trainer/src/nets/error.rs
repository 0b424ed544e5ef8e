//! Why networks cannot be built.

use thiserror::Error;

/// Why a network cannot be built for its data.
#[derive(Debug, Error)]
pub enum NetError {
    /// The image side is not 4 to 8 times a power of two.
    #[error(
        "images of {height}x{width} pixels do not fit the {architecture:?} networks: expected square images with a side of \
         4 to 8 times a power of two, 8 or more (8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, ..., 128); \
         resize them (data.size) or take the architecture \"mlp\""
    )]
    Size {
        /// The recipe's name of the architecture.
        architecture: &'static str,
        /// Image height in pixels.
        height: usize,
        /// Image width in pixels.
        width: usize,
    },
    /// A network that wants classes, and data without them.
    #[error(
        "{key} is {got:?}, and the data has no classes: expected \"none\", or data with labels \
         (IDX labels, CIFAR, or a folder a class)"
    )]
    Classes {
        /// The recipe's key.
        key: &'static str,
        /// What it is.
        got: &'static str,
    },
    /// Values cannot be read back from the device.
    #[error("cannot read values from the device: {reason}")]
    Device {
        /// What Burn says.
        reason: String,
    },
}
