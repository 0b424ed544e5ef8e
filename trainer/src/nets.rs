//! The networks: layers that know their own input gradient, generators and critics made of them.

mod architectures;
pub mod conv;
mod critic;
mod error;
mod flex;
mod generator;
mod init;
mod layers;
mod named;
pub mod ops;
mod pass;
mod scales;
mod seen;
mod stack;
mod target;

pub use critic::{Critic, Trace};
pub use error::NetError;
pub use generator::Generator;
pub use init::Initialiser;
pub use pass::Pass;
pub use scales::{LayerScale, learned, scale_warnings};
pub use seen::Seen;
pub use target::{Target, check};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
