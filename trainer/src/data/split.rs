//! A data set in two parts.

use std::fmt;

use super::{DataError, Dataset};

/// Held out from a single set: one image in this many.
const HELD_OUT_EVERY: usize = 5;

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
                name: set.name().to_owned(),
                images: set.len(),
                needed: HELD_OUT_EVERY,
            });
        }
        let is_held_out = |index: &usize| index % HELD_OUT_EVERY == HELD_OUT_EVERY - 1;
        Ok(Self {
            training: set.subset((0..set.len()).filter(|index| !is_held_out(index))),
            held_out: set.subset((0..set.len()).filter(is_held_out)),
            rule: "Every fifth image (index % 5 == 4) is held out.".to_owned(),
        })
    }

    /// How many classes there are, if both parts have labels.
    pub fn class_count(&self) -> Option<usize> {
        self.class_names().map(|names| names.len())
    }

    /// The names of the classes, by label: those that the data came with, those
    /// of Fashion-MNIST if the data set has that name and only its ten labels,
    /// else the numbers from 0 to the greatest label. None if either part has no
    /// labels.
    pub fn class_names(&self) -> Option<Vec<String>> {
        let greatest = self.greatest_label()?;
        if let Some(classes) = self.training.classes() {
            return Some(classes.to_vec());
        }
        let known = self.training.name() == "fashion-mnist"
            && usize::from(greatest) < FASHION_MNIST_CLASSES.len();
        Some(if known {
            FASHION_MNIST_CLASSES.map(str::to_owned).to_vec()
        } else {
            (0..=greatest).map(|label| label.to_string()).collect()
        })
    }

    /// The greatest label of either part. None if either has no labels.
    pub(super) fn greatest_label(&self) -> Option<u16> {
        let training = self.training.labels()?.iter().max()?;
        let held_out = self.held_out.labels()?.iter().max()?;
        Some(*training.max(held_out))
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
