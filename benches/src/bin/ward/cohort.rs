//! The training of a planting.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use gannet_trainer::data::{self, Dataset, Split, Toy};
use gannet_trainer::device::DeviceChoice;
use gannet_trainer::recipe::Recipe;
use gannet_trainer::training::{Run, TrainingError};

use super::outcome::Outcome;
use super::plantings::{Ground, Images, Planting};

/// A quarter of the recipe's length, with a line of vital signs every 20 steps.
const RING: &[&str] = &[
    "training.length_images=512000",
    "training.log_interval_images=5120",
    "training.sheet_interval_images=512000",
    "training.checkpoint_interval_images=512000",
    "schedule.step_interval_images=18000",
];

/// A third of the recipe's length, with a line of vital signs every 10 steps.
const CLOTHES: &[&str] = &[
    "training.length_images=51200",
    "training.log_interval_images=640",
    "training.sheet_interval_images=51200",
    "training.checkpoint_interval_images=51200",
    "score.samples=0",
];

/// The byte that is 0, as near as bytes can be.
const ZERO: u8 = 128;

impl Planting {
    /// What comes of the run with this seed, trained unless `out` has it already.
    pub(crate) fn outcome(&self, seed: u64, out: &Path) -> Result<Outcome> {
        let folder = out.join(format!("{}-{seed}", self.name));
        let kept = folder.join("outcome.json");
        if let Ok(text) = fs::read_to_string(&kept) {
            return serde_json::from_str(&text).with_context(|| kept.display().to_string());
        }
        if folder.exists() {
            // Left half-way: it is short enough to begin again.
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        let outcome = self.train(seed, &folder)?;
        let text = serde_json::to_string(&outcome)?;
        gannet::durable::write_file(&kept, text.as_bytes())?;
        Ok(outcome)
    }

    fn recipe(&self, seed: u64) -> Result<Recipe> {
        let (name, common) = match self.ground {
            Ground::Ring => ("ring", RING),
            Ground::Clothes => ("fashion-mnist-quick", CLOTHES),
        };
        let settings = common.iter().chain(self.settings);
        let mut settings: Vec<String> = settings.map(|&setting| setting.to_owned()).collect();
        settings.push(format!("seed={seed}"));
        Recipe::resolve(Some(name), &settings).context(self.name)
    }

    fn train(&self, seed: u64, folder: &Path) -> Result<Outcome> {
        let mut recipe = self.recipe(seed)?;
        let whole = data::load_for(&recipe.data)?;
        let split = self.images.of(&whole)?;
        recipe.data.digest = Some(split.training.image_digest());
        let device = DeviceChoice::Cpu.open()?.device;
        let latent = recipe.generator.latent;
        let mut run = Run::start(recipe, split, None, Some(folder), &device)?;
        match run.train(&AtomicBool::new(false), &mut |_| {}) {
            Ok(_) => {}
            Err(TrainingError::Diverged { .. }) => return Ok(Outcome::Diverged),
            Err(error) => return Err(error.into()),
        }
        match self.ground {
            Ground::Ring => Outcome::of_points(run.state(), latent, Toy::Ring),
            Ground::Clothes => Outcome::of_images(run.state(), latent, &whole),
        }
    }
}

impl Images {
    fn of(self, split: &Split) -> Result<Split> {
        let mut split = split.clone();
        match self {
            Self::AsTheyAre => {}
            Self::Few(n) => split.training = altered(&split.training, n, |_, _, pixel| pixel)?,
            Self::HalfRange => {
                let halved = |_: usize, _: usize, pixel: u8| ZERO + pixel / 2;
                split.training = altered(&split.training, usize::MAX, halved)?;
                split.held_out = altered(&split.held_out, usize::MAX, halved)?;
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

    use super::super::plantings::ALL;

    #[test]
    fn every_run_has_a_name_of_its_own_and_a_recipe_that_is_accepted() {
        let mut names = BTreeSet::new();
        for planting in ALL {
            assert!(names.insert(planting.name), "{}", planting.name);
            let refusal = planting.recipe(0).err().map(|error| format!("{error:#}"));
            assert_eq!(refusal, None);
        }
    }
}
