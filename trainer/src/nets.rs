//! The networks: layers that know their own input gradient, generators and critics made of them.

pub mod conv;
mod critic;
mod flex;
mod generator;
mod init;
mod layers;
pub mod ops;

pub use critic::{Critic, Trace};
pub use generator::Generator;
pub use init::Initialiser;

use thiserror::Error;

/// Slope of every leaky rectifier on its negative side.
const SLOPE: f64 = 0.2;

/// Why a network cannot be built for an image size.
#[derive(Debug, Error)]
pub enum NetError {
    /// The image side is not 4 to 8 times a power of two.
    #[error(
        "images of {height}x{width} pixels do not fit the networks: expected square images with a side of \
         4 to 8 times a power of two, 10 or more (10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, ...); resize or pad them"
    )]
    Size {
        /// Image height in pixels.
        height: usize,
        /// Image width in pixels.
        width: usize,
    },
}

/// Whether the networks can be built for images of this size.
///
/// # Errors
///
/// [`NetError::Size`] if they cannot.
pub fn check_image_size(height: usize, width: usize) -> Result<(), NetError> {
    pyramid(height, width).map(|_| ())
}

/// How often a side is halved, and what is left, so that 4 <= base <= 8.
///
/// A side of 28 gives `(2, 7)`, 32 gives `(2, 8)`, 64 gives `(3, 8)`.
fn pyramid(height: usize, width: usize) -> Result<(usize, usize), NetError> {
    let mut base = height;
    let mut halvings = 0;
    while base > 8 && base.is_multiple_of(2) {
        base /= 2;
        halvings += 1;
    }
    if height != width || !(4..=8).contains(&base) || halvings == 0 {
        return Err(NetError::Size { height, width });
    }
    Ok((halvings, base))
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
