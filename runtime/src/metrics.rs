//! Metrics on features, one file each, all in `f64`.
//!
//! [`Scorer`](crate::Scorer) computes them together; these functions are for
//! features that come from elsewhere.

mod frechet;
mod inception_score;
mod neighbours;

pub use frechet::{frechet_from_features, frechet_from_moments};
pub use inception_score::{InceptionScore, inception_score};
pub use neighbours::{Boundary, Neighbours, neighbours};
