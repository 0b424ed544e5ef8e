//! What the networks minimise: losses as functions of the critic's scores, penalties on the
//! critic's gradient, and limits on its weights.

mod clipping;
mod interpolates;
mod losses;
mod penalties;

pub use clipping::clip_weights;
pub use interpolates::{interpolate, squared_norm_errors};
pub use losses::{Equilibrium, Loss};
pub use penalties::{InputGradients, squared_input_gradients};

#[cfg(test)]
mod tests;
