//! A folder in the making: a temporary sibling that takes its final name, or
//! disappears.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How many names are tried before a place full of leftovers is an error.
const NAMES_TRIED: u32 = 64;

/// Removed when dropped, unless published.
pub(super) struct Staging {
    path: PathBuf,
}

impl Staging {
    /// An empty folder beside `out`; folders above it are made.
    pub(super) fn beside(out: &Path) -> io::Result<Self> {
        let parent = parent(out);
        fs::create_dir_all(parent)?;
        for attempt in 0..NAMES_TRIED {
            let path = sibling(out, attempt, "tmp");
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(crowded())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the folder and gives it the name `out`. What has that name is set
    /// aside first, put back if that fails, and removed at the end.
    pub(super) fn publish(self, out: &Path) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            File::open(entry?.path())?.sync_all()?;
        }
        sync_folder(&self.path)?;
        if !out.exists() {
            fs::rename(&self.path, out)?;
            return sync_folder(parent(out));
        }
        let aside = (0..NAMES_TRIED)
            .map(|attempt| sibling(out, attempt, "old"))
            .find(|path| !path.exists())
            .ok_or_else(crowded)?;
        fs::rename(out, &aside)?;
        if let Err(error) = fs::rename(&self.path, out) {
            fs::rename(&aside, out)?;
            return Err(error);
        }
        sync_folder(parent(out))?;
        fs::remove_dir_all(&aside)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Once published the name is gone, and there is nothing to remove.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn sibling(out: &Path, attempt: u32, end: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(out.file_name().unwrap_or_default());
    name.push(format!(".{}-{attempt}.{end}", std::process::id()));
    parent(out).join(name)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn crowded() -> io::Error {
    let message = format!("{NAMES_TRIED} temporary siblings exist already: remove them");
    io::Error::new(io::ErrorKind::AlreadyExists, message)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
