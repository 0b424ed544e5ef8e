//! Features: what a network sees in images.

mod preparation;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::arrays;
use crate::contract::FORMAT;
use crate::digest::digest_bytes;
use crate::engine::{self, EngineInfo, EngineOptions, Executor, Network, engine_setters};
use crate::error::{Error, Result};
use crate::resize::Resize;
use crate::samples::{Samples, check_shape};
use preparation::Preparation;

/// Values prepared at once: 64 MiB.
const MOST_PREPARED: usize = 1 << 24;

/// Feature rows of `n` images, `[n, dim]` row-major, and the classifier's
/// logits `[n, classes]` where there is one. All values are finite.
///
/// ```
/// use gannet::Features;
///
/// let features = Features::new(2, 3, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], None)?;
/// assert_eq!((features.len(), features.dim()), (2, 3));
/// assert_eq!(features.select(&[1])?.rows(), [3.0, 4.0, 5.0]);
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    n: usize,
    dim: usize,
    rows: Vec<f32>,
    logits: Option<Logits>,
}

/// Unnormalised class scores, `[n, classes]` row-major.
///
/// ```
/// use gannet::{Features, Logits};
///
/// let logits = Logits { classes: 2, values: vec![4.0, -4.0] };
/// let features = Features::new(1, 3, vec![0.0; 3], Some(logits))?;
/// assert_eq!(features.logits().map(|logits| logits.classes), Some(2));
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    /// The number of classes.
    pub classes: usize,
    /// The values, row-major.
    pub values: Vec<f32>,
}

impl Logits {
    /// Reads logits `[n, classes]`, numbers of any kind, from `file.npy`,
    /// `file.npz` if that has one array only, or `file.npz:name`; values are kept
    /// in 32 bits.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) or [`Format`](crate::ErrorKind::Format) if the
    /// file cannot be read or is no such array,
    /// [`Input`](crate::ErrorKind::Input) if an `.npz` has no array of that name
    /// or several and none is named,
    /// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Self> {
        let (name, [n, classes], values) = arrays::read_matrix(path.as_ref())?;
        check_matrix(&name, n, classes, &values)?;
        Ok(Self { classes, values })
    }

    /// The given rows in the given order. A row may be given more than once.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if there is no such row.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let n = self.values.len().checked_div(self.classes).unwrap_or(0);
        check_rows("logits", rows, n)?;
        Ok(Self {
            classes: self.classes,
            values: gather(&self.values, self.classes, rows),
        })
    }
}

impl Features {
    /// Takes rows `[n, dim]` and, if the network classifies, logits
    /// `[n, classes]`.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if a size is 0 or does not fit,
    /// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn new(n: usize, dim: usize, rows: Vec<f32>, logits: Option<Logits>) -> Result<Self> {
        check_matrix("features", n, dim, &rows)?;
        if let Some(logits) = &logits {
            check_matrix("logits", n, logits.classes, &logits.values)?;
        }
        Ok(Self {
            n,
            dim,
            rows,
            logits,
        })
    }

    /// Reads rows `[n, dim]`, numbers of any kind, from `file.npy`, `file.npz` if
    /// that has one array only, or `file.npz:name`, and their logits
    /// `[n, classes]` likewise if there are any; values are kept in 32 bits.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) or [`Format`](crate::ErrorKind::Format) if a
    /// file cannot be read or is no such array, [`Input`](crate::ErrorKind::Input)
    /// if an `.npz` has no array of that name or several and none is named, and
    /// those of [`new`](Self::new).
    pub fn read_npy(rows: impl AsRef<Path>, logits: Option<&Path>) -> Result<Self> {
        let (name, [n, dim], rows) = arrays::read_matrix(rows.as_ref())?;
        check_matrix(&name, n, dim, &rows)?;
        Self::new(n, dim, rows, logits.map(Logits::read_npy).transpose()?)
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The number of features of one image.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The rows, `[n, dim]` row-major.
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// Row `i`, which there is.
    pub(crate) fn row(&self, i: usize) -> &[f32] {
        &self.rows[i * self.dim..(i + 1) * self.dim]
    }

    /// The given rows in the given order, with their logits. A row may be
    /// given more than once.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if there is no such row.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        check_rows("features", rows, self.n)?;
        Ok(Self {
            n: rows.len(),
            dim: self.dim,
            rows: gather(&self.rows, self.dim, rows),
            logits: match &self.logits {
                Some(logits) => Some(logits.select(rows)?),
                None => None,
            },
        })
    }

    /// The logits, if the network classifies.
    pub fn logits(&self) -> Option<&Logits> {
        self.logits.as_ref()
    }
}

