//! `dead-units`: units of a network answer to nothing.
//!
//! Symptom: a network has fewer channels than its width says; what it could do shrinks for good.
//! Reads the share of channels that were at the flat end of their activation for every image and
//! place of a batch: rectifiers at 0, hyperbolic tangents and logistic functions at their ends.
//! Leaky rectifiers cannot die and do not count.
//!
//! Rules:
//! - half of a network's channels or more;
//! - a fifth or more of the critic's, while what is generated is wrong (see the table above). The
//!   ward's healthy runs have 0.1 at most, its dead critics 0.25 to 0.65. A generator's units
//!   answer to nothing also where all its latents are alike;
//! - 0.95 of the generated values are exactly −1 or 1, where no more than 0.9 of the real ones
//!   are: the generator's last hyperbolic tangent is at its ends, and nothing comes back through
//!   it. The ward's healthy runs have 0.6 at most.
//!
//! Confused with rectifiers that answer to rare images only: a batch is no data set. The same for
//! each objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

const MOST_DEAD: f64 = 0.5;

/// Of the critic, where what is generated is wrong.
const HARMFUL: f64 = 0.2;

/// Of generated values at the ends of their range, and of real ones where that is no sign.
const SATURATED: f64 = 0.95;
const NATURAL: f64 = 0.9;

pub(super) const RULE: Rule = Rule {
    condition: Condition::DeadUnits,
    reads: &[
        &[Sign::CriticDeadUnits],
        &[Sign::GeneratorDeadUnits],
        &[Sign::FakeEnds, Sign::RealEnds],
    ],
    examine,
    treatments: &[
        Treatment::LeakyUnits,
        Treatment::UsualRates,
        Treatment::MatchRates,
        Treatment::UsualInitialisation,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    hidden(patient).or_else(|| last(patient))
}

/// The units between a network's layers.
fn hidden(patient: &Patient<'_>) -> Option<Finding> {
    let signs = [
        (
            Sign::CriticDeadUnits,
            HARMFUL,
            "a share of {} of the critic's units answers to nothing",
        ),
        (
            Sign::GeneratorDeadUnits,
            MOST_DEAD,
            "a share of {} of the generator's units answers to nothing",
        ),
    ];
    let holds = |window| {
        let [critic, generator] =
            [Sign::CriticDeadUnits, Sign::GeneratorDeadUnits].map(|sign| patient.at(sign, window));
        critic.max(generator) >= MOST_DEAD || critic >= HARMFUL && patient.is_wrong(window)
    };
    let spell = patient.spell(holds)?;
    let evidence = signs
        .into_iter()
        .filter(|&(sign, limit, _)| patient.over(sign, spell) >= limit)
        .map(|(sign, limit, text)| patient.evidence(sign, spell, limit, text))
        .collect();
    Some(patient.finding(RULE.condition, spell, Severity::Serious, 0.9, evidence))
}

/// Those of the generator's output, which are no rectifiers.
fn last(patient: &Patient<'_>) -> Option<Finding> {
    let holds = |window| {
        patient.at(Sign::FakeEnds, window) >= SATURATED
            && patient.at(Sign::RealEnds, window) <= NATURAL
    };
    let spell = patient.spell(holds)?;
    let text = "a share of {} of the generated values is exactly −1 or 1";
    let evidence = patient.evidence(Sign::FakeEnds, spell, SATURATED, text);
    let finding = patient.finding(
        RULE.condition,
        spell,
        Severity::Serious,
        0.9,
        vec![evidence],
    );
    Some(Finding {
        treatments: vec![
            Treatment::UsualRates,
            Treatment::MatchRates,
            Treatment::UsualInitialisation,
        ],
        ..finding
    })
}
