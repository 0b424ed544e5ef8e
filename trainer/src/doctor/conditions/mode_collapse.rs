//! `mode-collapse`: everything generated is alike.
//!
//! Symptom: a sheet of the same image. Reads the mean distance between two generated images of a
//! batch over that between two real ones (the diversity), or the generated images' distance alone
//! over its greatest value in the run, where nothing is known of real ones. Rule: 0.2 or less, and
//! if it was so from the start, until the networks are 100 steps old: fresh generators are all
//! alike too. The ward's healthy runs have 0.8 to 1.1 after that. Confused with `mode-dropping`, in which what is
//! left is diverse. The same for each objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

pub(super) const LEAST_DIVERSITY: f64 = 0.2;

pub(super) const RULE: Rule = Rule {
    condition: Condition::ModeCollapse,
    reads: &[
        &[Sign::FakeSpread, Sign::RealSpread],
        &[Sign::Diversity],
        &[Sign::FakeSpread],
    ],
    examine,
    treatments: &[
        Treatment::LargerLatent,
        Treatment::UsualRates,
        Treatment::MatchRates,
        Treatment::NormaliseGenerator,
        Treatment::EqualTurns,
        Treatment::LowerRates,
        Treatment::Pack,
        Treatment::PenaliseCritic,
        Treatment::MinibatchStd,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let spell = patient.spell_after_start(|window| patient.diversity(window) <= LEAST_DIVERSITY)?;
    let diversity = patient.median(spell, |window| patient.diversity(window));
    let evidence = patient.evidence_of(
        Sign::Diversity,
        diversity,
        spell,
        LEAST_DIVERSITY,
        "generated images differ from each other {} times as much as real ones do",
    );
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Critical,
        0.95,
        vec![evidence],
    ))
}
