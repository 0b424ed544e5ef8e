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
            shown.extend(picture(&file.path)?.map(|data| Sheet {
                images: file.images,
                data,
            }));
        }
        Ok(Self {
            left_out: files.len() - shown.len(),
            shown,
        })
    }
}

/// A PNG as data of the page. None if there is no such file, or it is no PNG, which would be shown
/// as a broken picture.
pub(super) fn picture(path: &Path) -> Result<Option<String>, ReportError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io(path, source)),
    };
    let is_png = bytes.starts_with(PNG);
    Ok(is_png.then(|| format!("data:image/png;base64,{}", STANDARD.encode(bytes))))
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
