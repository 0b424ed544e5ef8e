//! The sample sheets of a run, as data of the page.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ReportError;

/// Sheets that a page holds.
const MOST: usize = 24;

/// Bytes of all sheets of a page.
const MOST_BYTES: u64 = 6 << 20;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A sheet.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) images: u64,
    /// `data:image/png;base64,…`
    pub(super) data: String,
}

/// The sheets that a page shows.
#[derive(Debug, Default)]
pub(super) struct Sheets {
    pub(super) shown: Vec<Sheet>,
    pub(super) left_out: usize,
}

impl Sheets {
    /// Reads the `images-N.png` of a folder up to `last` images, thinned out evenly to what a page
    /// holds, the first and the last kept; a folder that is not there has none.
    pub(super) fn read(folder: &Path, last: u64) -> Result<Self, ReportError> {
        let mut files = list(folder)?;
        files.retain(|file| file.images <= last);
        let mut count = files.len().min(MOST);
        let mut kept = evenly(files.len(), count);
        let size = |kept: &[usize]| kept.iter().map(|&at| files[at].bytes).sum::<u64>();
        while count > 0 && size(&kept) > MOST_BYTES {
            count -= 1;
            kept = evenly(files.len(), count);
        }
        let mut shown = Vec::new();
        for &at in &kept {
            let file = &files[at];
            let bytes = fs::read(&file.path).map_err(|source| io(&file.path, source))?;
            // What is no picture would be shown as a broken one.
            if bytes.starts_with(PNG) {
                shown.push(Sheet {
                    images: file.images,
                    data: format!("data:image/png;base64,{}", STANDARD.encode(bytes)),
                });
            }
        }
        Ok(Self {
            left_out: files.len() - shown.len(),
            shown,
        })
    }
}

struct File {
    images: u64,
    bytes: u64,
    path: PathBuf,
}

fn list(folder: &Path) -> Result<Vec<File>, ReportError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(io(folder, source)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| io(folder, source))?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            let name = name.strip_prefix("images-")?.strip_suffix(".png")?;
            name.parse().ok()
        });
        if let Some(images) = number {
            let metadata = entry.metadata().map_err(|source| io(folder, source))?;
            files.push(File {
                images,
                bytes: metadata.len(),
                path: entry.path(),
            });
        }
    }
    files.sort_by_key(|file| file.images);
    Ok(files)
}

/// `count` of the places below `n`, evenly apart, the last among them, and, of several, the first.
pub(super) fn evenly(n: usize, count: usize) -> Vec<usize> {
    match count {
        0 => Vec::new(),
        1 => vec![n - 1],
        _ if count >= n => (0..n).collect(),
        _ => (0..count)
            .map(|place| (place * (n - 1) + (count - 1) / 2) / (count - 1))
            .collect(),
    }
}

fn io(path: &Path, source: std::io::Error) -> ReportError {
    ReportError::Read {
        path: path.to_owned(),
        source,
    }
}
