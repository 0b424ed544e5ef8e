//! Where the repository's own data are.

use std::path::{Path, PathBuf};

use super::DataError;

/// The default data, relative to the root of the repository.
const DEFAULT_FOLDER: &str = "data/fashion-mnist";

/// Finds the repository's own Fashion-MNIST, `data/fashion-mnist`, in the
/// current directory or the nearest one above it, then likewise from where the
/// program lies.
///
/// # Errors
///
/// [`DataError::NoDefault`], with the directories searched, if there is none.
pub fn default_folder() -> Result<PathBuf, DataError> {
    let current = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let starts = [
        current.as_deref(),
        program.as_deref().and_then(|program| program.parent()),
    ];
    search_upwards(starts.into_iter().flatten())
}

pub(super) fn search_upwards<'a>(
    starts: impl Iterator<Item = &'a Path>,
) -> Result<PathBuf, DataError> {
    let mut looked_in = Vec::new();
    for directory in starts.flat_map(Path::ancestors) {
        let folder = directory.join(DEFAULT_FOLDER);
        if folder.is_dir() {
            return Ok(folder);
        }
        if !looked_in.iter().any(|seen| seen == directory) {
            looked_in.push(directory.to_owned());
        }
    }
    Err(DataError::NoDefault {
        folder: DEFAULT_FOLDER,
        looked_in,
    })
}
