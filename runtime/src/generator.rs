//! A generator, ready to sample.

mod batches;
mod builder;
mod draw;
mod source;

use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::contract::{Contract, Interpretation};
use crate::engine::{self, EngineInfo, Executor};
use crate::error::{Error, Result};
use crate::golden::{self, GOLDEN_FILE, Golden, Verification};
use crate::latent::Latents;
use crate::package::Manifest;
use crate::samples::Samples;
pub use batches::Batches;
pub use builder::GeneratorBuilder;
pub use draw::Draw;
pub use source::Source;

/// Images made together by [`Generator::draw`], between two looks at a cancellation.
const BATCH: usize = 256;

/// More values than this in one call are refused: ask for fewer samples at a time.
const MAX_VALUES: u64 = engine::MAX_ROW as u64;

/// A generator read from a package folder or a bare `.onnx` file.
///
/// `Send + Sync`: one generator serves any number of threads by reference.
///
/// ```
/// use gannet::Generator;
///
/// # std::env::set_current_dir("..").unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("grid.png");
/// let generator = Generator::open("models/fashion-mnist")?;
/// let samples = generator.sample(7, 0..64)?;
/// samples.write_grid(&path, 8)?;
/// # Ok::<(), gannet::Error>(())
/// ```
pub struct Generator {
    name: String,
    interpretation: Interpretation,
    /// The folder and the manifest of the package it came from.
    package: Option<(PathBuf, Manifest)>,
    engine: Box<dyn Executor>,
}

