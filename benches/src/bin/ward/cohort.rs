//! The training of plantings.

use std::cell::OnceCell;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use gannet::Features;
use gannet::metrics::memorisation;
use gannet_benches::samples::draw;
use gannet_trainer::data::{self, Dataset, Split, Toy};
use gannet_trainer::device::DeviceChoice;
use gannet_trainer::recipe::{Attendance, Recipe};
use gannet_trainer::training::{Event, Outcome as Ended, Run, State, TrainingError};

use super::care::Care;
use super::judge::Judge;
use super::outcome::Outcome;
use super::plantings::{Ground, Images, Planting};

/// A quarter of the recipe's length, with a line of vital signs every 20 steps.
const RING: &[&str] = &[
    "training.length_images=512000",
    "training.log_interval_images=5120",
    "training.sheet_interval_images=1000000",
    "training.checkpoint_interval_images=1000000",
    "schedule.step_interval_images=18000",
];

/// A fourth of the recipe's networks at ten times its rates, with a line of vital signs every 10
/// steps: what becomes of it is seen in half a minute.
const PICTURES: &[&str] = &[
    "generator.width=16",
    "critic.width=16",
    "generator.learning_rate=2e-3",
    "critic.learning_rate=2e-3",
    "training.length_images=64000",
    "training.ema_half_life_images=3000",
    "training.log_interval_images=640",
    "training.sheet_interval_images=64000",
    "training.checkpoint_interval_images=1000000",
    "score.samples=0",
];

/// The byte that is 0, as near as bytes can be.
const ZERO: u8 = 128;

/// Training images, of those that there are.
const MOST: usize = 8_000;

/// Moments of a run at which its samples are judged.
const MOMENTS: u64 = 20;

/// Samples that are looked for among the training images.
const COPIES: u64 = 200;

/// Where runs are kept, what they are trained on, and who judges them.
pub(crate) struct Cohort {
    pub(crate) out: PathBuf,
    pub(crate) mnist: Option<(PathBuf, PathBuf)>,
    pub(crate) clothes: OnceCell<(Split, Judge)>,
    pub(crate) digits: OnceCell<(Split, Judge)>,
}

impl Cohort {
    /// The folder of a run.
    pub(crate) fn folder(&self, planting: &Planting, seed: u64, care: Care) -> PathBuf {
        let suffix = match care {
            Care::None => "",
            Care::Doctor => "-treated",
            Care::OtherSeed { .. } => "-restarted",
            Care::RandomChange { .. } => "-changed",
        };
        self.out.join(format!("{}-{seed}{suffix}", planting.name))
    }

