//! The first steps of a run, taken to see what the whole one would cost.

use std::time::Instant;

use burn::tensor::Device;
use gannet::Latents;
use serde::Serialize;

use super::run::{THOROUGH, fitting};
use super::vitals::{Glance, Watch};
use super::{SHEET, State, TrainingError};
use crate::data::{Batch, Batches, Split};
use crate::nets::{LayerScale, learned, scale_warnings};
use crate::recipe::Recipe;
use crate::streams::Stream;

/// Steps before anything is timed: the first ones take memory, and compile kernels on a card.
const WARM_UP: u64 = 2;

/// Steps that are timed at least, for this many seconds at least.
const TIMED: (u64, f64) = (8, 2.0);

/// Rounds of steps between two gradient penalties are timed whole up to this length.
const LONGEST_ROUND: u64 = 64;

/// What a run would be, as its first steps show.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsal {
    /// The generator.
    pub generator: NetworkPlan,
    /// The critic.
    pub critic: NetworkPlan,
    /// Steps of the whole recipe.
    pub steps: u64,
    /// Real images shown in a step.
    pub images_per_step: u64,
    /// Steps that were timed.
    pub timed_steps: u64,
    /// Seconds of a step, the median over the timed ones (over whole rounds of them where
    /// gradient penalties come every few steps).
    pub seconds_per_step: f64,
    /// Seconds of a step with a line of the log: vital signs cost time.
    pub seconds_per_logged_step: f64,
    /// Seconds of a sample sheet.
    pub seconds_per_sheet: f64,
    /// Real images a second over the whole recipe.
    pub images_per_second: f64,
    /// Seconds of the whole recipe: steps, lines of the log and sheets; scores, checkpoints and
    /// the export are not in it.
    pub seconds: f64,
    /// The most bytes of memory that the process has held so far; absent where the system does
    /// not tell.
    pub peak_bytes: Option<u64>,
    /// What looks wrong before the first step.
    pub warnings: Vec<String>,
}

/// A network that was built.
#[derive(Debug, Clone, Serialize)]
pub struct NetworkPlan {
    /// Learned numbers, with those that stand for classes.
    pub parameters: usize,
    /// Its layers from the input on.
    pub layers: Vec<LayerPlan>,
}

/// A layer of it.
#[derive(Debug, Clone, Serialize)]
pub struct LayerPlan {
    /// What it is.
    pub kind: &'static str,
    /// The shape of its output for one image, `[c, h, w]`.
    pub output: [usize; 3],
    /// Learned numbers.
    pub parameters: usize,
}

/// Takes the first steps of a run with its own code, and forgets them: nothing is written.
/// `has_judge` says whether there is something to score the run with.
///
/// # Errors
///
/// Those of [`Run::start`](super::Run::start) and of its steps.
pub fn rehearse(
    recipe: &Recipe,
    split: &Split,
    has_judge: bool,
    device: &Device,
) -> Result<Rehearsal, TrainingError> {
    let classes = fitting(recipe, split, has_judge)?;
    let state = State::new(recipe, split.training.shape(), classes, device)?;
    let turns = recipe.critic.network.steps;
    let batches = Batches::start(
        &split.training,
        Stream::DataOrder.seed(recipe.seed),
        0,
        recipe.training.batch_images,
    )?;
    let watch = Watch::new(recipe, split, &state)?;
    let mut rehearsal = Steps {
        recipe,
        state,
        batches,
        watch,
    };
    let first = rehearsal.batch(turns)?;
    let scales = rehearsal.state.scales(&first[0].images)?;
    let [generator, critic] = rehearsal.networks(&scales);
    rehearsal.take(first, true)?;
    for _ in 1..WARM_UP {
        rehearsal.step(turns, false)?;
    }
    let (timed_steps, seconds_per_step) = rehearsal.time(turns)?;
    let seconds_per_logged_step = rehearsal.step(turns, true)?;
    let seconds_per_sheet = rehearsal.sheet()?;

    let (steps, images_per_step) = (recipe.total_steps(), recipe.images_per_step());
    let training = &recipe.training;
    let times = |interval: u64| training.length_images as f64 / interval as f64;
    let lines = times(training.log_interval_images).min(steps as f64);
    let sheets = times(training.sheet_interval_images).min(steps as f64);
    let watching = (seconds_per_logged_step - seconds_per_step).max(0.0);
    let seconds = steps as f64 * seconds_per_step + lines * watching + sheets * seconds_per_sheet;
    Ok(Rehearsal {
        generator,
        critic,
        steps,
        images_per_step,
        timed_steps,
        seconds_per_step,
        seconds_per_logged_step,
        seconds_per_sheet,
        images_per_second: (steps * images_per_step) as f64 / seconds,
        seconds,
        peak_bytes: peak_bytes(),
        warnings: scale_warnings(&scales),
    })
}

