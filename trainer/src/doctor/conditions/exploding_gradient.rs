//! `exploding-gradient`: gradients or losses grow beyond use.
//!
//! Symptom: scores and losses of thousands, gradients likewise; the networks are thrown about.
//! Reads both gradient norms, before any clipping, and the critic's loss.
//!
//! Rules:
//! - a gradient norm of 300 or more: the ward's healthy runs have 0.4 to 60, its exploding ones 200
//!   to 10⁷;
//! - the critic's loss is more than twice that of a critic that has learned nothing (healthy: 1.01
//!   times at most, after the start): it does worse than by scoring every image 0. Not for the
//!   Wasserstein loss, which has no bound, nor for a critic whose steps change less than 0.003 of
//!   its weights (one that is a hundred times too slow: 0.0004; one that is as much too fast: 0.01
//!   to 0.6).
//!
//! Confused with `divergence`, which may follow, and with the first steps of any run: a window or
//! two is no spell.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};
use crate::recipe::Loss;

const MOST_GRADIENT: f64 = 300.0;

/// Times the loss of a critic that has learned nothing.
const MOST_LOSS: f64 = 2.0;

/// Share of its weights that a step changes of a critic that does badly because it hardly learns.
const SLOW: f64 = 3e-3;

pub(super) const RULE: Rule = Rule {
    condition: Condition::ExplodingGradient,
    reads: &[
        &[Sign::CriticGradient],
        &[Sign::GeneratorGradient],
        &[Sign::CriticLoss],
    ],
    examine,
    treatments: &[
        Treatment::UsualRates,
        Treatment::MatchRates,
        Treatment::ChangeObjective,
        Treatment::ClipGradients,
        Treatment::PenaliseCritic,
    ],
};

/// For a loss without a bound.
const UNBOUNDED: &[Treatment] = &[
    Treatment::ChangeObjective,
    Treatment::UsualRates,
    Treatment::MatchRates,
    Treatment::ClipGradients,
];

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let most_loss = match patient.loss {
        Loss::Wasserstein => f64::INFINITY,
        _ => MOST_LOSS * patient.equilibrium.critic,
    };
    let limits = [
        (
            Sign::CriticGradient,
            MOST_GRADIENT,
            "the critic's gradient has a norm of {}",
        ),
        (
            Sign::GeneratorGradient,
            MOST_GRADIENT,
            "the generator's gradient has a norm of {}",
        ),
        (
            Sign::CriticLoss,
            most_loss,
            "the critic's loss is {}, far above that of one that has learned nothing",
        ),
    ];
    let beyond = |limits: &[(Sign, f64, &str)], window| {
        limits
            .iter()
            .any(|&(sign, limit, _)| patient.at(sign, window) >= limit)
    };
    let spell = patient
        .spell(|window| beyond(&limits[..2], window))
        .or_else(|| {
            patient.spell_after_start(|window| {
                let update = patient.at(Sign::CriticUpdate, window);
                // Others do not log it.
                let moves = update.is_nan() || update >= SLOW;
                moves && beyond(&limits[2..], window)
            })
        })?;
    let evidence: Vec<_> = limits
        .into_iter()
        .filter(|&(sign, limit, _)| patient.over(sign, spell) >= limit)
        .map(|(sign, limit, text)| patient.evidence(sign, spell, limit, text))
        .collect();
    let confidence = if evidence.len() > 1 { 0.95 } else { 0.85 };
    let finding = patient.finding(
        RULE.condition,
        spell,
        Severity::Critical,
        confidence,
        evidence,
    );
    Some(Finding {
        treatments: match patient.loss {
            // Its scores have no bound, whatever the rates.
            Loss::Wasserstein => UNBOUNDED.to_vec(),
            _ => Vec::new(),
        },
        ..finding
    })
}
