//! `discriminator-overfitting`: the critic knows its training images by heart.
//!
//! Symptom: real training images score high, held-out ones like generated ones; the generator
//! learns from noise, and quality falls after a good start. Reads the scores of training images,
//! held-out images and generated images: r_v = (real − held-out) / (real − fake), the share of
//! the critic's gap that is memory (Karras et al. 2020, section 3, whose r_v is 1 for a critic that
//! treats held-out images as generated).
//!
//! Rule: r_v of 0.5 or more, where the gap between real and generated scores is itself larger than
//! half the deviation of the real ones (else r_v is a ratio of noise). Healthy runs of the ward
//! have 0.0 to 0.2. Confused with held-out images of another kind than the training ones.
//! The same for each objective: it compares scores of one critic.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

const MOST_MEMORY: f64 = 0.5;

/// Least gap between real and generated scores, in deviations of the real ones.
const LEAST_GAP: f64 = 0.5;

pub(super) const RULE: Rule = Rule {
    condition: Condition::DiscriminatorOverfitting,
    reads: &[&[Sign::RealScore, Sign::FakeScore, Sign::HeldOutScore]],
    examine,
    treatments: &[
        Treatment::Augment,
        Treatment::PenaliseCritic,
        Treatment::SmallerCritic,
        Treatment::MoreImages,
    ],
};

/// (real − held-out) / (real − fake), where it means anything.
fn memory(patient: &Patient<'_>, window: usize) -> f64 {
    let at = |sign| patient.at(sign, window);
    let gap = at(Sign::RealScore) - at(Sign::FakeScore);
    let deviation = at(Sign::RealScoreStd);
    match gap > 0.0 && (deviation.is_nan() || gap > LEAST_GAP * deviation) {
        true => (at(Sign::RealScore) - at(Sign::HeldOutScore)) / gap,
        false => f64::NAN,
    }
}

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let spell = patient.spell(|window| memory(patient, window) >= MOST_MEMORY)?;
    let share = patient.median(spell, |window| memory(patient, window));
    let evidence = patient.evidence_of(
        Sign::HeldOutScore,
        share,
        spell,
        MOST_MEMORY,
        "held-out images fall short of training images by {} of the critic's gap between real and \
         generated ones; 0 is a critic that generalises, 1 one that knows its images by heart",
    );
    let severity = if share > 0.9 {
        Severity::Critical
    } else {
        Severity::Serious
    };
    Some(patient.finding(RULE.condition, spell, severity, 0.9, vec![evidence]))
}
