//! What a folder of images is: IDX files or image files.

use std::path::Path;

use super::folder::ImageFolder;
use super::{DataError, Split, idx};

/// What makes a folder something else than a data set, and what that is.
const NOT_DATA: [(&str, &str); 2] = [
    ("manifest.toml", "a package"),
    ("recipe.toml", "the folder of a run"),
];

/// Images to be scored or described.
#[derive(Debug)]
pub enum Source {
    /// A folder of IDX files, with its parts.
    Idx(Split),
    /// A folder of image files, which has no parts.
    Files(ImageFolder),
}

/// Opens a folder of IDX files, as [`load`](super::load) does, or of image files,
/// as [`ImageFolder::open`] does. IDX files directly in the folder decide.
///
/// # Errors
///
/// A [`DataError`]: those of [`load`](super::load) and [`ImageFolder::open`], and
/// [`DataError::NotData`] if the folder is a package or a run, whose images are
/// pictures of samples.
pub fn open(path: &Path) -> Result<Source, DataError> {
    for (file, what) in NOT_DATA {
        if path.join(file).is_file() {
            return Err(DataError::NotData {
                path: path.to_owned(),
                what,
                file,
            });
        }
    }
    if !path.is_dir() || idx::is_folder(path) {
        return Ok(Source::Idx(idx::load_folder(path)?));
    }
    Ok(Source::Files(ImageFolder::open(path)?))
}
