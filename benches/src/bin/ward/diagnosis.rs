//! What the doctor says of a run.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use gannet_trainer::doctor::{Doctor, Finding, History};
use gannet_trainer::recipe::Recipe;

/// The findings in the log of the run in a folder.
pub(crate) fn of_run(folder: &Path) -> Result<Vec<Finding>> {
    let recipe = Recipe::read(&folder.join("recipe.toml"))?;
    let metrics = folder.join("metrics.jsonl");
    let file = File::open(&metrics).with_context(|| metrics.display().to_string())?;
    let mut history = History::of_steps(recipe.total_steps());
    for line in BufReader::new(file).lines() {
        history.observe_record(&serde_json::from_str(&line?)?);
    }
    Ok(Doctor::examine(&history, &recipe))
}

/// A few words.
pub(crate) fn summary(findings: &[Finding]) -> String {
    let names = findings.iter().map(|finding| {
        let gone = finding
            .last_step
            .map_or(String::new(), |step| format!("-{step}"));
        format!("{}@{}{gone}", finding.condition, finding.named_step)
    });
    names.collect::<Vec<_>>().join(" ")
}
