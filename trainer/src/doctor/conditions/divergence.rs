//! `divergence`: a number is not finite.
//!
//! Symptom: losses, scores or gradients of NaN or infinity; everything after it is NaN too. Reads
//! every sign. Rule: one value is enough. Not confused with anything, but exploding gradients
//! often come before it and are then named with it. The same for each objective.

use super::Rule;
use crate::doctor::patient::{Patient, Spell};
use crate::doctor::{Condition, Finding, History, Severity, Sign, Treatment};

/// Signs that are never infinite in a run that can go on.
const READS: &[Sign] = &[
    Sign::CriticLoss,
    Sign::GeneratorLoss,
    Sign::RealScore,
    Sign::FakeScore,
    Sign::CriticGradient,
    Sign::GeneratorGradient,
    Sign::CriticWeights,
    Sign::GeneratorWeights,
    Sign::FakeMean,
];

pub(super) const RULE: Rule = Rule {
    condition: Condition::Divergence,
    reads: &[
        &[Sign::CriticLoss],
        &[Sign::GeneratorLoss],
        &[Sign::CriticGradient],
    ],
    examine,
    treatments: &[
        Treatment::UsualRates,
        Treatment::MatchRates,
        Treatment::LowerRates,
        Treatment::ClipGradients,
        Treatment::PenaliseCritic,
        Treatment::ChangeObjective,
    ],
};

/// Whether a value of any sign is not finite.
pub(in crate::doctor) fn has_diverged(history: &History) -> bool {
    READS.iter().any(|&sign| history.non_finite(sign).is_some())
}

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let history = patient.history();
    let found = READS.iter().filter_map(|&sign| {
        let (count, first) = history.non_finite(sign)?;
        Some((first, count, sign))
    });
    let (first, count, sign) = found.min_by_key(|&(first, ..)| first)?;
    if first > patient.steps_so_far() {
        return None;
    }
    let now = Spell {
        from: patient.now() - 1,
        to: patient.now(),
    };
    let text = format!("{sign} is not finite at step {first}, {count} values in all");
    let evidence = patient.evidence_of(sign, f64::NAN, now, f64::INFINITY, &text);
    let mut finding = patient.finding(RULE.condition, now, Severity::Critical, 1.0, vec![evidence]);
    finding.first_step = first;
    Some(finding)
}
