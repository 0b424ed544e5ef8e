//! Runs that can be left and gone on with, and the processor time that they took.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use gannet_trainer::data;
use gannet_trainer::device::DeviceChoice;
use gannet_trainer::recipe::{Attendance, Recipe};
use gannet_trainer::training::{Event, Outcome, Run, RunFolder};
use rustix::time::{ClockId, clock_gettime};

/// A run in its folder, with the processor time of its training.
pub(crate) struct Kept {
    pub(crate) run: Run,
    file: std::path::PathBuf,
    seconds: f64,
}

impl Kept {
    /// The run of `recipe` in `folder`, from where it stopped, or a new one. It is the recipe that
    /// is measured, and no doctor.
    pub(crate) fn open(recipe: &Recipe, folder: &Path) -> Result<Self> {
        let mut recipe = recipe.clone();
        recipe.training.doctor = Attendance::Off;
        let device = DeviceChoice::Cpu.open()?.device;
        let split = data::load_for(&recipe.data)?;
        let file = folder.join("processor-seconds.json");
        let (run, seconds) = if folder.join("recipe.toml").is_file() {
            let opened = RunFolder::open(folder)?;
            let kept = Recipe::read(&opened.recipe())?;
            anyhow::ensure!(
                kept == recipe,
                "{} holds a run of another recipe: give another --out, or remove it",
                folder.display()
            );
            let seconds = match fs::read_to_string(&file) {
                Ok(text) => {
                    serde_json::from_str(&text).with_context(|| file.display().to_string())?
                }
                Err(_) => 0.0,
            };
            (Run::resume(kept, split, None, opened, &device)?, seconds)
        } else {
            let run = Run::start(recipe, split, None, Some(folder), &device)?;
            (run, 0.0)
        };
        Ok(Self { run, file, seconds })
    }

    /// Processor time of the training so far, seconds, both threads' together.
    pub(crate) fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Images shown to the critic so far.
    pub(crate) fn images(&self) -> u64 {
        self.run.state().step() * self.run.recipe().images_per_step()
    }

    /// Trains until so many images were shown or so much processor time was taken in all, or to
    /// the end. Says whether it is at the end.
    pub(crate) fn train_until(&mut self, images: u64, seconds: f64) -> Result<bool> {
        /// Seconds of processor time from one checkpoint to the next.
        const SEGMENT: f64 = 120.0;
        loop {
            let before = processor_seconds();
            let budget = (seconds - self.seconds).min(SEGMENT);
            let per_step = self.run.recipe().images_per_step();
            if budget <= 0.0 || self.images() >= images {
                return Ok(self.run.state().step() >= self.run.recipe().total_steps());
            }
            let stop = AtomicBool::new(false);
            let outcome = self.run.train(&stop, &mut |event| {
                if let Event::Step { step, .. } = event
                    && (step * per_step >= images || processor_seconds() - before >= budget)
                {
                    stop.store(true, Ordering::Relaxed);
                }
            })?;
            self.seconds += processor_seconds() - before;
            let text = self.seconds.to_string();
            gannet::durable::write_file(&self.file, text.as_bytes())?;
            if outcome != Outcome::Interrupted {
                return Ok(true);
            }
        }
    }
}

fn processor_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32).as_secs_f64()
}
