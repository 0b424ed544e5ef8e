//! Labelled images, and their fixed split into training and held-out images.
//!
//! [`load`] reads a folder of IDX files, plain or gzip-compressed, of CIFAR's
//! binary files or of image files, or a NumPy array. The rule of the split never
//! depends on a seed, so that two runs, or a run and a score, always mean the
//! same images:
//!
//! - IDX with a `train` and a `t10k` set, CIFAR with training and test batches:
//!   the former is for training, the latter is held out;
//! - one set only: every fifth image (`index % 5 == 4`) is held out.
//!
//! The pixels of the whole set are in memory, 8 bits each, at most 4 GiB of
//! them; loading takes twice that for a moment.
//!
//! To be scored, images may also be files of any sizes and any number: [`open`]
//! gives a folder of them as it is.

use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

mod array;
mod cifar;
mod decode;
mod error;
mod files;
mod fit;
mod folder;
mod idx;
mod source;
#[cfg(test)]
mod tests;

pub use array::is_array;
pub use decode::Image;
pub use error::DataError;
pub use folder::ImageFolder;
pub use source::{Source, open};

use crate::{recipe, repository};

/// The default data, relative to the root of the repository.
const DEFAULT_FOLDER: &str = "data/fashion-mnist";

/// Where Debian's package `dataset-fashion-mnist` puts all 70,000 images.
const INSTALLED_FOLDER: &str = "/usr/share/datasets/fashion-mnist";

/// Held out from a single set: one image in this many.
const HELD_OUT_EVERY: usize = 5;

/// The most bytes of pixels or labels that are loaded.
const LIMIT_BYTES: u64 = 4 << 30;

/// The classes of Fashion-MNIST, in the order of their labels.
const FASHION_MNIST_CLASSES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Images of one shape as 8-bit pixels `[n, c, h, w]`, with labels if known.
#[derive(Clone)]
pub struct Dataset {
    name: String,
    shape: [usize; 3],
    pixels: Vec<u8>,
    labels: Option<Vec<u8>>,
    classes: Option<Vec<String>>,
    digest: String,
}

impl Dataset {
    /// Makes a data set of images `shape` = `[c, h, w]` from `pixels`
    /// `[n, c, h, w]` and, if known, one label an image.
    ///
    /// # Errors
    ///
    /// [`DataError::Inconsistent`] if a side is 0, if there is no image, if
    /// the pixels do not make whole images or the labels do not match them.
    pub fn new(
        name: impl Into<String>,
        shape: [usize; 3],
        pixels: Vec<u8>,
        labels: Option<Vec<u8>>,
    ) -> Result<Self, DataError> {
        let name = name.into();
        let inconsistent = |reason: String| DataError::Inconsistent {
            name: name.clone(),
            reason,
        };
        let [channels, height, width] = shape;
        let side = channels
            .checked_mul(height)
            .and_then(|area| area.checked_mul(width))
            .filter(|&size| size > 0)
            .ok_or_else(|| inconsistent(format!("an image cannot be {shape:?}")))?;
        if pixels.is_empty() || !pixels.len().is_multiple_of(side) {
            return Err(inconsistent(format!(
                "{} pixels do not make whole images of {channels}x{height}x{width}",
                pixels.len()
            )));
        }
        let count = pixels.len() / side;
        if let Some(labels) = &labels
            && labels.len() != count
        {
            return Err(inconsistent(format!(
                "{} labels for {count} images",
                labels.len()
            )));
        }
        let digest = digest(shape, &pixels, labels.as_deref());
        Ok(Self {
            name,
            shape,
            pixels,
            labels,
            classes: None,
            digest,
        })
    }

    /// The same with the names of the classes, by label.
    ///
    /// # Errors
    ///
    /// [`DataError::Inconsistent`] if a label has no name, or a name has a comma,
    /// which separates them in a feature network's metadata.
    pub fn with_classes(mut self, classes: Vec<String>) -> Result<Self, DataError> {
        let greatest = self.labels().and_then(|labels| labels.iter().max());
        let reason = match (greatest, classes.iter().find(|name| name.contains(','))) {
            (_, Some(name)) => format!("the class {name:?} has a comma in its name; rename it"),
            (Some(&label), _) if usize::from(label) >= classes.len() => {
                format!("label {label} is not one of {} classes", classes.len())
            }
            _ => {
                self.classes = Some(classes);
                return Ok(self);
            }
        };
        Err(DataError::Inconsistent {
            name: self.name,
            reason,
        })
    }

