//! The recipe's table `[schedule]`: quantities that change over the run.

use serde::{Deserialize, Serialize};

use super::network::names;

names! {
    /// How a quantity goes from its start to its end.
    Course {
        /// It does not.
        Constant = "constant",
        /// Constant for the first half, then linearly.
        Linear = "linear",
        /// Along half a cosine.
        Cosine = "cosine",
        /// In steps, every so many images.
        Step = "step",
        /// A step whenever the score has not improved for a while.
        Plateau = "plateau",
    }
}

/// Quantities that change over the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// The course of both learning rates.
    pub learning_rate: Course,
    /// The share of them that is left at the end.
    pub learning_rate_final: f64,
    /// The course of `beta2`.
    pub beta2: Course,
    /// Its value at the end.
    pub beta2_final: f64,
    /// The course of the penalties' strengths.
    pub penalty: Course,
    /// The share of them that is left at the end.
    pub penalty_final: f64,
    /// The course of the moving average's half-life.
    pub ema_half_life: Course,
    /// The share of it that is left at the end.
    pub ema_half_life_final: f64,
    /// Images from one step to the next.
    pub step_interval_images: u64,
    /// What a step leaves of the way to the end.
    pub step_factor: f64,
    /// Scores without improvement that make a plateau.
    pub plateau_patience: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            learning_rate: Course::Cosine,
            learning_rate_final: 0.0,
            beta2: Course::Constant,
            beta2_final: 0.99,
            penalty: Course::Constant,
            penalty_final: 0.0,
            ema_half_life: Course::Constant,
            ema_half_life_final: 1.0,
            step_interval_images: 50_000,
            step_factor: 0.5,
            plateau_patience: 3,
        }
    }
}

/// Where a run is: what schedules depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The share of the run that is done, 0 to 1.
    pub progress: f64,
    /// Real images shown so far.
    pub images: u64,
    /// Plateaus of the score so far.
    pub plateaus: u64,
}

/// The values of scheduled quantities at one position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scheduled {
    /// Factor on both learning rates.
    pub learning_rate: f64,
    /// The way that `beta2` has still to go, 1 to 0.
    pub beta2: f64,
    /// Factor on the penalties' strengths.
    pub penalty: f64,
    /// Factor on the half-life of the moving average.
    pub ema_half_life: f64,
}

impl Course {
    /// What is left of the way from start to end, 1 to 0.
    pub fn left(self, schedule: &Schedule, at: Position) -> f64 {
        let steps = |count: u64| schedule.step_factor.powi(count.min(1 << 16) as i32);
        match self {
            Self::Constant => 1.0,
            Self::Linear => (2.0 * (1.0 - at.progress)).clamp(0.0, 1.0),
            Self::Cosine => {
                0.5 * (1.0 + (std::f64::consts::PI * at.progress.clamp(0.0, 1.0)).cos())
            }
            Self::Step => steps(at.images / schedule.step_interval_images),
            Self::Plateau => steps(at.plateaus),
        }
    }
}

impl Schedule {
    /// Everything that is scheduled, at one position.
    pub fn at(&self, at: Position) -> Scheduled {
        let share = |course: Course, end: f64| end + (1.0 - end) * course.left(self, at);
        Scheduled {
            learning_rate: share(self.learning_rate, self.learning_rate_final),
            beta2: self.beta2.left(self, at),
            penalty: share(self.penalty, self.penalty_final),
            ema_half_life: share(self.ema_half_life, self.ema_half_life_final),
        }
    }

    /// Whether anything waits for plateaus of the score.
    pub fn waits_for_plateaus(&self) -> bool {
        let courses = [
            self.learning_rate,
            self.beta2,
            self.penalty,
            self.ema_half_life,
        ];
        courses.contains(&Course::Plateau)
    }
}
