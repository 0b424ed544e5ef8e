//! What data are: IDX files, CIFAR, an array, Parquet, image files, or a toy.

use std::io;
use std::path::{Path, PathBuf};

use super::folder::ImageFolder;
use super::{DataError, Preparation, Split, Toy, array, cifar, files, idx, shards, stacked};
use crate::recipe::Background;

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

/// What names a data set.
enum Named<'a> {
    /// `toy:NAME`.
    Toy(&'a str),
    /// `stacked:FOLDER`.
    Stacked(&'a Path),
    /// A path.
    At(&'a Path),
}

const TOY: &str = "toy:";
const STACKED: &str = "stacked:";

impl<'a> Named<'a> {
    fn by(path: &'a Path) -> Self {
        let Some(text) = path.to_str() else {
            return Self::At(path);
        };
        match (text.strip_prefix(TOY), text.strip_prefix(STACKED)) {
            (Some(name), _) => Self::Toy(name),
            (_, Some(folder)) => Self::Stacked(Path::new(folder)),
            _ => Self::At(path),
        }
    }

    /// The same with another path, if it has one.
    fn with(self, change: impl FnOnce(&Path) -> io::Result<PathBuf>) -> io::Result<PathBuf> {
        Ok(match self {
            Self::Toy(name) => format!("{TOY}{name}").into(),
            Self::Stacked(folder) => {
                let mut whole = std::ffi::OsString::from(STACKED);
                whole.push(change(folder)?);
                whole.into()
            }
            Self::At(path) => change(path)?,
        })
    }
}

/// What names a data set, such that it does from any directory: a path, or that in
/// `stacked:FOLDER`, becomes absolute; `toy:NAME` stays.
///
/// # Errors
///
/// Those of [`std::path::absolute`].
pub fn absolute(path: &Path) -> io::Result<PathBuf> {
    Named::by(path).with(|path| std::path::absolute(path))
}

/// What names a data set, with the word `FOLDER` for where it lies on this machine.
pub fn portable(path: &Path) -> PathBuf {
    match Named::by(path) {
        Named::Toy(_) => path.to_owned(),
        Named::Stacked(_) => format!("{STACKED}FOLDER").into(),
        Named::At(_) => "FOLDER".into(),
    }
}

/// Opens data as [`load`](super::load) does, transparent images laid on `background`, but a folder of image files as
/// [`ImageFolder::open`] does. Parquet files directly in the folder decide, then
/// IDX files, then CIFAR's.
///
/// # Errors
///
/// A [`DataError`]: those of [`load`](super::load) and [`ImageFolder::open`], and
/// [`DataError::NotData`] if the folder is a package or a run, whose images are
/// pictures of samples.
pub fn open(path: &Path, background: Background) -> Result<Source, DataError> {
    refuse_what_is_not_data(path)?;
    let preparation = Preparation {
        side: None,
        background,
    };
    Ok(match parts(path, preparation, super::STREAM_ABOVE_BYTES)? {
        Some(split) => Source::Parts(Box::new(split)),
        None => Source::Files(ImageFolder::open(path)?.on(background)),
    })
}

/// What images of different sizes may come from.
pub(super) enum Origin {
    /// A folder of image files.
    Folder(ImageFolder),
    /// Parquet files.
    Shards(shards::Shards),
    /// Anything else, in which all images have one size.
    Whole,
}

/// Opens what [`super::load`] would load, to look at the images as they are stored.
pub(super) fn origin(path: &Path) -> Result<Origin, DataError> {
    let Named::At(path) = Named::by(path) else {
        return Ok(Origin::Whole);
    };
    if shards::are_at(path)? {
        return shards::open(path).map(Origin::Shards);
    }
    let is_whole = array::is_array(path)
        || !path.is_dir()
        || idx::is_folder(path)
        || cifar::load_folder(path)?.is_some();
    match is_whole {
        true => Ok(Origin::Whole),
        false => ImageFolder::open(path).map(Origin::Folder),
    }
}

/// Loads data of any kind by the rules of [`super::load`]; of image files and
/// Parquet more than `limit` bytes of pixels are streamed.
pub(super) fn load(path: &Path, preparation: Preparation, limit: u64) -> Result<Split, DataError> {
    match parts(path, preparation, limit)? {
        Some(split) => Ok(split),
        None => {
            refuse_what_is_not_data(path)?;
            files::load(path, preparation, limit)
        }
    }
}

/// The parts of all data but image files.
fn parts(path: &Path, preparation: Preparation, limit: u64) -> Result<Option<Split>, DataError> {
    let side = preparation.side;
    let path = match (Named::by(path), side) {
        (Named::Toy(name), None) => return Toy::named(name)?.split().map(Some),
        (Named::Toy(name), Some(side)) => {
            return Err(DataError::SizedToy {
                name: Toy::named(name)?.name(),
                side,
            });
        }
        (Named::Stacked(folder), side) => return stacked::load(folder, side).map(Some),
        (Named::At(path), _) => path,
    };
    if shards::are_at(path)? {
        return shards::load(path, preparation, limit).map(Some);
    }
    let split = if array::is_array(path) {
        Some(array::load(path)?)
    } else if !path.is_dir() || idx::is_folder(path) {
        Some(idx::load_folder(path)?)
    } else {
        cifar::load_folder(path)?
    };
    split.map(|split| split.fitted(side)).transpose()
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
