//! `case.jsonl`: what the doctor found and did, and which recipe held when.

use std::path::Path;

use serde_json::Value;

use super::{ReportError, log};
use crate::doctor::{Finding, Treatment};
use crate::recipe::Recipe;
use crate::text::{capital, spoken};

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A condition has gone.
    Gone,
    /// A treatment stands.
    Helped,
    /// A condition was found.
    Found,
    /// A treatment was undone.
    Undone,
    /// All treatments were tried.
    Exhausted,
    /// A treatment began.
    Treated,
    /// The run was ended.
    Stopped,
}

/// An event of a case.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) kind: Kind,
    pub(super) step: u64,
    pub(super) condition: String,
    /// Of what was found: the step from which on it holds.
    pub(super) first_step: u64,
    /// Of what was found: `critical`, `serious`, `notice`.
    pub(super) severity: String,
    /// Of what was found: what shows it, a sentence each.
    pub(super) evidence: Vec<String>,
    pub(super) treatment: String,
    /// Of a treatment: what it changes, as `KEY=VALUE`.
    pub(super) settings: Vec<String>,
    /// Of a treatment: the networks that it goes on with, in words.
    pub(super) start: String,
}

impl Event {
    /// Of a line of the file, if it is one that is known.
    fn of_line(line: &Value) -> Option<Self> {
        let kind = match line.get("event")?.as_str()? {
            "found" => Kind::Found,
            "gone" => Kind::Gone,
            "treated" => Kind::Treated,
            "helped" => Kind::Helped,
            "undone" => Kind::Undone,
            "exhausted" => Kind::Exhausted,
            "stopped" => Kind::Stopped,
            _ => return None,
        };
        let step = line.get("step")?.as_u64()?;
        let finding = line.get("finding").unwrap_or(line);
        let word = |of: &Value, key: &str| {
            let word = of.get(key).and_then(Value::as_str);
            word.unwrap_or_default().to_owned()
        };
        let words = |of: Option<&Value>, text: fn(&Value) -> Option<&str>| {
            let words = of.and_then(Value::as_array).into_iter().flatten();
            words.filter_map(text).map(str::to_owned).collect()
        };
        let start = line.get("start");
        let checkpoint = start.and_then(|start| start.get("checkpoint")?.as_u64());
        let start = match (start.and_then(Value::as_str), checkpoint) {
            (_, Some(step)) => format!("from the networks of step {step}"),
            (Some("fresh"), _) => "with networks drawn anew".to_owned(),
            _ => "with the networks there were".to_owned(),
        };
        Some(Self {
            kind,
            step,
            condition: word(finding, "condition"),
            first_step: finding
                .get("first_step")
                .and_then(Value::as_u64)
                .unwrap_or(step),
            severity: word(finding, "severity"),
            evidence: words(finding.get("evidence"), |evidence| {
                evidence.get("text")?.as_str()
            }),
            treatment: word(line, "treatment"),
            settings: words(line.get("settings"), Value::as_str),
            start,
        })
    }

    /// What an examination of the log found: events that no doctor told of while it happened.
    pub(super) fn of_finding(finding: &Finding) -> Vec<Self> {
        let found = Self {
            kind: Kind::Found,
            step: finding.named_step,
            condition: finding.condition.name().to_owned(),
            first_step: finding.first_step,
            severity: finding.severity.to_string(),
            evidence: finding.evidence.iter().map(|it| it.text.clone()).collect(),
            treatment: String::new(),
            settings: Vec::new(),
            start: String::new(),
        };
        let gone = finding.last_step.map(|step| Self {
            kind: Kind::Gone,
            step,
            evidence: Vec::new(),
            ..found.clone()
        });
        std::iter::once(found).chain(gone).collect()
    }

    /// The event in a sentence.
    pub(super) fn sentence(&self) -> String {
        let condition = spoken(&self.condition);
        let treatment = &self.treatment;
        match self.kind {
            Kind::Found => format!("{} found ({})", capital(&condition), self.severity),
            Kind::Gone => format!("{} has gone", capital(&condition)),
            Kind::Treated => format!("Treated with {treatment}, {}", self.start),
            Kind::Helped => format!("{treatment} has helped against {condition}, and stands"),
            Kind::Undone => format!("{treatment} did not help against {condition}, and is undone"),
            Kind::Exhausted => format!("Nothing is left to try against {condition}"),
            Kind::Stopped => format!("Stopped, for {condition}"),
        }
    }

    /// The sentence, and what shows it or what it changes.
    pub(super) fn details(&self) -> Vec<String> {
        match self.kind {
            Kind::Found => self.evidence.clone(),
            Kind::Treated => advice(&self.treatment)
                .map(str::to_owned)
                .into_iter()
                .chain(self.changes())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What a treatment sets; the last of several values of a key counts.
    fn changes(&self) -> Vec<String> {
        let key = |setting: &str| setting.split('=').next().unwrap_or_default().to_owned();
        let mut changes: Vec<String> = Vec::new();
        for setting in &self.settings {
            changes.retain(|known| key(known) != key(setting));
            changes.push(setting.clone());
        }
        changes
            .iter()
            .map(|it| it.replacen('=', " = ", 1))
            .collect()
    }
}

/// What a treatment does, for people.
pub(super) fn advice(treatment: &str) -> Option<&'static str> {
    let known = Treatment::ALL.iter().find(|it| it.name() == treatment);
    known.map(|it| it.advice())
}

/// The recipe of a part of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// It holds after this step.
    pub(super) since_step: u64,
    pub(super) recipe: Recipe,
}

/// What a case comes to.
#[derive(Debug, Default)]
pub(super) struct Case {
    pub(super) events: Vec<Event>,
    /// The first part is the recipe as the run was started.
    pub(super) parts: Vec<Part>,
    /// Whether the last treatment has neither helped nor been undone.
    pub(super) is_on_trial: bool,
    /// Lines that could not be read.
    pub(super) passed_over: u64,
}

impl Case {
    pub(super) fn read(path: &Path, recipe: &Recipe) -> Result<Self, ReportError> {
        let (mut events, mut passed_over) = (Vec::new(), 0);
        log::objects(path, &mut |line| match Event::of_line(&line) {
            Some(event) => events.push(event),
            None => passed_over += 1,
        })?;
        let (parts, is_on_trial) = parts(recipe, &events);
        Ok(Self {
            events,
            parts,
            is_on_trial,
            passed_over,
        })
    }

    /// The step after which the present treatment began; 0 if there is none.
    pub(super) fn since_step(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.since_step)
    }
}

/// Follows treatments and their undoing. Settings that this version does not take leave the recipe
/// as it was.
fn parts(recipe: &Recipe, events: &[Event]) -> (Vec<Part>, bool) {
    let mut parts = vec![Part {
        since_step: 0,
        recipe: recipe.clone(),
    }];
    let mut settings: Vec<String> = Vec::new();
    let mut before: Option<Vec<String>> = None;
    for event in events {
        match event.kind {
            Kind::Treated => {
                before = Some(settings.clone());
                settings.extend(event.settings.iter().cloned());
            }
            Kind::Undone => settings = before.take().unwrap_or_default(),
            Kind::Helped => before = None,
            _ => {}
        }
        if let (Kind::Treated | Kind::Undone, Ok(recipe)) = (event.kind, recipe.with(&settings)) {
            parts.retain(|part| part.since_step < event.step || part.since_step == 0);
            parts.push(Part {
                since_step: event.step,
                recipe,
            });
        }
    }
    (parts, before.is_some())
}
