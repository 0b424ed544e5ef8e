//! Operations between the convolutions, each one pass over the values.
//!
//! As [`conv`](super::conv) does, they run kernels of our own on Burn's Flex
//! backend and Burn's operations on any other device, and they are
//! differentiable once, with the same bits at any number of threads.

mod leaky;
mod norm;
#[cfg(test)]
mod tests;

pub use leaky::{leaky_relu, leaky_relu_vjp};
pub(super) use leaky::{leaky_relu_gradient, passes, rectify};
pub use norm::{batch_norm, batch_norm_leaky_relu, batch_statistics};
