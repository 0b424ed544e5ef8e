//! Golden samples: what a generator must make of a few latents.

use std::fmt;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

use crate::archive::{Reader, Writer};
use crate::durable;
use crate::engine::{EngineInfo, Provider};
use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::latent::Latents;
use crate::npy::Array;
use crate::samples::Samples;

/// The golden samples of a package.
pub(crate) const GOLDEN_FILE: &str = "golden.npz";

/// An array of golden samples takes this many bytes at most.
const MOST_BYTES: u64 = 1 << 28;

/// What engines that compute in 32 bits may differ by: the order of their sums.
const OF_32_BITS: f64 = 1e-4;

/// What engines that round products to 16 bits or to TF32 may differ by: 2.5 of the 255
/// levels of a pixel.
const OF_FEWER_BITS: f64 = 2e-2;

/// A few latents and what the generator made of them where it was exported: the proof that
/// engine, driver and processor compute what they should.
///
/// They travel in a package as `golden.npz`: the arrays `latents [n, latent]` and
/// `images [n, c, h, w]` in `[-1, 1]`, both `f4`, and `classes [n]` as `i8` for a
/// conditional generator. [`Generator::verify`] compares.
///
/// ```
/// use gannet::{Generator, Golden};
///
/// # std::env::set_current_dir("..").unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("golden.npz");
/// let generator = Generator::open("models/fashion-mnist")?;
/// Golden::record(&generator, 7, 4)?.save(&path)?;
/// let verification = Golden::load(&path)?.verify(&generator, 1e-4)?;
/// assert_eq!(verification.samples, 4);
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Golden {
    latents: Latents,
    classes: Option<Vec<usize>>,
    images: Samples,
}

/// How well a generator repeats its golden samples; what [`Generator::verify`] returns.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verification {
    /// The number of samples compared.
    pub samples: usize,
    /// The greatest difference of a value, of `[-1, 1]`.
    pub largest_difference: f64,
    /// What was accepted.
    pub tolerance: f64,
    /// What computed the samples, as [`EngineInfo`] prints it.
    pub engine: String,
}

impl Golden {
    /// Draws the first `n` samples of `seed` and keeps them with their latents. Of a
    /// conditional generator sample `i` has the class `i % classes`.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) for no sample, and those of
    /// [`Generator::sample`].
    pub fn record(generator: &Generator, seed: u64, n: u64) -> Result<Self> {
        if n == 0 {
            return Err(Error::input(
                "golden samples need one sample at least, got 0",
            ));
        }
        let images = generator.sample(seed, 0..n)?;
        let contract = generator.contract();
        Ok(Self {
            latents: Latents::draw(seed, 0..n, contract.latent),
            classes: contract
                .classes
                .map(|classes| (0..images.len()).map(|i| i % classes).collect()),
            images,
        })
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are none, which cannot be.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The latents.
    pub fn latents(&self) -> &Latents {
        &self.latents
    }

    /// The class of each sample of a conditional generator.
    pub fn classes(&self) -> Option<&[usize]> {
        self.classes.as_deref()
    }

    /// The images expected.
    pub fn images(&self) -> &Samples {
        &self.images
    }

    /// Writes an `.npz`. Equal samples give equal bytes.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let bytes = self
            .encode()
            .map_err(|source| Error::io("write", path, source))?;
        durable::write_file(path, &bytes)
    }

    fn encode(&self) -> std::io::Result<Vec<u8>> {
        let mut archive = Writer::new();
        let shape = [self.latents.len(), self.latents.dim()];
        archive.array("latents", &shape, self.latents.values())?;
        if let Some(classes) = &self.classes {
            let classes: Vec<i64> = classes.iter().map(|&class| class as i64).collect();
            archive.array("classes", &[classes.len()], &classes)?;
        }
        archive.array("images", &self.images.shape(), self.images.values())?;
        archive.finish()
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be read,
    /// [`Format`](crate::ErrorKind::Format) if it does not hold these arrays or they do
    /// not fit together, [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::io("read", path, source))?;
        Self::read(path, Cursor::new(bytes))
    }

