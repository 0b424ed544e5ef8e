//! A generator, ready to sample.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::contract::Contract;
use crate::engine::{self, Engine, EngineInfo, EngineOptions, Executor, Fallback, Provider};
use crate::error::{Error, Result};
use crate::latent::Latents;
use crate::package::{GENERATOR_FILE, Manifest};
use crate::samples::Samples;

/// More values than this in one call are refused: ask for fewer samples at a time.
const MAX_VALUES: u64 = engine::MAX_ROW as u64;

/// A generator read from a package folder or a bare `.onnx` file.
///
/// `Send + Sync`: one generator serves any number of threads by reference.
///
/// ```no_run
/// use gannet::Generator;
///
/// let generator = Generator::open("models/fashion-mnist")?;
/// let samples = generator.sample(7, 0..64)?;
/// samples.write_grid("grid.png", 8)?;
/// # Ok::<(), gannet::Error>(())
/// ```
pub struct Generator {
    name: String,
    contract: Contract,
    manifest: Option<Manifest>,
    engine: Box<dyn Executor>,
}

impl Generator {
    /// Opens a package folder or a bare `.onnx` file and prepares it for
    /// running on rayon's global thread pool.
    ///
    /// A package's manifest is read, and the size and SHA-256 of its
    /// `generator.onnx` are checked. The contract comes from the file's
    /// `gannet.*` metadata and is checked against the graph; for a file without
    /// metadata it is inferred from the graph.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io), [`Format`](crate::ErrorKind::Format) (a
    /// truncated or foreign file), [`Digest`](crate::ErrorKind::Digest),
    /// [`Contract`](crate::ErrorKind::Contract) (metadata, manifest and graph
    /// disagree, or the ports are not those of a generator) or
    /// [`Engine`](crate::ErrorKind::Engine) (an operator that cannot be run).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder(path).build()
    }

    /// Starts to open a generator with options.
    ///
    /// ```no_run
    /// let generator = gannet::Generator::builder("generator.onnx").threads(2).build()?;
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn builder(path: impl AsRef<Path>) -> GeneratorBuilder {
        GeneratorBuilder {
            path: path.as_ref().to_owned(),
            options: EngineOptions::default(),
        }
    }

    /// What it takes and gives.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The manifest of the package it came from.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Its name: from the manifest, from the metadata, or the file's own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What executes it: the engine, its version, and where the nodes of the graph run.
    ///
    /// ```no_run
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
    /// so a range may be cut into batches at will.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the range is too large for one
    /// call, [`Numeric`](crate::ErrorKind::Numeric) if the image has a value
    /// that is not finite (NaN inside the network may come out as a number: not
    /// every operator passes it on), [`Engine`](crate::ErrorKind::Engine) if the
    /// network fails.
    pub fn sample(&self, seed: u64, indices: Range<u64>) -> Result<Samples> {
        self.check_range(&indices)?;
        self.generate(&Latents::draw(seed, indices, self.contract.latent))
    }

    /// Draws as [`sample`](Self::sample) from latents within `±limit`; see
    /// [`Latents::truncated`].
    ///
    /// ```no_run
    /// let generator = gannet::Generator::open("models/fashion-mnist")?;
    /// let typical = generator.sample_truncated(7, 0..64, 0.7)?;
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and [`Input`](crate::ErrorKind::Input)
    /// unless `limit` is at least 0.01.
    pub fn sample_truncated(&self, seed: u64, indices: Range<u64>, limit: f64) -> Result<Samples> {
        self.check_range(&indices)?;
        let latents = Latents::truncated(seed, indices, self.contract.latent, limit)?;
        self.generate(&latents)
    }

    /// Generates one image for each latent vector: `[n, c, h, w]` in `[-1, 1]`.
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and [`Input`](crate::ErrorKind::Input) if
    /// the latents have another dimension than the contract's.
    pub fn generate(&self, latents: &Latents) -> Result<Samples> {
        let Contract {
            latent,
            channels,
            height,
            width,
            ..
        } = self.contract;
        if latents.dim() != latent {
            return Err(Error::input(format!(
                "generator `{}`: expected latents of dimension {latent}, got {}",
                self.name,
                latents.dim()
            )));
        }
        self.check_size(latents.len() as u64)?;
        let values = self.engine.run(latents.values(), None)?.swap_remove(0);
        Samples::new([latents.len(), channels, height, width], values).map_err(|error| {
            Error::new(
                error.kind(),
                format!("generator `{}`: unusable output", self.name),
            )
            .because(error)
        })
    }

    /// To be asked before latents are drawn, which take memory too.
    fn check_range(&self, indices: &Range<u64>) -> Result<()> {
        self.check_size(indices.end.saturating_sub(indices.start))
    }

    fn check_size(&self, count: u64) -> Result<()> {
        let row = self.contract.channels * self.contract.height * self.contract.width;
        let row = row.max(self.contract.latent) as u64;
        if count
            .checked_mul(row)
            .is_none_or(|values| values > MAX_VALUES)
        {
            return Err(Error::input(format!(
                "{count} samples of generator `{}` are too many for one call: \
                 ask for {} at most at a time",
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
            .field("contract", &self.contract)
            .field("engine", self.engine_info())
            .finish_non_exhaustive()
    }
}

/// Options for opening a [`Generator`].
#[derive(Clone, Debug)]
pub struct GeneratorBuilder {
    path: PathBuf,
    options: EngineOptions,
}

impl GeneratorBuilder {
    /// Runs on `threads` threads of its own instead of rayon's global pool.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = Some(threads);
        self
    }

    /// Runs on this engine instead of tract.
    ///
    /// ```no_run
    /// use gannet::{Engine, Fallback, Generator, Provider};
    ///
    /// let generator = Generator::builder("models/fashion-mnist")
    ///     .engine(Engine::Ort)
    ///     .library("/opt/app/lib/libonnxruntime.so")
    ///     .provider(Provider::Cuda { device: 0 })
    ///     .fallback(Fallback::Cpu)
    ///     .build()?;
    /// if let Some(reason) = generator.engine_info().fallback_reason() {
    ///     eprintln!("on the processor: {reason}");
    /// }
    /// # Ok::<(), gannet::Error>(())
    /// ```
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Self {
        self.options.engine = engine;
        self
    }

    /// The ONNX Runtime library that the engine [`Ort`](Engine::Ort) loads: a path; no directory
    /// and no variable is searched. See the [crate's page](crate#engines) for what it may be.
    #[must_use]
    pub fn library(mut self, path: impl AsRef<Path>) -> Self {
        self.options.library = Some(path.as_ref().to_owned());
        self
    }

    /// What the engine [`Ort`](Engine::Ort) runs the graph with, instead of the processor.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.options.provider = Some(provider);
        self
    }

    /// What happens if the provider cannot be had, instead of an error.
    #[must_use]
    pub fn fallback(mut self, fallback: Fallback) -> Self {
        self.options.fallback = fallback;
        self
    }

    /// Opens the generator; see [`Generator::open`].
    ///
    /// # Errors
    ///
    /// As [`Generator::open`]; [`Input`](crate::ErrorKind::Input) for 0 threads, for an option
    /// that the engine would not use and for a missing library path;
    /// [`Engine`](crate::ErrorKind::Engine) for an engine or a provider that is not built in, a
    /// library that cannot be loaded, and a provider that cannot be had, with the loader's own
    /// reason as the [`source`](std::error::Error::source).
    pub fn build(self) -> Result<Generator> {
        let is_folder = fs::metadata(&self.path)
            .map_err(|source| Error::io("open", &self.path, source))?
            .is_dir();
        let (file, manifest) = if is_folder {
            let manifest = Manifest::read(&self.path)?;
            (self.path.join(GENERATOR_FILE), Some(manifest))
        } else {
            (self.path, None)
        };
        let bytes = engine::read_network(&file)?;
        if let Some(manifest) = &manifest {
            manifest.check_bytes(GENERATOR_FILE, &file, &bytes)?;
        }
        let engine = engine::load(&file, &bytes, &self.options)?;
        let contract = Contract::of(engine.network())?;
        if let Some(manifest) = &manifest
            && manifest.contract != contract
        {
            return Err(Error::contract(format!(
                "{}: the manifest states {}, but the generator has {contract}",
                file.display(),
                manifest.contract
            )));
        }
        let name = match (&manifest, engine.network().metadata.get("gannet.name")) {
            (Some(manifest), _) => manifest.name.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => file
                .file_stem()
                .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
        };
        Ok(Generator {
            name,
            contract,
            manifest,
            engine,
        })
    }
}

#[cfg(test)]
mod tests;
