//! Transposed and strided 4x4 convolutions alone (Radford et al. 2016).
//!
//! The convolutions to and from one pixel are linear layers, which compute the same.

use crate::nets::stack::Stack;
use crate::nets::target::Pyramid;

/// `width` channels before the last doubling, which makes the image; twice as many before each
/// doubling below it, up to `8 width`.
pub(super) fn generate(stack: &mut Stack, Pyramid { halvings, base }: Pyramid, channels: usize) {
    stack.dense([stack.channels_at(halvings - 1), base, base]);
    stack.activation();
    stack.further_convs();
    for level in (0..halvings - 1).rev() {
        stack.double(stack.channels_at(level), stack.gain(), true);
        stack.activation();
        stack.further_convs();
    }
    stack.double(channels, 1.0, false);
}

/// `width` channels after the first halving, doubled with every further one, up to `8 width`.
pub(super) fn criticise(stack: &mut Stack, Pyramid { halvings, .. }: Pyramid) {
    self::halvings(stack, halvings);
}

/// The halving convolutions, the first without normalisation.
pub(super) fn halvings(stack: &mut Stack, halvings: usize) {
    for level in 0..halvings {
        stack.halve(stack.channels_at(level), level > 0);
        match level {
            0 => stack.bare_activation(),
            _ => stack.activation(),
        }
        stack.further_convs();
    }
}
