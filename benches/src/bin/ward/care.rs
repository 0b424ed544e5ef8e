//! What is done about a sick run.

use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, Result};
use gannet_trainer::doctor::Treatment;
use gannet_trainer::recipe::Recipe;

use super::plantings::Planting;

/// Other seeds are this far away.
const OTHER: u64 = 1_000;

/// What is done about a run, and the images that it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Nothing.
    None,
    /// The doctor treats it.
    Doctor,
    /// It is begun again with another seed.
    OtherSeed { images: u64 },
    /// One treatment of all that there are is chosen at random, before it begins.
    RandomChange { images: u64 },
}

impl Care {
    /// The recipe to begin with.
    pub(crate) fn recipe(self, planting: &Planting, seed: u64) -> Result<Recipe> {
        let recipe = planting.recipe(seed)?;
        match self {
            Self::None | Self::Doctor => Ok(recipe),
            Self::OtherSeed { images } => Ok(planting.recipe(seed + OTHER)?.of_length(images)),
            Self::RandomChange { images } => {
                let changed = recipe.with(&random_change(&recipe, planting.name)?)?;
                Ok(changed.of_length(images))
            }
        }
    }
}

/// The settings of one of the treatments that change anything here.
fn random_change(recipe: &Recipe, name: &str) -> Result<Vec<String>> {
    let changes = Treatment::ALL
        .iter()
        .map(|treatment| treatment.settings(recipe));
    let fits = |settings: &Vec<String>| !settings.is_empty() && recipe.with(settings).is_ok();
    let mut changes: Vec<_> = changes.filter(fits).collect();
    let mut hasher = DefaultHasher::new();
    (name, recipe.seed).hash(&mut hasher);
    let chosen = hasher.finish() as usize % changes.len().max(1);
    let settings = changes.get_mut(chosen).map(std::mem::take);
    settings.context("no treatment changes anything")
}

trait OfLength {
    fn of_length(self, images: u64) -> Self;
}

impl OfLength for Recipe {
    /// At least as long as it is.
    fn of_length(mut self, images: u64) -> Self {
        self.training.length_images = self.training.length_images.max(images);
        self
    }
}
