//! The folder of a run, and where everything in it is.

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::state::State;
use crate::recipe::Recipe;

/// Checkpoints that are kept.
const KEPT: usize = 2;

/// Why a folder cannot hold, or does not hold, a run.
#[derive(Debug, Error)]
pub enum FolderError {
    /// There is something in it already.
    #[error(
        "{} is not empty: give another --out, or `gannet resume` the run in it",
        path.display()
    )]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// It is not the folder of a run.
    #[error(
        "{} is not a run: expected a folder with a recipe.toml, as `gannet train --out` makes it",
        path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// It cannot be made or listed.
    #[error("cannot use {} as a run folder", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file in it cannot be written.
    #[error("cannot write into the run folder {}", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// The reason.
        source: gannet::Error,
    },
}

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    root: PathBuf,
}

impl RunFolder {
    /// Makes the folder of a new run, with its subfolders.
    ///
    /// # Errors
    ///
    /// [`FolderError::Occupied`] if it exists and is not empty, [`FolderError::Io`] if it cannot
    /// be made.
    pub fn create(root: &Path) -> Result<Self, FolderError> {
        let io = |source| FolderError::Io {
            path: root.to_owned(),
            source,
        };
        match fs::read_dir(root) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(FolderError::Occupied {
                        path: root.to_owned(),
                    });
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        let folder = Self {
            root: root.to_owned(),
        };
        fs::create_dir_all(folder.checkpoints()).map_err(io)?;
        fs::create_dir_all(folder.sheets()).map_err(io)?;
        Ok(folder)
    }

    /// Makes the next free `NAME-1`, `NAME-2`, ... below `parent`.
    ///
    /// # Errors
    ///
    /// [`FolderError::Io`] if it cannot be made.
    pub fn create_numbered(parent: &Path, name: &str) -> Result<Self, FolderError> {
        let mut number = 1;
        while parent.join(format!("{name}-{number}")).exists() {
            number += 1;
        }
        Self::create(&parent.join(format!("{name}-{number}")))
    }

    /// The folder of a run that was started before.
    ///
    /// # Errors
    ///
    /// [`FolderError::NotARun`] if there is no recipe in it.
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        let folder = Self {
            root: root.to_owned(),
        };
        if !folder.recipe().is_file() {
            return Err(FolderError::NotARun {
                path: root.to_owned(),
            });
        }
        Ok(folder)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The resolved recipe.
    pub fn recipe(&self) -> PathBuf {
        self.root.join("recipe.toml")
    }

    /// One JSON object an interval.
    pub fn metrics(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }

    /// The exported package.
    pub fn package(&self) -> PathBuf {
        self.root.join("package")
    }

    /// The sample sheet after so many images.
    pub fn sheet(&self, images: u64) -> PathBuf {
        self.sheets().join(format!("images-{images:09}.png"))
    }

    fn sheets(&self) -> PathBuf {
        self.root.join("samples")
    }

    fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    pub(super) fn write_recipe(&self, recipe: &Recipe) -> Result<(), FolderError> {
        let text = recipe.to_documented_toml();
        gannet::durable::write_file(self.recipe(), text.as_bytes()).map_err(|source| {
            FolderError::Write {
                path: self.root.clone(),
                source,
            }
        })
    }

    /// The checkpoint with the most steps, if there is one.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] if the folder cannot be listed.
    pub fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, CheckpointError> {
        Ok(Checkpoint::list(&self.checkpoints())?.pop())
    }

    /// Writes a checkpoint, then removes all but the newest two.
    pub(super) fn save_checkpoint(
        &self,
        state: &State,
        seconds: f64,
    ) -> Result<PathBuf, CheckpointError> {
        let parent = self.checkpoints();
        let saved = Checkpoint::save(&parent, state, seconds)?;
        let all = Checkpoint::list(&parent)?;
        for old in all.iter().rev().skip(KEPT) {
            old.remove()?;
        }
        Ok(saved)
    }
}
