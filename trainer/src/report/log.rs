//! `metrics.jsonl`, as far as the page draws it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

use serde_json::Value;

use super::ReportError;

/// The paths of the values that are kept of a line.
const KEPT: [&str; 21] = [
    "critic_loss",
    "generator_loss",
    "real_score",
    "fake_score",
    "vitals.scores.real_std",
    "vitals.scores.fake_std",
    "vitals.scores.held_out_mean",
    "vitals.scores.held_out_std",
    "vitals.critic.gradient_norm",
    "vitals.generator.gradient_norm",
    "vitals.cover.different",
    "vitals.cover.missing",
    "vitals.fake.spread",
    "vitals.real.spread",
    "frechet_distance",
    "precision",
    "recall",
    "coverage",
    "learning_rate_factor",
    "seconds",
    "images_per_second",
];

/// The lines of a log in the order of their steps.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) steps: Vec<u64>,
    /// Real images seen, a line each.
    pub(super) images: Vec<u64>,
    /// Of each path a value a line: none where the line has none, NaN where it is not finite.
    columns: BTreeMap<&'static str, Vec<Option<f64>>>,
    /// Lines that could not be read.
    pub(super) passed_over: u64,
}

impl Log {
    /// Reads a log, and shows each line that has a step to `observe`. Of lines that a run told
    /// twice the later ones count. A log that is not there has no lines.
    pub(super) fn read(
        path: &Path,
        images_per_step: u64,
        observe: &mut dyn FnMut(u64, &Value),
    ) -> Result<Self, ReportError> {
        let mut log = Self::default();
        objects(path, &mut |object| {
            let step = object.get("step").and_then(Value::as_u64);
            let (Some(object), Some(step)) = (object.is_object().then_some(&object), step) else {
                log.passed_over += 1;
                return;
            };
            log.rewind(step);
            let images = object.get("images").and_then(Value::as_u64);
            log.steps.push(step);
            log.images.push(images.unwrap_or(step * images_per_step));
            for path in KEPT {
                let column = log.columns.entry(path).or_default();
                column.push(value_at(object, path));
            }
            observe(step, object);
        })?;
        Ok(log)
    }

    /// Forgets the lines from a step on.
    fn rewind(&mut self, step: u64) {
        let kept = self.steps.partition_point(|&known| known < step);
        self.steps.truncate(kept);
        self.images.truncate(kept);
        for column in self.columns.values_mut() {
            column.truncate(kept);
        }
    }

    /// Images and value of each line that has one.
    pub(super) fn points(&self, path: &str) -> Vec<(f64, f64)> {
        let column = self.columns.get(path).into_iter().flatten();
        let lines = self.images.iter().zip(column);
        lines
            .filter_map(|(&images, value)| value.map(|value| (images as f64, value)))
            .collect()
    }

    /// Images, mean and deviation of each line that has a mean; the deviation is 0 where it has
    /// none.
    pub(super) fn band(&self, mean: &str, deviation: &str) -> Vec<(f64, f64, f64)> {
        let mean = self.columns.get(mean).into_iter().flatten();
        let deviation = self.columns.get(deviation).into_iter().flatten();
        let lines = self.images.iter().zip(mean.zip(deviation));
        lines
            .filter_map(|(&images, (mean, deviation))| {
                mean.map(|mean| (images as f64, mean, deviation.unwrap_or(0.0)))
            })
            .collect()
    }

    /// The quotient of two values of each line that has both.
    pub(super) fn ratio(&self, over: &str, under: &str) -> Vec<(f64, f64)> {
        let under = self.points(under).into_iter();
        let under: BTreeMap<u64, f64> = under.map(|(x, value)| (x as u64, value)).collect();
        let over = self.points(over).into_iter();
        over.filter_map(|(x, value)| Some((x, value / under.get(&(x as u64))?)))
            .collect()
    }

    /// The last value of a path.
    pub(super) fn last(&self, path: &str) -> Option<f64> {
        let column = self.columns.get(path)?;
        column.iter().rev().find_map(|value| *value)
    }
}

/// A value of an object by the keys to it; JSON has no NaN and writes `null`.
fn value_at(object: &Value, path: &str) -> Option<f64> {
    let mut value = object;
    for key in path.split('.') {
        value = value.get(key)?;
    }
    match value {
        Value::Null => Some(f64::NAN),
        value => value.as_f64(),
    }
}

/// Shows each line of a file to `take`: its JSON, or `null` for what is none. A file that is not
/// there has no lines.
pub(super) fn objects(path: &Path, take: &mut dyn FnMut(Value)) -> Result<(), ReportError> {
    let error = |source| ReportError::Read {
        path: path.to_owned(),
        source,
    };
    let mut reader = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(error(source)),
    };
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(error)? > 0 {
        if !line.trim_ascii().is_empty() {
            take(serde_json::from_slice(&line).unwrap_or(Value::Null));
        }
        line.clear();
    }
    Ok(())
}