fn check_rows(what: &str, rows: &[usize], n: usize) -> Result<()> {
    match rows.iter().find(|&&row| row >= n) {
        None => Ok(()),
        Some(row) => Err(Error::input(format!(
            "row {row} was asked for, but the {what} have {n} rows"
        ))),
    }
}

/// The given rows of a matrix, all of which there are.
fn gather(values: &[f32], width: usize, rows: &[usize]) -> Vec<f32> {
    rows.iter()
        .flat_map(|row| &values[row * width..(row + 1) * width])
        .copied()
        .collect()
}

pub(crate) fn check_matrix(what: &str, n: usize, columns: usize, values: &[f32]) -> Result<()> {
    if columns == 0 || n.checked_mul(columns) != Some(values.len()) {
        return Err(Error::input(format!(
            "{what} of the shape [{n}, {columns}] do not fit {} values",
            values.len()
        )));
    }
    if let Some(at) = values.iter().position(|v| !v.is_finite()) {
        return Err(Error::numeric(format!(
            "{what}, row {}, column {}: expected a finite number, got {}",
            at / columns,
            at % columns,
            values[at]
        )));
    }
    Ok(())
}

/// A network that turns images into features, read from ONNX.
///
/// The file has one input `[batch, c, h, w]`, an output `features [batch, d]`
/// and, if it classifies, an output `logits [batch, k]`. Its metadata says how
/// to prepare an image: `gannet.kind` = `features`, `gannet.name`,
/// `gannet.channels`, `gannet.height`, `gannet.width`, `gannet.mean` and
/// `gannet.std` (one number a channel, or one for all; comma-separated), and
/// optionally `gannet.classes` (the classes' names, comma-separated),
/// `gannet.resize` (the name of a [`Resize`]) and `gannet.format`, which must be
/// `1`.
///
/// # Preparation
///
/// 1. An image passes through 8 bits, as every real image has.
/// 2. If it has another height or width than the network's, it is resized by the
///    method that the network declares. One that declares none refuses it.
/// 3. Its values, now in `[-1, 1]`, become `(v − mean) / std`.
///
/// A network of 3 channels takes images of 1 by repeating the channel, as PIL's
/// `convert("RGB")` does; one of 1 channel refuses 3.
///
/// ```
/// use gannet::{FeatureNet, Generator};
///
/// # std::env::set_current_dir("..").unwrap();
/// let net = FeatureNet::open("models/features/fashion-mnist.onnx")?;
/// let samples = Generator::open("models/fashion-mnist")?.sample(7, 0..4)?;
/// let features = net.extract(&samples)?;
/// assert_eq!((features.len(), features.dim()), (4, net.dim()));
/// assert_eq!((net.classes(), net.image_shape()), (Some(10), [1, 28, 28]));
/// # Ok::<(), gannet::Error>(())
/// ```
pub struct FeatureNet {
    name: String,
    digest: String,
    preparation: Preparation,
    dim: usize,
    class_names: Option<Vec<String>>,
    features: usize,
    logits: Option<(usize, usize)>,
    engine: Box<dyn Executor>,
}

