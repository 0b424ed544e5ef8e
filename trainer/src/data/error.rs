//! What can be wrong with a data set.

use std::io;
use std::path::PathBuf;

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

    /// The folder has no IDX file of images.
    #[error(
        "{}: found no IDX files of images; looked for {}",
        path.display(),
        looked_for.join(", ")
    )]
    NoImages {
        /// The folder.
        path: PathBuf,
        /// The names of files looked for.
        looked_for: Vec<String>,
    },

    /// Labels lie in the folder, and the images that they belong to do not.
    #[error(
        "{}: labels without images; add the images to the folder (looked for {}) or remove the labels",
        labels.display(),
        looked_for.join(", ")
    )]
    LabelsWithoutImages {
        /// The file of labels.
        labels: PathBuf,
        /// The names of files looked for.
        looked_for: Vec<String>,
    },

    /// The operating system refused to read a file.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },

    /// A file named `.gz` is not gzip, or its compressed bytes are damaged.
    #[error(
        "{}: not valid gzip (after {offset} decoded bytes); download it again, or drop `.gz` from the name of a plain file",
        path.display()
    )]
    Gzip {
        /// The file.
        path: PathBuf,
        /// How many bytes were decoded before the damage.
        offset: u64,
        /// The decoder's reason.
        source: io::Error,
    },

    /// A compressed file ends before its compressed stream does.
    #[error(
        "{}: the gzip stream is cut short after {offset} decoded bytes; download the file again",
        path.display()
    )]
    TruncatedGzip {
        /// The file.
        path: PathBuf,
        /// How many bytes could be decoded.
        offset: u64,
    },

    /// The file does not begin as its kind of IDX file does.
    #[error(
        "{}: bad magic number at offset 0: expected {expected:#010x} ({kind}), got {got:#010x}{}",
        path.display(),
        if got >> 16 == 0x1f8b { "; the file is gzip, add `.gz` to its name" } else { "" }
    )]
    Magic {
        /// The file.
        path: PathBuf,
        /// What the magic number expected stands for.
        kind: &'static str,
        /// The magic number expected.
        expected: u32,
        /// The first four bytes of the file, big-endian.
        got: u32,
    },

    /// The file ends too early.
    #[error(
        "{}: cut short: expected {expected} bytes {what} at offset {offset}, got {got}; download the file again",
        path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The part cut short.
        what: &'static str,
        /// Where the part begins, in the decoded file.
        offset: u64,
        /// The bytes that the part should have.
        expected: u64,
        /// The bytes that it has.
        got: u64,
    },

    /// The file goes on after its last image or label.
    #[error(
        "{}: bytes after the end: by its header the file has {expected} bytes, and it goes on; it is damaged or not IDX",
        path.display()
    )]
    Trailing {
        /// The file.
        path: PathBuf,
        /// The size by the header, decoded.
        expected: u64,
    },

    /// The header promises more than can be loaded.
    #[error(
        "{}: too large: the header at offset 4 promises {count} items of {size} bytes, and at most {limit} bytes can be loaded; the header is damaged, or split the file",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The number of items by the header.
        count: u64,
        /// The bytes of an item by the header.
        size: u64,
        /// The bytes that can be loaded.
        limit: u64,
    },

    /// The file has a header and no images, or images without pixels.
    #[error(
        "{}: nothing in it: the header at offset 4 gives {count} images of {height}x{width}; every size must be at least 1",
        path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
        /// The number of images by the header.
        count: u32,
        /// Their height by the header.
        height: u32,
        /// Their width by the header.
        width: u32,
    },

    /// There are not as many labels as images.
    #[error(
        "{}: {labels} labels (offset 4) for the {images} images of {}; the two files do not belong together",
        labels_path.display(),
        images_path.display()
    )]
    CountMismatch {
        /// The file of images.
        images_path: PathBuf,
        /// The number of images.
        images: usize,
        /// The file of labels.
        labels_path: PathBuf,
        /// The number of labels.
        labels: usize,
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

    /// An image file cannot be decoded.
    #[error(
        "{}: not a usable PNG, JPEG or WebP image; mend the file or remove it",
        path.display()
    )]
    BrokenImage {
        /// The file.
        path: PathBuf,
        /// The decoder's reason.
        source: image::ImageError,
    },

    /// A JPEG file stops before its image does.
    #[error("{}: the JPEG image is cut short; download it again or remove it", path.display())]
    CutShort {
        /// The file.
        path: PathBuf,
    },

    /// A file is larger than is read.
    #[error("{}: larger than {limit} bytes, the limit for such a file", path.display())]
    LargeFile {
        /// The file.
        path: PathBuf,
        /// The most bytes.
        limit: u64,
    },

    /// An image has 16-bit grey pixels, which have no agreed 8-bit form.
    #[error(
        "{}: 16-bit grey pixels, which PIL would cut off at 255; convert the image to 8 bits",
        path.display()
    )]
    DeepGrey {
        /// The file.
        path: PathBuf,
    },

    /// Images differ in size or are not square, and no size was given.
    #[error(
        "{}: {} pixels{}; a data set has one square size: give it with data.size in a recipe or --size of \
         `features train`, and images are cropped to the square about their centre and resized",
        path.display(),
        area(got),
        if first == got { String::new() } else { format!(", and {} has {}", first_path.display(), area(first)) }
    )]
    ManySizes {
        /// The file.
        path: PathBuf,
        /// Its height and width.
        got: [usize; 2],
        /// The first file.
        first_path: PathBuf,
        /// Its height and width.
        first: [usize; 2],
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

fn area([height, width]: &[usize; 2]) -> String {
    format!("{height}x{width}")
}

fn sides([channels, height, width]: &[usize; 3]) -> String {
    format!("{channels}x{height}x{width}")
}
