//! What the ward says of the doctor.

use std::collections::BTreeMap;

use gannet_benches::output::narrate;
use gannet_trainer::doctor::{Condition, Finding};
use serde::Serialize;
use serde_json::{Value, json};

use super::plantings::{Half, Planting};

/// A finding is in time within this share of the run after the onset.
const IN_TIME: f64 = 0.1;

/// A run that was judged and examined.
pub(crate) struct Case {
    pub(crate) planting: &'static Planting,
    pub(crate) is_sick: bool,
    pub(crate) onset_step: Option<u64>,
    pub(crate) total_steps: u64,
    pub(crate) findings: Vec<Finding>,
    /// Whether it was cured by the doctor, by another seed and by a random change, as far as they
    /// were tried.
    pub(crate) cures: Option<Vec<bool>>,
}

impl Case {
    fn planted(&self) -> Option<&'static str> {
        self.planting.condition.filter(|_| self.is_sick)
    }

    /// A healthy run that is well in the end.
    fn is_healthy(&self) -> bool {
        self.planting.condition.is_none() && !self.is_sick
    }

    fn root(&self) -> Option<&'static str> {
        self.findings
            .first()
            .map(|finding| finding.condition.name())
    }

    /// Steps from the onset to the naming of the root, over those of the run; 0 if it was named
    /// before the samples were worse than the twin's.
    fn delay(&self) -> Option<f64> {
        let named = self.findings.first()?.named_step;
        let steps = named.saturating_sub(self.onset_step?);
        Some(steps as f64 / self.total_steps as f64)
    }
}

/// How well one condition is told.
#[derive(Debug, Serialize)]
struct Told {
    /// Sick runs that were given it.
    planted: usize,
    /// Those of which it was named as the root.
    found: usize,
    /// All runs of which it was named as the root.
    named: usize,
    recall: f64,
    precision: f64,
}

/// The figures of one half of the ward.
pub(crate) fn of(cases: &[Case], half: Half) -> Value {
    let cases: Vec<&Case> = cases
        .iter()
        .filter(|case| case.planting.half == half)
        .collect();
    let mut told = BTreeMap::new();
    for condition in Condition::ALL.iter().map(|condition| condition.name()) {
        let counts = |counts: &dyn Fn(&&&Case) -> bool| cases.iter().filter(counts).count();
        let planted = counts(&|case| case.planted() == Some(condition));
        if planted == 0 {
            continue;
        }
        let named = |case: &Case| case.root() == Some(condition);
        let judged = |case: &Case| case.planted().is_some() || case.is_healthy();
        let found = counts(&|case| case.planted() == Some(condition) && named(case));
        let named = counts(&|case| named(case) && judged(case));
        told.insert(
            condition,
            Told {
                planted,
                found,
                named,
                recall: found as f64 / planted as f64,
                precision: found as f64 / named.max(1) as f64,
            },
        );
    }
    let healthy: Vec<_> = cases.iter().filter(|case| case.is_healthy()).collect();
    let alarms = healthy
        .iter()
        .filter(|case| !case.findings.is_empty())
        .count();
    let right = cases
        .iter()
        .filter(|case| case.planted().is_some() && case.root() == case.planted());
    let delays: Vec<f64> = right.filter_map(|case| case.delay()).collect();
    let in_time = delays.iter().filter(|delay| **delay <= IN_TIME).count();
    let cures: Vec<&Vec<bool>> = cases
        .iter()
        .filter_map(|case| case.cures.as_ref())
        .collect();
    let rate = |which: usize| {
        let tried: Vec<bool> = cures
            .iter()
            .filter_map(|cures| cures.get(which).copied())
            .collect();
        let cured = tried.iter().filter(|cured| **cured).count();
        (!tried.is_empty()).then(|| cured as f64 / tried.len() as f64)
    };
    let mean = |of: fn(&Told) -> f64| told.values().map(of).sum::<f64>() / told.len() as f64;
    let void: Vec<String> = cases
        .iter()
        .filter(|case| case.planting.condition.is_some() != case.is_sick)
        .map(|case| case.planting.name.to_owned())
        .collect();
    json!({
        "sick": cases.iter().filter(|case| case.planted().is_some()).count(),
        "healthy": healthy.len(),
        "recall": mean(|told| told.recall),
        "precision": mean(|told| told.precision),
        "false_alarms": alarms,
        "named_in_time": in_time as f64 / delays.len() as f64,
        "largest_delay": delays.iter().copied().fold(0.0, f64::max),
        "cure_rate": (!cures.is_empty()).then(|| json!({
            "doctor": rate(0),
            "other_seed": rate(1),
            "random_change": rate(2),
            "runs": cures.len(),
        })),
        "void": void,
        "conditions": told,
    })
}

