//! What came of a run, by its samples.

use anyhow::{Context, Result};
use gannet::{FeatureNet, Scorer};
use gannet_benches::samples::{draw, modes};
use gannet_trainer::data::{Split, Toy};
use gannet_trainer::repository;
use gannet_trainer::scoring::{self, Shard};
use gannet_trainer::training::State;
use serde::{Deserialize, Serialize};

/// How rings are judged.
pub(crate) const RING_PROTOCOL: &str = "2,500 samples; good: within 3 standard deviations of the nearest mode, times the share of modes captured";

/// How images are judged.
pub(crate) const CLOTHES_PROTOCOL: &str = "2,500 samples, features of models/features/fashion-mnist.onnx, against the twin's training images";

const SAMPLES: u64 = 2_500;

/// How much worse than its twin a run must be to be sick.
const MARGIN: f64 = 1.25;

/// The worth of a run's samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A loss, a gradient or a weight was not finite.
    Diverged,
    /// The share of samples near a mode, times the share of modes captured.
    GoodShare(f64),
    /// The Fréchet distance.
    FrechetDistance(f64),
}

impl Outcome {
    /// Of points.
    pub(crate) fn of_points(state: &State, latent: usize, toy: Toy) -> Result<Self> {
        let found = modes(state, latent, toy, SAMPLES)?;
        let captured = found.captured as f64 / toy.modes()?.len() as f64;
        Ok(Self::GoodShare(found.high_quality * captured))
    }

    /// Of images, against those of `split`.
    pub(crate) fn of_images(state: &State, latent: usize, split: &Split) -> Result<Self> {
        let name = split.training.name();
        let features = repository::find_features(name)
            .with_context(|| format!("no feature network for {name} below models/features"))?;
        let net = FeatureNet::open(&features)?;
        let real = scoring::real_stats(&net, &split.training, "training", Shard::WHOLE)?;
        let scores = Scorer::new(net, real)?.score_samples(&draw(state, latent, SAMPLES)?)?;
        Ok(Self::FrechetDistance(scores.fid))
    }

    pub(crate) fn is_sick_beside(self, twin: &Self) -> bool {
        match (self, *twin) {
            (Self::Diverged, _) => true,
            (Self::GoodShare(share), Self::GoodShare(healthy)) => share * MARGIN < healthy,
            (Self::FrechetDistance(distance), Self::FrechetDistance(healthy)) => {
                distance > MARGIN * healthy
            }
            // A twin that diverged, or of another kind, proves nothing.
            _ => false,
        }
    }

    /// A few words.
    pub(crate) fn summary(self, twin: &Self) -> String {
        match (self, *twin) {
            (Self::GoodShare(share), Self::GoodShare(healthy)) => {
                format!("good samples {share:.3} (twin {healthy:.3})")
            }
            (Self::FrechetDistance(distance), Self::FrechetDistance(healthy)) => {
                format!("Fréchet distance {distance:.3} (twin {healthy:.3})")
            }
            _ => "diverged".to_owned(),
        }
    }
}
