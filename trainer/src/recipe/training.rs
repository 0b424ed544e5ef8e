//! The recipe's tables `[training]` and `[score]`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::network::names;

names! {
    /// What the doctor may do.
    Attendance {
        /// Nothing: there is none.
        Off = "off",
        /// Say what it finds.
        Watch = "watch",
        /// Change the recipe to cure it.
        Treat = "treat",
    }
}

/// Length, batch, averages and intervals, all counted in images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Training {
    /// Real images shown to the critic over the whole run.
    pub length_images: u64,
    /// Images of an update.
    pub batch_images: usize,
    /// Parts of a batch whose gradients are added up one after the other.
    pub accumulation: usize,
    /// Half-life of the generator's moving average.
    pub ema_half_life_images: f64,
    /// Images from one line of `metrics.jsonl` to the next.
    pub log_interval_images: u64,
    /// Whether its lines have the gradient norm of each layer.
    pub log_layers: bool,
    /// Whether the run is written as TensorBoard's event files too.
    pub tensorboard: bool,
    /// Images from one sample sheet to the next.
    pub sheet_interval_images: u64,
    /// Images from one checkpoint to the next.
    pub checkpoint_interval_images: u64,
    /// Scores without improvement after which the run stops; 0 never stops it.
    pub patience: u64,
    /// What the doctor may do.
    pub doctor: Attendance,
    /// Whether the generator with the best score is kept and exported, not the last.
    pub keep_best: bool,
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
    /// Images from one score during the run to the next; 0 scores at the end only.
    pub interval_images: u64,
    /// Samples drawn for a score during the run.
    pub interval_samples: u64,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            length_images: 200_000,
            batch_images: 64,
            accumulation: 1,
            ema_half_life_images: 10_000.0,
            log_interval_images: 1_280,
            log_layers: false,
            tensorboard: false,
            sheet_interval_images: 10_000,
            checkpoint_interval_images: 10_000,
            patience: 0,
            doctor: Attendance::Treat,
            keep_best: false,
        }
    }
}

impl Default for Score {
    fn default() -> Self {
        Self {
            features: None,
            samples: 10_000,
            interval_images: 0,
            interval_samples: 2_000,
        }
    }
}
