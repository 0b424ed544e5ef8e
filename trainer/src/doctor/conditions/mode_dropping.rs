//! `mode-dropping`: a part of the real images is never generated.
//!
//! Symptom: samples are diverse, but some kinds of real images are not among them. Reads the share
//! of the real images that are in bins (ten, of their pixels) without a generated image of the
//! batch, and the recall at the scores on the way.
//!
//! Rules: 0.15 of the real images or more are missing, while the rest is diverse and does not
//! wander; or the effective rank of the critic's features of generated images is less than 0.3 of
//! that of real ones (healthy: 0.9 to 1.2, a latent of size 1: 0.15), while they are diverse; or a
//! recall below 0.2 beside a precision above 0.5. By chance a batch of 64 misses 0.01;
//! the ward's healthy runs have 0.07 at most. Confused with `mode-collapse` and `oscillation`, in
//! which batches miss modes too. The same for each objective.

use super::Rule;
use super::oscillation::MOST_TURNOVER;
use crate::doctor::patient::{NARROW, Patient, Spell};
use crate::doctor::{Condition, Evidence, Finding, Severity, Sign, Treatment};

const MOST_MISSING: f64 = 0.15;
const LEAST_DIVERSITY: f64 = 0.3;
const LEAST_RECALL: f64 = 0.2;
const LEAST_PRECISION: f64 = 0.5;

pub(super) const RULE: Rule = Rule {
    condition: Condition::ModeDropping,
    reads: &[&[Sign::MissingBins], &[Sign::Recall, Sign::Precision]],
    examine,
    treatments: &[
        Treatment::LargerLatent,
        Treatment::Pack,
        Treatment::MinibatchStd,
        Treatment::PenaliseCritic,
        Treatment::LargerGenerator,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let missing = |window| {
        patient.is_diverse(window, LEAST_DIVERSITY)
            && (patient.is_narrow(window)
                || patient.at(Sign::MissingBins, window) >= MOST_MISSING
                    && !patient.wanders(window, MOST_TURNOVER))
    };
    if let Some(spell) = patient.spell_after_start(missing) {
        let severity = Severity::Serious;
        let evidence = missed(patient, spell);
        return Some(patient.finding(RULE.condition, spell, severity, 0.85, evidence));
    }
    let spell = patient.spell_after_start(|window| {
        patient.at(Sign::Recall, window) < LEAST_RECALL
            && patient.at(Sign::Precision, window) > LEAST_PRECISION
    })?;
    let text = "of the real images only a share of {} is among the generated ones";
    let evidence = patient.evidence(Sign::Recall, spell, LEAST_RECALL, text);
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Serious,
        0.8,
        vec![evidence],
    ))
}

fn missed(patient: &Patient<'_>, spell: Spell) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    if patient.over(Sign::MissingBins, spell) >= MOST_MISSING {
        let text = "a share of {} of the real images has no generated one near it";
        evidence.push(patient.evidence(Sign::MissingBins, spell, MOST_MISSING, text));
    }
    if patient.is_narrow(spell.to - 1) {
        let real = patient.over(Sign::RealRank, spell);
        let text = format!(
            "to the critic generated images vary in {{}} directions, real ones in {real:.0}"
        );
        evidence.push(patient.evidence(Sign::FakeRank, spell, NARROW * real, &text));
    }
    evidence
}
