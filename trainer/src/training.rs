//! Training: the loop, its state, what it writes.

mod checkpoint;
mod folder;
mod log;
mod state;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use gannet::{Latents, Samples};
use thiserror::Error;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use folder::{FolderError, RunFolder};
pub use log::{LogError, Record};
pub use state::State;

use crate::data::{Batches, DataError, Split};
use crate::nets::NetError;
use crate::recipe::Recipe;
use crate::streams::Stream;
use log::Log;

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
    /// `metrics.jsonl`.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A sample sheet.
    #[error("cannot write a sample sheet")]
    Sheet(#[source] gannet::Error),
    /// A tensor could not be read back from the device.
    #[error("cannot read a result from the device: {0}")]
    Device(String),
    /// A loss or a weight is NaN or infinite.
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
    },
    /// A line was added to `metrics.jsonl`.
    Logged(&'a Record),
    /// A sample sheet was written.
    Sheet(PathBuf),
}

/// How a call of [`Run::train`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The recipe's length is reached.
    Finished,
    /// It was asked to stop; a checkpoint holds everything.
    Interrupted,
}

/// A training run: a recipe, its data, its folder and the state of the networks.
pub struct Run {
    recipe: Recipe,
    split: Split,
    folder: RunFolder,
    state: State,
    log: Log,
    seconds_before: f64,
}

impl Run {
    /// Starts a run from its recipe in the folder `out`, which must be empty or absent, or in the
    /// next free `runs/NAME-1`, `-2`, ...
    ///
    /// # Errors
    ///
    /// [`TrainingError::Net`] if the images do not fit the networks, before any folder is made,
    /// and whatever writing says.
    pub fn start(
        recipe: Recipe,
        split: Split,
        out: Option<&Path>,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let state = State::new(&recipe, split.training.shape(), device)?;
        let folder = match out {
            Some(out) => RunFolder::create(out, &recipe)?,
            None => RunFolder::create_numbered(Path::new("runs"), &recipe)?,
        };
        Ok(Self {
            log: Log::open(folder.metrics(), 0)?,
            recipe,
            split,
            folder,
            state,
            seconds_before: 0.0,
        })
    }

    /// Takes a run up again from its newest checkpoint, or from its start if it has none.
    ///
    /// # Errors
    ///
    /// [`FolderError::Busy`] if another process trains it. A checkpoint that cannot be read is
    /// named; remove it to go on from the one before.
    pub fn resume(
        recipe: Recipe,
        split: Split,
        mut folder: RunFolder,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        folder.prepare()?;
        let (state, seconds_before) =
            State::restore(&recipe, split.training.shape(), &folder, device)?;
        Ok(Self {
            log: Log::open(folder.metrics(), state.step())?,
            recipe,
            split,
            folder,
            state,
            seconds_before,
        })
    }

    /// The networks.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Training and held-out images.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// The folder.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// Trains to the recipe's length, or until `stop` is raised; then a checkpoint is written.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Diverged`] if a loss is not finite, and whatever writing says.
    pub fn train(
        &mut self,
        stop: &AtomicBool,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, TrainingError> {
        let began = Instant::now();
        let total = self.recipe.total_steps();
        let batch = self.recipe.training.batch_images;
        let seed = Stream::DataOrder.seed(self.recipe.seed);
        let mut batches = Batches::start(&self.split.training, seed, self.state.step(), batch)?;
        let mut rate = Instant::now();
        let mut rate_step = self.state.step();
        // A resumed state is that of its checkpoint; a fresh one needs none.
        let mut saved = self.state.step();

        while self.state.step() < total && !stop.load(Ordering::Relaxed) {
            let real = batches.next()?.images;
            let update = self.state.update(&self.recipe, real)?;
            let step = self.state.step();
            let diverged = |what| TrainingError::Diverged {
                step,
                what,
                critic_loss: update.critic_loss,
                generator_loss: update.generator_loss,
            };
            if !update.is_finite() {
                return Err(diverged("a loss is"));
            }
            let seconds = self.seconds_before + began.elapsed().as_secs_f64();
            observe(Event::Step { step });
            let due = |interval| step == total || self.due(step, interval);
            let training = &self.recipe.training;
            let wants_sheet = due(training.sheet_interval_images);
            let wants_save = due(training.checkpoint_interval_images);
            if due(training.log_interval_images) {
                let shown = (step - rate_step) * batch as u64;
                let images_per_second = shown as f64 / rate.elapsed().as_secs_f64();
                (rate, rate_step) = (Instant::now(), step);
                let record = Record {
                    step,
                    images: step * batch as u64,
                    update,
                    seconds,
                    images_per_second,
                };
                self.log.append(&record)?;
                observe(Event::Logged(&record));
            }
            // The losses are those before the step; what is kept must be sound after it.
            if (wants_sheet || wants_save) && !self.state.is_finite()? {
                return Err(diverged("a weight is"));
            }
            if wants_sheet {
                observe(Event::Sheet(self.write_sheet()?));
            }
            if wants_save {
                self.save(seconds)?;
                saved = step;
            }
        }
        let step = self.state.step();
        if saved != step {
            let seconds = self.seconds_before + began.elapsed().as_secs_f64();
            self.save(seconds)?;
        }
        Ok(match step < total {
            true => Outcome::Interrupted,
            false => Outcome::Finished,
        })
    }

    /// Whether a multiple of `interval` images was passed in this step.
    fn due(&self, step: u64, interval: u64) -> bool {
        let batch = self.recipe.training.batch_images as u64;
        (step * batch) / interval > ((step - 1) * batch) / interval
    }

    fn save(&mut self, seconds: f64) -> Result<(), TrainingError> {
        self.log.sync()?;
        Ok(self.folder.save_checkpoint(&self.state, seconds)?)
    }

    fn write_sheet(&self) -> Result<PathBuf, TrainingError> {
        let images = self.state.step() * self.recipe.training.batch_images as u64;
        let path = self.folder.sheet(images);
        let seed = Stream::Sheets.seed(self.recipe.seed);
        let latents = Latents::draw(seed, 0..SHEET.0, self.recipe.generator.latent);
        let samples: Samples = self.state.sample(&latents)?;
        samples
            .write_grid(&path, SHEET.1)
            .map_err(TrainingError::Sheet)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests;
