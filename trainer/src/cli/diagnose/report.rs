//! What a diagnosis says.

use std::fmt;
use std::path::Path;

use gannet_trainer::doctor::{Finding, History, Sign, Unexamined};
use gannet_trainer::recipe::Loss;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

/// A diagnosis, for people and for programs.
pub(super) struct Report<'a> {
    pub(super) log: &'a Path,
    pub(super) loss: Loss,
    pub(super) history: &'a History,
    pub(super) findings: Vec<Finding>,
    pub(super) unexamined: Vec<Unexamined>,
    pub(super) notes: Vec<String>,
    pub(super) ignored: Vec<String>,
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("log", self.log)?;
        map.serialize_entry("objective", &self.loss)?;
        map.serialize_entry("last_step", &self.history.last_step())?;
        map.serialize_entry("signs", &self.history.signs().collect::<Vec<_>>())?;
        map.serialize_entry("findings", &self.findings)?;
        map.serialize_entry("unexamined", &self.unexamined)?;
        map.serialize_entry("notes", &self.notes)?;
        map.serialize_entry("ignored", &self.ignored)?;
        map.end()
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signs = self.history.signs().count();
        writeln!(
            f,
            "{}: {} steps, {signs} of {} signs, read as the {}",
            self.log.display(),
            self.history.last_step(),
            Sign::ALL.len(),
            self.loss.title()
        )?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        if !self.ignored.is_empty() {
            writeln!(f, "not understood: {}", self.ignored.join(", "))?;
        }
        match self.findings.first() {
            None => writeln!(f, "\nnothing found")?,
            Some(root) => writeln!(f, "\nroot: {}", root.condition)?,
        }
        for finding in &self.findings {
            write_finding(f, finding)?;
        }
        if !self.unexamined.is_empty() {
            writeln!(f, "\nnot examined, for want of columns:")?;
        }
        for Unexamined { condition, needs } in &self.unexamined {
            let groups = needs.iter().map(|group| {
                let names: Vec<&str> = group.iter().map(|sign| sign.name()).collect();
                names.join(" + ")
            });
            writeln!(
                f,
                "  {condition}: {}",
                groups.collect::<Vec<_>>().join(", or ")
            )?;
        }
        Ok(())
    }
}

fn write_finding(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
    writeln!(f, "\n{finding}")?;
    for evidence in &finding.evidence {
        writeln!(
            f,
            "  {} (steps {} to {}, limit {})",
            evidence.text,
            evidence.first_step,
            evidence.last_step,
            gannet_trainer::doctor::shown(evidence.threshold),
        )?;
    }
    if !finding.causes.is_empty() {
        let causes: Vec<&str> = finding.causes.iter().map(|cause| cause.name()).collect();
        return writeln!(f, "  follows from {}", causes.join(", "));
    }
    for treatment in &finding.treatments {
        writeln!(f, "  {treatment}: {}", treatment.advice())?;
    }
    Ok(())
}

/// The columns that are understood, one a line, or with where each stands in `metrics.jsonl`.
pub(super) fn columns(as_json: bool) -> anyhow::Result<String> {
    let step = ("step", "The number of the step.", "step");
    let signs = Sign::ALL
        .iter()
        .map(|sign| (sign.name(), sign.meaning(), sign.path()));
    let columns = std::iter::once(step).chain(signs);
    Ok(match as_json {
        true => serde_json::to_string_pretty(
            &columns
                .map(
                    |(name, meaning, path)| json!({"name": name, "meaning": meaning, "path": path}),
                )
                .collect::<Vec<_>>(),
        )?,
        false => columns
            .map(|(name, meaning, _)| format!("{name:20} {meaning}"))
            .collect::<Vec<_>>()
            .join("\n"),
    })
}
