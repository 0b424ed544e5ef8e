//! `generator-dominance`: the critic is far behind.
//!
//! Symptom: the critic's loss stays where it was before it learned anything, and the samples are
//! bad: it has nothing to teach. At the end of a good run the loss is there too, but then the
//! samples are good. Reads the critic's loss, or how well it ranks real over generated images, and
//! whether the generated images are wrong.
//!
//! Rule: what is generated is wrong (see the table above), while the critic's loss is 0.95 of its
//! equilibrium's or more, or, for the Wasserstein loss, whose equilibrium is 0, real images outrank
//! generated ones in less than 0.6 of the pairs; where generated images are all alike, it is
//! `mode-collapse`. Confused with `underfitting` by a generator that
//! is too small, where the critic sees what is wrong.

use super::{Rule, mode_collapse};
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};
use crate::recipe::Loss;

/// Of the equilibrium's loss.
const MOST_LOSS: f64 = 0.95;
const LEAST_RANKING: f64 = 0.6;

pub(super) const RULE: Rule = Rule {
    condition: Condition::GeneratorDominance,
    reads: &[
        &[Sign::CriticLoss, Sign::DifferentBins],
        &[Sign::CriticLoss, Sign::Diversity],
    ],
    examine,
    treatments: &[
        Treatment::EqualTurns,
        Treatment::LargerCritic,
        Treatment::UsualRates,
        Treatment::MatchRates,
        Treatment::RaiseCriticRate,
        Treatment::LowerRates,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let least = MOST_LOSS * patient.equilibrium.critic;
    let lost = |window| match patient.loss {
        Loss::Wasserstein => patient.at(Sign::Ranking, window) < LEAST_RANKING,
        _ => patient.at(Sign::CriticLoss, window) >= least,
    };
    let spell = patient.spell_after_start(|window| {
        lost(window)
            && patient.is_wrong(window)
            && patient.is_diverse(window, mode_collapse::LEAST_DIVERSITY)
    })?;
    let text = format!(
        "the critic's loss is {{}}; one that has learned nothing has {:.3}",
        patient.equilibrium.critic
    );
    let mut evidence = match patient.loss {
        Loss::Wasserstein => vec![patient.evidence(
            Sign::Ranking,
            spell,
            LEAST_RANKING,
            "real images outrank generated ones in a share of {} of the pairs; 0.5 is chance",
        )],
        _ => vec![patient.evidence(Sign::CriticLoss, spell, least, &text)],
    };
    evidence.extend(patient.wrongness(spell));
    Some(patient.finding(RULE.condition, spell, Severity::Critical, 0.9, evidence))
}
