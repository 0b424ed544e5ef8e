//! What data are: IDX files, CIFAR, an array or image files.

use std::path::Path;

use super::folder::ImageFolder;
use super::{DataError, Split, array, cifar, files, idx};

/// What makes a folder something else than a data set, and what that is.
const NOT_DATA: [(&str, &str); 2] = [
    ("manifest.toml", "a package"),
    ("recipe.toml", "the folder of a run"),
];

/// Images to be scored or described.
#[derive(Debug)]
pub enum Source {
    /// A data set with its parts.
    Parts(Box<Split>),
    /// A folder of image files, which has no parts.
    Files(ImageFolder),
}

/// Opens data as [`load`](super::load) does, but a folder of image files as
/// [`ImageFolder::open`] does. IDX files directly in the folder decide, then
/// CIFAR's.
///
/// # Errors
///
/// A [`DataError`]: those of [`load`](super::load) and [`ImageFolder::open`], and
/// [`DataError::NotData`] if the folder is a package or a run, whose images are
/// pictures of samples.
pub fn open(path: &Path) -> Result<Source, DataError> {
    refuse_what_is_not_data(path)?;
    Ok(match parts(path)? {
        Some(split) => Source::Parts(Box::new(split)),
        None => Source::Files(ImageFolder::open(path)?),
    })
}

/// Loads data of any kind by the rules of [`super::load`].
pub(super) fn load(path: &Path, side: Option<usize>) -> Result<Split, DataError> {
    match parts(path)? {
        Some(split) => split.fitted(side),
        None => {
            refuse_what_is_not_data(path)?;
            files::load(path, side)
        }
    }
}

/// The parts of all data but image files.
fn parts(path: &Path) -> Result<Option<Split>, DataError> {
    if array::is_array(path) {
        return array::load(path).map(Some);
    }
    if !path.is_dir() || idx::is_folder(path) {
        return idx::load_folder(path).map(Some);
    }
    cifar::load_folder(path)
}

fn refuse_what_is_not_data(path: &Path) -> Result<(), DataError> {
    for (file, what) in NOT_DATA {
        if path.join(file).is_file() {
            return Err(DataError::NotData {
                path: path.to_owned(),
                what,
                file,
            });
        }
    }
    Ok(())
}
