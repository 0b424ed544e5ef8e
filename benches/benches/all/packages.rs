//! The packages that ship.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// A package's folder in `models/`.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

/// The folder of models.
pub(crate) fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}

/// All packages, by name.
///
/// # Errors
///
/// If there are none.
pub(crate) fn find() -> Result<Vec<Package>> {
    let models = models();
    let mut packages = Vec::new();
    for entry in std::fs::read_dir(&models).with_context(|| models.display().to_string())? {
        let entry = entry?;
        if entry.path().join("manifest.toml").is_file() {
            packages.push(Package {
                name: entry.file_name().to_string_lossy().into_owned(),
                folder: entry.path(),
            });
        }
    }
    ensure!(!packages.is_empty(), "{}: no package", models.display());
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}
