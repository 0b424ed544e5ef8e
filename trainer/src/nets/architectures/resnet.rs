//! Residual blocks with the activation before the convolution (He et al. 2016b), as in WGAN-GP
//! (Gulrajani et al. 2017) and SNGAN (Miyato et al. 2018).

use crate::nets::stack::Stack;
use crate::nets::target::Pyramid;

/// The channel count is `width` at full size and doubles with every halving, up to `8 width`.
pub(super) fn generate(stack: &mut Stack, Pyramid { halvings, base }: Pyramid, channels: usize) {
    let share = share_of_block(stack, halvings);
    stack.dense_with([stack.channels_at(halvings), base, base], 1.0, false);
    for level in (0..halvings).rev() {
        let channels = stack.channels_at(level);
        block(stack, channels, share, |stack| stack.upsample(), |_| ());
        further_blocks(stack, share);
    }
    stack.activation();
    stack.conv_with(channels, 3, 1.0, false);
}

/// `width` channels after the first halving, doubled with every further one, up to `8 width`.
pub(super) fn criticise(stack: &mut Stack, Pyramid { halvings, .. }: Pyramid) {
    let share = share_of_block(stack, halvings);
    first_block(stack);
    further_blocks(stack, share);
    for level in 1..halvings {
        let channels = stack.channels_at(level);
        block(stack, channels, share, |_| (), |stack| stack.pool());
        further_blocks(stack, share);
    }
    stack.activation();
}

/// The gain of each block's last convolution, so that all blocks together add as much variance
/// as the image has.
fn share_of_block(stack: &Stack, halvings: usize) -> f64 {
    let blocks = halvings * (1 + stack.network().depth);
    (blocks as f64).sqrt().recip()
}

/// Two convolutions beside a shortcut, with what comes before the first and after the second.
///
/// A 1x1 convolution and resampling commute: it stands where the image is smaller.
fn block(
    stack: &mut Stack,
    channels: usize,
    share: f64,
    before: fn(&mut Stack),
    after: fn(&mut Stack),
) {
    let changes = stack.shape()[0] != channels;
    let grows = |stack: &mut Stack| {
        if changes {
            stack.conv_with(channels, 1, 1.0, false);
        }
    };
    stack.residual(
        |main| {
            main.activation();
            before(main);
            main.conv(channels);
            main.activation();
            main.conv_with(channels, 3, share * main.gain(), false);
            after(main);
        },
        |shortcut| {
            after(shortcut);
            grows(shortcut);
            before(shortcut);
        },
    );
}

fn further_blocks(stack: &mut Stack, share: f64) {
    for _ in 0..stack.network().depth {
        let [channels, ..] = stack.shape();
        block(stack, channels, share, |_| (), |_| ());
    }
}

/// A critic's first block halves, and does not rectify the image itself.
fn first_block(stack: &mut Stack) {
    let channels = stack.channels_at(0);
    stack.residual(
        |main| {
            main.conv_with(channels, 3, main.gain(), false);
            main.bare_activation();
            main.conv_with(channels, 3, main.gain(), false);
            main.pool();
        },
        |shortcut| {
            shortcut.pool();
            shortcut.conv_with(channels, 1, 1.0, false);
        },
    );
}
