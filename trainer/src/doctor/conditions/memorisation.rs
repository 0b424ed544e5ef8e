//! `memorisation`: the generator repeats its training images.
//!
//! Symptom: samples are sharp and good, and each is a training image. Reads the share of
//! generated images that are nearer to a training image than to any of as many held-out ones
//! (Meehan et al. 2020): a half by chance. Rule: 0.8 or more over a sixth of the run (the sign
//! is taken in one line of four), while generated images differ from each other 0.7 times as much as
//! real ones or more (those that are alike are all near to one image, of either set). Confused with a training set of another kind than the held-out images;
//! one that has its held-out images in it hides it. The same for each objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

const MOST_NEARER: f64 = 0.8;

/// Windows of fifty.
const LEAST_WINDOWS: usize = 8;

/// Of the real images' diversity.
const LEAST_DIVERSITY: f64 = 0.7;

pub(super) const RULE: Rule = Rule {
    condition: Condition::Memorisation,
    reads: &[&[Sign::NearerToTraining]],
    examine,
    treatments: &[Treatment::Augment, Treatment::MoreImages],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let spell = patient.spell_of(LEAST_WINDOWS, |window| {
        patient.at(Sign::NearerToTraining, window) >= MOST_NEARER
            && patient.is_diverse(window, LEAST_DIVERSITY)
    })?;
    let evidence = patient.evidence(
        Sign::NearerToTraining,
        spell,
        MOST_NEARER,
        "a share of {} of the generated images is nearer to a training image than to any held-out \
         one; 0.5 is chance",
    );
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Serious,
        0.95,
        vec![evidence],
    ))
}
