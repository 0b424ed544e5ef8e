//! Training: the loop, its state, what it writes.

mod care;
mod case;
mod checkpoint;
mod clinic;
mod folder;
mod judge;
mod log;
mod portrait;
mod rehearsal;
mod run;
mod sheet;
mod state;
mod step;
mod tensorboard;
mod update;
mod updates;
mod views;
mod vitals;

use std::path::PathBuf;

use thiserror::Error;

pub use care::Start;
pub use case::Entry;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use folder::{FolderError, RunFolder};
pub use judge::{Best, Judge, Standing, Verdict};
pub use log::{LogError, Record};
pub use portrait::Portrait;
pub use rehearsal::{LayerPlan, NetworkPlan, Rehearsal, rehearse};
pub use run::Run;
pub use sheet::picture;
pub use state::{Restored, State};
pub use update::Update;
pub use vitals::{
    CopyVitals, CoverVitals, ImageVitals, NetworkVitals, ScaleVitals, ScoreVitals, UntrainedVitals,
    Vitals,
};

use crate::data::DataError;
use crate::nets::NetError;
use crate::recipe::RecipeError;

/// Images on a sample sheet, and in one of its rows.
pub const SHEET: (u64, usize) = (64, 8);

/// Why a training run stopped short.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The data do not fit the networks.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The images cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The run folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// `metrics.jsonl` or `case.jsonl`.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A treatment that a checkpoint tells of does not fit the recipe.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The recipe wants scores during the run that nothing can measure.
    #[error(
        "score.interval_images is {interval}, but there is no feature network for {name}: name one with \
         score.features, or set score.interval_images to 0"
    )]
    NoJudge {
        /// The recipe's interval.
        interval: u64,
        /// The data set.
        name: String,
    },
    /// A sample sheet.
    #[error("cannot write a sample sheet")]
    Sheet(#[source] gannet::Error),
    /// A score during the run.
    #[error("cannot score the generator")]
    Score(#[source] gannet::Error),
    /// What is shown of a finished generator.
    #[error("cannot draw the samples' nearest training images and what lies between samples")]
    Portrait(#[source] gannet::Error),
    /// A tensor could not be read back from the device.
    #[error("cannot read a result from the device: {0}")]
    Device(String),
    /// A loss, a gradient or a weight is NaN or infinite.
    #[error(
        "training diverged at step {step}: {what} not finite (critic's loss {critic_loss}, generator's \
         {generator_loss}). Lower generator.learning_rate and critic.learning_rate or raise objective.r1_gamma: \
         in the run's recipe.toml, then `gannet resume` goes on from the checkpoint before, or in a new run"
    )]
    Diverged {
        /// The step after which they are not finite.
        step: u64,
        /// What is not finite.
        what: &'static str,
        /// The critic's loss.
        critic_loss: f64,
        /// The generator's loss.
        generator_loss: f64,
    },
}

/// What happens while a run trains, for whoever shows it.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step is done.
    Step {
        /// Steps done.
        step: u64,
        /// Steps of the whole run, which a treatment may change.
        total_steps: u64,
    },
    /// A line was added to `metrics.jsonl`.
    Logged(&'a Record),
    /// A sample sheet was written.
    Sheet(PathBuf),
    /// The averaged generator was scored.
    Scored {
        /// Real images shown.
        images: u64,
        /// What it is worth.
        verdict: Verdict,
        /// Whether it is the best so far.
        is_best: bool,
    },
    /// Something looks wrong before the first step.
    Warning(String),
    /// The doctor found or did something.
    Case(&'a Entry),
}

/// How a call of [`Run::train`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The recipe's length is reached.
    Finished,
    /// The score has not improved for as long as `training.patience` says, or the doctor sees
    /// nothing to be gained.
    Stopped,
    /// It was asked to stop; a checkpoint holds everything.
    Interrupted,
}

#[cfg(test)]
mod tests;
