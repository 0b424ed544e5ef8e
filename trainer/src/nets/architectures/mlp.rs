//! Fully connected layers: points, and images as vectors.

use crate::nets::stack::Stack;
use crate::nets::target::Target;

/// `depth` hidden layers of `width` units, and one that makes the image or point.
pub(super) fn generate(stack: &mut Stack, target: Target) {
    hidden(stack, 0);
    stack.dense_with(target.shape, 1.0, false);
}

/// `depth` hidden layers of `width` units.
pub(super) fn criticise(stack: &mut Stack) {
    hidden(stack, 1);
}

/// The first of these layers have no normalisation.
fn hidden(stack: &mut Stack, bare: usize) {
    let units = [stack.network().width, 1, 1];
    for layer in 0..stack.network().depth {
        let normalised = layer >= bare;
        stack.dense_with(units, stack.gain(), normalised);
        match normalised {
            true => stack.activation(),
            false => stack.bare_activation(),
        }
    }
}
