//! What the networks minimise: losses as functions of the critic's scores, penalties on its
//! scores, gradient and weights, and what is done to the images and labels it sees.

mod adaptive;
mod augment;
mod clipping;
mod dragan;
mod interpolates;
mod labels;
mod lecam;
mod losses;
mod mirror;
mod noise;
mod orthogonal;
mod penalties;
mod random;

pub use adaptive::{Adaptive, mean_sign};
pub use augment::{Augmentation, Operation, Policy, PolicyError};
pub use clipping::clip_weights;
pub use dragan::perturb;
pub use interpolates::interpolate;
pub use labels::Labels;
pub use lecam::LeCam;
pub use losses::{Equilibrium, Loss};
pub use mirror::mirror;
pub use noise::{instance_noise, noise_std};
pub use orthogonal::orthogonal;
pub use penalties::{gradient_penalty, squared_norms};

#[cfg(test)]
mod tests;
