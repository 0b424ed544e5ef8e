//! `case.jsonl`: what the doctor found and did, one JSON object an event.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::care::Start;
use super::log::{Lines, LogError};
use crate::doctor::{Condition, Finding, Treatment};

/// An event of a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Entry {
    /// A condition was found.
    Found {
        /// Steps done.
        step: u64,
        /// What was found.
        finding: Finding,
    },
    /// A condition that was told of is not found any more.
    Gone {
        /// Steps done.
        step: u64,
        /// The condition.
        condition: Condition,
    },
    /// A treatment was begun.
    Treated {
        /// Steps done.
        step: u64,
        /// What it is for.
        condition: Condition,
        /// The treatment.
        treatment: Treatment,
        /// The networks that it goes on with.
        start: Start,
        /// The changes of the recipe.
        settings: Vec<String>,
    },
    /// A treatment has passed its probation, and stands.
    Helped {
        /// Steps done.
        step: u64,
        /// What it was for.
        condition: Condition,
        /// The treatment.
        treatment: Treatment,
    },
    /// A treatment did not help, and is undone.
    Undone {
        /// Steps done.
        step: u64,
        /// What it was for.
        condition: Condition,
        /// The treatment.
        treatment: Treatment,
    },
    /// All treatments of a condition were tried.
    Exhausted {
        /// Steps done.
        step: u64,
        /// The condition.
        condition: Condition,
    },
    /// The run ends, as nothing is gained by its going on.
    Stopped {
        /// Steps done.
        step: u64,
        /// The condition.
        condition: Condition,
    },
}

impl fmt::Display for Entry {
    /// The event in a plain sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { step, finding } => {
                let evidence = finding.evidence.first();
                let evidence = evidence.map_or("", |evidence| &evidence.text);
                write!(f, "step {step}: found {finding}: {evidence}")
            }
            Self::Gone { step, condition } => write!(f, "step {step}: {condition} has gone"),
            Self::Treated {
                step,
                condition,
                treatment,
                start,
                settings,
            } => {
                let how = match start {
                    Start::Here => String::new(),
                    Start::Checkpoint(step) => format!(", back to the networks of step {step}"),
                    Start::Fresh => ", networks drawn anew".to_owned(),
                };
                write!(
                    f,
                    "step {step}: treating {condition} with {treatment} ({}{how})",
                    settings.join(", ")
                )
            }
            Self::Helped {
                step,
                condition,
                treatment,
            } => write!(
                f,
                "step {step}: {treatment} helped against {condition} and stands"
            ),
            Self::Undone {
                step,
                condition,
                treatment,
            } => write!(
                f,
                "step {step}: {treatment} did not help against {condition} and is undone"
            ),
            Self::Exhausted { step, condition } => write!(
                f,
                "step {step}: nothing is left to try against {condition} that this recipe and its length allow"
            ),
            Self::Stopped { step, condition } => {
                write!(f, "step {step}: stopping, for {condition}")
            }
        }
    }
}

/// The file.
#[derive(Debug)]
pub(super) struct Case(Lines);

impl Case {
    /// Opens the case of a run that stands at `step`; see [`Lines::open`].
    pub(super) fn open(path: PathBuf, step: u64) -> Result<Self, LogError> {
        Lines::open(path, step).map(Self)
    }

    pub(super) fn append(&mut self, entry: &Entry) -> Result<(), LogError> {
        self.0.append(entry).map(|_| ())
    }

    pub(super) fn sync(&mut self) -> Result<(), LogError> {
        self.0.sync()
    }
}
