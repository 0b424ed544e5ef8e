//! What can be wrong with IDX files.

use std::io;
use std::path::PathBuf;

/// Why IDX files cannot be used: what, where, expected, found, how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
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
}
