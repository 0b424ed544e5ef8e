//! Who judges samples.

use std::path::PathBuf;

use anyhow::{Context, Result};
use gannet::{FeatureNet, Scorer};
use gannet_benches::samples::{draw, modes};
use gannet_trainer::data::{Split, Toy};
use gannet_trainer::recipe::Recipe;
use gannet_trainer::repository;
use gannet_trainer::scoring::{self, Shard};
use gannet_trainer::training::State;

use super::outcome::Worth;

const POINTS: u64 = 2_500;
const IMAGES: u64 = 1_000;

/// A judge of samples of one ground.
pub(crate) enum Judge {
    /// Of points.
    Points(Toy),
    /// Of images.
    Images(Box<Scorer>),
}

impl Judge {
    /// Of images, against the training images of `split`.
    pub(crate) fn of_images(split: &Split, features: Option<PathBuf>) -> Result<Self> {
        let name = split.training.name();
        let features = features
            .or_else(|| repository::find_features(name))
            .with_context(|| format!("no feature network for {name} below models/features"))?;
        let net = FeatureNet::open(&features)?;
        let real = scoring::real_stats(&net, &split.training, "training", Shard::WHOLE)?;
        Ok(Self::Images(Box::new(Scorer::new(net, real)?)))
    }

    /// The worth of a generator in training.
    pub(crate) fn worth(&self, state: &State, recipe: &Recipe) -> Result<Worth> {
        let latent = recipe.generator.latent;
        match self {
            Self::Points(toy) => {
                let found = modes(state, latent, *toy, POINTS)?;
                let captured = found.captured as f64 / toy.modes()?.len() as f64;
                Ok(Worth::GoodShare(found.high_quality * captured))
            }
            Self::Images(scorer) => {
                let samples = draw(state, latent, IMAGES)?;
                Ok(Worth::FrechetDistance(scorer.score_samples(&samples)?.fid))
            }
        }
    }
}