    /// The name of the data set: that of its folder, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many images there are; at least 1.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.image_size()
    }

    /// Always false: a data set without images cannot be made.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// The shape of an image, `[c, h, w]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// How many values an image has, `c * h * w`.
    pub fn image_size(&self) -> usize {
        self.shape.iter().product()
    }

    /// The pixels of all images, `[n, c, h, w]`, 0 to 255.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of one image, `[c, h, w]`, 0 to 255.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.image_size();
        &self.pixels[index * size..][..size]
    }

    /// The images of these indices as `[indices, c, h, w]` in [-1, 1]:
    /// `pixel / 127.5 - 1`.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    pub fn images(&self, indices: &[usize]) -> Vec<f32> {
        indices
            .iter()
            .flat_map(|&index| self.image(index))
            .map(|&pixel| f32::from(pixel) / 127.5 - 1.0)
            .collect()
    }

    /// The label of each image, if known.
    pub fn labels(&self) -> Option<&[u8]> {
        self.labels.as_deref()
    }

    /// The SHA-256, in hexadecimal, of the decoded content: the sizes n, c, h,
    /// w as 32-bit big-endian numbers, the pixels, then the labels if known.
    /// It names the data in the provenance of what is made from them.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The same without the labels: it names the images whether or not their labels are at hand.
    pub fn image_digest(&self) -> String {
        digest(self.shape, &self.pixels, None)
    }

    /// The images of these indices as a data set of their own.
    fn subset(&self, indices: impl Iterator<Item = usize> + Clone) -> Result<Self, DataError> {
        let pixels = indices
            .clone()
            .flat_map(|index| self.image(index))
            .copied()
            .collect();
        let labels = self
            .labels
            .as_ref()
            .map(|labels| indices.map(|index| labels[index]).collect());
        let set = Self::new(self.name.clone(), self.shape, pixels, labels)?;
        Ok(Self {
            classes: self.classes.clone(),
            ..set
        })
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("name", &self.name)
            .field("len", &self.len())
            .field("shape", &self.shape)
            .field("labelled", &self.labels.is_some())
            .field("digest", &self.digest)
            .finish()
    }
}

/// A data set divided into images to train on and images to judge by.
#[derive(Clone, Debug)]
pub struct Split {
    /// The images to train on.
    pub training: Dataset,
    /// The images never trained on.
    pub held_out: Dataset,
    /// The rule of the division and what was done to the images, in sentences.
    pub rule: String,
}

impl Split {
    /// Divides a single set: every fifth image (`index % 5 == 4`) is held out.
    ///
    /// # Errors
    ///
    /// [`DataError::TooFew`] if there are fewer than five images.
    pub fn every_fifth(set: &Dataset) -> Result<Self, DataError> {
        if set.len() < HELD_OUT_EVERY {
            return Err(DataError::TooFew {
                name: set.name.clone(),
                images: set.len(),
                needed: HELD_OUT_EVERY,
            });
        }
        let is_held_out = |index: &usize| index % HELD_OUT_EVERY == HELD_OUT_EVERY - 1;
        Ok(Self {
            training: set.subset((0..set.len()).filter(|index| !is_held_out(index)))?,
            held_out: set.subset((0..set.len()).filter(is_held_out))?,
            rule: "Every fifth image (index % 5 == 4) is held out.".to_owned(),
        })
    }

    /// The names of the classes, by label: those that the data came with, those
    /// of Fashion-MNIST if the data set has that name and only its ten labels,
    /// else the numbers from 0 to the greatest label. None if either part has no
    /// labels.
    pub fn class_names(&self) -> Option<Vec<String>> {
        let training = self.training.labels()?.iter().max()?;
        let held_out = self.held_out.labels()?.iter().max()?;
        let greatest = *training.max(held_out);
        if let Some(classes) = &self.training.classes {
            return Some(classes.clone());
        }
        let known = self.training.name == "fashion-mnist"
            && usize::from(greatest) < FASHION_MNIST_CLASSES.len();
        Some(if known {
            FASHION_MNIST_CLASSES.map(str::to_owned).to_vec()
        } else {
            (0..=greatest).map(|label| label.to_string()).collect()
        })
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} training and {} held-out images. {}",
            self.training.name(),
            self.training.len(),
            self.held_out.len(),
            self.rule,
        )
    }
}

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
/// - Any other folder is one of image files, as [`ImageFolder::open`] lists them.
///   The images are grey if all files are, else of three colours, grey ones
///   repeated. If every image lies in a folder one level down, those folders are
///   the classes; images anywhere else leave the set without labels.
///
/// With a `side` every image is cropped to the largest square about its centre
/// and resized to that many pixels ([`PilBilinear`](gannet::Resize::PilBilinear)).
/// Without one images stay as they are, and image files must be square and of
/// one size.
///
/// # Errors
///
/// A [`DataError`] that names the file, where in it, what was expected and
/// what was found.
pub fn load(path: Option<&Path>, side: Option<usize>) -> Result<Split, DataError> {
    match path {
        Some(path) => source::load(path, side),
        None => source::load(&default_folder()?, side),
    }
}

/// Loads the data set of a recipe.
///
/// # Errors
///
/// Those of [`load`], and [`DataError::Changed`] if the recipe names the digest of other
/// training images.
pub fn load_for(recipe: &recipe::Data) -> Result<Split, DataError> {
    let side = (recipe.size > 0).then_some(recipe.size);
    let split = load(recipe.path.as_deref(), side)?;
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

fn digest([channels, height, width]: [usize; 3], pixels: &[u8], labels: Option<&[u8]>) -> String {
    let count = pixels.len() / (channels * height * width);
    let mut hasher = Sha256::new();
    for size in [count, channels, height, width] {
        // The 32 low bits: an IDX header has no room for more.
        hasher.update((size as u32).to_be_bytes());
    }
    hasher.update(pixels);
    hasher.update(labels.unwrap_or_default());
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
