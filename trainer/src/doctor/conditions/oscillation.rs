//! `oscillation`: the networks chase each other, and what is generated wanders.
//!
//! Symptom: one sheet shows these modes, the next one others; the losses swing. Reads how much of
//! what is generated moves from one line of the log to the next: the total variation between the
//! shares of ten bins of the real images. Two batches of one and the same generator differ by 0.1
//! to 0.2 by chance.
//!
//! Rule: 0.4 or more, while the images of a batch differ from each other (else it is
//! `mode-collapse`, which moves as a whole) in as many directions as real ones (else it is
//! `mode-dropping`). The ward's healthy runs have 0.09 to 0.3. Confused with
//! `exploding-gradient`, which throws samples about too and is named first. The same for each
//! objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

pub(super) const MOST_TURNOVER: f64 = 0.4;

/// Of the real images' diversity.
const LEAST_DIVERSITY: f64 = 0.3;

pub(super) const RULE: Rule = Rule {
    condition: Condition::Oscillation,
    reads: &[&[Sign::Turnover]],
    examine,
    treatments: &[
        Treatment::EqualTurns,
        Treatment::UsualRates,
        Treatment::LowerRates,
        Treatment::AnnealRates,
        Treatment::PenaliseCritic,
        Treatment::Pack,
        Treatment::AverageWeights,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let spell = patient.spell_after_start(|window| {
        patient.wanders(window, MOST_TURNOVER)
            && patient.is_diverse(window, LEAST_DIVERSITY)
            && !patient.is_narrow(window)
    })?;
    let evidence = patient.evidence(
        Sign::Turnover,
        spell,
        MOST_TURNOVER,
        "from one line of the log to the next a share of {} of what is generated moves to other \
         modes",
    );
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Serious,
        0.9,
        vec![evidence],
    ))
}