impl FeatureNet {
    /// Opens a feature network, which runs on rayon's global thread pool.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io), [`Format`](crate::ErrorKind::Format),
    /// [`Engine`](crate::ErrorKind::Engine), or
    /// [`Contract`](crate::ErrorKind::Contract) if the metadata is missing or
    /// does not fit the graph.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder(path).build()
    }

    /// Starts to open a feature network with the options that a
    /// [`Generator::builder`](crate::Generator::builder) takes.
    ///
    /// ```no_run
    /// let net = gannet::FeatureNet::builder("features.onnx").threads(2).build()?;
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn builder(path: impl AsRef<Path>) -> FeatureNetBuilder {
        FeatureNetBuilder {
            path: path.as_ref().to_owned(),
            options: EngineOptions::default(),
        }
    }

    fn load(path: &Path, options: &EngineOptions) -> Result<Self> {
        let bytes = engine::read_network(path, &options.limits)?;
        let engine = engine::load(path, &bytes, options)?;
        let network = engine.network();
        let kind = network.required("gannet.kind")?;
        if kind != "features" {
            return Err(Error::contract(format!(
                "{}: metadata `gannet.kind`: expected `features`, got `{kind}`",
                network.file
            )));
        }
        if let Some(format) = network.metadata.get("gannet.format")
            && format != FORMAT
        {
            return Err(Error::contract(format!(
                "{}: metadata `gannet.format`: expected `{FORMAT}`, got `{format}`",
                network.file
            )));
        }
        let preparation = Preparation::of(network)?;
        let Some((features, dim)) = vector_output(network, "features")? else {
            return Err(Error::contract(format!(
                "{}: expected an output `features` [batch, d], got {}",
                network.file,
                names(network)
            )));
        };
        let logits = vector_output(network, "logits")?;
        let class_names = class_names(network, logits.map(|(_, classes)| classes))?;
        Ok(Self {
            name: network.required("gannet.name")?.to_owned(),
            digest: digest_bytes(&bytes),
            preparation,
            dim,
            class_names,
            features,
            logits,
            engine,
        })
    }

    /// The network's name, which every score states.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What executes it.
    pub fn engine_info(&self) -> &EngineInfo {
        self.engine.info()
    }

    /// SHA-256 of the file in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The number of features of one image.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The number of classes, if the network classifies.
    pub fn classes(&self) -> Option<usize> {
        self.logits.map(|(_, classes)| classes)
    }

    /// The names of the classes, if the file states them.
    pub fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }

    /// The image it expects, `[c, h, w]`.
    pub fn image_shape(&self) -> [usize; 3] {
        self.preparation.image
    }

    /// How it brings images of another height or width to its own, if it does.
    pub fn resize(&self) -> Option<Resize> {
        self.preparation.resize
    }

    /// Whether it takes images `[c, h, w]`.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input), with the reason, if it does not.
    pub fn check_shape(&self, image: [usize; 3]) -> Result<()> {
        self.preparation
            .check(image)
            .map_err(|reason| Error::input(format!("feature network `{}`: {reason}", self.name)))
    }

    /// Features, and logits if it classifies, of each sample.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if it does not take images of that
    /// shape, [`Numeric`](crate::ErrorKind::Numeric) if the network makes a value
    /// that is not finite, [`Engine`](crate::ErrorKind::Engine) if it fails.
    pub fn extract(&self, samples: &Samples) -> Result<Features> {
        let [n, channels, height, width] = samples.shape();
        let image = [channels, height, width];
        self.check_shape(image)?;
        let mut rows = Vec::with_capacity(n * self.dim);
        let mut logits = self.empty_logits();
        // In parts, as the resized images may be many times larger.
        let part = (MOST_PREPARED / self.preparation.size()).max(1);
        for start in (0..n).step_by(part) {
            let inputs: Vec<_> = (start..n.min(start + part))
                .into_par_iter()
                .map(|i| self.preparation.apply(image, &samples.quantised(i)))
                .collect::<Result<_>>()?;
            self.run(&inputs.concat(), &mut rows, &mut logits)?;
        }
        Features::new(n, self.dim, rows, logits)
    }

    /// The network's input `[c, h, w]` for one image `[c, h, w]` in 8 bits:
    /// with [`extract_prepared`](Self::extract_prepared), the way for images of
    /// many sizes or a set too large for memory.
    ///
    /// ```
    /// use gannet::FeatureNet;
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let net = FeatureNet::open("models/features/fashion-mnist.onnx")?;
    /// let black = net.prepare([1, 28, 28], &[0; 28 * 28])?;
    /// assert_eq!(net.extract_prepared(&black)?.len(), 1);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the pixels are not that many, the
    /// network does not take images of that shape, or the image is too large to
    /// be resized.
    pub fn prepare(&self, image: [usize; 3], pixels: &[u8]) -> Result<Vec<f32>> {
        self.check_shape(image)?;
        check_shape([1, image[0], image[1], image[2]], pixels.len())?;
        self.preparation.apply(image, pixels)
    }

    /// Features, and logits if it classifies, of prepared images, `[n, c, h, w]`
    /// row-major.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if they are not whole images of
    /// [`image_shape`](Self::image_shape), else those of
    /// [`extract`](Self::extract).
    pub fn extract_prepared(&self, inputs: &[f32]) -> Result<Features> {
        let size = self.preparation.size();
        if !inputs.len().is_multiple_of(size) {
            return Err(Error::input(format!(
                "feature network `{}`: {} values do not make whole images of {size}",
                self.name,
                inputs.len()
            )));
        }
        let (mut rows, mut logits) = (Vec::new(), self.empty_logits());
        self.run(inputs, &mut rows, &mut logits)?;
        Features::new(inputs.len() / size, self.dim, rows, logits)
    }

    fn empty_logits(&self) -> Option<Logits> {
        self.classes().map(|classes| Logits {
            classes,
            values: Vec::new(),
        })
    }

    /// Runs the network and appends what comes out.
    fn run(&self, inputs: &[f32], rows: &mut Vec<f32>, logits: &mut Option<Logits>) -> Result<()> {
        let outputs = self.engine.run(inputs, None)?;
        rows.extend_from_slice(&outputs[self.features]);
        if let (Some((slot, _)), Some(logits)) = (self.logits, logits) {
            logits.values.extend_from_slice(&outputs[slot]);
        }
        Ok(())
    }
}

