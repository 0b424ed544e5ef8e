//! Features: what a network sees in images.

use std::path::Path;

use crate::contract::FORMAT;
use crate::digest::digest_bytes;
use crate::engine::{self, Engine, Network};
use crate::error::{Error, Result};
use crate::npy;
use crate::samples::{Samples, through_8_bits};

/// Feature rows of `n` images, `[n, dim]` row-major, and the classifier's
/// logits `[n, classes]` where there is one. All values are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    n: usize,
    dim: usize,
    rows: Vec<f32>,
    logits: Option<Logits>,
}

/// Unnormalised class scores, `[n, classes]` row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    /// The number of classes.
    pub classes: usize,
    /// The values, row-major.
    pub values: Vec<f32>,
}

impl Logits {
    /// Reads logits `[n, classes]` of floats from an `.npy` file.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) or [`Format`](crate::ErrorKind::Format) if the
    /// file cannot be read or is no such array,
    /// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let ([n, classes], values) = npy::read_matrix(path)?;
        check_matrix(&path.display().to_string(), n, classes, &values)?;
        Ok(Self { classes, values })
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

    /// Reads rows `[n, dim]` of floats from an `.npy` file, and their logits
    /// `[n, classes]` from another if there is one; values are kept in 32 bits.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) or [`Format`](crate::ErrorKind::Format) if a
    /// file cannot be read or is no such array, and those of [`new`](Self::new).
    pub fn read_npy(rows: impl AsRef<Path>, logits: Option<&Path>) -> Result<Self> {
        let path = rows.as_ref();
        let ([n, dim], rows) = npy::read_matrix(path)?;
        check_matrix(&path.display().to_string(), n, dim, &rows)?;
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
        if let Some(row) = rows.iter().find(|&&row| row >= self.n) {
            return Err(Error::input(format!(
                "row {row} was asked for, but the features have {} rows",
                self.n
            )));
        }
        let gather = |values: &[f32], width: usize| -> Vec<f32> {
            rows.iter()
                .flat_map(|row| &values[row * width..(row + 1) * width])
                .copied()
                .collect()
        };
        Ok(Self {
            n: rows.len(),
            dim: self.dim,
            rows: gather(&self.rows, self.dim),
            logits: self.logits.as_ref().map(|logits| Logits {
                classes: logits.classes,
                values: gather(&logits.values, logits.classes),
            }),
        })
    }

    /// The logits, if the network classifies.
    pub fn logits(&self) -> Option<&Logits> {
        self.logits.as_ref()
    }
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
/// optionally `gannet.classes` (the classes' names, comma-separated) and
/// `gannet.format`, which must be `1`.
///
/// The network's input is `(v − mean) / std`, where `v` in `[-1, 1]` has passed
/// through 8 bits first, as every real image has.
pub struct FeatureNet {
    name: String,
    digest: String,
    preparation: Preparation,
    dim: usize,
    class_names: Option<Vec<String>>,
    features: usize,
    logits: Option<(usize, usize)>,
    engine: Box<dyn Engine>,
}

struct Preparation {
    image: [usize; 3],
    mean: Vec<f32>,
    std: Vec<f32>,
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
        let path = path.as_ref();
        let bytes = engine::read_network(path)?;
        let engine = engine::load(path, &bytes, None)?;
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

    /// Features, and logits if it classifies, of each sample.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the images are not of
    /// [`image_shape`](Self::image_shape),
    /// [`Numeric`](crate::ErrorKind::Numeric) if the network makes a value that
    /// is not finite, [`Engine`](crate::ErrorKind::Engine) if it fails.
    pub fn extract(&self, samples: &Samples) -> Result<Features> {
        let input = self.preparation.apply(samples).ok_or_else(|| {
            Error::input(format!(
                "feature network `{}`: expected images [c, h, w] of {:?}, got {:?}",
                self.name,
                self.preparation.image,
                &samples.shape()[1..]
            ))
        })?;
        let mut outputs = self.engine.run(&input)?;
        let logits = self.logits.map(|(slot, classes)| Logits {
            classes,
            values: std::mem::take(&mut outputs[slot]),
        });
        let rows = std::mem::take(&mut outputs[self.features]);
        Features::new(samples.len(), self.dim, rows, logits)
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

impl Preparation {
    fn of(network: &Network) -> Result<Self> {
        let image = [
            network.required_size("gannet.channels")?,
            network.required_size("gannet.height")?,
            network.required_size("gannet.width")?,
        ];
        if network.input.row != image {
            return Err(Error::contract(format!(
                "{}: the metadata states images [c, h, w] of {image:?}, but the input `{}` has {:?}",
                network.file, network.input.name, network.input.row
            )));
        }
        let mean = per_channel(network, "gannet.mean", image[0], |_| true)?;
        let std = per_channel(network, "gannet.std", image[0], |v| v > 0.0)?;
        Ok(Self { image, mean, std })
    }

    /// The network's input for these samples, unless they have another shape.
    fn apply(&self, samples: &Samples) -> Option<Vec<f32>> {
        if samples.shape()[1..] != self.image {
            return None;
        }
        let [channels, height, width] = self.image;
        let planes = samples.values().chunks_exact(height * width);
        let mut input = Vec::with_capacity(samples.values().len());
        for (i, plane) in planes.enumerate() {
            let (mean, std) = (self.mean[i % channels], self.std[i % channels]);
            input.extend(plane.iter().map(|&v| (through_8_bits(v) - mean) / std));
        }
        Some(input)
    }
}

/// One number a channel from a metadata value; a single one serves all.
fn per_channel(
    network: &Network,
    key: &str,
    channels: usize,
    valid: impl Fn(f32) -> bool,
) -> Result<Vec<f32>> {
    let text = network.required(key)?;
    let values: Option<Vec<f32>> = text
        .split(',')
        .map(|value| value.trim().parse().ok())
        .collect();
    match values {
        Some(values) if !values.iter().all(|&v| v.is_finite() && valid(v)) => None,
        Some(values) if values.len() == 1 => Some(vec![values[0]; channels]),
        Some(values) if values.len() == channels => Some(values),
        _ => None,
    }
    .ok_or_else(|| {
        Error::contract(format!(
            "{}: metadata `{key}`: expected one usable number or {channels}, got `{text}`",
            network.file
        ))
    })
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
