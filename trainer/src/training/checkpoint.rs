//! Checkpoints: whole or absent.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::{ModuleRecord, RecordError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::state::{Adaptation, State};

const FORMAT: u32 = 1;
const PREFIX: &str = "step-";
/// One at a time: what a killed run left here is cleared by the next save.
const PARTIAL: &str = ".partial";

/// Why a checkpoint cannot be written or read.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// A file or folder of it.
    #[error("checkpoint {}: cannot access it", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A part of it cannot be written.
    #[error("checkpoint {}: {reason}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What Burn says.
        reason: String,
    },
    /// A part of it is damaged or missing.
    #[error(
        "checkpoint {}: {reason}; remove this checkpoint's folder to go on from the one before",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// What is not in the networks' files.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    format: u32,
    step: u64,
    seconds: f64,
    #[serde(default)]
    pub(super) adaptation: Adaptation,
}

/// A saved state, `checkpoints/step-N/`.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    step: u64,
}

impl Checkpoint {
    /// All checkpoints below `parent`, fewest steps first.
    pub(super) fn list(parent: &Path) -> Result<Vec<Self>, CheckpointError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(parent).map_err(|source| io(parent, source))? {
            let path = entry.map_err(|source| io(parent, source))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let step = name.strip_prefix(PREFIX).and_then(|step| step.parse().ok());
            if let Some(step) = step {
                found.push(Self { path, step });
            }
        }
        found.sort_by_key(|checkpoint| checkpoint.step);
        Ok(found)
    }

    /// The checkpoint after so many steps, which may or may not exist.
    pub(super) fn at(parent: &Path, step: u64) -> Self {
        let path = parent.join(format!("{PREFIX}{step:09}"));
        Self { path, step }
    }

    /// Steps done.
    pub(super) fn step(&self) -> u64 {
        self.step
    }

    /// Writes everything to a sibling folder, syncs it and renames it.
    pub(super) fn save(parent: &Path, state: &State, seconds: f64) -> Result<(), CheckpointError> {
        let Self { path, .. } = Self::at(parent, state.step);
        let partial = parent.join(PARTIAL);
        clear(&partial)?;
        fs::create_dir(&partial).map_err(|source| io(&partial, source))?;
        let written = write(&partial, state, seconds)
            .and_then(|()| fs::rename(&partial, &path).map_err(|source| io(&path, source)))
            .and_then(|()| sync_folder(parent));
        if let Err(error) = written {
            clear(&partial)?;
            return Err(error);
        }
        Ok(())
    }

    /// What is not in the networks' files.
    pub(super) fn position(&self) -> Result<Position, CheckpointError> {
        let file = self.path.join("state.toml");
        let broken = |reason: String| damaged(&file, reason);
        let text = fs::read_to_string(&file).map_err(|error| broken(error.to_string()))?;
        let position: Position =
            toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
        if position.format != FORMAT || position.step != self.step {
            return Err(broken(format!(
                "expected format {FORMAT} and step {}, got format {} and step {}",
                self.step, position.format, position.step
            )));
        }
        Ok(position)
    }

    /// Fills `state` and returns the seconds trained before.
    pub(super) fn load(&self, state: &mut State) -> Result<f64, CheckpointError> {
        let position = self.position()?;
        let at = |name: &str| self.path.join(name);
        state.generator = load(&at("generator.bpk"), |record| {
            state.generator.clone().with_weights(record)
        })?;
        state.critic = load(&at("critic.bpk"), |record| {
            state.critic.clone().with_weights(record)
        })?;
        state.average = load(&at("average.bpk"), |record| {
            state.average.clone().with_weights(record)
        })?;
        let path = at("generator-optimizer.bpk");
        let optimizer = state.generator_optimizer.clone().load(&path);
        state.generator_optimizer = optimizer.map_err(|error| damaged(&path, error))?;
        let path = at("critic-optimizer.bpk");
        let optimizer = state.critic_optimizer.clone().load(&path);
        state.critic_optimizer = optimizer.map_err(|error| damaged(&path, error))?;
        state.step = position.step;
        state.adaptation = position.adaptation;
        // The optimisers' own settings are not in their records.
        state.beta2_left = 1.0;
        Ok(position.seconds)
    }

    pub(super) fn remove(&self) -> Result<(), CheckpointError> {
        clear(&self.path)
    }
}

fn write(folder: &Path, state: &State, seconds: f64) -> Result<(), CheckpointError> {
    let at = |name: &str| folder.join(name);
    save_module(&state.generator, &at("generator.bpk"))?;
    save_module(&state.critic, &at("critic.bpk"))?;
    save_module(&state.average, &at("average.bpk"))?;
    for (name, optimizer) in [
        ("generator-optimizer.bpk", &state.generator_optimizer),
        ("critic-optimizer.bpk", &state.critic_optimizer),
    ] {
        let path = at(name);
        optimizer
            .save(&path)
            .map_err(|error| record(&path, &error))?;
        sync(&path)?;
    }
    let path = at("state.toml");
    let position = Position {
        format: FORMAT,
        step: state.step,
        seconds,
        adaptation: state.adaptation.clone(),
    };
    let text = toml::to_string(&position).map_err(|error| CheckpointError::Record {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    fs::write(&path, text).map_err(|source| io(&path, source))?;
    sync(&path)?;
    sync_folder(folder)
}

fn save_module<M: Module>(module: &M, path: &Path) -> Result<(), CheckpointError> {
    let saved = module.clone().save_file(path);
    saved.map_err(|error| record(path, &error))?;
    sync(path)
}

/// A network from the record in a file.
fn load<M>(
    path: &Path,
    with_weights: impl FnOnce(ModuleRecord) -> Result<M, RecordError>,
) -> Result<M, CheckpointError> {
    let loaded = ModuleRecord::load(path).and_then(with_weights);
    loaded.map_err(|error| damaged(path, error))
}

/// Waits until a file's content is on the disk.
fn sync(file: &Path) -> Result<(), CheckpointError> {
    // Windows syncs only what may be written.
    OpenOptions::new()
        .write(true)
        .open(file)
        .and_then(|file| file.sync_all())
        .map_err(|source| io(file, source))
}

/// Waits until a folder's entries are on the disk, where the system can say so.
fn sync_folder(folder: &Path) -> Result<(), CheckpointError> {
    match cfg!(unix) {
        true => File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| io(folder, source)),
        false => Ok(()),
    }
}

fn clear(folder: &Path) -> Result<(), CheckpointError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(folder, error)),
        _ => Ok(()),
    }
}

fn io(path: &Path, source: std::io::Error) -> CheckpointError {
    CheckpointError::Io {
        path: path.to_owned(),
        source,
    }
}

fn record(path: &Path, error: &RecordError) -> CheckpointError {
    CheckpointError::Record {
        path: path.to_owned(),
        reason: format!("{error}"),
    }
}

fn damaged(path: &Path, reason: impl Display) -> CheckpointError {
    CheckpointError::Damaged {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