/// A run's steps without its folder.
struct Steps<'a> {
    recipe: &'a Recipe,
    state: State,
    batches: Batches,
    watch: Watch,
}

impl Steps<'_> {
    fn batch(&mut self, turns: usize) -> Result<Vec<Batch>, TrainingError> {
        let batches = (0..turns).map(|_| self.batches.next());
        Ok(batches.collect::<Result<_, _>>()?)
    }

    /// Reads a step's images, takes it and says how many seconds that took.
    fn step(&mut self, turns: usize, is_watched: bool) -> Result<f64, TrainingError> {
        let began = Instant::now();
        let real = self.batch(turns)?;
        self.take(real, is_watched)?;
        Ok(began.elapsed().as_secs_f64())
    }

    fn take(&mut self, real: Vec<Batch>, is_watched: bool) -> Result<(), TrainingError> {
        let line = self.state.step() * self.recipe.images_per_step()
            / self.recipe.training.log_interval_images;
        let glance = is_watched.then_some(Glance {
            watch: &self.watch,
            is_thorough: line.is_multiple_of(THOROUGH),
        });
        // A step ends by reading its losses from the device, so that its time is all of it.
        self.state.update(self.recipe, real, glance).map(drop)
    }

    /// Takes steps until enough are timed; how many, and the median of their seconds.
    fn time(&mut self, turns: usize) -> Result<(u64, f64), TrainingError> {
        let round = self
            .recipe
            .objective
            .penalty_interval_steps
            .min(LONGEST_ROUND);
        let (least, seconds) = TIMED;
        let began = Instant::now();
        let (mut steps, mut rounds) = (0, Vec::new());
        while steps < least || began.elapsed().as_secs_f64() < seconds {
            let mut spent = 0.0;
            for _ in 0..round {
                spent += self.step(turns, false)?;
            }
            steps += round;
            rounds.push(spent / round as f64);
        }
        rounds.sort_by(f64::total_cmp);
        Ok((steps, rounds[rounds.len() / 2]))
    }

    /// Draws a sample sheet and says how many seconds that took.
    fn sheet(&self) -> Result<f64, TrainingError> {
        let began = Instant::now();
        let seed = Stream::Sheets.seed(self.recipe.seed);
        let latents = Latents::draw(seed, 0..SHEET.0, self.recipe.generator.latent);
        self.state.sample(&latents)?;
        Ok(began.elapsed().as_secs_f64())
    }

    fn networks(&self, scales: &[LayerScale]) -> [NetworkPlan; 2] {
        let layers = |name: &str| {
            let of = scales.iter().filter(|scale| scale.name.starts_with(name));
            let plan = |scale: &LayerScale| LayerPlan {
                kind: scale.kind,
                output: scale.shape,
                parameters: scale.parameters,
            };
            of.map(plan).collect()
        };
        [
            NetworkPlan {
                parameters: learned(&self.state.generator),
                layers: layers("generator"),
            },
            NetworkPlan {
                parameters: learned(&self.state.critic),
                layers: layers("critic"),
            },
        ]
    }
}

/// The peak resident set of this process, as Linux counts it.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
