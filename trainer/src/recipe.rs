//! Recipes: everything that decides a run, in one TOML file.

mod augment;
mod background;
mod check;
mod keys;
mod network;
mod networks_check;
mod objective;
mod parse;
mod schedule;
mod training;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::proposal;

pub use crate::objective::Loss;
pub use augment::Augment;
pub use background::{Background, BackgroundError};
pub use keys::KEYS;
pub use network::{
    Activation, Architecture, Critic, CriticClasses, Generator, GeneratorClasses, Initialisation,
    Network, Norm, Optimiser,
};
pub use objective::Objective;
pub use schedule::{Course, Position, Schedule, Scheduled};
pub use training::{Attendance, Score, Training};

/// A recipe that ships with the program: its name and its TOML text.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// The name, as in `gannet train NAME`.
    pub name: &'static str,
    /// One line on what it is for.
    pub summary: &'static str,
    text: &'static str,
}

/// The recipes that ship with the program, the default first.
pub const PRESETS: [Preset; 9] = [
    Preset {
        name: "fashion-mnist-quick",
        summary: "28x28 clothes from the repository's 10,000 images in about five minutes of two cores (the default)",
        text: include_str!("../recipes/fashion-mnist-quick.toml"),
    },
    Preset {
        name: "fashion-mnist",
        summary: "28x28 clothes from the 60,000-image set; trained models/fashion-mnist",
        text: include_str!("../recipes/fashion-mnist.toml"),
    },
    Preset {
        name: "dcgan",
        summary: "DCGAN: transposed convolutions, batch normalisation, non-saturating loss",
        text: include_str!("../recipes/dcgan.toml"),
    },
    Preset {
        name: "lsgan",
        summary: "DCGAN with the least-squares loss",
        text: include_str!("../recipes/lsgan.toml"),
    },
    Preset {
        name: "wgan",
        summary: "DCGAN as a Wasserstein critic with clipped weights",
        text: include_str!("../recipes/wgan.toml"),
    },
    Preset {
        name: "wgan-gp",
        summary: "DCGAN as a Wasserstein critic with the gradient penalty",
        text: include_str!("../recipes/wgan-gp.toml"),
    },
    Preset {
        name: "ring",
        summary: "2-D points: eight Gaussians on a circle",
        text: include_str!("../recipes/ring.toml"),
    },
    Preset {
        name: "grid",
        summary: "2-D points: twenty-five Gaussians on a grid",
        text: include_str!("../recipes/grid.toml"),
    },
    Preset {
        name: "stacked-mnist",
        summary: "28x28 triples of digits, a thousand modes, from MNIST's files",
        text: include_str!("../recipes/stacked-mnist.toml"),
    },
];

/// Why a recipe cannot be used.
#[derive(Debug, Error)]
pub enum RecipeError {
    /// No file and no preset of that name.
    #[error("no recipe {name:?}: neither a file nor one of the shipped recipes ({known}){hint}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The presets' names.
        known: String,
        /// A proposal, or nothing.
        hint: String,
    },
    /// The file cannot be read.
    #[error("cannot read the recipe {}", path.display())]
    Read {
        /// The recipe's path.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Not TOML, or a value of the wrong type.
    #[error("{place}: {reason}")]
    Syntax {
        /// The file or argument.
        place: String,
        /// What the parser says, with line and column where it knows them.
        reason: String,
    },
    /// A key that no recipe has.
    #[error("{place}: unknown key `{key}`{hint}")]
    Key {
        /// The file or argument.
        place: String,
        /// The key as written.
        key: String,
        /// The nearest known key, or where to find them all.
        hint: String,
    },
    /// A name that a key does not know.
    #[error("{place}: `{key}` is {got:?}: expected one of {known}{hint}")]
    Choice {
        /// The file or argument.
        place: String,
        /// The key.
        key: &'static str,
        /// What it is.
        got: String,
        /// What it may be.
        known: String,
        /// The nearest known name, or nothing.
        hint: String,
    },
    /// It cannot be written as TOML.
    #[error("the recipe cannot be written: {reason}")]
    Unwritable {
        /// What the serialiser says.
        reason: String,
    },
    /// A value out of its range.
    #[error("`{key}` is {got}: expected {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
}

