//! Event files of TensorBoard.

use std::fs;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::aliases::{Role, normalise};
use super::frames::{Frame, Frames};
use super::intake::Intake;
use super::wire::{Event, Malformed, Scalar};
use super::{Columns, Reading, RecordsError, io_error, open};

/// Files and folders that are looked at in a folder of logs.
const MOST_FILES: usize = 10_000;
/// Folders within each other that are looked into.
const DEEPEST: usize = 16;

/// Whether a file is an event file by its name.
pub(super) fn is_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| name.contains("tfevents"))
}

/// Reads one event file.
pub(super) fn read_file(
    path: &Path,
    reader: impl BufRead,
    columns: &Columns,
) -> Result<Reading, RecordsError> {
    let mut intake = start(path, columns)?;
    File::new(path, "").read(reader, &mut intake)?;
    intake.finish()
}

/// Reads all event files in a folder and below.
pub(super) fn read_folder(root: &Path, columns: &Columns) -> Result<Reading, RecordsError> {
    let files = find(root)?;
    if files.is_empty() {
        return Err(RecordsError::NothingInFolder {
            path: root.to_owned(),
            others: other_logs(root)?,
        });
    }
    let mut intake = start(root, columns)?;
    for path in &files {
        let folder = path
            .parent()
            .and_then(|folder| folder.strip_prefix(root).ok());
        let folder = folder.map(|folder| folder.to_string_lossy().replace('\\', "/"));
        let file = File::new(path, folder.as_deref().unwrap_or_default());
        file.read(open(path)?, &mut intake)?;
    }
    intake.finish()
}

/// Begins a reading. Events carry their steps, which can only be numbered instead.
fn start<'a>(path: &'a Path, columns: &'a Columns) -> Result<Intake<'a>, RecordsError> {
    match columns.mapped().find(|(role, _)| *role == Role::Step) {
        None => Ok(Intake::new(path, columns)),
        Some((_, theirs)) => Err(RecordsError::MapStepOfEvents {
            theirs: theirs.to_owned(),
        }),
    }
}

struct File<'f> {
    path: &'f Path,
    /// The folder in which it is, from the folder that was given.
    folder: &'f str,
    /// The last part of it, normalised.
    normal: String,
}

impl<'f> File<'f> {
    fn new(path: &'f Path, folder: &'f str) -> Self {
        let last = folder.rsplit('/').next().unwrap_or_default();
        Self {
            path,
            folder,
            normal: normalise(last),
        }
    }

    fn read(&self, reader: impl BufRead, intake: &mut Intake<'_>) -> Result<(), RecordsError> {
        let mut frames = Frames::new(self.path, reader);
        let mut column = String::new();
        loop {
            match frames.next()? {
                Frame::Record { offset, bytes } => {
                    let malformed = |Malformed| RecordsError::NotEvents {
                        path: self.path.to_owned(),
                        offset,
                        reason: "the record is no event".to_owned(),
                    };
                    let event = Event::read(bytes).map_err(malformed)?;
                    if let (true, Ok(step)) = (event.is_start, u64::try_from(event.step)) {
                        intake.restart(step);
                    }
                    for scalar in event.scalars() {
                        let scalar = scalar.map_err(malformed)?;
                        self.take(offset, event.step, scalar, &mut column, intake)?;
                    }
                }
                Frame::End => return Ok(()),
                Frame::Cut { offset } => {
                    let path = self.path.display();
                    intake.notes.add("event files that are cut short", || {
                        format!("{path}: cut short within the record at offset {offset} (a run that still writes?), read up to there")
                    });
                    return Ok(());
                }
                Frame::Damaged { offset: 0, reason } => {
                    return Err(RecordsError::NotEvents {
                        path: self.path.to_owned(),
                        offset: 0,
                        reason,
                    });
                }
                Frame::Damaged { offset, reason } => {
                    let path = self.path.display();
                    intake.notes.add("event files that are damaged", || {
                        format!("{path}: damaged at offset {offset}, read up to there: {reason}")
                    });
                    return Ok(());
                }
            }
        }
    }

    fn take(
        &self,
        offset: u64,
        step: i64,
        scalar: Scalar<'_>,
        column: &mut String,
        intake: &mut Intake<'_>,
    ) -> Result<(), RecordsError> {
        column.clear();
        if !self.folder.is_empty() {
            column.push_str(self.folder);
            column.push('/');
        }
        column.push_str(scalar.tag);
        let Some(Role::Sign(sign)) = self.role(scalar.tag, column, intake)? else {
            return Ok(());
        };
        let Some(value) = scalar.value else {
            let tag = scalar.tag;
            intake.notes.add("values that are no scalars", || {
                format!("offset {offset}: `{tag}` is no single number, left out")
            });
            return Ok(());
        };
        match u64::try_from(step) {
            Ok(step) => intake.take_event(step, sign, value),
            Err(_) => return Err(intake.no_step(format_args!("offset {offset}"), step)),
        }
        Ok(())
    }

    /// What a tag is. PyTorch's `add_scalars("loss", {"d": ..})` makes a folder `loss_d` whose tag is
    /// `loss` for all of its parts, so that there the folder alone tells.
    fn role(
        &self,
        tag: &str,
        column: &str,
        intake: &mut Intake<'_>,
    ) -> Result<Option<Role>, RecordsError> {
        if let Some(role) = intake.roles.known(column) {
            return Ok(role);
        }
        let part = self.normal.strip_prefix(&normalise(tag));
        if part.is_some_and(|part| part.starts_with('_')) {
            intake.roles.role(column, &[column, &self.normal])
        } else {
            intake.roles.role(column, &[column, tag])
        }
    }
}

/// The event files in a folder and below, in the order of their names. Links to folders are not
/// followed: they may go round in a circle.
fn find(root: &Path) -> Result<Vec<PathBuf>, RecordsError> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = folders.pop() {
        let io = |source| io_error(&folder, source);
        for entry in fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let path = entry.path();
            let is_folder = entry.file_type().map_err(io)?.is_dir();
            let is_file = !is_folder && is_name(&path) && path.is_file();
            seen += usize::from(is_folder || is_file);
            if seen > MOST_FILES {
                return Err(RecordsError::TooManyFiles {
                    path: root.to_owned(),
                    limit: MOST_FILES,
                });
            }
            if is_folder && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if is_file {
                files.push(path);
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Files in a folder that could be given by name, a few of them.
fn other_logs(root: &Path) -> Result<Vec<String>, RecordsError> {
    const SHOWN: usize = 5;
    let entries = fs::read_dir(root).map_err(|source| io_error(root, source))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| {
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            matches!(extension, Some("csv" | "tsv" | "jsonl" | "ndjson" | "json"))
        })
        .collect();
    names.sort_unstable();
    names.truncate(SHOWN);
    Ok(names)
}