/// Says it in a table.
pub(crate) fn narrate_half(name: &str, half: &Value) {
    narrate(&format!(
        "\n{name}: {} sick and {} healthy runs; recall {:.2}, precision {:.2}, {} false alarms, {:.2} named in time",
        half["sick"],
        half["healthy"],
        half["recall"].as_f64().unwrap_or(f64::NAN),
        half["precision"].as_f64().unwrap_or(f64::NAN),
        half["false_alarms"],
        half["named_in_time"].as_f64().unwrap_or(f64::NAN),
    ));
    if let Some(told) = half["conditions"].as_object() {
        for (condition, told) in told {
            narrate(&format!(
                "{condition:26} {} of {} found, {} named",
                told["found"], told["planted"], told["named"]
            ));
        }
    }
    if let Some(rates) = half["cure_rate"].as_object() {
        narrate(&format!(
            "cured: {:.2} by the doctor, {:.2} by another seed, {:.2} by a random change, of {} runs",
            rates["doctor"].as_f64().unwrap_or(f64::NAN),
            rates["other_seed"].as_f64().unwrap_or(f64::NAN),
            rates["random_change"].as_f64().unwrap_or(f64::NAN),
            rates["runs"],
        ));
    }
}

#[cfg(test)]
mod tests {
    use gannet_trainer::doctor::Severity;

    use super::*;

    fn case(name: &str, is_sick: bool, named: Option<(&str, u64)>) -> Option<Case> {
        let planting = Planting::all().find(|planting| planting.name == name)?;
        let finding = |(condition, step): (&str, u64)| {
            let condition = Condition::ALL.iter().find(|it| it.name() == condition)?;
            Some(Finding {
                condition: *condition,
                confidence: 1.0,
                severity: Severity::Serious,
                first_step: 1,
                named_step: step,
                last_step: None,
                evidence: Vec::new(),
                causes: Vec::new(),
                treatments: Vec::new(),
            })
        };
        Some(Case {
            planting,
            is_sick,
            onset_step: is_sick.then_some(100),
            total_steps: 1_000,
            findings: named.and_then(finding).into_iter().collect(),
            cures: is_sick.then(|| vec![named.is_some(), false]),
        })
    }

    #[test]
    fn figures_are_those_of_the_cases() {
        let cases = [
            case("ring-saturating", true, Some(("vanishing-gradient", 150))),
            case("digits-clip-1e-4", true, Some(("stalled", 150))),
            case("ring-frozen", true, Some(("stalled", 500))),
            // Well in the end: it proves nothing.
            case("digits-frozen", false, Some(("stalled", 500))),
            case("ring", false, None),
            case("clothes", false, Some(("oscillation", 300))),
            // Of the other half.
            case("ring-hinge", false, Some(("oscillation", 300))),
        ];
        let cases: Vec<Case> = cases.into_iter().flatten().collect();
        assert_eq!(cases.len(), 7);
        let figures = of(&cases, Half::Calibration);
        assert_eq!(
            (&figures["sick"], &figures["healthy"]),
            (&json!(3), &json!(2))
        );
        let told = &figures["conditions"];
        assert_eq!(told["vanishing-gradient"]["recall"], 0.5);
        assert_eq!(told["vanishing-gradient"]["precision"], 1.0);
        assert_eq!(told["stalled"]["recall"], 1.0);
        assert_eq!(told["stalled"]["precision"], 0.5);
        assert_eq!(figures["recall"], 0.75);
        assert_eq!(figures["false_alarms"], 1);
        // One in time, one 400 of 1,000 steps after the onset.
        assert_eq!(figures["named_in_time"], 0.5);
        assert_eq!(figures["largest_delay"], 0.4);
        assert_eq!(figures["void"], json!(["digits-frozen"]));
        assert_eq!(figures["cure_rate"]["doctor"], 1.0);
        assert_eq!(figures["cure_rate"]["other_seed"], 0.0);
        assert_eq!(figures["cure_rate"]["random_change"], Value::Null);
    }
}
