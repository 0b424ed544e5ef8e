//! `stalled`: no further progress.
//!
//! Symptom: hours pass and nothing changes. Reads what a step changes of the weights, over their
//! norm, and the Fréchet distances on the way.
//!
//! Rules:
//! - steps change less than 10⁻⁵ of either network's weights, over a tenth of the run and before
//!   its last tenth: at that pace a network takes 10⁵ steps to become another. The ward's healthy
//!   runs have 10⁻⁴ to 0.05;
//! - or the best Fréchet distance is older than half the run, and there were five since.
//!
//! Confused with `vanishing-gradient`, in which the steps are small because the gradients are, and
//! which is named first, and with a run that is finished. The same for each objective.

use super::Rule;
use crate::doctor::patient::{Patient, Spell};
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

const LEAST_UPDATE: f64 = 1e-5;

/// The share of the run after which a best score is old.
const OLD: f64 = 0.5;

/// How much better than the best a score must be to be progress.
const BETTER: f64 = 0.98;

pub(super) const RULE: Rule = Rule {
    condition: Condition::Stalled,
    reads: &[
        &[Sign::CriticUpdate, Sign::GeneratorUpdate],
        &[Sign::FrechetDistance],
    ],
    examine,
    treatments: &[
        Treatment::AnnealRates,
        Treatment::UsualRates,
        Treatment::Stop,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    updates(patient).or_else(|| scores(patient))
}

fn updates(patient: &Patient<'_>) -> Option<Finding> {
    let signs = [
        (
            Sign::GeneratorUpdate,
            "a step changes {} of the generator's weights",
        ),
        (
            Sign::CriticUpdate,
            "a step changes {} of the critic's weights",
        ),
    ];
    let spell = patient.spell(|window| {
        signs
            .iter()
            .all(|&(sign, _)| patient.at(sign, window) < LEAST_UPDATE)
    })?;
    if patient.is_in_last_tenth(spell.from) {
        return None;
    }
    let evidence = signs.map(|(sign, text)| patient.evidence(sign, spell, LEAST_UPDATE, text));
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Serious,
        0.95,
        evidence.into(),
    ))
}

fn scores(patient: &Patient<'_>) -> Option<Finding> {
    let course = patient.course(Sign::FrechetDistance)?;
    let (mut best, mut at, mut since) = (f64::INFINITY, 0, 0);
    let mut before = f64::NAN;
    for (window, &mean) in course.means.iter().enumerate() {
        // A window without a score of its own repeats the one before.
        if mean.is_nan() || mean == before {
            continue;
        }
        before = mean;
        since += 1;
        if mean < BETTER * best {
            (best, at, since) = (mean, window, 0);
        }
    }
    let spell = Spell {
        from: at,
        to: patient.now(),
    };
    if since < 5 || (spell.len() as f64) < OLD * patient.all() as f64 {
        return None;
    }
    let text = format!("the best Fréchet distance, {{}}, is {since} scores old");
    let evidence = patient.evidence_of(Sign::FrechetDistance, best, spell, BETTER * best, &text);
    Some(patient.finding(RULE.condition, spell, Severity::Notice, 0.8, vec![evidence]))
}
