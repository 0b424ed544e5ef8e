//! What the doctor says of a run, as if at its side.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use gannet_trainer::doctor::{Condition, Doctor, Finding, History};
use gannet_trainer::recipe::Recipe;
use serde::Serialize;
use serde_json::Value;

/// Examinations of a run.
const ROUNDS: u64 = 50;

/// What was found on the way and in the end.
#[derive(Debug, Serialize)]
pub(crate) struct Diagnosis {
    /// The first finding of the last examination.
    pub(crate) root: Option<Condition>,
    /// The findings of the last examination.
    pub(crate) findings: Vec<Finding>,
    /// When each root was first named.
    pub(crate) roots: Vec<(Condition, u64)>,
}

impl Diagnosis {
    /// Of the run in a folder, examined every fiftieth of its planned length.
    pub(crate) fn of_run(folder: &Path) -> Result<Self> {
        let recipe = Recipe::read(&folder.join("recipe.toml"))?;
        let metrics = folder.join("metrics.jsonl");
        let text = fs::read_to_string(&metrics).with_context(|| metrics.display().to_string())?;
        let total = recipe.total_steps();
        let mut history = History::of_steps(total);
        let mut rounds = 0;
        let mut diagnosis = Self {
            root: None,
            findings: Vec::new(),
            roots: Vec::new(),
        };
        let lines: Vec<&str> = text.lines().collect();
        for (place, line) in lines.iter().enumerate() {
            let record: Value = serde_json::from_str(line)?;
            history.observe_record(&record);
            let step = history.last_step();
            if step * ROUNDS / total > rounds || place + 1 == lines.len() {
                rounds = step * ROUNDS / total;
                diagnosis.examine(&history, &recipe, step);
            }
        }
        Ok(diagnosis)
    }

    /// A few words, with the onset of the disease.
    pub(crate) fn summary(&self, onset: Option<u64>) -> String {
        let names: Vec<_> = self.findings.iter().map(|it| it.condition.name()).collect();
        let roots: Vec<_> = self
            .roots
            .iter()
            .map(|(root, step)| format!("{root}@{step}"))
            .collect();
        let onset = onset.map_or(String::new(), |step| format!("onset {step}, "));
        format!("{onset}[{}] named {}", names.join(" "), roots.join(" "))
    }

    fn examine(&mut self, history: &History, recipe: &Recipe, step: u64) {
        self.findings = Doctor::examine(history, recipe);
        self.root = self.findings.first().map(|finding| finding.condition);
        if let Some(root) = self.root
            && !self.roots.iter().any(|&(known, _)| known == root)
        {
            self.roots.push((root, step));
        }
    }
}
