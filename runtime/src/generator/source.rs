//! Where a generator's file comes from.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::limits::LoadLimits;

/// Where a generator comes from: a path, bytes, or a reader.
///
/// A path in any of its forms turns into one by itself:
///
/// ```
/// use gannet::{Generator, Source};
///
/// # std::env::set_current_dir("..").unwrap();
/// let package = Generator::builder("models/fashion-mnist").build()?;
///
/// // In a program: include_bytes!("generator.onnx").
/// let bytes = std::fs::read("models/fashion-mnist/generator.onnx").unwrap();
/// let embedded = Generator::builder(Source::bytes(bytes)).build()?;
/// assert_eq!(embedded.sample(7, 0..2)?, package.sample(7, 0..2)?);
///
/// let reader = std::fs::File::open("models/fashion-mnist/generator.onnx").unwrap();
/// let streamed = Generator::builder(Source::read(reader)?).build()?;
/// assert_eq!(streamed.contract(), package.contract());
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone)]
pub struct Source(pub(super) Origin);

#[derive(Clone)]
pub(super) enum Origin {
    /// A package folder or a file.
    Path(PathBuf),
    /// The content of a file.
    Bytes(Cow<'static, [u8]>),
}

impl Source {
    /// The content of an ONNX file, such as `include_bytes!` gives.
    ///
    /// There is no manifest then, and no golden samples to
    /// [`verify`](crate::Generator::verify) against.
    pub fn bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self(Origin::Bytes(bytes.into()))
    }

    /// Reads an ONNX file to its end, 1 GiB at most.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if it cannot be read,
    /// [`Format`](crate::ErrorKind::Format) if it is larger than 1 GiB.
    pub fn read(reader: impl Read) -> Result<Self> {
        let limits = LoadLimits::default();
        let mut bytes = Vec::new();
        reader
            .take(limits.network_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io("read", Path::new("the generator"), source))?;
        limits.check_bytes("the generator", bytes.len() as u64)?;
        Ok(Self::bytes(bytes))
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Source {
    fn from(path: &P) -> Self {
        path.as_ref().to_owned().into()
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self(Origin::Path(path))
    }
}

impl From<String> for Source {
    fn from(path: String) -> Self {
        PathBuf::from(path).into()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Origin::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Origin::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

#[cfg(test)]
mod tests;
