//! A stream of samples in constant memory.

use std::fs;
use std::iter::FusedIterator;
use std::path::Path;

use super::{Draw, Generator};
use crate::durable;
use crate::error::{Error, Result};
use crate::npy;
use crate::samples::Samples;

/// Samples in batches, of which only one is in memory at a time: what
/// [`Generator::batches`] returns.
///
/// After an error there are no more.
///
/// ```
/// use gannet::{Draw, Generator};
///
/// # std::env::set_current_dir("..").unwrap();
/// let generator = Generator::open("models/fashion-mnist")?;
/// let sizes: Vec<usize> = generator
///     .batches(Draw::new(7, 0..10), 4)?
///     .map(|samples| Ok(samples?.len()))
///     .collect::<gannet::Result<_>>()?;
/// assert_eq!(sizes, [4, 4, 2]);
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is drawn before the next batch is asked for"]
pub struct Batches<'g> {
    generator: &'g Generator,
    draw: Draw,
    size: u64,
    next: u64,
}

impl<'g> Batches<'g> {
    /// `size` is not 0, and the draw is one of the generator's.
    pub(super) fn new(generator: &'g Generator, draw: Draw, size: u64) -> Self {
        Self {
            generator,
            size,
            next: draw.indices.start,
            draw,
        }
    }

    /// How many samples are left.
    fn left(&self) -> u64 {
        self.draw.indices.end.saturating_sub(self.next)
    }

    /// Writes each sample that is left as a PNG into a new or empty folder, which appears
    /// whole or not at all: `dir/000007.png` is sample 7 of the seed.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let dir = folder.path().join("images");
    /// use gannet::{Draw, Generator};
    ///
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// generator.batches(Draw::new(7, 100..110), 4)?.write_png_folder(&dir)?;
    /// assert!(dir.join("000109.png").exists());
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What drawing returns; [`Input`](crate::ErrorKind::Input) with other than 1 or 3
    /// channels or if the folder is not empty; [`Io`](crate::ErrorKind::Io) if it cannot
    /// be written.
    pub fn write_png_folder(mut self, dir: impl AsRef<Path>) -> Result<()> {
        durable::create_folder(dir.as_ref(), |folder| {
            loop {
                let first = self.next;
                let Some(samples) = self.next() else {
                    return Ok(());
                };
                let samples = samples?;
                for i in 0..samples.len() {
                    let path = folder.join(format!("{:06}.png", first + i as u64));
                    fs::write(&path, samples.png(i)?)
                        .map_err(|source| Error::io("write", &path, source))?;
                }
            }
        })
    }

    /// Writes the samples that are left as one NumPy array `[n, c, h, w]` of `f4`.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("samples.npy");
    /// use gannet::{Draw, Generator, Samples};
    ///
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// generator.batches(Draw::new(7, 0..10), 4)?.write_npy(&path)?;
    /// assert_eq!(Samples::read_npy(&path)?, generator.sample(7, 0..10)?);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What drawing returns; [`Io`](crate::ErrorKind::Io) if the file cannot be written.
    pub fn write_npy(self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let contract = self.generator.contract();
        let image = [contract.channels, contract.height, contract.width];
        let shape = [
            self.left(),
            image[0] as u64,
            image[1] as u64,
            image[2] as u64,
        ];
        let failed = |source| Error::io("write", path, source);
        durable::try_write_with(path, |writer| {
            let parts = self.map(|samples| samples.map(Samples::into_values));
            npy::write_parts(writer, &shape, parts, failed)
        })
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<Samples>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left() == 0 {
            return None;
        }
        let end = self
            .next
            .saturating_add(self.size)
            .min(self.draw.indices.end);
        let samples = self.generator.draw_part(&self.draw, self.next..end);
        self.next = match samples {
            Ok(_) => end,
            Err(_) => self.draw.indices.end,
        };
        Some(samples)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = usize::try_from(self.left().div_ceil(self.size)).ok();
        (usize::from(most != Some(0)), most)
    }
}

impl FusedIterator for Batches<'_> {}

#[cfg(test)]
mod tests;
