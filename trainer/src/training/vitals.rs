//! Vital signs: what a step shows of the health of both networks.

mod copies;
mod cover;
mod images;
mod networks;
mod scores;
mod watch;

use gannet::Features;
use gannet::metrics::effective_rank;
use serde::{Deserialize, Serialize};

pub use copies::CopyVitals;
pub use cover::CoverVitals;
pub use images::ImageVitals;
pub use networks::NetworkVitals;
pub(super) use networks::{Wants, Watched};
pub use scores::ScoreVitals;
pub(super) use watch::{Glance, Watch};

use super::TrainingError;
use crate::nets::{LayerScale, Seen};

/// The vital signs of one step, in its last update of either network; images and scores are those
/// of the last part of a batch that is accumulated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// Effective rank of the real images' features, those that the critic's last layer reads, in
    /// some of the steps; see [`effective_rank`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub real_rank: Option<f64>,
    /// The same of the generated images: it falls as they become alike to the critic.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fake_rank: Option<f64>,
    /// The generated images over the real ones, if a batch is large enough.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cover: Option<CoverVitals>,
    /// The generated images beside training images, in some of the steps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copies: Option<CopyVitals>,
    /// What the untrained networks made of their first batch, in the first step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub untrained: Option<UntrainedVitals>,
}

/// Whether signals vanish or explode on their way through fresh networks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UntrainedVitals {
    /// The generator's layers.
    pub generator: ScaleVitals,
    /// The critic's layers.
    pub critic: ScaleVitals,
}

/// Standard deviations of the values of a network's layers, of those that no normalisation mends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScaleVitals {
    /// The smallest one.
    pub smallest: f64,
    /// The largest one: where it is small, the network carries no signal at all.
    pub largest: f64,
}

impl UntrainedVitals {
    pub(super) fn new(scales: &[LayerScale]) -> Self {
        let of = |network: &str| {
            let bare = scales
                .iter()
                .filter(|scale| scale.name.starts_with(network) && !scale.is_normalised);
            let stds: Vec<f64> = bare.map(|scale| scale.std).collect();
            ScaleVitals {
                smallest: stds.iter().copied().fold(f64::INFINITY, f64::min),
                largest: stds.iter().copied().fold(0.0, f64::max),
            }
        };
        Self {
            generator: of("generator"),
            critic: of("critic"),
        }
    }
}

impl Vitals {
    /// Takes in what the critic's pass showed, over as many packs of real images and of generated
    /// ones; the ranks of their features if the look is thorough.
    pub(super) fn observe(
        &mut self,
        seen: &Seen,
        packs: usize,
        is_thorough: bool,
    ) -> Result<(), TrainingError> {
        self.critic.dead_units = seen.dead_share()?;
        if !is_thorough {
            return Ok(());
        }
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
