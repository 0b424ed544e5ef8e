//! `dead-units`: units of a network answer to nothing.
//!
//! Symptom: a network has fewer channels than its width says; what it could do shrinks for good.
//! Reads the share of channels that were at the flat end of their activation for every image and
//! place of a batch: rectifiers at 0, hyperbolic tangents and logistic functions at their ends.
//! Leaky rectifiers cannot die and do not count.
//!
//! Rules:
//! - half of a network's channels or more;
//! - a fifth or more while what is generated is wrong (see the table above). The ward's healthy
//!   runs have 0.1 at most, its dead critics 0.22 to 0.65.
//!
//! Confused with rectifiers that answer to rare images only: a batch is no data set. The same for
//! each objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

const MOST_DEAD: f64 = 0.5;

/// The same where what is generated is wrong.
const HARMFUL: f64 = 0.2;

pub(super) const RULE: Rule = Rule {
    condition: Condition::DeadUnits,
    reads: &[&[Sign::CriticDeadUnits], &[Sign::GeneratorDeadUnits]],
    examine,
    treatments: &[
        Treatment::LeakyUnits,
        Treatment::UsualRates,
        Treatment::MatchRates,
        Treatment::UsualInitialisation,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let signs = [
        (
            Sign::CriticDeadUnits,
            "a share of {} of the critic's units answers to nothing",
        ),
        (
            Sign::GeneratorDeadUnits,
            "a share of {} of the generator's units answers to nothing",
        ),
    ];
    let holds = |window| {
        signs
            .iter()
            .map(|&(sign, _)| patient.at(sign, window))
            .any(|dead| dead >= MOST_DEAD || dead >= HARMFUL && patient.is_wrong(window))
    };
    let spell = patient.spell(holds)?;
    let evidence = signs
        .into_iter()
        .filter(|&(sign, _)| patient.over(sign, spell) >= HARMFUL)
        .map(|(sign, text)| patient.evidence(sign, spell, HARMFUL, text))
        .collect();
    Some(patient.finding(RULE.condition, spell, Severity::Serious, 0.9, evidence))
}
