//! Parquet files with a column of encoded images, as Hugging Face writes them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{DataError, Dataset, Preparation, Split, encoded, idx};
pub(super) use shard::Shards;

mod columns;
mod error;
mod shard;

pub use error::ShardError;

/// How the names of shards begin that are held out: the first kind that there is.
const HELD_OUT: [&str; 2] = ["test", "valid"];

/// Whether a path is a Parquet file, or a folder with one in it.
pub(super) fn are_at(path: &Path) -> Result<bool, DataError> {
    Ok(is_parquet(path) || (path.is_dir() && !files_in(path)?.is_empty()))
}

fn is_parquet(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|found| found.eq_ignore_ascii_case("parquet"))
}

/// The Parquet files in a folder, in the order of their names.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Io {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_parquet(&path) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Opens a Parquet file, or all in a folder.
pub(super) fn open(path: &Path) -> Result<Shards, DataError> {
    match path.is_dir() {
        true => Shards::open(&files_in(path)?),
        false => Shards::open(&[path.to_owned()]),
    }
}

/// Loads a Parquet file or a folder of shards by the rules of [`super::load`]; more
/// than `limit` bytes of pixels are streamed.
pub(super) fn load(path: &Path, preparation: Preparation, limit: u64) -> Result<Split, DataError> {
    let (name, files) = if path.is_dir() {
        (idx::name_of(path)?, files_in(path)?)
    } else {
        let stem = path.file_stem().map(OsStr::to_string_lossy);
        (
            stem.unwrap_or_default().to_lowercase(),
            vec![path.to_owned()],
        )
    };
    let part = |files: &[PathBuf]| part(&name, files, preparation, limit);
    let all = files.len();
    let begins = |start: &str| -> Vec<PathBuf> {
        let is = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.to_lowercase().starts_with(start)
        };
        files.iter().filter(is).cloned().collect()
    };
    let training = begins("train");
    let held_out = HELD_OUT.map(|start| (start, begins(start)));
    let held_out = held_out.into_iter().find(|(_, files)| !files.is_empty());
    let (used, split) = match (training.is_empty(), held_out) {
        (false, Some((start, held_out))) => {
            let used = training.len() + held_out.len();
            let (training_path, held_out_path) = (training[0].clone(), held_out[0].clone());
            let (training, held_out) = (part(&training)?, part(&held_out)?);
            if training.shape() != held_out.shape() {
                return Err(DataError::ShapeMismatch {
                    training_path,
                    training: training.shape(),
                    held_out_path,
                    held_out: held_out.shape(),
                });
            }
            let rule = format!(
                "The images of train*.parquet are for training, those of {start}*.parquet are held out."
            );
            (
                used,
                Split {
                    training,
                    held_out,
                    rule,
                },
            )
        }
        (false, None) => (training.len(), Split::every_fifth(&part(&training)?)?),
        (true, Some((_, held_out))) => (held_out.len(), Split::every_fifth(&part(&held_out)?)?),
        (true, None) => (all, Split::every_fifth(&part(&files)?)?),
    };
    let mut rule = split.rule;
    rule += &preparation.describe();
    if used < all {
        rule += &format!(" {} other Parquet files are passed over.", all - used);
    }
    if split.training.is_streamed() || split.held_out.is_streamed() {
        rule += encoded::STREAMED;
    }
    Ok(Split { rule, ..split })
}

/// The images of these shards.
fn part(
    name: &str,
    files: &[PathBuf],
    preparation: Preparation,
    limit: u64,
) -> Result<Dataset, DataError> {
    let shards = Shards::open(files)?;
    if shards.is_empty() {
        return Err(DataError::Inconsistent {
            name: name.to_owned(),
            reason: format!("no rows in {}", files[0].display()),
        });
    }
    let labels = shards.labels()?;
    let classes = shards.classes();
    let set = encoded::dataset(name, shards, preparation, labels, limit)?;
    match classes {
        Some(classes) if set.labels().is_some() => set.with_classes(classes),
        _ => Ok(set),
    }
}

#[cfg(test)]
mod tests;
