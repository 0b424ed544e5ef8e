//! What can be wrong with a data set.

use std::io;
use std::path::PathBuf;

use super::{EncodedError, IdxError, ShardError};

/// Why a data set cannot be used: what, where, expected, found, how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The repository's own data are not above the current directory.
    #[error(
        "no `{folder}` in {}: run inside the repository, or name a data set (for training a GAN, with `--set data.path=DATA`)",
        list_paths(looked_in)
    )]
    NoDefault {
        /// The folder searched for.
        folder: &'static str,
        /// The directories that do not contain it.
        looked_in: Vec<PathBuf>,
    },

    /// The training images are not those that the recipe names.
    #[error(
        "{name}: these are not the training images that the recipe names: expected data.digest {expected}, \
         got {got}; name the folder it was made for with data.path, or remove data.digest to train on these"
    )]
    Changed {
        /// The data set.
        name: String,
        /// The digest in the recipe.
        expected: String,
        /// The digest of the images.
        got: String,
    },

    /// The folder does not exist.
    #[error(
        "{}: no such folder; name an existing folder of images, or an array (FILE.npy, FILE.npz, FILE.npz:ARRAY)",
        path.display()
    )]
    NoFolder {
        /// The folder named.
        path: PathBuf,
    },

    /// The path is not a folder.
    #[error(
        "{}: expected a folder of images or an array (.npy, .npz), got another file; name the folder that contains it",
        path.display()
    )]
    NotAFolder {
        /// The path named.
        path: PathBuf,
    },

    /// The operating system refused to read a file.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },

    /// The held-out images are not of the shape of the training images.
    #[error(
        "{}: its images are {}, those of {} are {}; a data set has one shape",
        held_out_path.display(),
        sides(held_out),
        training_path.display(),
        sides(training)
    )]
    ShapeMismatch {
        /// The file of training images.
        training_path: PathBuf,
        /// Their shape, `[c, h, w]`.
        training: [usize; 3],
        /// The file of held-out images.
        held_out_path: PathBuf,
        /// Their shape, `[c, h, w]`.
        held_out: [usize; 3],
    },

    /// There are too few images to hold any out.
    #[error("{name}: {images} images are too few to hold some out; at least {needed} are needed")]
    TooFew {
        /// The data set.
        name: String,
        /// How many images it has.
        images: usize,
        /// How many it needs.
        needed: usize,
    },

    /// The folder holds generated images, not a data set.
    #[error(
        "{}: {what} (it has a {file}), not a folder of images; name the images themselves, or statistics of them",
        path.display()
    )]
    NotData {
        /// The folder.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// The file that shows it.
        file: &'static str,
    },

    /// The folder has neither IDX files nor image files.
    #[error(
        "{}: found no images: neither .png, .jpg, .jpeg or .webp files in it or below it ({passed_over} other files) \
         nor IDX files (looked for {})",
        path.display(),
        looked_for.join(", ")
    )]
    NoImageFiles {
        /// The folder.
        path: PathBuf,
        /// How many other files there are.
        passed_over: usize,
        /// The names of IDX files looked for.
        looked_for: Vec<String>,
    },

    /// A file is larger than is read.
    #[error("{}: larger than {limit} bytes, the limit for such a file", path.display())]
    LargeFile {
        /// The file.
        path: PathBuf,
        /// The most bytes.
        limit: u64,
    },

    /// An image cannot be resized.
    #[error("{name}: cannot be brought to the size asked for")]
    Unfit {
        /// The file or the data set.
        name: String,
        /// The runtime's reason.
        source: gannet::Error,
    },

    /// The pixels of all images would take too much memory.
    #[error(
        "{name}: {images} images of {size} bytes are more than the {limit} bytes that are kept in memory; \
         give a smaller data.size or fewer images"
    )]
    TooManyPixels {
        /// The data set.
        name: String,
        /// How many images it has.
        images: usize,
        /// The bytes of one.
        size: usize,
        /// The most bytes.
        limit: u64,
    },

    /// There are more class folders than labels.
    #[error(
        "{}: {classes} folders of images stand for as many classes, and at most {most} can be told apart; \
         join some, or move the images into one folder to train without classes",
        path.display()
    )]
    ManyClasses {
        /// The folder.
        path: PathBuf,
        /// How many folders it has.
        classes: usize,
        /// The most classes.
        most: usize,
    },

    /// The runtime cannot read an array of images.
    #[error(transparent)]
    Array(gannet::Error),

    /// The images of an array have another number of channels than images have.
    #[error(
        "{}: images of {channels} channels; expected 1 (grey) or 3 (RGB): the shape must be [n, c, h, w] or [n, h, w, c]",
        path.display()
    )]
    Channels {
        /// The array.
        path: PathBuf,
        /// How many channels it has.
        channels: usize,
    },

    /// A file of CIFAR's is damaged or none.
    #[error("{}: {reason}; the file is damaged, or not CIFAR's binary version", path.display())]
    Cifar {
        /// The file.
        path: PathBuf,
        /// What was expected, and found.
        reason: String,
    },

    /// A folder of IDX files.
    #[error(transparent)]
    Idx(#[from] IdxError),

    /// An encoded image.
    #[error(transparent)]
    Encoded(#[from] EncodedError),

    /// A Parquet file.
    #[error(transparent)]
    Shard(#[from] ShardError),

    /// The points of a toy are used as images.
    #[error(
        "{name}: these are points of the plane, not images of 8-bit pixels: no feature network measures them; name a \
         data set of images"
    )]
    Points {
        /// The data set.
        name: String,
    },

    /// There is no such toy.
    #[error("no data `toy:{got}`: expected one of {known}{hint}")]
    UnknownToy {
        /// What was asked for.
        got: String,
        /// The names.
        known: String,
        /// The nearest of them, or nothing.
        hint: String,
    },

    /// A toy's points were to be resized.
    #[error("toy:{name}: points cannot be resized to {side}; leave data.size at 0")]
    SizedToy {
        /// The toy.
        name: &'static str,
        /// The side asked for.
        side: usize,
    },

    /// The system gives no thread to read with.
    #[error("cannot start a thread that reads data: {reason}")]
    Threads {
        /// The system's reason.
        reason: String,
    },

    /// No batch follows one that failed.
    #[error("no more batches: reading the data has failed before")]
    Stopped,

    /// Pixels, labels and shape do not fit together.
    #[error("{name}: {reason}")]
    Inconsistent {
        /// The data set.
        name: String,
        /// What does not fit.
        reason: String,
    },
}

fn list_paths(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// A shape `[c, h, w]` for people.
pub(super) fn sides([channels, height, width]: &[usize; 3]) -> String {
    format!("{channels}x{height}x{width}")
}
