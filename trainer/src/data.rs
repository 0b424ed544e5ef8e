//! Labelled images, and their fixed split into training and held-out images.
//!
//! [`load`] reads a folder of IDX files, plain or gzip-compressed, of CIFAR's
//! binary files or of image files, a NumPy array or Parquet files, or makes a
//! [`Toy`]'s points. The rule of the split never depends on a seed, so that two
//! runs, or a run and a score, always mean the same images:
//!
//! - IDX with a `train` and a `t10k` set, CIFAR with training and test batches,
//!   Parquet with shards of both: the former is for training, the latter is held
//!   out;
//! - one set only: every fifth image (`index % 5 == 4`) is held out.
//!
//! Pixels are kept with 8 bits each. Image files and Parquet files with more than
//! 1 GiB of decoded pixels are not kept but decoded when they are needed, so that
//! they may be larger than memory; of the other kinds at most 4 GiB are loaded.
//! [`Batches`] reads ahead in the background while a network trains.
//!
//! To be scored, images may also be files of any sizes and any number: [`open`]
//! gives a folder of them as it is.

use std::path::{Path, PathBuf};

mod array;
mod batches;
mod cifar;
mod dataset;
mod decode;
mod encoded;
mod error;
mod files;
mod fit;
mod folder;
mod idx;
mod images;
mod order;
mod preparation;
mod shards;
mod source;
mod split;
mod stacked;
mod survey;
#[cfg(test)]
mod tests;
mod toy;

pub use array::is_array;
pub use batches::Batches;
pub use dataset::{Batch, Dataset};
pub use decode::Image;
pub use encoded::EncodedError;
pub use error::DataError;
pub use folder::ImageFolder;
pub use idx::IdxError;
pub use preparation::Preparation;
pub use shards::ShardError;
pub use source::{Source, absolute, open, portable};
pub use split::Split;
pub use survey::{Class, Files, Survey, survey};
pub use toy::Toy;

use crate::{recipe, repository};

/// The default data, relative to the root of the repository.
const DEFAULT_FOLDER: &str = "data/fashion-mnist";

/// Where Debian's package `dataset-fashion-mnist` puts all 70,000 images.
const INSTALLED_FOLDER: &str = "/usr/share/datasets/fashion-mnist";

/// The most bytes of pixels or labels that are loaded.
const LIMIT_BYTES: u64 = 4 << 30;

/// Image files and Parquet files with more bytes of pixels than this are decoded
/// when they are needed, not kept.
const STREAM_ABOVE_BYTES: u64 = 1 << 30;

/// The repository's own Fashion-MNIST, `data/fashion-mnist`, found from any directory inside it.
///
/// # Errors
///
/// [`DataError::NoDefault`], with the directories searched, if there is none.
pub fn default_folder() -> Result<PathBuf, DataError> {
    repository::find(DEFAULT_FOLDER).map_err(no_default)
}

/// All of Fashion-MNIST where Debian's package `dataset-fashion-mnist` is installed, the
/// repository's part of it elsewhere.
///
/// # Errors
///
/// Those of [`default_folder`].
pub fn fullest_folder() -> Result<PathBuf, DataError> {
    match Path::new(INSTALLED_FOLDER) {
        installed if installed.is_dir() => Ok(installed.to_owned()),
        _ => default_folder(),
    }
}

fn no_default(looked_in: Vec<PathBuf>) -> DataError {
    DataError::NoDefault {
        folder: DEFAULT_FOLDER,
        looked_in,
    }
}

