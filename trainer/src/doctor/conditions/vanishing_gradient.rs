//! `vanishing-gradient`: the generator gets no gradient to learn from.
//!
//! Symptom: the generator stands still while the critic is sure of itself, or while its weights
//! are too small to tell anything. Reads the slope that the generator's loss has in a score, as
//! autodiff finds it, so that it means the same for each objective: 1 for losses without
//! saturation, 0.5 at the equilibrium of the logistic ones; and the norm of the generator's
//! gradient.
//!
//! Rules:
//! - the slope is below 0.02: a fiftieth of what there is without saturation (the ward's healthy
//!   runs have 0.4 to 1.4, its saturated ones 10⁻⁸ to 0.02);
//! - the norm is below 10⁻⁵ (healthy 0.4 to 40, clipped to nothing 10⁻⁷);
//! - of the minimax loss alone, where nothing else is logged: the generator's loss is above −0.02,
//!   its end.
//!
//! Confused with `discriminator-dominance`, where the critic wins although the generator's loss has
//! a slope.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};
use crate::recipe::Loss;

const LEAST_PULL: f64 = 0.02;
const LEAST_GRADIENT: f64 = 1e-5;

pub(super) const RULE: Rule = Rule {
    condition: Condition::VanishingGradient,
    reads: &[&[Sign::Pull], &[Sign::GeneratorGradient]],
    examine,
    treatments: &[
        Treatment::ChangeObjective,
        Treatment::LeakyUnits,
        Treatment::UsualInitialisation,
        Treatment::PenaliseCritic,
        Treatment::MatchRates,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let saturates = |window| {
        patient.loss == Loss::Minimax
            && patient.course(Sign::Pull).is_none()
            && patient.at(Sign::GeneratorLoss, window) > -LEAST_PULL
    };
    let holds = |window| {
        patient.at(Sign::Pull, window) < LEAST_PULL
            || patient.at(Sign::GeneratorGradient, window) < LEAST_GRADIENT
            || saturates(window)
    };
    let spell = patient.spell(holds)?;
    let limits = [
        (
            Sign::Pull,
            LEAST_PULL,
            "the generator's loss has a slope of {} in a score; 1 is a loss without saturation",
        ),
        (
            Sign::GeneratorGradient,
            LEAST_GRADIENT,
            "the generator's gradient has a norm of {}",
        ),
    ];
    let mut evidence: Vec<_> = limits
        .into_iter()
        .filter(|&(sign, limit, _)| patient.over(sign, spell) < limit)
        .map(|(sign, limit, text)| patient.evidence(sign, spell, limit, text))
        .collect();
    if evidence.is_empty() {
        evidence.push(patient.evidence(
            Sign::GeneratorLoss,
            spell,
            -LEAST_PULL,
            "the generator's loss is {}, where the minimax loss ends at 0 and is flat",
        ));
    }
    Some(patient.finding(RULE.condition, spell, Severity::Critical, 0.95, evidence))
}
