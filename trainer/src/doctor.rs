#![doc = include_str!("doctor/README.md")]

mod condition;
mod conditions;
mod course;
mod finding;
mod history;
mod patient;
pub mod records;
mod series;
mod sign;
mod treatment;

use std::collections::BTreeMap;

pub use condition::Condition;
pub use finding::{Evidence, Finding, Severity};
pub use history::History;
pub use sign::Sign;
pub use treatment::{Beginning, Treatment};

use conditions::RULES;
use patient::Patient;

pub use patient::shown;

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
    /// What ailed a run at any time: the root first, which is what was named for most of the
    /// run, then what follows from it, then what stands beside it. Nothing if the run was healthy
    /// as far as the history can say.
    ///
    /// It is what [`look`](Self::look) would have said on the way, every fiftieth of the run. The
    /// result depends on the history and on the recipe's objective alone. A condition that the
    /// history has no signs for is not found; [`unexamined`](Self::unexamined) names those.
    pub fn examine(history: &History, recipe: &Recipe) -> Vec<Finding> {
        if is_too_short(history) {
            return Vec::new();
        }
        let patient = Patient::new(history, recipe);
        let mut findings: BTreeMap<Condition, Finding> = BTreeMap::new();
        let mut roots: Vec<(Condition, u64)> = Vec::new();
        for now in 1..=patient.now() {
            let here = patient.then(now);
            let found = found_in(&here);
            if let Some(root) = found.first() {
                roots.push((root.condition, root.named_step));
            }
            for (condition, known) in &mut findings {
                let stands = found.iter().any(|finding| finding.condition == *condition);
                if !stands && known.last_step.is_none() {
                    known.last_step = Some(here.step(now - 1).saturating_sub(1));
                }
            }
            for finding in found {
                let known = findings.get(&finding.condition);
                let first_step = known.map_or(finding.first_step, |known| known.first_step);
                let named_step = known.map_or(finding.named_step, |known| known.named_step);
                findings.insert(
                    finding.condition,
                    Finding {
                        first_step: first_step.min(finding.first_step),
                        named_step,
                        ..finding
                    },
                );
            }
        }
        // Of equals the one that explains others.
        let rounds = |finding: &&Finding| {
            let counts = |&&(root, step): &&(Condition, u64)| finding.accounts_for(root, step);
            roots.iter().filter(counts).count()
        };
        let root = findings.values().rev().max_by_key(rounds);
        let root = root.map(|finding| finding.condition);
        let mut findings: Vec<Finding> = findings.into_values().collect();
        findings.sort_by_key(|finding| (Some(finding.condition) != root, finding.condition));
        explain(&mut findings);
        findings
    }

    /// What ails a run now, in the order of [`examine`](Self::examine).
    pub fn look(history: &History, recipe: &Recipe) -> Vec<Finding> {
        if is_too_short(history) {
            return Vec::new();
        }
        let mut found = found_in(&Patient::new(history, recipe));
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

impl Finding {
    /// Whether a round's root was this, or followed from it: a cause that stands to the end may
    /// take longer to be proved than what it brings about.
    fn accounts_for(&self, root: Condition, step: u64) -> bool {
        let cause = self.condition;
        cause == root
            || self.last_step.is_none()
                && step < self.named_step
                && cause.explains(root)
                && !root.explains(cause)
    }
}

fn is_too_short(history: &History) -> bool {
    history.lines() < LEAST_LINES && !conditions::has_diverged(history)
}

/// What ails a run now, those that explain others first.
fn found_in(patient: &Patient<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = RULES
        .iter()
        .filter_map(|rule| {
            let mut finding = (rule.examine)(patient)?;
            if finding.treatments.is_empty() {
                finding.treatments = rule.treatments.to_vec();
            }
            Some(finding)
        })
        .collect();
    found.sort_by_key(|finding| finding.condition);
    // It is what is left when nothing else explains bad samples.
    if found.len() > 1 {
        found.retain(|finding| finding.condition != Condition::Underfitting);
    }
    found
}

/// Tells of each finding but the first which of those before it explain it.
fn explain(found: &mut [Finding]) {
    for index in 1..found.len() {
        let (before, rest) = found.split_at_mut(index);
        let finding = &mut rest[0];
        finding.causes = before
            .iter()
            .map(|cause| cause.condition)
            .filter(|&cause| cause.explains(finding.condition))
            .collect();
    }
}

#[cfg(test)]
mod tests;
