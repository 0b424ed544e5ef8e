//! Training: the loop, its state, what it writes.

mod checkpoint;
mod folder;
mod judge;
mod log;
mod sheet;
mod state;
mod step;
mod update;
mod updates;
mod views;
mod vitals;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use gannet::{Latents, Samples};
use thiserror::Error;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use folder::{FolderError, RunFolder};
pub use judge::{Best, Judge, Standing, Verdict};
pub use log::{LogError, Record};
pub use sheet::picture;
pub use state::State;
pub use update::Update;
pub use vitals::{
    CopyVitals, CoverVitals, ImageVitals, NetworkVitals, ScoreVitals, UntrainedVitals, Vitals,
};

use crate::data::{Batch, Batches, DataError, Split};
use crate::nets::{NetError, scale_warnings};
use crate::recipe::Recipe;
use crate::streams::Stream;
use log::Log;
use vitals::{Glance, Watch};

/// Images on a sample sheet, and in one of its rows.
pub const SHEET: (u64, usize) = (64, 8);

/// Points on a picture of points.
const POINTS: u64 = 4096;

/// Of the lines of `metrics.jsonl`, one in so many has the dearer vital signs.
const THOROUGH: u64 = 4;

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
}

/// How a call of [`Run::train`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The recipe's length is reached.
    Finished,
    /// The score has not improved for as long as `training.patience` says.
    Stopped,
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
    judge: Option<Judge>,
    seconds_before: f64,
}

