#![doc = include_str!("doctor/README.md")]

mod condition;
mod conditions;
mod course;
mod finding;
mod history;
mod patient;
mod series;
mod sign;
mod treatment;

pub use condition::Condition;
pub use finding::{Evidence, Finding, Severity};
pub use history::History;
pub use sign::Sign;
pub use treatment::Treatment;

use conditions::RULES;
use patient::Patient;

use crate::recipe::Recipe;

/// Lines that a history needs before anything can be said.
const LEAST_LINES: u64 = 5;

/// A condition that a history cannot show.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Unexamined {
    /// The condition.
    pub condition: Condition,
    /// The columns that would show it: all of any one group.
    pub needs: Vec<Vec<Sign>>,
}

/// Examines histories of training runs.
#[derive(Debug, Clone, Copy)]
pub struct Doctor;

impl Doctor {
    /// What ails a run: the root first, then what follows from it, then what stands beside it.
    /// Nothing if the run is healthy as far as the history can say.
    ///
    /// The result depends on the history and on the recipe's objective alone. A condition that
    /// the history has no signs for is not found; [`unexamined`](Self::unexamined) names those.
    pub fn examine(history: &History, recipe: &Recipe) -> Vec<Finding> {
        if history.lines() < LEAST_LINES && !conditions::has_diverged(history) {
            return Vec::new();
        }
        let patient = Patient::new(history, recipe);
        let mut found: Vec<Finding> = RULES
            .iter()
            .filter_map(|rule| {
                let mut finding = (rule.examine)(&patient)?;
                finding.treatments = rule.treatments.to_vec();
                Some(finding)
            })
            .collect();
        found.sort_by_key(|finding| finding.condition);
        explain(&mut found);
        found
    }

    /// The conditions that a history has no signs for, and which would do.
    pub fn unexamined(history: &History) -> Vec<Unexamined> {
        RULES
            .iter()
            .filter(|rule| {
                let has = |group: &&[Sign]| group.iter().all(|&sign| history.has(sign));
                !rule.reads.iter().any(has)
            })
            .map(|rule| Unexamined {
                condition: rule.condition,
                needs: rule.reads.iter().map(|group| group.to_vec()).collect(),
            })
            .collect()
    }
}

/// Tells of each finding but the first which of those before it explain it.
fn explain(found: &mut [Finding]) {
    for index in 1..found.len() {
        let (before, rest) = found.split_at_mut(index);
        let finding = &mut rest[0];
        finding.causes = before
            .iter()
            .map(|cause| cause.condition)
            .filter(|&cause| conditions::explains(cause, finding.condition))
            .collect();
    }
}
