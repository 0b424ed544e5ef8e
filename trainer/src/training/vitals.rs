//! Vital signs: what a step shows of the health of both networks.

mod images;
mod networks;
mod scores;

use burn::tensor::{Int, Tensor};
use gannet::Features;
use gannet::metrics::effective_rank;
use serde::{Deserialize, Serialize};

pub use images::ImageVitals;
pub use networks::NetworkVitals;
pub(super) use networks::Watched;
pub use scores::ScoreVitals;

use super::TrainingError;
use crate::nets::Seen;

/// The vital signs of one step, in its last update of either network; images and scores are those
/// of the last part of a batch that is accumulated.
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
    /// Effective rank of the real images' features, those that the critic's last layer reads;
    /// see [`effective_rank`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub real_rank: Option<f64>,
    /// The same of the generated images: it falls as they become alike to the critic.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fake_rank: Option<f64>,
}

/// Who watches a step: held-out images that the critic scores beside the step's own.
pub(super) struct Watch {
    /// `[n, c, h, w]`, and their labels if the networks are told of classes.
    pub(super) held_out: Option<(Tensor<4>, Option<Tensor<1, Int>>)>,
}

impl Vitals {
    /// Takes in what the critic's pass showed, over as many packs of real images and of generated
    /// ones.
    pub(super) fn observe(&mut self, seen: &Seen, packs: usize) -> Result<(), TrainingError> {
        self.critic.dead_units = seen.dead_share()?;
        let features = seen.features()?;
        let rank = |rows: &[f32]| {
            let features = Features::new(packs, rows.len() / packs, rows.to_vec(), None);
            features.and_then(|rows| effective_rank(&rows)).ok()
        };
        let (real, fake) = features.split_at(features.len() / 2);
        (self.real_rank, self.fake_rank) = (rank(real), rank(fake));
        Ok(())
    }

    pub(super) fn is_finite(&self) -> bool {
        (self.critic.gradient_norm + self.generator.gradient_norm).is_finite()
    }
}
