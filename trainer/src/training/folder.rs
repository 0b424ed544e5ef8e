//! The folder of a run, and where everything in it is.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::state::State;
use crate::recipe::{Recipe, RecipeError};

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
    /// Another process trains in it.
    #[error(
        "{} is in use: another process trains this run; wait for it or stop it",
        path.display()
    )]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The recipe cannot be written.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A file in it cannot be written.
    #[error("cannot write into the run folder {}", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// The reason.
        source: gannet::Error,
    },
}

/// The folder of one run, locked against other processes that would train in it.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    /// Held while training; the lock goes with it.
    lock: Option<File>,
}

impl RunFolder {
    /// Makes the folder of a new run with its recipe, and locks it.
    ///
    /// # Errors
    ///
    /// [`FolderError::Occupied`] if it exists and is not empty, [`FolderError::Io`] or
    /// [`FolderError::Write`] if it cannot be made; then nothing is left behind.
    pub(super) fn create(root: &Path, recipe: &Recipe) -> Result<Self, FolderError> {
        fs::create_dir_all(root).map_err(|source| io(root, source))?;
        let is_empty = fs::read_dir(root)
            .map(|mut entries| entries.next().is_none())
            .map_err(|source| io(root, source))?;
        if !is_empty {
            return Err(FolderError::Occupied {
                path: root.to_owned(),
            });
        }
        Self::fill(root, recipe)
    }

    /// Makes the next free `NAME-1`, `NAME-2`, ... below `parent`, NAME being the recipe's.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub(super) fn create_numbered(parent: &Path, recipe: &Recipe) -> Result<Self, FolderError> {
        fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
        let mut number = 1_u64;
        loop {
            let root = parent.join(format!("{}-{number}", recipe.name));
            match fs::create_dir(&root) {
                Ok(()) => return Self::fill(&root, recipe),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(io(&root, error)),
            }
        }
    }

    /// Fills an empty folder, or removes it.
    fn fill(root: &Path, recipe: &Recipe) -> Result<Self, FolderError> {
        let mut folder = Self {
            root: root.to_owned(),
            lock: None,
        };
        let filled = folder.write_recipe(recipe).and_then(|()| folder.prepare());
        if let Err(error) = filled {
            // The first error says why; what cannot be removed is no second one.
            let _ = fs::remove_dir_all(root);
            return Err(error);
        }
        Ok(folder)
    }

    /// The folder of a run that was started before, to read what it holds.
    ///
    /// # Errors
    ///
    /// [`FolderError::NotARun`] if there is no recipe in it.
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        let folder = Self {
            root: root.to_owned(),
            lock: None,
        };
        if !folder.recipe().is_file() {
            return Err(FolderError::NotARun {
                path: root.to_owned(),
            });
        }
        Ok(folder)
    }

    /// Locks the folder for training, makes what a crash kept from being made and removes what
    /// it kept from being finished.
    pub(super) fn prepare(&mut self) -> Result<(), FolderError> {
        let path = self.root.join(".lock");
        let lock = File::create(&path).map_err(|source| io(&path, source))?;
        match lock.try_lock() {
            Ok(()) => self.lock = Some(lock),
            Err(TryLockError::WouldBlock) => {
                return Err(FolderError::Busy {
                    path: self.root.clone(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(io(&path, source)),
        }
        for folder in [self.checkpoints(), self.sheets()] {
            fs::create_dir_all(&folder).map_err(|source| io(&folder, source))?;
        }
        for folder in [&self.root, &self.sheets()] {
            clear_unfinished(folder).map_err(|source| io(folder, source))?;
        }
        Ok(())
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

    /// What the doctor found and did, one JSON object an event.
    pub fn case(&self) -> PathBuf {
        self.root.join("case.jsonl")
    }

    /// TensorBoard's event files, if the recipe wants them.
    pub fn tensorboard(&self) -> PathBuf {
        self.root.join("tensorboard")
    }

    /// The exported package.
    pub fn package(&self) -> PathBuf {
        self.root.join("package")
    }

    /// The report on the run.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// The sample sheet after so many images.
    pub fn sheet(&self, images: u64) -> PathBuf {
        self.sheets().join(format!("images-{images:09}.png"))
    }

    /// The folder of the sample sheets.
    pub fn sheets(&self) -> PathBuf {
        self.root.join("samples")
    }

    /// Samples and the training images nearest to them.
    pub fn neighbours(&self) -> PathBuf {
        self.sheets().join("neighbours.png")
    }

    /// What lies between samples.
    pub fn interpolation(&self) -> PathBuf {
        self.sheets().join("interpolation.png")
    }

    /// What [`Portrait`](super::Portrait) says of both.
    pub fn portrait(&self) -> PathBuf {
        self.sheets().join("portrait.json")
    }

    fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    fn write_recipe(&self, recipe: &Recipe) -> Result<(), FolderError> {
        let text = recipe.to_documented_toml()?;
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
    pub(super) fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, CheckpointError> {
        Ok(Checkpoint::list(&self.checkpoints())?.pop())
    }

    /// The checkpoint after so many steps, which may or may not exist.
    pub(super) fn checkpoint(&self, step: u64) -> Checkpoint {
        Checkpoint::at(&self.checkpoints(), step)
    }

    /// Writes a checkpoint, then removes all but the newest two and those of the steps `kept`.
    pub(super) fn save_checkpoint(
        &self,
        state: &State,
        kept: [Option<u64>; 2],
        seconds: f64,
    ) -> Result<(), CheckpointError> {
        let parent = self.checkpoints();
        Checkpoint::save(&parent, state, seconds)?;
        let all = Checkpoint::list(&parent)?;
        for old in all
            .iter()
            .rev()
            .skip(KEPT)
            .filter(|old| !kept.contains(&Some(old.step())))
        {
            old.remove()?;
        }
        Ok(())
    }
}

/// Removes the temporary files and folders that a killed process left: `.NAME.tmp`, `.NAME.old`.
fn clear_unfinished(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') || !(name.ends_with(".tmp") || name.ends_with(".old")) {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

fn io(path: &Path, source: std::io::Error) -> FolderError {
    FolderError::Io {
        path: path.to_owned(),
        source,
    }
}
