//! Reads the training logs of others, and our own, into a [`History`].
//!
//! Three kinds of log are read: tables with a header ([`read_csv`]), lines of JSON
//! ([`read_json_lines`]) and the event files of TensorBoard ([`read_events`]); [`read`] tells
//! them apart. All of them are streamed in bounded memory, whatever a file claims of itself.
//! What is odd in a log and can be passed over becomes a note, what would make the history
//! wrong is an error.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::{History, Sign};

mod aliases;
mod columns;
mod crc32c;
mod csv;
mod error;
mod events;
mod fields;
mod frames;
mod intake;
mod json;
mod lines;
mod notes;
mod roles;
mod wire;

#[cfg(test)]
mod tests;

pub use columns::Columns;
pub(crate) use crc32c::masked as masked_crc32c;
pub use error::RecordsError;

/// What a log told.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The signs.
    pub history: History,
    /// What was odd, for people: a few examples of each oddity, and how many more there are.
    pub notes: Vec<String>,
    /// Columns, keys or tags that are not understood, in the order in which they appeared.
    pub ignored: Vec<String>,
}

/// Reads a log by what it is: a folder of a run of ours (`metrics.jsonl`), a folder with event
/// files, an event file, `.csv` or `.tsv`, `.jsonl`, `.ndjson` or `.json`. A file with another
/// name is told by its first bytes.
pub fn read(path: &Path, columns: &Columns) -> Result<Reading, RecordsError> {
    if inspect(path)?.is_dir() {
        let metrics = path.join("metrics.jsonl");
        return if metrics.is_file() {
            read_json_lines(&metrics, columns)
        } else {
            read_events(path, columns)
        };
    }
    if events::is_name(path) {
        return read_events(path, columns);
    }
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "tsv") => read_csv(path, columns),
        Some("jsonl" | "ndjson" | "json") => read_json_lines(path, columns),
        _ => {
            // Read on from the same opening: a pipe cannot be opened twice.
            let mut reader = open(path)?;
            let first = reader.fill_buf().map_err(|source| io_error(path, source))?;
            let text = first.strip_prefix(lines::BOM).unwrap_or(first);
            let text = String::from_utf8_lossy(text.trim_ascii_start());
            if frames::is_frame(first) {
                events::read_file(path, reader, columns)
            } else if text.starts_with('{') || json::is_array(&text) {
                json::read(path, reader, columns)
            } else {
                csv::read(path, reader, columns)
            }
        }
    }
}

/// Reads a table: a line of column names, then a line a step, separated by commas, semicolons or
/// tabs, whichever the header has most of.
///
/// Fields may be quoted as in RFC 4180. An empty field is no value; `nan` and `inf` are values
/// that are not finite. Lines of up to 1 MiB are read.
pub fn read_csv(path: &Path, columns: &Columns) -> Result<Reading, RecordsError> {
    csv::read(path, open(path)?, columns)
}

/// Reads JSON, one object a line.
///
/// Values in nested objects are named by the keys to them, as `Loss/D/loss.mean`, and an object
/// with a `mean` also stands for it: `Loss/D/loss`. A record of our own `metrics.jsonl` is read by
/// the paths of the signs. `null` and Python's `NaN` and `Infinity` are values that are not
/// finite. Lines of up to 1 MiB are read.
pub fn read_json_lines(path: &Path, columns: &Columns) -> Result<Reading, RecordsError> {
    json::read(path, open(path)?, columns)
}

/// Reads an event file of TensorBoard, or all `*tfevents*` files in a folder and below it, in the
/// order of their names.
///
/// A tag of a file in a folder below is also known by `folder/tag`; in the folders that
/// PyTorch's `add_scalars` makes, by the folder's name. A file that is cut short or damaged
/// after its first record is read up to there, as TensorBoard does, with a note.
pub fn read_events(path: &Path, columns: &Columns) -> Result<Reading, RecordsError> {
    if inspect(path)?.is_dir() {
        events::read_folder(path, columns)
    } else {
        events::read_file(path, open(path)?, columns)
    }
}

fn inspect(path: &Path) -> Result<fs::Metadata, RecordsError> {
    fs::metadata(path).map_err(|source| io_error(path, source))
}

fn open(path: &Path) -> Result<BufReader<File>, RecordsError> {
    let file = File::open(path).map_err(|source| io_error(path, source))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

fn io_error(path: &Path, source: io::Error) -> RecordsError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => RecordsError::Missing { path },
        _ => RecordsError::Io { path, source },
    }
}
