//! The loop.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use gannet::{Latents, Samples};
use serde_json::Value;

use super::care::Start;
use super::case::Case;
use super::clinic::{Clinic, Orders};
use super::log::{Lines, Record};
use super::tensorboard::EventFile;
use super::vitals::{Glance, Watch};
use super::{
    Event, Judge, Outcome, Restored, RunFolder, SHEET, State, TrainingError, UntrainedVitals,
    Update, Verdict, picture,
};
use crate::data::{Batch, Batches, Split};
use crate::doctor::Finding;
use crate::nets::scale_warnings;
use crate::recipe::Recipe;
use crate::streams::Stream;

/// Points on a picture of points.
const POINTS: u64 = 4096;

/// Of the lines of `metrics.jsonl`, one in so many has the dearer vital signs.
pub(super) const THOROUGH: u64 = 4;

/// A training run: a recipe, its data, its folder and the state of the networks.
pub struct Run {
    /// As it was started, and as treatments have changed it.
    base: Recipe,
    recipe: Recipe,
    split: Split,
    folder: RunFolder,
    state: State,
    log: Lines,
    case: Case,
    events: Option<EventFile>,
    clinic: Clinic,
    /// Of the recipe as it is.
    watch: Option<Watch>,
    judge: Option<Judge>,
    seconds_before: f64,
}

/// What a step must do beside the update.
struct Due {
    sheet: bool,
    save: bool,
    score: bool,
    log: bool,
}

/// When a call of [`Run::train`] began, and the line of its log before.
struct Clock {
    began: Instant,
    line: Instant,
    line_step: u64,
}

impl Run {
    /// Starts a run from its recipe in the folder `out`, which must be empty or absent, or in the
    /// next free `runs/NAME-1`, `-2`, ...
    ///
    /// # Errors
    ///
    /// [`TrainingError::Net`] if the images do not fit the networks, or have no classes that the
    /// recipe wants, before any folder is made, [`TrainingError::NoJudge`] if it wants scores
    /// during the run and there is no `judge`, and whatever writing says.
    pub fn start(
        recipe: Recipe,
        split: Split,
        judge: Option<Judge>,
        out: Option<&Path>,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let classes = fitting(&recipe, &split, judge.is_some())?;
        let state = State::new(&recipe, split.training.shape(), classes, device)?;
        let folder = match out {
            Some(out) => RunFolder::create(out, &recipe)?,
            None => RunFolder::create_numbered(Path::new("runs"), &recipe)?,
        };
        let restored = Restored {
            state,
            recipe: recipe.clone(),
            seconds: 0.0,
        };
        Self::of(recipe, restored, split, judge, folder)
    }

    /// Takes a run up again from its newest checkpoint, or from its start if it has none.
    ///
    /// # Errors
    ///
    /// [`FolderError::Busy`](super::FolderError::Busy) if another process trains it. A checkpoint
    /// that cannot be read is named; remove it to go on from the one before.
    pub fn resume(
        recipe: Recipe,
        split: Split,
        judge: Option<Judge>,
        mut folder: RunFolder,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let classes = fitting(&recipe, &split, judge.is_some())?;
        folder.prepare()?;
        let restored = State::restore(&recipe, split.training.shape(), classes, &folder, device)?;
        Self::of(recipe, restored, split, judge, folder)
    }

    fn of(
        base: Recipe,
        restored: Restored,
        split: Split,
        judge: Option<Judge>,
        folder: RunFolder,
    ) -> Result<Self, TrainingError> {
        let Restored {
            state,
            recipe,
            seconds,
        } = restored;
        let log = Lines::open(folder.metrics(), state.step())?;
        let doctor = recipe.training.doctor;
        let mut clinic = Clinic::new(doctor, recipe.total_steps(), state.step());
        for record in log.objects()? {
            clinic.observe(&record, &state.adaptation.care);
        }
        let wants_events = recipe.training.tensorboard;
        let events = wants_events.then(|| EventFile::begin(&folder.tensorboard(), state.step()));
        Ok(Self {
            events: events.transpose()?,
            case: Case::open(folder.case(), state.step())?,
            log,
            clinic,
            watch: None,
            base,
            recipe,
            split,
            folder,
            state,
            judge,
            seconds_before: seconds,
        })
    }

    /// What ails the run now, if a doctor is there.
    pub fn ailments(&self) -> Vec<Finding> {
        self.clinic.ailments(&self.recipe)
    }

