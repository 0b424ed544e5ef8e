//! Recipes: everything that decides a run, in one TOML file.

mod keys;
mod objective;
mod parse;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use crate::objective::Loss;
pub use keys::KEYS;
pub use objective::Objective;

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
pub const PRESETS: [Preset; 2] = [
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
    pub critic: Network,
    /// Loss and penalties.
    pub objective: Objective,
    /// Length, batch, averages and intervals.
    pub training: Training,
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
    /// The SHA-256 of the training images; any others are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// The generator: a network with a latent input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// Size of the latent vector.
    pub latent: usize,
    /// Size and optimiser.
    #[serde(flatten)]
    pub network: Network,
}

/// Size and optimiser of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Channels at full resolution.
    pub width: usize,
    /// What turns gradients into steps.
    pub optimiser: Optimiser,
    /// The optimiser's step size.
    pub learning_rate: f64,
    /// Decay of the gradient's mean, or the momentum.
    pub beta1: f64,
    /// Decay of the squared gradient's mean.
    pub beta2: f64,
    /// How strongly weights are drawn to 0.
    pub weight_decay: f64,
    /// A longer gradient is shortened to this length; 0 leaves all alone.
    pub gradient_clip_norm: f64,
}

/// The optimisers a recipe can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// Adam (Kingma & Ba 2015); weight decay is added to the gradient.
    Adam,
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    AdamW,
    /// RMSProp (Tieleman & Hinton 2012), with momentum `beta1`.
    RmsProp,
    /// Stochastic gradient descent with momentum `beta1`; `beta2` has no meaning.
    Sgd,
}

impl Optimiser {
    /// The names that a recipe can give.
    pub const NAMES: &'static [&'static str] = &["adam", "adamw", "rmsprop", "sgd"];

    /// What it is called in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Adam => "Adam",
            Self::AdamW => "AdamW",
            Self::RmsProp => "RMSProp",
            Self::Sgd => "SGD",
        }
    }
}

/// Length, batch, averages and intervals, all counted in images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Training {
    /// Real images shown to the critic over the whole run.
    pub length_images: u64,
    /// Images a step.
    pub batch_images: usize,
    /// How the learning rates change over the run.
    pub learning_rate_decay: Decay,
    /// Half-life of the generator's moving average.
    pub ema_half_life_images: f64,
    /// Images from one line of `metrics.jsonl` to the next.
    pub log_interval_images: u64,
    /// Images from one sample sheet to the next.
    pub sheet_interval_images: u64,
    /// Images from one checkpoint to the next.
    pub checkpoint_interval_images: u64,
}

/// How learning rates change over the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// They do not.
    Constant,
    /// Constant for the first half, then linearly to zero.
    Linear,
    /// Along half a cosine to zero.
    Cosine,
}

impl Decay {
    /// The names that a recipe can give.
    pub const NAMES: &'static [&'static str] = &["constant", "linear", "cosine"];

    /// The factor on the learning rate when `progress` of the run (0 to 1) is done.
    pub fn factor(self, progress: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Linear => (2.0 * (1.0 - progress)).clamp(0.0, 1.0),
            Self::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos()),
        }
    }
}

/// How the result is scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Score {
    /// The feature network; the repository's own of the data set's name if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<PathBuf>,
    /// Samples drawn for the scores.
    pub samples: u64,
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

    /// Steps of the whole run: the last batch is whole.
    pub fn total_steps(&self) -> u64 {
        let batch = self.training.batch_images as u64;
        self.training.length_images.div_ceil(batch)
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
                hint: parse::proposal(name, names),
            })
        }
        Err(source) => Err(RecipeError::Read { path, source }),
    }
}

impl Default for Recipe {
    fn default() -> Self {
        let network = Network {
            width: 32,
            optimiser: Optimiser::Adam,
            learning_rate: 1e-3,
            beta1: 0.0,
            beta2: 0.99,
            weight_decay: 0.0,
            gradient_clip_norm: 0.0,
        };
        Self {
            name: "unnamed".to_owned(),
            seed: 0,
            data: Data::default(),
            generator: Generator {
                latent: 64,
                network: network.clone(),
            },
            critic: network,
            objective: Objective::default(),
            training: Training::default(),
            score: Score::default(),
        }
    }
}

impl Default for Training {
    fn default() -> Self {
        Self {
            length_images: 200_000,
            batch_images: 64,
            learning_rate_decay: Decay::Cosine,
            ema_half_life_images: 10_000.0,
            log_interval_images: 640,
            sheet_interval_images: 10_000,
            checkpoint_interval_images: 10_000,
        }
    }
}

impl Default for Score {
    fn default() -> Self {
        Self {
            features: None,
            samples: 10_000,
        }
    }
}

#[cfg(test)]
mod tests;