/// Everything that decides a run. `gannet recipes show NAME` prints one with every key explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// Names the run and its package.
    pub name: String,
    /// Decides weights, order of the data and latents.
    pub seed: u64,
    /// The images.
    pub data: Data,
    /// The generator.
    pub generator: Generator,
    /// The critic.
    pub critic: Critic,
    /// Loss and penalties.
    pub objective: Objective,
    /// What the critic sees of images.
    pub augment: Augment,
    /// Length, batch, averages and intervals.
    pub training: Training,
    /// Quantities that change over the run.
    pub schedule: Schedule,
    /// How the result is scored.
    pub score: Score,
}

/// Where the images are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Data {
    /// What names a data set, as [`load`](crate::data::load) takes it; the repository's Fashion-MNIST if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The side to which images are cropped and resized, pixels; 0 leaves them as they are.
    pub size: usize,
    /// What transparent images are laid on.
    pub background: Background,
    /// The SHA-256 of the training images; any others are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Recipe {
    /// Reads a preset by name or a TOML file by path, then applies `KEY=VALUE` settings in order.
    ///
    /// # Errors
    ///
    /// Any [`RecipeError`]: an unknown key is refused with the nearest known one.
    pub fn resolve(name_or_path: Option<&str>, settings: &[String]) -> Result<Self, RecipeError> {
        let name = name_or_path.unwrap_or(PRESETS[0].name);
        let preset = PRESETS.iter().find(|preset| preset.name == name);
        let (place, text) = match preset {
            Some(preset) => (format!("recipe {name}"), preset.text.to_owned()),
            None => (name.to_owned(), read_file(name)?),
        };
        parse::recipe(&place, &text, settings)
    }

    /// Reads the resolved recipe that a run folder keeps.
    ///
    /// # Errors
    ///
    /// Any [`RecipeError`].
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| RecipeError::Read {
            path: path.to_owned(),
            source,
        })?;
        parse::recipe(&place, &text, &[])
    }

    /// This recipe with `KEY=VALUE` settings applied in order.
    ///
    /// # Errors
    ///
    /// Any [`RecipeError`], as [`resolve`](Self::resolve).
    pub fn with(&self, settings: &[String]) -> Result<Self, RecipeError> {
        if settings.is_empty() {
            return Ok(self.clone());
        }
        let text = toml::to_string(&self.values()?).map_err(|error| RecipeError::Unwritable {
            reason: error.to_string(),
        })?;
        parse::recipe("the recipe", &text, settings)
    }

    /// Real images shown in a step: a batch for each of the critic's updates.
    pub fn images_per_step(&self) -> u64 {
        self.training.batch_images as u64 * self.critic.network.steps as u64
    }

    /// Steps of the whole run: the last one is whole.
    pub fn total_steps(&self) -> u64 {
        self.training.length_images.div_ceil(self.images_per_step())
    }
}

fn read_file(name: &str) -> Result<String, RecipeError> {
    let path = PathBuf::from(name);
    let looks_like_a_path = name.contains(['/', '\\', '.']);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !looks_like_a_path => {
            let names = PRESETS.map(|preset| preset.name);
            Err(RecipeError::Unknown {
                name: name.to_owned(),
                known: names.join(", "),
                hint: proposal(name, names),
            })
        }
        Err(source) => Err(RecipeError::Read { path, source }),
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: "unnamed".to_owned(),
            seed: 0,
            data: Data::default(),
            generator: Generator::default(),
            critic: Critic::default(),
            objective: Objective::default(),
            augment: Augment::default(),
            training: Training::default(),
            schedule: Schedule::default(),
            score: Score::default(),
        }
    }
}

#[cfg(test)]
mod tests;
