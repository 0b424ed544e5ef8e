//! What the doctor has done to a run.

use serde::{Deserialize, Serialize};

use crate::doctor::{Beginning, Condition, Treatment};

/// What the doctor has done to a run so far; kept in its checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Care {
    /// What treatments that stand, and the one on trial, make of the recipe.
    pub(super) settings: Vec<String>,
    /// The step after which the present treatment began.
    pub(super) since_step: u64,
    pub(super) trial: Option<Trial>,
    pub(super) tried: Vec<Tried>,
    /// Conditions that were told of and have not gone.
    pub(super) told: Vec<Condition>,
    /// Conditions that nothing is left for.
    pub(super) given_up: Vec<Condition>,
    /// The step of the last checkpoint of which nothing was found.
    pub(super) healthy_step: Option<u64>,
}

/// A treatment on probation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trial {
    pub(super) condition: Condition,
    pub(super) treatment: Treatment,
    /// The settings before it.
    pub(super) settings_before: Vec<String>,
    pub(super) start: Start,
}

/// What a changed recipe goes on with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// The networks that there are.
    #[default]
    Here,
    /// Those of the checkpoint after so many steps.
    Checkpoint(u64),
    /// Fresh ones.
    Fresh,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Tried {
    pub(super) condition: Condition,
    pub(super) treatment: Treatment,
}

impl Care {
    /// Whether nothing is found, and nothing on trial.
    pub(super) fn is_well(&self) -> bool {
        self.told.is_empty() && self.trial.is_none()
    }

    /// Where a treatment of a condition that is there from `first_step` on begins.
    pub(super) fn start(&self, treatment: Treatment, first_step: u64) -> Start {
        match treatment.beginning() {
            Beginning::Here => Start::Here,
            Beginning::Fresh => Start::Fresh,
            Beginning::BeforeDisease => {
                let healthy = self.healthy_step.filter(|&step| step < first_step);
                healthy.map_or(Start::Fresh, Start::Checkpoint)
            }
        }
    }
}
