//! `underfitting`: stopped too early, or too small.
//!
//! Symptom: the samples are rough, and nothing else is wrong. Reads the number of steps, the Fréchet
//! distances on the way, and whether what is generated is wrong; the number of steps from the
//! start of a run, the others at its end alone.
//!
//! Rules:
//! - fewer than 500 steps in all, and 100 at least, for fewer are a trial of something else: no
//!   recipe of the ward is worth anything after so few;
//! - the last tenth of the run still lowered the Fréchet distance by a tenth or more;
//! - what is generated is wrong (see the table above), and no other condition explains it: the
//!   generator is too small;
//! - in the last fifth of the run real images outrank generated ones in 0.75 of the pairs or more,
//!   0.02 more than in the fifth before its middle, while the generator's loss has risen by 0.1:
//!   it is left behind. In healthy runs with a penalty on the critic's gradient it catches up;
//!   without one critics pull ahead of good generators too, and this is not asked.
//! - in the last fifth of the run the critic's loss is below a twentieth of its equilibrium's (the
//!   ward's healthy runs end at 0.07 of it and above, those of generators of a sixteenth of the
//!   critic's width at 0.045 and below) and real images outrank generated ones in 0.998 of the
//!   pairs (healthy: 0.997 at most where the loss is so low), although nothing is plainly wrong
//!   with them: the generator is too small to follow. The Wasserstein loss has no such end.
//!
//! Confused with everything that makes samples bad, which is therefore named first. The same for
//! each objective.

use super::Rule;
use crate::doctor::patient::{Patient, Spell};
use crate::doctor::{Condition, Evidence, Finding, Severity, Sign, Treatment};
use crate::recipe::Loss;

const LEAST_STEPS: u64 = 500;

/// A run of fewer steps is a trial of something else.
const TRIAL_STEPS: u64 = 100;

/// A Fréchet distance that still falls to this share of what it was a tenth of the run before.
const STILL_FALLING: f64 = 0.9;

/// The share of pairs in which real images outrank those of a generator that is left behind.
const LEFT_BEHIND: f64 = 0.75;

/// By how much that share and its loss must have risen.
const MORE: f64 = 0.02;
const MORE_LOSS: f64 = 0.1;

/// Of the loss of a critic that has learned nothing, and the ranking: a critic that is far ahead.
const FAR_AHEAD: f64 = 0.05;
const MOST_RANKING: f64 = 0.998;

pub(super) const RULE: Rule = Rule {
    condition: Condition::Underfitting,
    reads: &[&[Sign::CriticLoss], &[Sign::FrechetDistance]],
    examine,
    treatments: &[Treatment::Prolong, Treatment::LargerGenerator],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    let whole = Spell {
        from: 0,
        to: patient.now(),
    };
    let steps = patient.history().total_steps();
    if steps < TRIAL_STEPS {
        return None;
    }
    // Known from the start. Others may count epochs.
    if steps < LEAST_STEPS && patient.history().is_planned() {
        let evidence = patient.evidence_of(
            Sign::CriticLoss,
            steps as f64,
            whole,
            LEAST_STEPS as f64,
            "the run ends after {} steps",
        );
        return Some(patient.finding(RULE.condition, whole, Severity::Notice, 0.8, vec![evidence]));
    }
    if !patient.is_at_end() {
        return None;
    }
    let (now, tenth) = (patient.now() - 1, patient.all() / 10);
    let before = patient.at(Sign::FrechetDistance, now.saturating_sub(tenth.max(1)));
    let last = patient.at(Sign::FrechetDistance, now);
    if last < STILL_FALLING * before {
        let text = format!("the Fréchet distance still fell from {before:.2} to {{}}");
        let evidence = patient.evidence_of(
            Sign::FrechetDistance,
            last,
            whole,
            STILL_FALLING * before,
            &text,
        );
        let severity = Severity::Notice;
        return Some(patient.finding(RULE.condition, whole, severity, 0.7, vec![evidence]));
    }
    if let Some(spell) = patient.spell_after_start(|window| patient.is_wrong(window)) {
        let evidence = patient.wrongness(spell);
        return Some(too_small(patient, spell, evidence));
    }
    left_behind(patient).or_else(|| outmatched(patient))
}

/// The finding of which the generator's size is to blame.
fn too_small(patient: &Patient<'_>, spell: Spell, evidence: Vec<Evidence>) -> Finding {
    Finding {
        treatments: vec![Treatment::LargerGenerator],
        ..patient.finding(RULE.condition, spell, Severity::Serious, 0.6, evidence)
    }
}

fn left_behind(patient: &Patient<'_>) -> Option<Finding> {
    let fifth = patient.all() / 5;
    let last = Spell {
        from: patient.now().checked_sub(fifth.max(1))?,
        to: patient.now(),
    };
    let middle = Spell {
        from: (patient.all() / 2).checked_sub(fifth)?,
        to: patient.all() / 2,
    };
    let [(ranking, loss), (ranking_before, loss_before)] = [last, middle].map(|spell| {
        let over = |sign| patient.over(sign, spell);
        (over(Sign::Ranking), over(Sign::GeneratorLoss))
    });
    let falls_behind = ranking >= ranking_before + MORE && loss >= loss_before + MORE_LOSS;
    if !(patient.is_penalised && ranking >= LEFT_BEHIND && falls_behind) {
        return None;
    }
    let text = format!(
        "real images outrank generated ones in a share of {{}} of the pairs, before the run's \
         middle in {ranking_before:.2}"
    );
    let evidence = patient.evidence(Sign::Ranking, last, LEFT_BEHIND, &text);
    Some(too_small(patient, last, vec![evidence]))
}

fn outmatched(patient: &Patient<'_>) -> Option<Finding> {
    let least = FAR_AHEAD * patient.equilibrium.critic;
    let last = Spell {
        from: patient.now().checked_sub((patient.all() / 5).max(1))?,
        to: patient.now(),
    };
    let loss = patient.over(Sign::CriticLoss, last);
    let is_ahead = loss < least && patient.over(Sign::Ranking, last) >= MOST_RANKING;
    if !is_ahead || patient.loss == Loss::Wasserstein {
        return None;
    }
    let text = format!(
        "the critic's loss is still {{}}; one that has learned nothing has {:.3}",
        patient.equilibrium.critic
    );
    let evidence = patient.evidence(Sign::CriticLoss, last, least, &text);
    Some(too_small(patient, last, vec![evidence]))
}
