//! `discriminator-dominance`: the critic is far ahead, and the generator does not follow.
//!
//! Symptom: the critic tells every generated image, its loss falls to its end, the samples stay
//! bad. Reads how well the critic ranks real over generated images, or how far its loss is from
//! the value at which it has learned nothing, and whether the generated images are wrong.
//!
//! Rules:
//! - real images outrank generated ones in 0.95 of the pairs or more, and what is generated is
//!   wrong (see the table above). The ranking alone says little: DCGANs that train well have 0.93
//!   to 1 for most of a run;
//! - without rankings: the critic's loss is below 0.03 of its equilibrium's (2 ln 2 for the logistic
//!   losses, 2 for the hinge); where that is not logged either, real and generated images are
//!   classified right in 0.98 of the cases each. These are weaker signs, accuracies weakest of all,
//!   and their confidence is lower. The Wasserstein loss has no such end.
//!
//! Confused with `mode-dropping` by a generator that varies in too few directions, which any critic
//! tells: where the rank shows that, it is not named; with `mode-collapse` to one image
//! (a diversity below 0.05) and with `oscillation`, for which the same is true; and with
//! `vanishing-gradient`, which it
//! becomes with losses that saturate, and which is then named first.

use super::Rule;
use super::oscillation::MOST_TURNOVER;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};
use crate::recipe::Loss;

const MOST_RANKING: f64 = 0.95;
const LEAST_LOSS: f64 = 0.03;
const MOST_ACCURACY: f64 = 0.98;

/// Of the real images' diversity: any critic tells images that are all the same one.
const ALIKE: f64 = 0.05;

pub(super) const RULE: Rule = Rule {
    condition: Condition::DiscriminatorDominance,
    reads: &[
        &[Sign::Ranking, Sign::DifferentBins],
        &[Sign::Ranking, Sign::Diversity],
        &[Sign::CriticLoss],
        &[Sign::RealAccuracy, Sign::FakeAccuracy],
    ],
    examine,
    treatments: &[
        Treatment::UsualRates,
        Treatment::MatchRates,
        Treatment::LargerGenerator,
        Treatment::PenaliseCritic,
        Treatment::LowerRates,
        Treatment::SmallerCritic,
        Treatment::InstanceNoise,
        Treatment::SmoothLabels,
    ],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    match patient.sees_images() && patient.course(Sign::Ranking).is_some() {
        true => by_ranking(patient),
        false => by_loss(patient),
    }
}

fn by_ranking(patient: &Patient<'_>) -> Option<Finding> {
    let spell = patient.spell_after_start(|window| {
        patient.at(Sign::Ranking, window) >= MOST_RANKING
            && patient.is_wrong(window)
            && !patient.is_narrow(window)
            && !patient.wanders(window, MOST_TURNOVER)
            && patient.is_diverse(window, ALIKE)
    })?;
    let mut evidence = vec![patient.evidence(
        Sign::Ranking,
        spell,
        MOST_RANKING,
        "real images outrank generated ones in a share of {} of the pairs",
    )];
    evidence.extend(patient.wrongness(spell));
    Some(patient.finding(RULE.condition, spell, Severity::Critical, 0.9, evidence))
}

fn by_loss(patient: &Patient<'_>) -> Option<Finding> {
    let least = match patient.loss {
        Loss::Wasserstein => f64::NEG_INFINITY,
        _ => LEAST_LOSS * patient.equilibrium.critic,
    };
    let by_accuracy = patient.course(Sign::CriticLoss).is_none();
    let sure = |window| {
        let at = |sign| patient.at(sign, window);
        match by_accuracy {
            true => [Sign::RealAccuracy, Sign::FakeAccuracy]
                .into_iter()
                .all(|sign| at(sign) >= MOST_ACCURACY),
            false => at(Sign::CriticLoss) < least,
        }
    };
    let spell = patient.spell_after_start(sure)?;
    let evidence = match by_accuracy {
        true => [Sign::RealAccuracy, Sign::FakeAccuracy]
            .map(|sign| {
                let text = format!("{sign}: a share of {{}} is classified right");
                patient.evidence(sign, spell, MOST_ACCURACY, &text)
            })
            .into(),
        false => {
            let text = format!(
                "the critic's loss is {{}}; one that has learned nothing has {:.3}",
                patient.equilibrium.critic
            );
            vec![patient.evidence(Sign::CriticLoss, spell, least, &text)]
        }
    };
    let confidence = if by_accuracy { 0.5 } else { 0.7 };
    Some(patient.finding(
        RULE.condition,
        spell,
        Severity::Serious,
        confidence,
        evidence,
    ))
}
