//! `data-leak`: real and generated images are told apart by what their values are.
//!
//! Symptom: the critic need not look at what images show: real ones have a range that generated
//! ones leave, or one value, such as a padding, that a generator never hits exactly. Images in
//! \[0, 1\] against a hyperbolic tangent come out washed out. Reads the smallest and greatest real
//! value, and the share of the most frequent value within the range on either side.
//!
//! Rules, either one from the first window on:
//! - real values span less than 0.6 of the range from −1 to 1 (the half-range fault has 0.5; the
//!   ward's images have 1.0), while generated ones once spanned more than they do;
//! - one value within the range makes up 0.1 of the real values or more (the ward's images have
//!   0.03 at most, a padding of 4 pixels on 28 has 0.49) and less than half as much of the
//!   generated ones.
//!
//! Confused with images that are so by nature, as drawings on a grey ground: the finding is then
//! right about the critic, and a person must decide. The same for each objective.

use super::Rule;
use crate::doctor::patient::Patient;
use crate::doctor::{Condition, Finding, Severity, Sign, Treatment};

/// Least span of the real values, of the range from −1 to 1.
const LEAST_SPAN: f64 = 1.2;

/// Most of the real values that may be one and the same.
const MOST_ATOM: f64 = 0.1;

/// The share of it that generated values must have.
const LEAST_RATIO: f64 = 0.5;

pub(super) const RULE: Rule = Rule {
    condition: Condition::DataLeak,
    reads: &[
        &[Sign::RealMin, Sign::RealMax, Sign::FakeMin, Sign::FakeMax],
        &[Sign::RealAtom, Sign::FakeAtom],
        &[Sign::RealZeros, Sign::FakeZeros],
    ],
    examine,
    treatments: &[Treatment::PrepareData, Treatment::InstanceNoise],
};

fn examine(patient: &Patient<'_>) -> Option<Finding> {
    range(patient).or_else(|| {
        atom(patient, Sign::RealAtom, Sign::FakeAtom)
            .or_else(|| atom(patient, Sign::RealZeros, Sign::FakeZeros))
    })
}

fn range(patient: &Patient<'_>) -> Option<Finding> {
    let real = |window| patient.at(Sign::RealMax, window) - patient.at(Sign::RealMin, window);
    let spell = patient.spell(|window| real(window) < LEAST_SPAN && real(window) > 0.0)?;
    let fake = patient
        .course(Sign::FakeMin)
        .zip(patient.course(Sign::FakeMax));
    let (fake_min, fake_max) = fake?;
    let least = fake_min
        .ranges
        .iter()
        .map(|range| range.0)
        .fold(f64::INFINITY, f64::min);
    let most = fake_max
        .ranges
        .iter()
        .map(|range| range.1)
        .fold(f64::NEG_INFINITY, f64::max);
    let span = patient.over(Sign::RealMax, spell) - patient.over(Sign::RealMin, spell);
    if spell.from > 0 || most - least <= span {
        return None;
    }
    let evidence = vec![
        patient.evidence_of(
            Sign::RealMax,
            span,
            spell,
            LEAST_SPAN,
            "real values span {} of the 2 from -1 to 1 that generators of images have",
        ),
        patient.evidence_of(
            Sign::FakeMin,
            most - least,
            spell,
            span,
            "generated values spanned {} at their widest",
        ),
    ];
    Some(patient.finding(RULE.condition, spell, Severity::Serious, 0.9, evidence))
}

fn atom(patient: &Patient<'_>, real: Sign, fake: Sign) -> Option<Finding> {
    let holds = |window| {
        let most = patient.at(real, window);
        most >= MOST_ATOM && patient.at(fake, window) < LEAST_RATIO * most
    };
    let spell = patient.spell(holds)?;
    if spell.from > 0 {
        return None;
    }
    let evidence = vec![
        patient.evidence(
            real,
            spell,
            MOST_ATOM,
            "a share of {} of the real values is exactly one and the same, and no end of the range",
        ),
        patient.evidence(
            fake,
            spell,
            LEAST_RATIO * patient.over(real, spell),
            "of the generated values only {}",
        ),
    ];
    Some(patient.finding(RULE.condition, spell, Severity::Serious, 0.9, evidence))
}