    /// What comes of the run with this seed, trained unless it is there already.
    pub(crate) fn outcome(&self, planting: &Planting, seed: u64, care: Care) -> Result<Outcome> {
        let folder = self.folder(planting, seed, care);
        let kept = folder.join("outcome.json");
        if let Ok(text) = fs::read_to_string(&kept) {
            return serde_json::from_str(&text).with_context(|| kept.display().to_string());
        }
        if folder.exists() {
            // Left half-way: it is short enough to begin again.
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        let outcome = self
            .train(planting, seed, care)
            .with_context(|| planting.name.to_owned())?;
        let text = serde_json::to_string(&outcome)?;
        gannet::durable::write_file(&kept, text.as_bytes())?;
        // The last state is enough to look at; a ward of them is large.
        let _ = fs::remove_dir_all(folder.join("checkpoints"));
        Ok(outcome)
    }

    fn train(&self, planting: &Planting, seed: u64, care: Care) -> Result<Outcome> {
        let mut recipe = care.recipe(planting, seed)?;
        if let (Ground::Digits, Some((images, _))) = (planting.ground, &self.mnist) {
            recipe.data.path = Some(data::absolute(images)?);
        }
        let toy = Judge::Points(Toy::Ring);
        let points;
        let (whole, judge) = match planting.ground {
            Ground::Ring => {
                points = data::load_for(&recipe.data)?;
                (&points, &toy)
            }
            ground => {
                let (whole, judge) = self.pictures(ground, &recipe)?;
                (whole, judge)
            }
        };
        let split = planting.images.of(whole)?;
        let framed;
        let judge = match planting.images {
            Images::Framed(_) => {
                framed = Judge::of_images(&split, self.features(planting.ground))?;
                &framed
            }
            _ => judge,
        };
        recipe.data.digest = Some(split.training.image_digest());
        let device = DeviceChoice::Cpu.open()?.device;
        let folder = self.folder(planting, seed, care);
        recipe.training.doctor = match care {
            Care::Doctor => Attendance::Treat,
            _ => Attendance::Off,
        };
        let mut run = Run::start(recipe, split, None, Some(&folder), &device)?;
        let total_steps = run.recipe().total_steps();
        let mut outcome = Outcome {
            total_steps,
            course: Vec::new(),
            diverged: false,
            copied: None,
        };
        // A treatment may make it longer.
        for moment in 1.. {
            let pause = total_steps * moment / MOMENTS;
            if run.state().step() >= run.recipe().total_steps() {
                break;
            }
            let stop = AtomicBool::new(run.state().step() >= pause);
            let trained = run.train(&stop, &mut |event| {
                if matches!(event, Event::Step { step, .. } if step >= pause) {
                    stop.store(true, Ordering::Relaxed);
                }
            });
            let ended = match trained {
                Ok(ended) => ended,
                Err(TrainingError::Diverged { .. }) => {
                    outcome.diverged = true;
                    return Ok(outcome);
                }
                Err(error) => return Err(error.into()),
            };
            let worth = judge.worth(run.state(), run.recipe())?;
            outcome.course.push((run.state().step(), worth));
            if ended == Ended::Stopped {
                break;
            }
        }
        outcome.total_steps = run.recipe().total_steps();
        if planting.ground != Ground::Ring {
            let training = &run.split().training;
            let latent = run.recipe().generator.latent;
            outcome.copied = Some(copied(training, run.state(), latent)?);
        }
        Ok(outcome)
    }

    fn pictures(&self, ground: Ground, recipe: &Recipe) -> Result<&(Split, Judge)> {
        let cell = match ground {
            Ground::Digits => &self.digits,
            _ => &self.clothes,
        };
        if let Some(found) = cell.get() {
            return Ok(found);
        }
        let split = Images::Few(MOST).of(&data::load_for(&recipe.data)?)?;
        let judge = Judge::of_images(&split, self.features(ground))?;
        Ok(cell.get_or_init(|| (split, judge)))
    }

    /// The network that judges images, unless it is the repository's own.
    fn features(&self, ground: Ground) -> Option<PathBuf> {
        let (_, classifier) = self.mnist.as_ref()?;
        (ground == Ground::Digits).then(|| classifier.clone())
    }
}

/// The share of samples that are nearer to a training image than that is to any other.
fn copied(training: &Dataset, state: &State, latent: usize) -> Result<f64> {
    let n = training.len();
    let images = training.spread(n)?.images;
    let dim = images.len() / n;
    let training = Features::new(n, dim, images, None)?;
    let samples = draw(state, latent, COPIES)?;
    let samples = Features::new(COPIES as usize, dim, samples.values().to_vec(), None)?;
    Ok(1.0 - memorisation(&training, &samples)?.authenticity)
}

impl Planting {
    pub(crate) fn recipe(&self, seed: u64) -> Result<Recipe> {
        let (name, common) = match self.ground {
            Ground::Ring => ("ring", RING),
            Ground::Clothes | Ground::Digits => ("dcgan", PICTURES),
        };
        let settings = common.iter().chain(self.settings);
        let mut settings: Vec<String> = settings.map(|&setting| setting.to_owned()).collect();
        settings.push(format!("seed={seed}"));
        Recipe::resolve(Some(name), &settings).context(self.name)
    }
}

impl Images {
    fn of(self, split: &Split) -> Result<Split> {
        let mut split = split.clone();
        match self {
            Self::AsTheyAre => {}
            Self::Few(n) => split.training = altered(&split.training, n, |_, _, pixel| pixel)?,
            Self::Narrowed(part) => {
                let narrowed = |_: usize, _: usize, pixel: u8| ZERO + pixel / part;
                split.training = altered(&split.training, usize::MAX, narrowed)?;
                split.held_out = altered(&split.held_out, usize::MAX, narrowed)?;
            }
            Self::Framed(border) => {
                let [_, height, width] = split.training.shape();
                let inside = |at: usize, side: usize| (border..side - border).contains(&at);
                let framed =
                    |y: usize, x: usize, pixel: u8| match inside(y, height) && inside(x, width) {
                        true => pixel,
                        false => ZERO,
                    };
                split.training = altered(&split.training, usize::MAX, framed)?;
                split.held_out = altered(&split.held_out, usize::MAX, framed)?;
            }
        }
        Ok(split)
    }
}

/// The first images of a set, at most `n`, each pixel changed by its place and value.
fn altered(set: &Dataset, n: usize, change: impl Fn(usize, usize, u8) -> u8) -> Result<Dataset> {
    let indices: Vec<usize> = (0..set.len().min(n)).collect();
    let [_, height, width] = set.shape();
    let mut pixels = set.pixels(&indices)?;
    for (place, pixel) in pixels.iter_mut().enumerate() {
        *pixel = change(place / width % height, place % width, *pixel);
    }
    Ok(Dataset::new(set.name(), set.shape(), pixels, None)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_run_has_a_name_of_its_own_and_a_recipe_that_is_accepted() {
        let mut names = BTreeSet::new();
        for planting in Planting::all() {
            assert!(names.insert(planting.name), "{}", planting.name);
            let refusal = planting.recipe(0).err().map(|error| format!("{error:#}"));
            assert_eq!(refusal, None);
        }
    }
}
