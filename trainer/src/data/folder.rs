//! A folder of image files, of any sizes, read one at a time.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::decode::{self, Image};
use super::encoded::{Encoded, in_parallel};
use super::{DataError, idx};
use crate::recipe::Background;

/// The extensions of image files, in any case of letters.
const EXTENSIONS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// The image files in a folder and the folders below it, in a fixed order.
///
/// Only names are kept in memory.
#[derive(Debug)]
pub struct ImageFolder {
    path: PathBuf,
    name: String,
    files: Vec<PathBuf>,
    passed_over: usize,
    background: Background,
}

/// The classes of a folder's images.
pub(super) struct Classes {
    /// By label.
    pub(super) names: Vec<String>,
    /// One an image.
    pub(super) labels: Vec<u16>,
}

impl ImageFolder {
    /// Lists the `.png`, `.jpg`, `.jpeg` and `.webp` files in a folder and the
    /// folders below it, sorted by their path from there.
    ///
    /// What is hidden (its name starts with a dot) does not count. A link to a
    /// file is that file; a link to a folder is not followed.
    ///
    /// # Errors
    ///
    /// [`DataError::NoImageFiles`] if there are none, [`DataError::Io`] if a
    /// folder cannot be read.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut files = Vec::new();
        let mut passed_over = 0;
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let whole = path.join(&folder);
            let failed = |source| DataError::Io {
                path: whole.clone(),
                source,
            };
            for entry in fs::read_dir(&whole).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let relative = folder.join(entry.file_name());
                if entry.file_name().as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                if entry.file_type().map_err(failed)?.is_dir() {
                    folders.push(relative);
                } else if is_image(&relative) && !entry.path().is_dir() {
                    files.push(relative);
                } else {
                    passed_over += 1;
                }
            }
        }
        if files.is_empty() {
            return Err(DataError::NoImageFiles {
                path: path.to_owned(),
                passed_over,
                looked_for: idx::spellings_of_images(),
            });
        }
        files.sort();
        Ok(Self {
            path: path.to_owned(),
            name: idx::name_of(path)?,
            files,
            passed_over,
            background: Background::None,
        })
    }

    /// The same, each transparent image laid on `background` when it is [read](Self::read).
    #[must_use]
    pub fn on(self, background: Background) -> Self {
        Self { background, ..self }
    }

    /// What transparent images are laid on.
    pub fn background(&self) -> Background {
        self.background
    }

    /// The name of the data set: that of its folder, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many images there are; at least 1.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Always false: a folder without images cannot be opened.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many files and links are not hidden and no images.
    pub fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// Where an image is.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    pub fn path(&self, index: usize) -> PathBuf {
        self.path.join(&self.files[index])
    }

    /// The names of the classes and each image's label, if every image lies in a
    /// folder one level down: the folders are the classes, in their order.
    ///
    /// # Errors
    ///
    /// [`DataError::ManyClasses`] if there are more than labels of 16 bits can tell.
    pub(super) fn classes(&self) -> Result<Option<Classes>, DataError> {
        let folders: Option<Vec<OsString>> = self.files.iter().map(|file| class_of(file)).collect();
        let Some(folders) = folders else {
            return Ok(None);
        };
        // The files are sorted: those of a folder stand together.
        let mut names = folders.clone();
        names.dedup();
        let label = |folder| names.binary_search(folder).ok().map(u16::try_from);
        let labels: Option<Vec<u16>> = folders.iter().map(|folder| label(folder)?.ok()).collect();
        let labels = labels.ok_or_else(|| DataError::ManyClasses {
            path: self.path.clone(),
            classes: names.len(),
            most: usize::from(u16::MAX) + 1,
        })?;
        let text = |name: &OsString| name.to_string_lossy().into_owned();
        Ok(Some(Classes {
            names: names.iter().map(text).collect(),
            labels,
        }))
    }

    /// Reads and decodes an image.
    ///
    /// # Errors
    ///
    /// A [`DataError`] that names the file if it cannot be read, is broken, is
    /// too large or has a kind of pixel that is not taken.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    pub fn read(&self, index: usize) -> Result<Image, DataError> {
        let bytes = decode::read(&self.path(index))?;
        decode::decode(&bytes, self.background, &|| self.place(index))
    }
}

impl Encoded for ImageFolder {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn place(&self, index: usize) -> String {
        self.path(index).display().to_string()
    }

    fn map<T: Send>(
        &self,
        indices: &[usize],
        take: impl Fn(usize, &[u8]) -> Result<T, DataError> + Sync,
    ) -> Result<Vec<T>, DataError> {
        in_parallel(indices, |&index| {
            take(index, &decode::read(&self.path(index))?)
        })
    }
}

/// The folder that a file lies in, if that is one level down.
fn class_of(file: &Path) -> Option<OsString> {
    let folder = file.parent()?;
    (folder.components().count() == 1).then(|| folder.as_os_str().to_owned())
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|found| {
        EXTENSIONS
            .iter()
            .any(|known| found.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests;
