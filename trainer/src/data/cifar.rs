//! The binary files of CIFAR-10 and CIFAR-100.
//!
//! A record is the label (CIFAR-100: the coarse and the fine one), a byte each,
//! then 3,072 pixels `[3, 32, 32]`: <https://www.cs.toronto.edu/~kriz/cifar.html>.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{DataError, Dataset, LIMIT_BYTES, Split, check_memory, idx};

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;

/// What a folder of one of the two sets holds.
struct Layout {
    training: &'static [&'static str],
    held_out: &'static str,
    /// Label bytes of a record; the last is the class.
    label_bytes: usize,
    classes: usize,
    names: &'static str,
}

const CIFAR_10: Layout = Layout {
    training: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    held_out: "test_batch.bin",
    label_bytes: 1,
    classes: 10,
    names: "batches.meta.txt",
};

const CIFAR_100: Layout = Layout {
    training: &["train.bin"],
    held_out: "test.bin",
    label_bytes: 2,
    classes: 100,
    names: "fine_label_names.txt",
};

/// Loads a folder by the rules of [`super::load`], if it has CIFAR's files.
pub(super) fn load_folder(folder: &Path) -> Result<Option<Split>, DataError> {
    for layout in [&CIFAR_10, &CIFAR_100] {
        let present = |name: &&str| folder.join(name).is_file();
        let training: Vec<_> = layout.training.iter().copied().filter(present).collect();
        let held_out: Vec<_> = [layout.held_out].into_iter().filter(present).collect();
        // `train.bin` may be anything, but for the names beside it.
        let named = present(&layout.names);
        if (training.is_empty() && held_out.is_empty()) || (layout.label_bytes == 2 && !named) {
            continue;
        }
        let names = named.then(|| layout.names(folder)).transpose()?;
        let load = |files: &[&str]| layout.load(folder, files, names.as_deref());
        return match (training.is_empty(), held_out.is_empty()) {
            (false, false) => Ok(Some(Split {
                training: load(&training)?,
                held_out: load(&held_out)?,
                rule: format!(
                    "The images of {} are for training, those of {} are held out.",
                    training.join(", "),
                    layout.held_out
                ),
            })),
            (false, true) => Split::every_fifth(&load(&training)?).map(Some),
            (true, _) => Split::every_fifth(&load(&held_out)?).map(Some),
        };
    }
    Ok(None)
}

impl Layout {
    fn load(
        &self,
        folder: &Path,
        files: &[&str],
        names: Option<&[String]>,
    ) -> Result<Dataset, DataError> {
        let name = idx::name_of(folder)?;
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for file in files {
            self.read(folder.join(file), &mut pixels, &mut labels)?;
            check_memory(&name, labels.len(), PIXELS)?;
        }
        let set = Dataset::new(name, SHAPE, pixels, Some(labels))?;
        match names {
            Some(names) => set.with_classes(names.to_vec()),
            None => Ok(set),
        }
    }

    /// Adds the records of a file.
    fn read(
        &self,
        path: PathBuf,
        pixels: &mut Vec<u8>,
        labels: &mut Vec<u16>,
    ) -> Result<(), DataError> {
        let bytes = read(&path)?;
        let size = self.label_bytes + PIXELS;
        if bytes.is_empty() || !bytes.len().is_multiple_of(size) {
            return Err(DataError::Cifar {
                path,
                reason: format!(
                    "expected whole records of {size} bytes, got {} bytes in all",
                    bytes.len()
                ),
            });
        }
        for (index, record) in bytes.chunks_exact(size).enumerate() {
            let (label, image) = record.split_at(self.label_bytes);
            let label = label[self.label_bytes - 1];
            if usize::from(label) >= self.classes {
                return Err(DataError::Cifar {
                    path,
                    reason: format!(
                        "expected a label from 0 to {} at offset {}, got {label}",
                        self.classes - 1,
                        index * size + self.label_bytes - 1,
                    ),
                });
            }
            labels.push(label.into());
            pixels.extend_from_slice(image);
        }
        Ok(())
    }

    /// The names of the classes, one a line.
    fn names(&self, folder: &Path) -> Result<Vec<String>, DataError> {
        let path = folder.join(self.names);
        let text = read(&path)?;
        let names: Vec<_> = String::from_utf8_lossy(&text)
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        if names.len() == self.classes {
            return Ok(names);
        }
        Err(DataError::Cifar {
            path,
            reason: format!(
                "expected the names of {} classes, one a line, got {}",
                self.classes,
                names.len()
            ),
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let failed = |source| DataError::Io {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    let mut limited = file.take(LIMIT_BYTES + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 > LIMIT_BYTES {
        false => Ok(bytes),
        true => Err(DataError::LargeFile {
            path: path.to_owned(),
            limit: LIMIT_BYTES,
        }),
    }
}

#[cfg(test)]
mod tests;
