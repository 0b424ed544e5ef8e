//! Options for opening a generator, and the opening.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;

use super::Generator;
use super::source::{Origin, Source};
use crate::contract::{Given, Interpretation, Layout, PixelRange};
use crate::engine::{self, EngineOptions, engine_setters};
use crate::error::{Error, Result};
use crate::limits::LoadLimits;
use crate::package::{GENERATOR_FILE, Manifest};

/// Options for opening a [`Generator`].
///
/// ```
/// use gannet::Generator;
///
/// # std::env::set_current_dir("..").unwrap();
/// let generator = Generator::builder("models/fashion-mnist").threads(2).build()?;
/// assert_eq!(generator.engine_info().threads(), 2);
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GeneratorBuilder {
    source: Source,
    options: EngineOptions,
    given: Given,
}

impl GeneratorBuilder {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            options: EngineOptions::default(),
            given: Given::default(),
        }
    }

    engine_setters!();

    /// The output that is the image, where a file has several.
    #[must_use]
    pub fn output(mut self, name: impl Into<String>) -> Self {
        self.given.output = Some(name.into());
        self
    }

    /// Where the images of a file without `gannet.*` metadata have their channels, instead of
    /// where their sizes tell.
    ///
    /// ```
    /// use gannet::{Generator, Layout, PixelRange};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// // For a file that another program exported; this one says it by itself.
    /// let generator = Generator::builder("models/fashion-mnist/generator.onnx")
    ///     .layout(Layout::ChannelsFirst)
    ///     .range(PixelRange::Signed)
    ///     .build()?;
    /// assert_eq!(generator.interpretation().layout, Layout::ChannelsFirst);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    #[must_use]
    pub fn layout(mut self, layout: Layout) -> Self {
        self.given.layout = Some(layout);
        self
    }

    /// What the numbers of the images mean in a file without `gannet.*` metadata, instead of
    /// what its last operators tell.
    #[must_use]
    pub fn range(mut self, range: PixelRange) -> Self {
        self.given.range = Some(range);
        self
    }

    /// How many classes there are, for a file without `gannet.*` metadata that takes a label.
    #[must_use]
    pub fn classes(mut self, classes: usize) -> Self {
        self.given.classes = Some(classes);
        self
    }

    /// Opens the generator; see [`Generator::open`].
    ///
    /// # Errors
    ///
    /// As [`Generator::open`]; [`Input`](crate::ErrorKind::Input) for 0 threads, for an option
    /// that the engine would not use, for a missing library path and for a second library;
    /// [`Engine`](crate::ErrorKind::Engine) for an engine or a provider that is not built in, a
    /// library that cannot be loaded, and a provider that cannot be had, with the loader's own
    /// reason as the [`source`](std::error::Error::source).
    pub fn build(self) -> Result<Generator> {
        let Opened {
            file,
            bytes,
            package,
        } = Opened::of(self.source, &self.options.limits)?;
        let engine = engine::load(&file, &bytes, &self.options)?;
        let interpretation = Interpretation::of(engine.network(), &self.given)?;
        let contract = &interpretation.contract;
        if let Some((_, manifest)) = &package
            && manifest.contract != *contract
        {
            return Err(Error::contract(format!(
                "{}: the manifest states {}, but the generator has {contract}",
                file.display(),
                manifest.contract
            )));
        }
        let name = match (&package, engine.network().metadata.get("gannet.name")) {
            (Some((_, manifest)), _) => manifest.name.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => file
                .file_stem()
                .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
        };
        Ok(Generator {
            name,
            interpretation,
            package,
            engine,
        })
    }
}

/// The bytes of a generator, and where they come from.
struct Opened {
    /// For messages, and for the name of a generator that states none.
    file: PathBuf,
    bytes: Cow<'static, [u8]>,
    package: Option<(PathBuf, Manifest)>,
}

impl Opened {
    fn of(source: Source, limits: &LoadLimits) -> Result<Self> {
        let path = match source.0 {
            Origin::Path(path) => path,
            Origin::Bytes(bytes) => {
                return Ok(Self {
                    file: "generator".into(),
                    bytes,
                    package: None,
                });
            }
        };
        let is_folder = fs::metadata(&path)
            .map_err(|source| Error::io("open", &path, source))?
            .is_dir();
        if !is_folder {
            return Ok(Self {
                bytes: engine::read_network(&path, limits)?.into(),
                file: path,
                package: None,
            });
        }
        let manifest = Manifest::read(&path)?;
        let file = path.join(GENERATOR_FILE);
        let bytes = engine::read_network(&file, limits)?;
        manifest.check_bytes(GENERATOR_FILE, &file, &bytes)?;
        Ok(Self {
            file,
            bytes: bytes.into(),
            package: Some((path, manifest)),
        })
    }
}
