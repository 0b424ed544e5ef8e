//! Which samples to draw.

use std::ops::Range;

use crate::cancel::Cancel;
use crate::contract::Contract;
use crate::error::{Error, Result};
use crate::latent::Latents;

/// Which samples to draw: some of a seed, perhaps of one class, perhaps truncated.
///
/// ```
/// use gannet::{Draw, Generator};
///
/// # std::env::set_current_dir("..").unwrap();
/// let generator = Generator::open("models/fashion-mnist")?;
/// let typical = generator.draw(&Draw::new(7, 0..8).truncation(0.7))?;
/// assert_eq!(typical.shape(), [8, 1, 28, 28]);
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Draw {
    pub(crate) seed: u64,
    pub(crate) indices: Range<u64>,
    pub(crate) class: Option<usize>,
    pub(crate) truncation: Option<f64>,
    pub(crate) cancel: Option<Cancel>,
}

impl Draw {
    /// The samples `indices` of `seed`. A sample of a conditional generator has the class
    /// `index % classes`, so that all classes come equally often.
    pub fn new(seed: u64, indices: Range<u64>) -> Self {
        Self {
            seed,
            indices,
            class: None,
            truncation: None,
            cancel: None,
        }
    }

    /// All samples of one class, counted from 0. The latents stay the same, so that one
    /// sample can be had in every class.
    ///
    /// ```
    /// use gannet::{Draw, ErrorKind, Generator};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let boots = Draw::new(7, 0..8).class(9);
    /// // The shipped generator knows no classes.
    /// let error = Generator::open("models/fashion-mnist")?.draw(&boots).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Input);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn class(mut self, class: usize) -> Self {
        self.class = Some(class);
        self
    }

    /// Latents within `±limit`, which is at least 0.01; see [`Latents::truncated`].
    pub fn truncation(mut self, limit: f64) -> Self {
        self.truncation = Some(limit);
        self
    }

    /// Stops between batches once `cancel` says so; see [`Cancel`].
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = Some(cancel.clone());
        self
    }

    /// How many samples these are.
    pub(crate) fn len(&self) -> u64 {
        self.indices.end.saturating_sub(self.indices.start)
    }

    /// Refuses what a generator of this contract cannot draw.
    pub(super) fn check(&self, contract: &Contract) -> Result<()> {
        if let Some(limit) = self.truncation {
            Latents::check_limit(limit)?;
        }
        match (self.class, contract.classes) {
            (Some(class), None) => Err(Error::input(format!(
                "class {class} was asked for, but the generator knows no classes"
            ))),
            (Some(class), Some(classes)) if class >= classes => Err(Error::input(format!(
                "class {class} was asked for, but the generator has the classes 0 to {}",
                classes - 1
            ))),
            _ => Ok(()),
        }
    }

    /// The latents of some of the samples.
    pub(super) fn latents(&self, indices: Range<u64>, dim: usize) -> Result<Latents> {
        match self.truncation {
            Some(limit) => Latents::truncated(self.seed, indices, dim, limit),
            None => Ok(Latents::draw(self.seed, indices, dim)),
        }
    }

    /// The labels of some of the samples, for a generator of so many classes.
    pub(super) fn labels(&self, indices: Range<u64>, classes: usize) -> Vec<i64> {
        let classes = classes.max(1) as u64;
        indices
            .map(|index| self.class.map_or(index % classes, |class| class as u64))
            .map(u64::cast_signed)
            .collect()
    }
}

#[cfg(test)]
mod tests;
