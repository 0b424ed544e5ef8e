//! Residual blocks of 1x1, 3x3 and 1x1 convolutions without normalisation, each of which starts
//! as the identity (Huang et al. 2024, section 3.2; their 3x3 convolutions are grouped and wider
//! in turn, these are dense and as wide as the image).

use crate::nets::stack::Stack;
use crate::nets::target::Pyramid;

/// The channel count is `width` at full size and doubles with every halving, up to `8 width`.
pub(super) fn generate(stack: &mut Stack, Pyramid { halvings, base }: Pyramid, channels: usize) {
    stack.dense_with([stack.channels_at(halvings), base, base], 1.0, false);
    blocks(stack);
    for level in (0..halvings).rev() {
        let channels = stack.channels_at(level);
        // Resampling and a 1x1 convolution commute: it stands where the image is smaller.
        change(stack, channels);
        stack.upsample();
        blocks(stack);
    }
    stack.conv_with(channels, 1, 1.0, false);
}

/// `width` channels at full size, doubled with every halving, up to `8 width`.
pub(super) fn criticise(stack: &mut Stack, Pyramid { halvings, .. }: Pyramid) {
    stack.conv_with(stack.channels_at(0), 1, 1.0, false);
    for level in 0..halvings {
        blocks(stack);
        stack.pool();
        let channels = stack.channels_at(level + 1);
        change(stack, channels);
    }
    blocks(stack);
}

fn change(stack: &mut Stack, channels: usize) {
    if stack.shape()[0] != channels {
        stack.conv_with(channels, 1, 1.0, false);
    }
}

/// One block a resolution, and as many further ones as the recipe's depth.
fn blocks(stack: &mut Stack) {
    let [channels, ..] = stack.shape();
    for _ in 0..1 + stack.network().depth {
        stack.residual(
            |main| {
                main.conv_with(channels, 1, main.gain(), false);
                main.bare_activation();
                main.conv_with(channels, 3, main.gain(), false);
                main.bare_activation();
                main.silent_conv(channels);
            },
            |_| (),
        );
    }
}
