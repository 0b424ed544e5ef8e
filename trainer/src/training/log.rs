//! `metrics.jsonl`: one JSON object a line, the truth from which reports derive.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::judge::Verdict;
use super::update::Update;

/// Why `metrics.jsonl` cannot be kept.
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

/// One line.
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

#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens the log of a run that stands at `step`: whatever an interrupted run wrote beyond
    /// its checkpoint will be measured again and is dropped, with a last line that was cut off.
    pub(super) fn open(path: PathBuf, step: u64) -> Result<Self, LogError> {
        let io = |source| LogError::Io {
            path: path.clone(),
            source,
        };
        if path.exists() {
            let kept = kept_lines(&path, step).map_err(io)?;
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

    pub(super) fn append(&mut self, record: &Record) -> Result<(), LogError> {
        let written = serde_json::to_string(record)
            .map_err(std::io::Error::from)
            .and_then(|line| self.file.write_all(format!("{line}\n").as_bytes()));
        written.map_err(|source| self.error(source))
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

fn kept_lines(path: &Path, step: u64) -> std::io::Result<String> {
    let mut kept = String::new();
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        match serde_json::from_str::<Record>(&line) {
            Ok(record) if record.step <= step => {
                kept.push_str(&line);
                kept.push('\n');
            }
            _ => break,
        }
    }
    Ok(kept)
}
