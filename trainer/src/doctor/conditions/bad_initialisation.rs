//! `bad-initialisation`: the first weights carry no signal, or too much of it.
//!
//! Symptom: nothing is learned from the first step on, or the first steps are enormous. Reads the
//! standard deviations of the values of each network's layers before training, of those layers that
//! no normalisation mends, and whether anything is learned.
//!
//! Rules, of either network:
//! - its largest deviation is below 0.01, and what is generated is still wrong: not one layer
//!   carries a signal (healthy networks of the ward: 1 to 27). Adaptive optimisers recover from
//!   that now and then, and the finding then goes;
//! - its largest deviation is above 40 (weights five times as large: 88 and 225).
//!
//! Confused with `vanishing-gradient` of deep networks with saturating activations: there the
//! first layers carry a signal, which fades behind them. The same for each objective.

use super::Rule;
use crate::doctor::patient::{Patient, Spell};
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

/// Least and greatest healthy value of a network's largest deviation.
const FAINT: f64 = 0.01;
const LOUD: f64 = 40.0;

pub(super) const RULE: Rule = Rule {
    condition: Condition::BadInitialisation,
    reads: &[&[Sign::GeneratorScale], &[Sign::CriticScale]],
    examine,
    treatments: &[
        Treatment::UsualInitialisation,
        Treatment::NormaliseGenerator,
        Treatment::UsualRates,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let signs = [Sign::GeneratorScale, Sign::CriticScale];
    let scales = signs.map(|sign| (sign, patient.at(sign, 0)));
    let whole = Spell {
        from: 0,
        to: patient.now(),
    };
    let (sign, scale, spell, threshold) = scales.into_iter().find_map(|(sign, scale)| {
        if scale > LOUD || scale.is_infinite() {
            return Some((sign, scale, whole, LOUD));
        }
        let wrong = patient.spell(|window| patient.is_wrong(window))?;
        (scale < FAINT && wrong.from <= 1).then_some((sign, scale, wrong, FAINT))
    })?;
    let evidence = patient.evidence_of(
        sign,
        scale,
        spell,
        threshold,
        "the values of an untrained network's layers deviate by {} at most; 0.1 to 10 is healthy",
    );
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Critical,
        0.9,
        vec![evidence],
    ))
}
