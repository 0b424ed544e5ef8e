//! Files of JSON objects, one a line: `metrics.jsonl`, the truth from which reports derive, and
//! `case.jsonl`.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::judge::Verdict;
use super::update::Update;

/// Why a file of a run's lines cannot be kept.
#[derive(Debug, Error)]
pub enum LogError {
    /// The file cannot be read or written.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file cannot be replaced.
    #[error("cannot write {}", path.display())]
    Replace {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: gannet::Error,
    },
}

/// A line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Steps done.
    pub step: u64,
    /// Real images shown.
    pub images: u64,
    /// What the step measured.
    #[serde(flatten)]
    pub update: Update,
    /// After steps that were scored.
    #[serde(flatten)]
    pub verdict: Option<Verdict>,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Real images a second since the line before.
    pub images_per_second: f64,
}

/// A file that grows by lines, each an object with a `step`.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    file: File,
}

impl Lines {
    /// Opens the file of a run that stands at `step`: whatever an interrupted run wrote beyond
    /// its checkpoint will happen again and is dropped, with a last line that was cut off.
    pub(super) fn open(path: PathBuf, step: u64) -> Result<Self, LogError> {
        let io = |source| LogError::Io {
            path: path.clone(),
            source,
        };
        if path.exists() {
            let kept: Vec<String> = kept_lines(&path, step).map_err(io)?;
            let kept: String = kept.iter().map(|line| format!("{line}\n")).collect();
            gannet::durable::write_file(&path, kept.as_bytes()).map_err(|source| {
                LogError::Replace {
                    path: path.clone(),
                    source,
                }
            })?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(io)?;
        Ok(Self { path, file })
    }

    /// Adds a line, and returns it.
    pub(super) fn append(&mut self, object: &impl Serialize) -> Result<String, LogError> {
        let written = serde_json::to_string(object)
            .map_err(std::io::Error::from)
            .and_then(|line| {
                self.file.write_all(format!("{line}\n").as_bytes())?;
                Ok(line)
            });
        written.map_err(|source| self.error(source))
    }

    /// The objects in it so far.
    pub(super) fn objects(&self) -> Result<Vec<Value>, LogError> {
        let lines = kept_lines(&self.path, u64::MAX).map_err(|source| self.error(source))?;
        let objects = lines.iter().map(|line| serde_json::from_str(line));
        objects
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error.into()))
    }

    pub(super) fn sync(&mut self) -> Result<(), LogError> {
        self.file.sync_all().map_err(|source| self.error(source))
    }

    fn error(&self, source: std::io::Error) -> LogError {
        LogError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

/// The whole lines up to a step.
fn kept_lines(path: &Path, step: u64) -> std::io::Result<Vec<String>> {
    let mut kept = Vec::new();
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let object: Option<Value> = serde_json::from_str(&line).ok();
        match object.and_then(|object| object.get("step")?.as_u64()) {
            Some(at) if at <= step => kept.push(line),
            _ => break,
        }
    }
    Ok(kept)
}
