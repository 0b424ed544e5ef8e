//! What can be wrong with a Parquet file of images.

use std::path::PathBuf;

use parquet::errors::ParquetError;

/// Why a Parquet file cannot be used: what, where, expected, found, how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// The file is not Parquet, or its end, which describes the rest, is damaged.
    #[error("{}: not a usable Parquet file; download it again", path.display())]
    NotParquet {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: ParquetError,
    },

    /// No column, or more than one, can be the images.
    #[error(
        "{}: expected a column `image` or `img`, or one other column, of encoded images (binary, or a struct with \
         binary `bytes`); it has {columns}",
        path.display()
    )]
    NoImages {
        /// The file.
        path: PathBuf,
        /// The columns with their types.
        columns: String,
    },

    /// A column is not of the type that its name stands for.
    #[error("{}: the column `{column}`: expected {expected}, got {got}", path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        got: String,
    },

    /// A column is compressed in a way that is not read.
    #[error(
        "{}: the column `{column}` is compressed with {got}: expected SNAPPY, GZIP or none; write the file again, in \
         Python with compression='snappy'",
        path.display()
    )]
    Codec {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The compression.
        got: String,
    },

    /// A row group's content is damaged.
    #[error("{}: row group {group} cannot be read; download the file again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The row group, from 0.
        group: usize,
        /// The reader's reason.
        source: ParquetError,
    },

    /// The reader gave up on a file instead of saying what is wrong with it.
    #[error("{}: damaged, so that the Parquet reader fails; download the file again", path.display())]
    Reader {
        /// The file.
        path: PathBuf,
    },

    /// A row has no image, or a row group ends before its rows do.
    #[error("{place}: no image; remove the row, or download the file again if it should have one")]
    Missing {
        /// The file, the row group and the row in it, from 0.
        place: String,
    },

    /// A label is not one of a class.
    #[error(
        "{place}: expected a label from 0 to 65535, got {got}; remove the column, or number the classes from 0"
    )]
    Label {
        /// The file, the row group and the row in it, from 0.
        place: String,
        /// What it is.
        got: i64,
    },
}