    /// The networks.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The recipe, as treatments have changed it.
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
    /// [`TrainingError::Diverged`] if a loss is not finite and no doctor treats that,
    /// [`TrainingError::Data`] if images cannot be read, and whatever writing says.
    pub fn train(
        &mut self,
        stop: &AtomicBool,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, TrainingError> {
        let turns = self.recipe.critic.network.steps as u64;
        let mut batches = Batches::start(
            &self.split.training,
            Stream::DataOrder.seed(self.recipe.seed),
            self.state.step() * turns,
            self.recipe.training.batch_images,
        )?;
        let mut clock = Clock {
            began: Instant::now(),
            line: Instant::now(),
            line_step: self.state.step(),
        };
        // A resumed state is that of its checkpoint; a fresh one needs none.
        let mut saved = self.state.step();
        let mut ends = false;
        while !self.is_done() && !ends && !stop.load(Ordering::Relaxed) {
            let real: Vec<Batch> = (0..turns)
                .map(|_| batches.next())
                .collect::<Result<_, _>>()?;
            ends = self.step(real, &mut clock, &mut saved, observe)?;
        }
        if saved != self.state.step() {
            self.save(&clock)?;
        }
        Ok(if self.state.step() >= self.recipe.total_steps() {
            Outcome::Finished
        } else if self.is_done() || ends {
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
        if let Some(best) = self.state.kept_best(&self.recipe) {
            let checkpoint = self.folder.checkpoint(best.step);
            let shape = self.split.training.shape();
            let classes = self.split.class_count();
            let device = self.state.device.clone().inner();
            let best = State::at(&checkpoint, &self.base, shape, classes, &device)?;
            (self.state, self.recipe) = (best.state, best.recipe);
        }
        Ok(())
    }

    /// Whether the length is reached, or patience at its end.
    fn is_done(&self) -> bool {
        let patience = self.recipe.training.patience;
        self.state.step() >= self.recipe.total_steps()
            || self.state.standing().is_hopeless(patience)
    }

    /// One step and what is due after it. Returns whether the run ends here.
    fn step(
        &mut self,
        real: Vec<Batch>,
        clock: &mut Clock,
        saved: &mut u64,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<bool, TrainingError> {
        let untrained = self.look_at_fresh_networks(&real, observe)?;
        let step = self.state.step() + 1;
        let mut due = self.due_after(step);
        let is_thorough = self.due(step, THOROUGH * self.recipe.training.log_interval_images);
        let watch = match due.log {
            true => Some(self.take_watch()?),
            false => None,
        };
        let glance = watch.as_ref().map(|watch| Glance { watch, is_thorough });
        let mut update = self.state.update(&self.recipe, real, glance)?;
        self.watch = watch.or_else(|| self.watch.take());
        if let Some(vitals) = &mut update.vitals {
            vitals.untrained = untrained;
        }
        observe(Event::Step {
            step,
            total_steps: self.recipe.total_steps(),
        });
        // The losses are those before the step; what is kept must be sound after it.
        let keeps = due.sheet || due.save || due.score;
        let is_sound = !keeps || self.state.is_finite()?;
        let fault = update.fault().or((!is_sound).then_some("a weight is"));
        let losses = (update.critic_loss, update.generator_loss);
        let mut verdict = None;
        if fault.is_none() && due.score {
            verdict = self.score(step, &mut due, observe)?;
        }
        if due.log || fault.is_some() {
            self.write_line(update, verdict, clock, observe)?;
        }
        let orders = self.examine(fault.is_some(), observe)?;
        if let Some(what) = fault.filter(|_| orders.start == Start::Here) {
            self.log.sync()?;
            self.case.sync()?;
            return Err(TrainingError::Diverged {
                step,
                what,
                critic_loss: losses.0,
                generator_loss: losses.1,
            });
        }
        if due.sheet {
            observe(Event::Sheet(self.write_sheet()?));
        }
        if due.save || orders.changes_recipe {
            let care = &mut self.state.adaptation.care;
            if self.clinic.attends() && care.is_well() {
                care.healthy_step = Some(step);
            }
            self.save(clock)?;
            *saved = step;
        }
        Ok(orders.stops)
    }

    /// What steps are watched with: made for the first line of the log, kept for the others.
    fn take_watch(&mut self) -> Result<Watch, TrainingError> {
        match self.watch.take() {
            Some(watch) => Ok(watch),
            None => Ok(Watch::new(&self.recipe, &self.split, &self.state)?),
        }
    }

    /// What the fresh networks make of their first batch, before the first step.
    fn look_at_fresh_networks(
        &self,
        real: &[Batch],
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<Option<UntrainedVitals>, TrainingError> {
        if self.state.step() > 0 {
            return Ok(None);
        }
        let scales = self.state.scales(&real[0].images)?;
        for warning in scale_warnings(&scales) {
            observe(Event::Warning(warning));
        }
        Ok(Some(UntrainedVitals::new(&scales)))
    }

    fn due_after(&self, step: u64) -> Due {
        let total = self.recipe.total_steps();
        let due = |interval| step == total || self.due(step, interval);
        let training = &self.recipe.training;
        let score = self.judge.is_some() && due(self.recipe.score.interval_images);
        Due {
            sheet: due(training.sheet_interval_images),
            save: due(training.checkpoint_interval_images),
            score,
            log: step == 1 || due(training.log_interval_images) || score,
        }
    }

    /// Whether a multiple of `interval` images was passed in this step.
    fn due(&self, step: u64, interval: u64) -> bool {
        let batch = self.recipe.images_per_step();
        (step * batch) / interval > ((step - 1) * batch) / interval
    }

    fn score(
        &mut self,
        step: u64,
        due: &mut Due,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<Option<Verdict>, TrainingError> {
        let Some(judge) = &self.judge else {
            return Ok(None);
        };
        let verdict = judge.verdict(&self.state, &self.recipe)?;
        let patience = self.recipe.schedule.plateau_patience;
        let standing = &mut self.state.adaptation.standing;
        let is_best = standing.observe(step, verdict.frechet_distance, patience);
        due.save |= is_best && self.recipe.training.keep_best;
        observe(Event::Scored {
            images: step * self.recipe.images_per_step(),
            verdict,
            is_best,
        });
        Ok(Some(verdict))
    }

    fn write_line(
        &mut self,
        update: Update,
        verdict: Option<Verdict>,
        clock: &mut Clock,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), TrainingError> {
        let step = self.state.step();
        let shown = (step - clock.line_step) * self.recipe.images_per_step();
        let record = Record {
            step,
            images: step * self.recipe.images_per_step(),
            update,
            verdict,
            seconds: self.seconds_before + clock.began.elapsed().as_secs_f64(),
            images_per_second: shown as f64 / clock.line.elapsed().as_secs_f64(),
        };
        (clock.line, clock.line_step) = (Instant::now(), step);
        let line = self.log.append(&record)?;
        // What a resumed run reads.
        let value: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(events) = &mut self.events {
            events.add_line(step, &value)?;
        }
        self.clinic.observe(&value, &self.state.adaptation.care);
        observe(Event::Logged(&record));
        Ok(())
    }

    /// Lets the doctor look if it is time, and does what is ordered.
    fn examine(
        &mut self,
        at_once: bool,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<Orders, TrainingError> {
        let step = self.state.step();
        let total = self.recipe.total_steps();
        let is_due = self.clinic.is_due(step, total) || at_once && self.clinic.attends();
        if !is_due {
            return Ok(Orders::default());
        }
        let care = &mut self.state.adaptation.care;
        let orders = self.clinic.round(care, [&self.base, &self.recipe], step);
        for entry in &orders.entries {
            self.case.append(entry)?;
            if let Some(events) = &mut self.events {
                events.add_entry(step, entry)?;
            }
            observe(Event::Case(entry));
        }
        if orders.changes_recipe {
            self.recipe = self.base.with(&self.state.adaptation.care.settings)?;
            // Held-out images come in whole packs, which may have changed.
            self.watch = None;
            self.clinic.plan(self.recipe.total_steps(), step);
        }
        match orders.start {
            Start::Here => {}
            Start::Checkpoint(step) => {
                let checkpoint = self.folder.checkpoint(step);
                self.state.roll_back(&checkpoint, &self.recipe)?;
            }
            Start::Fresh => self.state.draw_anew(&self.recipe)?,
        }
        Ok(orders)
    }

    fn save(&mut self, clock: &Clock) -> Result<(), TrainingError> {
        let seconds = self.seconds_before + clock.began.elapsed().as_secs_f64();
        self.log.sync()?;
        self.case.sync()?;
        let best = self.state.kept_best(&self.recipe).map(|best| best.step);
        let kept = [best, self.state.adaptation.care.healthy_step];
        Ok(self.folder.save_checkpoint(&self.state, kept, seconds)?)
    }

    fn write_sheet(&mut self) -> Result<PathBuf, TrainingError> {
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
        if let Some(events) = &mut self.events {
            events.add_sheet(self.state.step(), &path)?;
        }
        Ok(path)
    }
}

/// The number of classes, once it is sure that the recipe can be followed.
pub(super) fn fitting(
    recipe: &Recipe,
    split: &Split,
    has_judge: bool,
) -> Result<Option<usize>, TrainingError> {
    let interval = recipe.score.interval_images;
    if interval > 0 && !has_judge {
        return Err(TrainingError::NoJudge {
            interval,
            name: split.training.name().to_owned(),
        });
    }
    Ok(split.class_count())
}
