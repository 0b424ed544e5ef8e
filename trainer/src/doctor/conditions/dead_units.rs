//! `dead-units`: units of a network answer to nothing.
//!
//! Symptom: a network has fewer channels than its width says; what it could do shrinks for good.
//! Reads the share of channels that were at the flat end of their activation for every image and
//! place of a batch: rectifiers at 0, hyperbolic tangents and logistic functions at their ends.
//! Leaky rectifiers cannot die and do not count. Rule: half of a network's channels or more. The ward's
//! healthy runs have 0.1 at most.
//! Confused with rectifiers that answer to rare images only: a batch is no data set. The same for
//! each objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

const MOST_DEAD: f64 = 0.5;

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
            .any(|&(sign, _)| patient.at(sign, window) >= MOST_DEAD)
    };
    let spell = patient.spell(holds)?;
    let evidence = signs
        .into_iter()
        .filter(|&(sign, _)| patient.over(sign, spell) >= MOST_DEAD)
        .map(|(sign, text)| patient.evidence(sign, spell, MOST_DEAD, text))
        .collect();
    Some(patient.finding(RULE.condition, spell, Severity::Serious, 0.9, evidence))
}
