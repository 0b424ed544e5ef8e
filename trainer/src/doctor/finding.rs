//! What the doctor found, and what shows it.

use std::fmt;

use serde::Serialize;

use super::{Condition, Sign, Treatment};

/// How bad a condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Training goes on and may recover; time is lost.
    Notice,
    /// The result is worse than it could be.
    Serious,
    /// Nothing useful comes of the run as it is.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notice => "notice",
            Self::Serious => "serious",
            Self::Critical => "critical",
        })
    }
}

/// A measurement that a person can check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// What was measured.
    pub sign: Sign,
    /// Its mean over the steps.
    pub value: f64,
    /// What it was compared with.
    pub threshold: f64,
    /// The first of the steps.
    pub first_step: u64,
    /// The last of them.
    pub last_step: u64,
    /// The whole in a sentence.
    pub text: String,
}

/// A condition seen in a history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    pub condition: Condition,
    /// The chance that it is there, as far as the signs at hand can say: 0 to 1.
    pub confidence: f64,
    /// How bad it is.
    pub severity: Severity,
    /// The step from which on it holds.
    pub first_step: u64,
    /// The step at which it had held for long enough to be named.
    pub named_step: u64,
    /// The last step at which it was found, if it has gone since.
    pub last_step: Option<u64>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// Conditions that explain it; none for a root.
    pub causes: Vec<Condition>,
    /// What to do, the most promising first.
    pub treatments: Vec<Treatment>,
}

impl fmt::Display for Finding {
    /// The finding in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, confidence {:.2}, from step {}",
            self.condition, self.severity, self.confidence, self.first_step
        )?;
        match self.last_step {
            Some(last) => write!(f, " to {last}, gone since)"),
            None => f.write_str(")"),
        }
    }
}