impl Generator {
    /// Opens a package folder or a bare `.onnx` file and prepares it for
    /// running on rayon's global thread pool.
    ///
    /// A package's manifest is read, and the size and SHA-256 of its
    /// `generator.onnx` are checked. The contract comes from the file's
    /// `gannet.*` metadata and is checked against the graph; for a file without
    /// metadata it is inferred from the graph, as
    /// [`interpretation`](Self::interpretation) tells.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io), [`Format`](crate::ErrorKind::Format) (a
    /// truncated or foreign file), [`Digest`](crate::ErrorKind::Digest),
    /// [`Contract`](crate::ErrorKind::Contract) (metadata, manifest and graph
    /// disagree, the ports are not those of a generator, or what they mean cannot
    /// be told: the message lists them and says what to give the
    /// [`builder`](Self::builder)) or
    /// [`Engine`](crate::ErrorKind::Engine) (an operator that cannot be run).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder(path.as_ref()).build()
    }

    /// Starts to open a generator with options, from a path, bytes or a reader.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = gannet::Generator::builder("models/fashion-mnist").threads(2).build()?;
    /// assert_eq!(generator.name(), "fashion-mnist");
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn builder(source: impl Into<Source>) -> GeneratorBuilder {
        GeneratorBuilder::new(source.into())
    }

    /// What it takes and gives.
    pub fn contract(&self) -> &Contract {
        &self.interpretation.contract
    }

    /// How the ports of its file are understood, and why.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = gannet::Generator::open("models/fashion-mnist")?;
    /// assert_eq!(generator.interpretation().output, "image");
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn interpretation(&self) -> &Interpretation {
        &self.interpretation
    }

    /// The manifest of the package it came from.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.package.as_ref().map(|(_, manifest)| manifest)
    }

    /// Its name: from the manifest, from the metadata, or the file's own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What executes it: the engine, its version, and where the nodes of the graph run.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = gannet::Generator::open("models/fashion-mnist")?;
    /// assert_eq!(generator.engine_info().engine(), gannet::Engine::Tract);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn engine_info(&self) -> &EngineInfo {
        self.engine.info()
    }

    /// Draws the samples `indices` of `seed`: `[n, c, h, w]` in `[-1, 1]`.
    ///
    /// A sample depends on nothing but the generator, the seed and its index,
    /// so a range may be cut into batches at will. Of a conditional generator sample `i`
    /// has the class `i % classes`; [`draw`](Self::draw) takes one, and a truncation.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = gannet::Generator::open("models/fashion-mnist")?;
    /// let samples = generator.sample(7, 0..8)?;
    /// assert_eq!(samples.image(5), generator.sample(7, 5..6)?.image(0));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the range is too large for one
    /// call, [`Numeric`](crate::ErrorKind::Numeric) if the image has a value
    /// that is not finite (NaN inside the network may come out as a number: not
    /// every operator passes it on), [`Engine`](crate::ErrorKind::Engine) if the
    /// network fails.
    pub fn sample(&self, seed: u64, indices: Range<u64>) -> Result<Samples> {
        self.draw(&Draw::new(seed, indices))
    }

    /// Draws what is asked for: `[n, c, h, w]` in `[-1, 1]`.
    ///
    /// ```
    /// use gannet::{Draw, Generator};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// let typical = generator.draw(&Draw::new(7, 0..8).truncation(0.7))?;
    /// assert_eq!(typical.len(), 8);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample); [`Input`](crate::ErrorKind::Input) for a class that
    /// the generator does not have, or a truncation below 0.01;
    /// [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn draw(&self, draw: &Draw) -> Result<Samples> {
        self.check_size(draw.len())?;
        let mut values = Vec::new();
        for batch in self.batches(draw.clone(), BATCH)? {
            match batch? {
                // One batch needs no copy.
                batch if batch.len() as u64 == draw.len() => return Ok(batch),
                batch => values.extend_from_slice(batch.values()),
            }
        }
        Samples::new(self.shape(draw.len() as usize), values)
    }

    /// Draws in batches of `size`, one at a time: a million samples take the memory of one
    /// batch. To stop early, stop asking.
    ///
    /// ```
    /// use gannet::{Draw, Generator};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// let mut brightest = f32::MIN;
    /// for samples in generator.batches(Draw::new(7, 0..1_000_000), 64)?.take(2) {
    ///     brightest = samples?.values().iter().copied().fold(brightest, f32::max);
    /// }
    /// assert!(brightest > 0.9);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if `size` is 0 or too large for one call, and for
    /// what [`draw`](Self::draw) refuses; the batches return the other errors of
    /// [`draw`](Self::draw).
    pub fn batches(&self, draw: Draw, size: usize) -> Result<Batches<'_>> {
        if size == 0 {
            return Err(Error::input("a batch needs one sample at least, got 0"));
        }
        self.check_size(draw.len().min(size as u64))?;
        draw.check(self.contract())?;
        Ok(Batches::new(self, draw, size as u64))
    }

    /// Generates one image for each latent vector: `[n, c, h, w]` in `[-1, 1]`.
    ///
    /// ```
    /// use gannet::{Generator, Interpolation, Latents};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// let two = Latents::draw(7, 0..2, generator.contract().latent);
    /// let morph = generator.generate(&two.path(7, Interpolation::Spherical)?)?;
    /// assert_eq!(morph.len(), 8);
    /// assert_eq!(morph.image(7), generator.sample(7, 1..2)?.image(0));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and [`Input`](crate::ErrorKind::Input) if
    /// the latents have another dimension than the contract's, or the generator has
    /// classes: then [`generate_classes`](Self::generate_classes) takes one for each.
    pub fn generate(&self, latents: &Latents) -> Result<Samples> {
        if let Some(classes) = self.contract().classes {
            return Err(Error::input(format!(
                "generator `{}` has {classes} classes: give one for each latent",
                self.name
            )));
        }
        self.run(latents, None, "these latents")
    }

    /// Generates one image for each latent vector and its class, counted from 0, with a
    /// conditional generator: `[n, c, h, w]` in `[-1, 1]`.
    ///
    /// ```
    /// use gannet::{ErrorKind, Generator, Latents};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// let latents = Latents::draw(7, 0..2, generator.contract().latent);
    /// // The shipped generator knows no classes.
    /// let error = generator.generate_classes(&latents, &[3, 9]).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Input);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and [`Input`](crate::ErrorKind::Input) if the latents
    /// have another dimension than the contract's, there are not as many classes, or the
    /// generator does not have one of them.
    pub fn generate_classes(&self, latents: &Latents, classes: &[usize]) -> Result<Samples> {
        let refused = |why: String| Error::input(format!("generator `{}`: {why}", self.name));
        let Some(known) = self.contract().classes else {
            return Err(refused("it knows no classes".to_owned()));
        };
        if classes.len() != latents.len() {
            return Err(refused(format!(
                "expected a class for each of {} latents, got {}",
                latents.len(),
                classes.len()
            )));
        }
        if let Some(class) = classes.iter().find(|&&class| class >= known) {
            return Err(refused(format!(
                "expected the classes 0 to {}, got {class}",
                known - 1
            )));
        }
        let labels: Vec<i64> = classes.iter().map(|&class| class as i64).collect();
        self.run(latents, Some(&labels), "these latents")
    }

    /// Runs the network once on every thread and forgets the images, so that the next
    /// sample does not wait for first allocations and, on an accelerator, for kernels.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = gannet::Generator::open("models/fashion-mnist")?;
    /// generator.warm_up()?;
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample).
    pub fn warm_up(&self) -> Result<()> {
        let threads = self.engine_info().threads().max(1) as u64;
        self.sample(0, 0..threads).map(drop)
    }

    /// Draws the golden samples of its package, `golden.npz`, and compares: a wrong
    /// driver, library or provider is caught before it is used.
    ///
    /// Accepted is a difference of 1e-4 of `[-1, 1]` where products are computed in 32
    /// bits, as on a processor: sums in another order differ by less. Graphics cards and
    /// accelerators may round products to TF32, bfloat16 or half floats, with 10 bits or
    /// fewer after the point; there 0.02 is accepted, 2.5 levels of 255.
    /// [`Golden::verify`] takes another tolerance.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// let generator = gannet::Generator::open("models/fashion-mnist")?;
    /// let verification = generator.verify()?;
    /// assert!(verification.largest_difference <= 1e-4);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Engine`](crate::ErrorKind::Engine) if a value differs by more, with the place and
    /// both values; [`Contract`](crate::ErrorKind::Contract) if it came without a package or
    /// with one that has no golden samples, and what [`Golden::load`] returns.
    pub fn verify(&self) -> Result<Verification> {
        let golden = self.golden()?.ok_or_else(|| {
            Error::contract(format!(
                "generator `{}` came without golden samples to verify against: open a package \
                 that holds {GOLDEN_FILE}, which `gannet export` writes",
                self.name
            ))
        })?;
        golden.verify(self, golden::tolerance(self.engine_info()))
    }

    /// The golden samples of its package, if that holds any; their digest is checked.
    ///
    /// ```
    /// # std::env::set_current_dir("..").unwrap();
    /// let bare = gannet::Generator::open("models/fashion-mnist/generator.onnx")?;
    /// assert!(bare.golden()?.is_none());
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Digest`](crate::ErrorKind::Digest) if the file is not the one that the manifest
    /// lists, and what [`Golden::load`] returns.
    pub fn golden(&self) -> Result<Option<Golden>> {
        let listed = { self.package.as_ref() }
            .filter(|(_, manifest)| manifest.files.contains_key(GOLDEN_FILE));
        let Some((folder, manifest)) = listed else {
            return Ok(None);
        };
        let path = folder.join(GOLDEN_FILE);
        let bytes = manifest.read_file(GOLDEN_FILE, &path)?;
        Golden::read(&path, Cursor::new(bytes)).map(Some)
    }

    /// Draws some of the samples of a draw that was checked.
    fn draw_part(&self, draw: &Draw, indices: Range<u64>) -> Result<Samples> {
        if let Some(cancel) = &draw.cancel {
            cancel.check()?;
        }
        let latents = draw.latents(indices.clone(), self.contract().latent)?;
        let labels = self.contract().classes;
        let labels = labels.map(|classes| draw.labels(indices.clone(), classes));
        let what = format!("samples {indices:?} of seed {}", draw.seed);
        self.run(&latents, labels.as_deref(), &what)
    }

    /// Runs the network on latents and their labels; `what` is for messages.
    fn run(&self, latents: &Latents, labels: Option<&[i64]>, what: &str) -> Result<Samples> {
        let latent = self.contract().latent;
        if latents.dim() != latent {
            return Err(Error::input(format!(
                "generator `{}`: expected latents of dimension {latent}, got {}",
                self.name,
                latents.dim()
            )));
        }
        self.check_size(latents.len() as u64)?;
        let outputs = self.engine.run(latents.values(), labels)?;
        let values = self.interpretation.samples(outputs);
        Samples::new(self.shape(latents.len()), values).map_err(|error| {
            Error::new(
                error.kind(),
                format!("generator `{}`: unusable output for {what}", self.name),
            )
            .because(error)
        })
    }

    fn shape(&self, n: usize) -> [usize; 4] {
        let contract = self.contract();
        [n, contract.channels, contract.height, contract.width]
    }

    /// To be asked before latents are drawn, which take memory too.
    fn check_size(&self, count: u64) -> Result<()> {
        let contract = self.contract();
        let row = contract.channels * contract.height * contract.width;
        let row = row.max(contract.latent) as u64;
        if count
            .checked_mul(row)
            .is_none_or(|values| values > MAX_VALUES)
        {
            return Err(Error::input(format!(
                "{count} samples of generator `{}` are too many for one call: \
                 ask for {} at most at a time, or for batches",
                self.name,
                MAX_VALUES / row
            )));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator")
            .field("name", &self.name)
            .field("contract", self.contract())
            .field("engine", self.engine_info())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
