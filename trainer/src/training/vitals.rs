//! Vital signs: what a step shows of the health of both networks.

mod images;
mod networks;
mod scores;

use serde::{Deserialize, Serialize};

pub use images::ImageVitals;
pub use networks::NetworkVitals;
pub(super) use networks::Watched;
pub use scores::ScoreVitals;

/// The vital signs of one step, in its last update of either network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Vitals {
    /// The critic's update.
    pub critic: NetworkVitals,
    /// The generator's update.
    pub generator: NetworkVitals,
    /// The critic's scores.
    pub scores: ScoreVitals,
    /// The real images, before any augmentation.
    pub real: ImageVitals,
    /// The generated images, before any augmentation.
    pub fake: ImageVitals,
}

impl Vitals {
    pub(super) fn is_finite(&self) -> bool {
        (self.critic.gradient_norm + self.generator.gradient_norm).is_finite()
    }
}
