//! `tensorboard/`: the run as event files, for those who look at all their runs in TensorBoard.

mod messages;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use image::{GenericImageView, ImageReader};
use prost::Message;
use serde_json::Value as Json;

use super::case::Entry;
use super::log::LogError;
use crate::doctor::Sign;
use crate::doctor::records::masked_crc32c;
use messages::{Content, Event, Image, Metadata, Plugin, SessionLog, Summary, Tensor, Value, What};

/// What the first event of a file says.
const VERSION: &str = "brain.Event:2";

/// An event file of a run that is written while it trains.
///
/// - Numbers of `metrics.jsonl` are scalars: those that the doctor reads have the names that it
///   knows (`d_loss`), others their path (`vitals/critic/weight_norm`). A number that is not
///   finite is NaN.
/// - Sample sheets are the image `samples`.
/// - What the doctor finds and does is the text `doctor`.
///
/// Steps are steps. A file is that of one process; one that goes on from a checkpoint says so
/// first, so that TensorBoard forgets what an interrupted process wrote beyond it.
#[derive(Debug)]
pub(super) struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Begins the next file in the folder, of a run that stands at `step`.
    pub(super) fn begin(folder: &Path, step: u64) -> Result<Self, LogError> {
        let failed = |source| LogError::Io {
            path: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let (path, file) = create(folder).map_err(failed)?;
        let mut events = Self { path, file };
        events.write(0, What::FileVersion(VERSION.to_owned()))?;
        // At the start too: a process may have been killed before its first checkpoint.
        let status = SessionLog::START;
        events.write(step + 1, What::SessionLog(SessionLog { status }))?;
        Ok(events)
    }

    /// Adds a line of `metrics.jsonl`.
    pub(super) fn add_line(&mut self, step: u64, line: &Json) -> Result<(), LogError> {
        let mut values = Vec::new();
        scalars("", line, &mut values);
        self.write(step, What::Summary(Summary { values }))
    }

    /// Adds the picture in a PNG file.
    pub(super) fn add_sheet(&mut self, step: u64, path: &Path) -> Result<(), LogError> {
        let image = read_image(path).map_err(|source| LogError::Io {
            path: path.to_owned(),
            source,
        })?;
        self.add(step, "samples", None, Content::Image(image))
    }

    /// Adds what the doctor found or did.
    pub(super) fn add_entry(&mut self, step: u64, entry: &Entry) -> Result<(), LogError> {
        let name = "text".to_owned();
        let metadata = Metadata {
            plugin: Some(Plugin { name }),
        };
        let text = Content::Tensor(Tensor::of_text(&entry.to_string()));
        self.add(step, "doctor", Some(metadata), text)
    }

    fn add(
        &mut self,
        step: u64,
        tag: &str,
        metadata: Option<Metadata>,
        content: Content,
    ) -> Result<(), LogError> {
        let value = Value {
            tag: tag.to_owned(),
            metadata,
            content: Some(content),
        };
        let values = vec![value];
        self.write(step, What::Summary(Summary { values }))
    }

    /// Adds an event in its frame: length, checksum, event, checksum.
    fn write(&mut self, step: u64, what: What) -> Result<(), LogError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let event = Event {
            wall_time: now.map_or(0.0, |since| since.as_secs_f64()),
            step: step.cast_signed(),
            what: Some(what),
        };
        let event = event.encode_to_vec();
        let length = (event.len() as u64).to_le_bytes();
        let mut frame = Vec::with_capacity(event.len() + 16);
        frame.extend(length);
        frame.extend(masked_crc32c(&length).to_le_bytes());
        frame.extend(&event);
        frame.extend(masked_crc32c(&event).to_le_bytes());
        self.file.write_all(&frame).map_err(|source| LogError::Io {
            path: self.path.clone(),
            source,
        })
    }
}

/// A new file whose name comes after those that are there: TensorBoard reads them in this order.
fn create(folder: &Path) -> io::Result<(PathBuf, File)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.map_or(0, |since| since.as_secs());
    for number in 0_u32.. {
        let name = format!("events.out.tfevents.{seconds:010}.gannet.{number:04}");
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The numbers of a line, by their names.
fn scalars(path: &str, json: &Json, values: &mut Vec<Value>) {
    let below = |key: &str| match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    };
    let number = match json {
        Json::Object(fields) => {
            for (key, json) in fields {
                scalars(&below(key), json, values);
            }
            return;
        }
        Json::Array(items) => {
            for (index, json) in items.iter().enumerate() {
                scalars(&below(&index.to_string()), json, values);
            }
            return;
        }
        Json::Number(number) => number.as_f64(),
        // JSON has no NaN.
        Json::Null => Some(f64::NAN),
        _ => None,
    };
    let is_axis = path == "step";
    if let Some(number) = number.filter(|_| !is_axis) {
        let sign = Sign::ALL.iter().find(|sign| sign.path() == path);
        values.push(Value {
            tag: sign.map_or_else(|| path.replace('.', "/"), |sign| sign.name().to_owned()),
            metadata: None,
            content: Some(Content::Scalar(number as f32)),
        });
    }
}

fn read_image(path: &Path) -> io::Result<Image> {
    let encoded = fs::read(path)?;
    let reader = ImageReader::new(io::Cursor::new(&encoded)).with_guessed_format()?;
    let image = reader.decode().map_err(io::Error::other)?;
    let (width, height) = image.dimensions();
    Ok(Image {
        height: height.cast_signed(),
        width: width.cast_signed(),
        colorspace: image.color().channel_count().into(),
        encoded,
    })
}

#[cfg(test)]
mod tests;