    pub(crate) fn read(path: &Path, content: impl Read + Seek) -> Result<Self> {
        let mut archive = Reader::open(path, content)?;
        let name = |array: &str| format!("{}:{array}", path.display());
        let misfit = |why: String| Error::format(format!("{}: {why}", path.display()));
        let mut array = |wanted: &str| archive.read(wanted, MOST_BYTES);
        let lacking = |array: &str| misfit(format!("golden samples need the array `{array}`"));
        let latents = array("latents")?.ok_or_else(|| lacking("latents"))?;
        let images = array("images")?.ok_or_else(|| lacking("images"))?;
        let classes = array("classes")?;

        let latents = Array::parse(name("latents"), &latents)?;
        let images = Array::parse(name("images"), &images)?;
        let (&[n, dim], &[count, c, h, w]) = (&*latents.shape, &*images.shape) else {
            return Err(misfit(format!(
                "expected latents [n, latent] and images [n, c, h, w], got {:?} and {:?}",
                latents.shape, images.shape
            )));
        };
        let classes = match &classes {
            Some(bytes) => {
                let array = Array::parse(name("classes"), bytes)?;
                let classes = array.to_counts()?.into_iter();
                let classes: Vec<_> = classes.filter_map(|class| class.try_into().ok()).collect();
                Some(classes)
            }
            None => None,
        };
        let labels = classes.as_ref().map_or(n, Vec::len);
        if n == 0 || count != n || labels != n {
            return Err(misfit(format!(
                "expected as many latents as images and classes, and one at least; got {n} \
                 latents, {count} images and {labels} classes"
            )));
        }
        Ok(Self {
            latents: Latents::from_values(dim, latents.to_f32()).map_err(|e| e.of_file(path))?,
            classes,
            images: Samples::new([count, c, h, w], images.to_f32()).map_err(|e| e.of_file(path))?,
        })
    }

    /// Compares what the generator makes now with what it made then.
    ///
    /// # Errors
    ///
    /// [`Engine`](crate::ErrorKind::Engine) if a value differs by more than `tolerance`:
    /// the message names the sample, the pixel, both values and the engine.
    /// [`Contract`](crate::ErrorKind::Contract) if these samples are another generator's,
    /// [`Input`](crate::ErrorKind::Input) for a negative tolerance, and those of
    /// [`Generator::generate`].
    pub fn verify(&self, generator: &Generator, tolerance: f64) -> Result<Verification> {
        if tolerance.is_nan() || tolerance < 0.0 {
            return Err(Error::input(format!(
                "a tolerance must be 0 or more, got {tolerance}"
            )));
        }
        let contract = generator.contract();
        let shape = [contract.channels, contract.height, contract.width];
        if self.latents.dim() != contract.latent
            || self.images.shape()[1..] != shape
            || self.classes.is_some() != contract.classes.is_some()
        {
            return Err(Error::contract(format!(
                "generator `{}` has {contract}, but the golden samples are {:?} of latents of {}{}",
                generator.name(),
                self.images.shape(),
                self.latents.dim(),
                if self.classes.is_some() {
                    " and classes"
                } else {
                    ""
                },
            )));
        }
        let images = match &self.classes {
            Some(classes) => generator.generate_classes(&self.latents, classes)?,
            None => generator.generate(&self.latents)?,
        };
        let pairs = images.values().iter().zip(self.images.values());
        let differences =
            pairs.map(|(&got, &expected)| (f64::from(got) - f64::from(expected)).abs());
        let (at, largest_difference) = { differences.enumerate() }
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .unwrap_or((0, 0.0));
        let engine = generator.engine_info().to_string();
        if largest_difference > tolerance {
            let [channels, height, width] = shape;
            let (column, row) = (at % width, at / width % height);
            let channel = at / (width * height) % channels;
            let sample = at / (width * height * channels);
            return Err(Error::new(
                ErrorKind::Engine,
                format!(
                    "generator `{}` does not repeat its golden samples: sample {sample}, channel \
                     {channel}, row {row}, column {column}: expected {}, got {}, a difference of \
                     {largest_difference} (the greatest) where {tolerance} is accepted; computed \
                     by {engine}: try another engine, provider or driver",
                    generator.name(),
                    self.images.values()[at],
                    images.values()[at],
                ),
            ));
        }
        Ok(Verification {
            samples: self.len(),
            largest_difference,
            tolerance,
            engine,
        })
    }
}

/// What an engine's values may differ by from those of another: where products are computed
/// in 32 bits, the order of the sums; elsewhere 10 bits of a mantissa or fewer.
pub(crate) fn tolerance(info: &EngineInfo) -> f64 {
    match info.provider() {
        _ if info.fallback_reason().is_some() => OF_32_BITS,
        None | Some(Provider::Cpu | Provider::Xnnpack) => OF_32_BITS,
        Some(_) => OF_FEWER_BITS,
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} golden samples repeated within {} ({} is accepted) by {}",
            self.samples, self.largest_difference, self.tolerance, self.engine
        )
    }
}

#[cfg(test)]
mod tests;
