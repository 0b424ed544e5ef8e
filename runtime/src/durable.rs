//! Files that are either whole or absent.
//!
//! Every file is written to a temporary sibling, synced, and renamed onto its
//! final name; on Unix the folder is synced too. A crash at any moment leaves
//! the old file or the new one, never half of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// How many names are tried before a folder full of leftovers is an error.
const NAMES_TRIED: u32 = 64;

/// Numbers the temporary names of this process, so that its threads never
/// share one.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// Writes `bytes` to `path`, replacing what was there, whole or not at all.
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io) if the folder is missing, not writable or full.
///
/// ```
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("note.txt");
/// gannet::durable::write_file(&path, b"whole or absent")?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"whole or absent");
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn write_file(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    write_with(path, |writer| writer.write_all(bytes))
}

/// Writes what `write` produces to `path`, replacing what was there, whole or
/// not at all. If `write` fails nothing is left behind.
///
/// ```
/// use std::io::Write;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("note.txt");
/// gannet::durable::write_with(&path, |writer| write!(writer, "whole or absent"))?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"whole or absent");
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io) with the cause as its source. If only the last
/// step fails, the sync of the folder, the new file is in its place, but a crash
/// may bring the old one back.
pub fn write_with(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    try_write_with(path, |writer| {
        write(writer).map_err(|source| Error::io("write", path, source))
    })
}

/// [`write_with`] of what may fail for other reasons than the file's.
pub(crate) fn try_write_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let failed = |source| Error::io("write", path, source);
    let (file, leftover) = create_sibling(path).map_err(failed)?;
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    let file = writer
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    drop(file);
    leftover.rename(path).map_err(failed)
}

/// Fills a new folder at `path`, whole or not at all.
///
/// `fill` gets an empty temporary sibling folder and writes plain files into
/// it. A `path` that exists must be an empty folder.
pub(crate) fn create_folder(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let failed = |source| Error::io("create the folder", path, source);
    if path.exists() {
        let mut entries = fs::read_dir(path).map_err(failed)?;
        if entries.next().is_some() {
            return Err(Error::input(format!(
                "the folder {} is not empty: name a new or an empty one",
                path.display()
            )));
        }
    }
    let leftover = try_siblings(path, |name| fs::create_dir(name))
        .map_err(failed)?
        .1;
    fill(&leftover.path)?;
    for entry in fs::read_dir(&leftover.path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // Windows syncs only what is open for writing.
        OpenOptions::new()
            .write(true)
            .open(entry.path())
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
    }
    sync_folder(&leftover.path).map_err(failed)?;
    leftover.rename(path).map_err(failed)
}

/// A temporary file or folder, removed when dropped before its renaming.
struct Leftover {
    path: PathBuf,
    renamed: bool,
}

impl Leftover {
    fn rename(mut self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)?;
        self.renamed = true;
        sync_folder(parent(to))
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        // Once renamed, the name may be another writer's already.
        if !self.renamed && fs::remove_file(&self.path).is_err() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn create_sibling(path: &Path) -> io::Result<(File, Leftover)> {
    try_siblings(path, |name| {
        OpenOptions::new().write(true).create_new(true).open(name)
    })
}

fn try_siblings<T>(
    path: &Path,
    create: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, Leftover)> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path does not end in a file name",
        ));
    };
    for _ in 0..NAMES_TRIED {
        let number = NAMES.fetch_add(1, Ordering::Relaxed);
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{number}.tmp", std::process::id()));
        let temporary = parent(path).join(temporary);
        match create(&temporary) {
            Ok(created) => {
                let leftover = Leftover {
                    path: temporary,
                    renamed: false,
                };
                return Ok((created, leftover));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{NAMES_TRIED} temporary siblings exist already: remove the .tmp files"),
    ))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Syncs a folder where its file system can.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some network file systems cannot; and to write into a folder needs no
        // permission to read it, but to open it does.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    #[test]
    fn replaces_whole_files() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a");
        write_file(&path, b"one")?;
        write_file(&path, b"two")?;
        assert_eq!(fs::read(&path)?, b"two");
        assert_eq!(names(folder.path())?, ["a"]);
        Ok(())
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_alone()
    -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a");
        write_file(&path, b"old")?;
        let error = write_with(&path, |writer| {
            writer.write_all(b"half")?;
            Err(io::Error::other("the disk is on fire"))
        });
        let error = error.err().ok_or("an error was expected")?;
        assert_eq!(error.kind(), crate::ErrorKind::Io);
        assert!(format!("{error:?}").contains("on fire"));
        assert_eq!(fs::read(&path)?, b"old");
        assert_eq!(names(folder.path())?, ["a"]);
        Ok(())
    }

    #[test]
    fn a_failed_folder_leaves_nothing() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("images");
        let result = create_folder(&path, |inside| {
            fs::write(inside.join("0.png"), b"half").map_err(|e| Error::io("write", inside, e))?;
            Err(Error::input("no"))
        });
        assert!(result.is_err());
        assert!(names(folder.path())?.is_empty());
        create_folder(&path, |inside| {
            fs::write(inside.join("0.png"), b"whole").map_err(|e| Error::io("write", inside, e))
        })?;
        assert_eq!(names(&path)?, ["0.png"]);
        assert!(create_folder(&path, |_| Ok(())).is_err());
        Ok(())
    }

    #[test]
    fn writers_of_one_file_do_not_disturb_each_other()
    -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a");
        std::thread::scope(|scope| {
            let writers: Vec<_> = (b'0'..b'8')
                .map(|digit| {
                    let path = &path;
                    scope.spawn(move || (0..100).try_for_each(|_| write_file(path, &[digit; 999])))
                })
                .collect();
            writers
                .into_iter()
                .try_for_each(|writer| writer.join().unwrap_or_else(|_| Err(Error::input("panic"))))
        })?;
        let content = fs::read(&path)?;
        assert!(content.len() == 999 && content.iter().all(|byte| byte == &content[0]));
        assert_eq!(names(folder.path())?, ["a"]);
        Ok(())
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_that_cannot_be_synced_is_no_failure() {
        let folder = Path::new("/proc/self");
        let refused = File::open(folder).and_then(|folder| folder.sync_all());
        assert!(refused.is_err_and(|error| error.kind() == io::ErrorKind::InvalidInput));
        assert!(sync_folder(folder).is_ok());
        assert!(sync_folder(Path::new("no/such/folder")).is_err());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let result = write_file("no/such/folder/file", b"x");
        assert!(result.is_err_and(|e| e.to_string().contains("no/such/folder/file")));
    }
}
