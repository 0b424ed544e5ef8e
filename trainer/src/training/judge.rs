//! Scores during a run, and what waits for them.

use gannet::metrics::{Boundary, frechet_from_moments, neighbours};
use gannet::{FeatureNet, Latents, RealStats, StatsProtocol};
use serde::{Deserialize, Serialize};

use super::TrainingError;
use super::state::State;
use crate::data::Split;
use crate::recipe::Recipe;
use crate::scoring::{self, ScoringError, Shard};
use crate::streams::Stream;

/// Samples drawn and described at once.
const BATCH: u64 = 256;

/// Nearest neighbours of a row that bound its ball.
const NEIGHBOURS: usize = 3;

/// Samples of a running generator against the training images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The Fréchet distance.
    pub frechet_distance: f64,
    /// Share of the samples among the real images that the statistics keep, if these are enough.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub precision: Option<f64>,
    /// Share of those real images among the samples.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recall: Option<f64>,
    /// Share of those real images with a sample near by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub coverage: Option<f64>,
}

/// Measures the averaged generator of a running state against the training images.
#[derive(Debug)]
pub struct Judge {
    net: FeatureNet,
    real: RealStats,
}

impl Judge {
    /// Describes the training images with `net`.
    ///
    /// # Errors
    ///
    /// Those of [`scoring::real_stats`].
    pub fn new(net: FeatureNet, split: &Split) -> Result<Self, ScoringError> {
        let real = scoring::real_stats(&net, &split.training, "training", Shard::WHOLE)?;
        Ok(Self { net, real })
    }

    /// What `score.interval_samples` samples are worth, of the same latents each time.
    pub(super) fn verdict(&self, state: &State, recipe: &Recipe) -> Result<Verdict, TrainingError> {
        let protocol = StatsProtocol::new(&self.net, "samples", "samples");
        let mut fakes = RealStats::collect(protocol, recipe.score.interval_samples as usize, 0);
        let seed = Stream::Scores.seed(recipe.seed);
        let average = state.average();
        let total = recipe.score.interval_samples;
        for start in (0..total).step_by(BATCH as usize) {
            let range = start..total.min(start + BATCH);
            let latents = Latents::draw(seed, range, recipe.generator.latent);
            let samples = state.sample_of(&average, &latents, start)?;
            let features = self.net.extract(&samples).map_err(TrainingError::Score)?;
            fakes.push(&features).map_err(TrainingError::Score)?;
        }
        let fakes = fakes.finish().map_err(TrainingError::Score)?;
        let (real, fake) = (&self.real, &fakes);
        let frechet_distance =
            frechet_from_moments(real.mu(), real.sigma(), fake.mu(), fake.sigma())
                .map_err(TrainingError::Score)?;
        let rows = real.reservoir().zip(fake.reservoir());
        let rows = rows.filter(|(real, fake)| real.len().min(fake.len()) > NEIGHBOURS);
        let near = rows
            .map(|(real, fake)| neighbours(&real, &fake, NEIGHBOURS, Boundary::Closed))
            .transpose()
            .map_err(TrainingError::Score)?;
        Ok(Verdict {
            frechet_distance,
            precision: near.map(|near| near.precision),
            recall: near.map(|near| near.recall),
            coverage: near.map(|near| near.coverage),
        })
    }
}

/// The scores so far, as far as something waits for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// The best score and the step after which it was measured.
    pub best: Option<Best>,
    /// Scores since the best.
    pub since_best: u64,
    /// Scores since the best or the last plateau.
    pub since_plateau: u64,
    /// Plateaus so far.
    pub plateaus: u64,
}

/// The best score of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Steps done when it was measured.
    pub step: u64,
    /// The Fréchet distance.
    pub frechet_distance: f64,
}

impl Standing {
    /// Takes a new score, and says whether it is the best.
    pub(super) fn observe(&mut self, step: u64, score: f64, plateau_patience: u64) -> bool {
        if self.best.is_none_or(|best| score < best.frechet_distance) {
            self.best = Some(Best {
                step,
                frechet_distance: score,
            });
            (self.since_best, self.since_plateau) = (0, 0);
            return true;
        }
        self.since_best += 1;
        self.since_plateau += 1;
        if self.since_plateau >= plateau_patience {
            self.plateaus += 1;
            self.since_plateau = 0;
        }
        false
    }

    /// Whether patience is at its end; a patience of 0 never is.
    pub(super) fn is_hopeless(&self, patience: u64) -> bool {
        patience > 0 && self.since_best >= patience
    }
}

#[cfg(test)]
mod tests {
    use super::Standing;

    #[test]
    fn patience_and_plateaus_count_scores_without_improvement() {
        let mut standing = Standing::default();
        assert!(standing.observe(1, 5.0, 2));
        assert!(standing.observe(2, 4.0, 2));
        for (step, plateaus) in [(3, 0), (4, 1), (5, 1), (6, 2)] {
            assert!(!standing.observe(step, 4.0, 2));
            assert_eq!(standing.plateaus, plateaus);
        }
        assert!(standing.is_hopeless(4) && !standing.is_hopeless(5) && !standing.is_hopeless(0));
        assert!(standing.observe(7, 3.0, 2));
        assert_eq!((standing.since_best, standing.plateaus), (0, 2));
        assert_eq!(standing.best.map(|best| best.step), Some(7));
    }
}
