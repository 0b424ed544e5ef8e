//! A small image from a linear layer, doubled by transposed convolutions and finished by a 3x3
//! convolution; a critic that halves by convolutions.

use crate::nets::stack::Stack;
use crate::nets::target::Pyramid;

/// The channel count is `width` at full size and doubles with every halving, up to `8 width`.
pub(super) fn generate(stack: &mut Stack, Pyramid { halvings, base }: Pyramid, channels: usize) {
    let top = stack.channels_at(halvings);
    stack.dense([top, base, base]);
    stack.activation();
    stack.conv(top);
    stack.activation();
    stack.further_convs();
    for level in (0..halvings).rev() {
        stack.double(stack.channels_at(level), stack.gain(), true);
        stack.activation();
        stack.further_convs();
    }
    stack.conv_with(channels, 3, 1.0, false);
}

/// `width` channels after the first halving, doubled with every further one, up to `8 width`.
pub(super) fn criticise(stack: &mut Stack, Pyramid { halvings, .. }: Pyramid) {
    super::dcgan::halvings(stack, halvings);
    stack.conv(2 * stack.shape()[0]);
    stack.activation();
    stack.further_convs();
}
