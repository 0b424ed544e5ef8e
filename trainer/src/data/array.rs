//! A NumPy array of images as a data set.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use gannet::Samples;

use super::{DataError, Dataset, Split, check_memory};

/// A larger file is refused: an array takes five times its pixels while it is read.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Whether a path, by its name, is an array's: `file.npy`, `file.npz` or
/// `file.npz:name`.
pub fn is_array(path: &Path) -> bool {
    let is = |extension| path.extension().is_some_and(|found| found == extension);
    is("npy") || is("npz") || archive(path).is_some()
}

/// The file in `file.npz:name`, if there is one.
fn archive(path: &Path) -> Option<PathBuf> {
    let (file, _) = path.to_str()?.split_once(".npz:")?;
    let file = PathBuf::from(format!("{file}.npz"));
    file.is_file().then_some(file)
}

/// Loads an array by the rules of [`super::load`].
pub(super) fn load(path: &Path) -> Result<Split, DataError> {
    let file = archive(path).unwrap_or_else(|| path.to_owned());
    let metadata = fs::metadata(&file).map_err(|source| DataError::Io {
        path: file.clone(),
        source,
    })?;
    if metadata.len() > MAX_FILE_BYTES {
        return Err(DataError::LargeFile {
            path: file,
            limit: MAX_FILE_BYTES,
        });
    }
    let samples = Samples::read_npy(path).map_err(DataError::Array)?;
    let [n, channels, height, width] = samples.shape();
    if !matches!(channels, 1 | 3) {
        return Err(DataError::Channels {
            path: path.to_owned(),
            channels,
        });
    }
    let stem = file.file_stem().map(OsStr::to_string_lossy);
    let name = stem.unwrap_or_default().to_lowercase();
    // What a compressed file inflates to is bounded by the reader alone.
    check_memory(&name, n, channels * height * width)?;
    let pixels: Vec<_> = (0..n).map(|i| samples.quantised(i)).collect();
    let set = Dataset::new(name, [channels, height, width], pixels.concat(), None)?;
    Split::every_fifth(&set)
}

#[cfg(test)]
mod tests;
