//! Nearest neighbours and 3x3 convolutions; a critic averages after its convolutions.

use crate::nets::stack::Stack;
use crate::nets::target::Pyramid;

/// The channel count is `width` at full size and doubles with every halving, up to `8 width`.
pub(super) fn generate(stack: &mut Stack, Pyramid { halvings, base }: Pyramid, channels: usize) {
    stack.dense([stack.channels_at(halvings), base, base]);
    stack.activation();
    stack.further_convs();
    for level in (0..halvings).rev() {
        stack.upsample();
        stack.conv(stack.channels_at(level));
        stack.activation();
        stack.further_convs();
    }
    stack.conv_with(channels, 3, 1.0, false);
}

/// `width` channels at full size, doubled with every halving, up to `8 width`.
pub(super) fn criticise(stack: &mut Stack, Pyramid { halvings, .. }: Pyramid) {
    for level in 0..halvings {
        stack.conv_with(stack.channels_at(level), 3, stack.gain(), level > 0);
        match level {
            0 => stack.bare_activation(),
            _ => stack.activation(),
        }
        stack.further_convs();
        stack.pool();
    }
    stack.conv(stack.channels_at(halvings));
    stack.activation();
}
