//! `memorisation`: the generator repeats its training images.
//!
//! Symptom: samples are sharp and good, and each is a training image. Reads the share of the
//! generated images that are nearer by far to a training image than to any of as many held-out
//! ones, at most 0.7 times as far away, less the share for which it is the other way round (after
//! Meehan et al. 2020): 0 by chance. Rule: 0.1 or more over a sixth of the run, as the sign is
//! taken in one line of four. The ward's healthy runs have 0.00, those with 16 training images 0.16
//! to 0.28. Confused with training images of another kind than the held-out ones; a training set
//! that has its held-out images in it hides it. The same for each objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

const MOST_COPIED: f64 = 0.1;

/// Windows of fifty.
const LEAST_WINDOWS: usize = 8;

pub(super) const RULE: Rule = Rule {
    condition: Condition::Memorisation,
    reads: &[&[Sign::Copied]],
    examine,
    treatments: &[
        Treatment::Augment,
        Treatment::PenaliseCritic,
        Treatment::MoreImages,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let holds = |window| patient.at(Sign::Copied, window) >= MOST_COPIED;
    let spell = patient.spell_of(LEAST_WINDOWS, holds)?;
    let evidence = patient.evidence(
        Sign::Copied,
        spell,
        MOST_COPIED,
        "a share of {} of the generated images is nearer by far to a training image than to any \
         held-out one; 0 is chance",
    );
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Serious,
        0.95,
        vec![evidence],
    ))
}