impl Run {
    /// Starts a run from its recipe in the folder `out`, which must be empty or absent, or in the
    /// next free `runs/NAME-1`, `-2`, ...
    ///
    /// # Errors
    ///
    /// [`TrainingError::Net`] if the images do not fit the networks, or have no classes that the
    /// recipe wants, before any folder is made, [`TrainingError::NoJudge`] if it wants scores during the run and there is no `judge`, and
    /// whatever writing says.
    pub fn start(
        recipe: Recipe,
        split: Split,
        judge: Option<Judge>,
        out: Option<&Path>,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let classes = fitting(&recipe, &split, judge.as_ref())?;
        let state = State::new(&recipe, split.training.shape(), classes, device)?;
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
            judge,
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
        judge: Option<Judge>,
        mut folder: RunFolder,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let classes = fitting(&recipe, &split, judge.as_ref())?;
        folder.prepare()?;
        let (state, seconds_before) =
            State::restore(&recipe, split.training.shape(), classes, &folder, device)?;
        Ok(Self {
            log: Log::open(folder.metrics(), state.step())?,
            recipe,
            split,
            folder,
            state,
            judge,
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

    /// Trains to the recipe's length, until patience is at its end, or until `stop` is raised;
    /// then a checkpoint is written.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Diverged`] if a loss is not finite, [`TrainingError::Data`] if images
    /// cannot be read, and whatever writing says.
    pub fn train(
        &mut self,
        stop: &AtomicBool,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, TrainingError> {
        let began = Instant::now();
        let total = self.recipe.total_steps();
        let patience = self.recipe.training.patience;
        let turns = self.recipe.critic.network.steps as u64;
        let mut batches = Batches::start(
            &self.split.training,
            Stream::DataOrder.seed(self.recipe.seed),
            self.state.step() * turns,
            self.recipe.training.batch_images,
        )?;
        let mut rate = Instant::now();
        let mut rate_step = self.state.step();
        // A resumed state is that of its checkpoint; a fresh one needs none.
        let mut saved = self.state.step();

        let watch = Watch::new(&self.recipe, &self.split, &self.state)?;
        let mut untrained = None;
        let hopeless = |state: &State| state.standing().is_hopeless(patience);
        while self.state.step() < total && !hopeless(&self.state) && !stop.load(Ordering::Relaxed) {
            let real: Vec<Batch> = (0..turns)
                .map(|_| batches.next())
                .collect::<Result<_, _>>()?;
            if self.state.step() == 0 {
                let scales = self.state.scales(&real[0].images)?;
                for warning in scale_warnings(&scales) {
                    observe(Event::Warning(warning));
                }
                untrained = Some(UntrainedVitals::new(&scales));
            }
            let step = self.state.step() + 1;
            let images = step * self.recipe.images_per_step();
            let due = |interval| step == total || self.due(step, interval);
            let training = &self.recipe.training;
            let wants_sheet = due(training.sheet_interval_images);
            let mut wants_save = due(training.checkpoint_interval_images);
            let wants_score = self.judge.is_some() && due(self.recipe.score.interval_images);
            let wants_log = step == 1 || due(training.log_interval_images) || wants_score;
            let glance = Glance {
                watch: &watch,
                is_thorough: due(THOROUGH * training.log_interval_images),
            };
            let mut update = self
                .state
                .update(&self.recipe, real, wants_log.then_some(glance))?;
            if let Some(vitals) = &mut update.vitals {
                vitals.untrained = untrained.take();
            }
            let diverged = |what| TrainingError::Diverged {
                step,
                what,
                critic_loss: update.critic_loss,
                generator_loss: update.generator_loss,
            };
            let seconds = self.seconds_before + began.elapsed().as_secs_f64();
            observe(Event::Step { step });
            // The losses are those before the step; what is kept must be sound after it.
            let keeps = wants_sheet || wants_save || wants_score;
            let is_sound = !keeps || self.state.is_finite()?;
            let fault = update.fault().or((!is_sound).then_some("a weight is"));
            let mut verdict = None;
            if let Some(judge) = self
                .judge
                .as_ref()
                .filter(|_| wants_score && fault.is_none())
            {
                let reached = judge.verdict(&self.state, &self.recipe)?;
                let patience = self.recipe.schedule.plateau_patience;
                let standing = &mut self.state.adaptation.standing;
                let is_best = standing.observe(step, reached.frechet_distance, patience);
                verdict = Some(reached);
                wants_save |= is_best && self.recipe.training.keep_best;
                observe(Event::Scored {
                    images,
                    verdict: reached,
                    is_best,
                });
            }
            if wants_log || fault.is_some() {
                let shown = (step - rate_step) * self.recipe.images_per_step();
                let images_per_second = shown as f64 / rate.elapsed().as_secs_f64();
                (rate, rate_step) = (Instant::now(), step);
                let record = Record {
                    step,
                    images,
                    update,
                    verdict,
                    seconds,
                    images_per_second,
                };
                self.log.append(&record)?;
                observe(Event::Logged(&record));
            }
            if let Some(what) = fault {
                self.log.sync()?;
                return Err(diverged(what));
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
        Ok(if step >= total {
            Outcome::Finished
        } else if hopeless(&self.state) {
            Outcome::Stopped
        } else {
            Outcome::Interrupted
        })
    }

    /// Goes back to the state with the best score, if the recipe keeps it: that is the one to
    /// export.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Checkpoint`] if its checkpoint cannot be read.
    pub fn take_best(&mut self) -> Result<(), TrainingError> {
        self.state.take_best(&self.recipe, &self.folder)
    }

    /// Whether a multiple of `interval` images was passed in this step.
    fn due(&self, step: u64, interval: u64) -> bool {
        let batch = self.recipe.images_per_step();
        (step * batch) / interval > ((step - 1) * batch) / interval
    }

    fn save(&mut self, seconds: f64) -> Result<(), TrainingError> {
        self.log.sync()?;
        let kept = self.state.kept_best(&self.recipe).map(|best| best.step);
        Ok(self.folder.save_checkpoint(&self.state, kept, seconds)?)
    }

    fn write_sheet(&self) -> Result<PathBuf, TrainingError> {
        let images = self.state.step() * self.recipe.images_per_step();
        let path = self.folder.sheet(images);
        let seed = Stream::Sheets.seed(self.recipe.seed);
        let n = match self.split.training.shape() {
            [2, 1, 1] => POINTS,
            _ => SHEET.0,
        };
        let latents = Latents::draw(seed, 0..n, self.recipe.generator.latent);
        let samples: Samples = self.state.sample(&latents)?;
        picture(samples)
            .map_err(TrainingError::Sheet)?
            .write_grid(&path, SHEET.1)
            .map_err(TrainingError::Sheet)?;
        Ok(path)
    }
}

/// The number of classes, once it is sure that the recipe can be followed.
fn fitting(
    recipe: &Recipe,
    split: &Split,
    judge: Option<&Judge>,
) -> Result<Option<usize>, TrainingError> {
    let interval = recipe.score.interval_images;
    if interval > 0 && judge.is_none() {
        return Err(TrainingError::NoJudge {
            interval,
            name: split.training.name().to_owned(),
        });
    }
    Ok(split.class_count())
}

#[cfg(test)]
mod tests;