/// Options for opening a [`FeatureNet`].
#[derive(Clone, Debug)]
pub struct FeatureNetBuilder {
    path: PathBuf,
    options: EngineOptions,
}

impl FeatureNetBuilder {
    engine_setters!();

    /// Opens the feature network; see [`FeatureNet::open`].
    ///
    /// # Errors
    ///
    /// As [`FeatureNet::open`], and for the options those of
    /// [`GeneratorBuilder::build`](crate::GeneratorBuilder::build).
    pub fn build(self) -> Result<FeatureNet> {
        FeatureNet::load(&self.path, &self.options)
    }
}

impl std::fmt::Debug for FeatureNet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeatureNet")
            .field("name", &self.name)
            .field("digest", &self.digest)
            .field("dim", &self.dim)
            .field("classes", &self.classes())
            .finish_non_exhaustive()
    }
}

/// The slot and width of a named output `[batch, width]`.
fn vector_output(network: &Network, name: &str) -> Result<Option<(usize, usize)>> {
    let Some(slot) = network.outputs.iter().position(|port| port.name == name) else {
        return Ok(None);
    };
    match *network.outputs[slot].row {
        [width] if width > 0 => Ok(Some((slot, width))),
        ref row => Err(Error::contract(format!(
            "{}: output `{name}`: expected [batch, width], got the row shape {row:?}",
            network.file
        ))),
    }
}

fn class_names(network: &Network, classes: Option<usize>) -> Result<Option<Vec<String>>> {
    let Some(text) = network.metadata.get("gannet.classes") else {
        return Ok(None);
    };
    let names: Vec<String> = text.split(',').map(|n| n.trim().to_owned()).collect();
    if classes != Some(names.len()) {
        return Err(Error::contract(format!(
            "{}: metadata `gannet.classes` names {} classes, but the output `logits` has {}",
            network.file,
            names.len(),
            classes.map_or("none".to_owned(), |classes| classes.to_string())
        )));
    }
    Ok(Some(names))
}

fn names(network: &Network) -> String {
    let names: Vec<&str> = network.outputs.iter().map(|port| &*port.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