/// Loads a data set, or the repository's own Fashion-MNIST if none is named.
///
/// - A folder of IDX files holds `train-images-idx3-ubyte`,
///   `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
///   `t10k-labels-idx1-ubyte`, or one of the two sets. Each may be
///   gzip-compressed (`.gz`) and may be written with a dot
///   (`train-images.idx3-ubyte`); where several spellings of a file exist the
///   plain one is read, then the one with a hyphen. Labels may be missing.
/// - A folder of CIFAR-10's binary files holds `data_batch_1.bin` to
///   `data_batch_5.bin`, or some of them, `test_batch.bin`, or one of the two
///   sets, and perhaps `batches.meta.txt`; one of CIFAR-100's `train.bin`,
///   `test.bin` and `fine_label_names.txt`. They hold labels.
/// - An array is `file.npy`, `file.npz` if that has one array only, or
///   `file.npz:name`, as [`gannet::Samples::read_npy`] reads it, with 1 or 3
///   channels; floats are rounded to 8 bits. The file has 1 GiB at most.
/// - Parquet is `file.parquet`, or a folder of such shards: those whose names begin
///   with `train` are for training, those with `test`, or else `valid`, are held
///   out; if there are not both, all are one set. The images are PNG, JPEG or WebP
///   in a binary column, or a struct with binary `bytes` as Hugging Face has it,
///   called `image` or `img` or the only one; the labels are whole numbers in
///   `label`, `labels` or `fine_label`, none if all are -1.
/// - `toy:NAME` is a [`Toy`]: 100,000 points, and 20,000 held out.
/// - `stacked:FOLDER` is Stacked MNIST of a folder of IDX files: 128,000 random
///   triples of its training images as the colours of one, and 26,000 of its
///   held-out images. The label of a triple of the digits a, b, c is
///   `100 a + 10 b + c`.
/// - Any other folder is one of image files, as [`ImageFolder::open`] lists them.
///   The images are grey if all files are, else of three colours, grey ones
///   repeated. If every image lies in a folder one level down, those folders are
///   the classes; images anywhere else leave the set without labels.
///
/// Image files and Parquet with more than 1 GiB of pixels make a set that is
/// [streamed](Dataset::is_streamed): every image is opened at once, and decoded
/// when it is needed.
///
/// Alpha is dropped. With a `side` every image is cropped to the largest square about its centre
/// and resized to that many pixels ([`PilBilinear`](gannet::Resize::PilBilinear)).
/// Without one images stay as they are, and image files must be square and of
/// one size.
///
/// # Errors
///
/// A [`DataError`] that names the file, where in it, what was expected and
/// what was found.
pub fn load(path: Option<&Path>, side: Option<usize>) -> Result<Split, DataError> {
    load_prepared(path, Preparation::sized(side))
}

/// As [`load`], with everything that may be done to images. Only image files and those in
/// Parquet can be transparent.
///
/// # Errors
///
/// Those of [`load`].
pub fn load_prepared(path: Option<&Path>, preparation: Preparation) -> Result<Split, DataError> {
    match path {
        Some(path) => source::load(path, preparation, STREAM_ABOVE_BYTES),
        None => source::load(&default_folder()?, preparation, STREAM_ABOVE_BYTES),
    }
}

/// Loads the data set of a recipe.
///
/// # Errors
///
/// Those of [`load`], and [`DataError::Changed`] if the recipe names the digest of other
/// training images.
pub fn load_for(recipe: &recipe::Data) -> Result<Split, DataError> {
    let split = load_prepared(recipe.path.as_deref(), recipe.into())?;
    let got = split.training.image_digest();
    match &recipe.digest {
        Some(expected) if *expected != got => Err(DataError::Changed {
            name: split.training.name().to_owned(),
            expected: expected.clone(),
            got,
        }),
        _ => Ok(split),
    }
}

/// Refuses images of `size` bytes each that would not fit.
fn check_memory(name: &str, images: usize, size: usize) -> Result<(), DataError> {
    let needed = (images as u64).saturating_mul(size as u64);
    if needed <= LIMIT_BYTES {
        return Ok(());
    }
    Err(DataError::TooManyPixels {
        name: name.to_owned(),
        images,
        size,
        limit: LIMIT_BYTES,
    })
}
