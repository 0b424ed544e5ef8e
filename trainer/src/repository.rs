//! Finding what the repository ships, from any directory inside it.

use std::path::{Path, PathBuf};

/// Finds `relative` in the current directory or the nearest one above it, then likewise from
/// where the program lies.
pub fn find(relative: impl AsRef<Path>) -> Option<PathBuf> {
    let current = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    [current.as_deref(), program.as_deref()]
        .into_iter()
        .flatten()
        .flat_map(Path::ancestors)
        .map(|directory| directory.join(&relative))
        .find(|path| path.exists())
}

/// The shipped feature network of a name, `models/features/NAME.onnx`.
pub fn find_features(name: &str) -> Option<PathBuf> {
    find(format!("models/features/{name}.onnx"))
}
