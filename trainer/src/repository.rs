//! Finding what the repository ships, from any directory inside it.

use std::path::{Path, PathBuf};

/// Finds `relative` in the current directory or the nearest one above it, then likewise from
/// where the program lies.
///
/// # Errors
///
/// The directories searched, if none contains it.
pub fn find(relative: impl AsRef<Path>) -> Result<PathBuf, Vec<PathBuf>> {
    let current = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let starts = [
        current.as_deref(),
        program.as_deref().and_then(Path::parent),
    ];
    find_above(starts.into_iter().flatten(), relative.as_ref())
}

/// The shipped feature network of a name, `models/features/NAME.onnx`.
pub fn find_features(name: &str) -> Option<PathBuf> {
    find(format!("models/features/{name}.onnx")).ok()
}

pub(crate) fn find_above<'a>(
    starts: impl Iterator<Item = &'a Path>,
    relative: &Path,
) -> Result<PathBuf, Vec<PathBuf>> {
    let mut looked_in = Vec::new();
    for directory in starts.flat_map(Path::ancestors) {
        let path = directory.join(relative);
        if path.exists() {
            return Ok(path);
        }
        if !looked_in.iter().any(|seen| seen == directory) {
            looked_in.push(directory.to_owned());
        }
    }
    Err(looked_in)
}
