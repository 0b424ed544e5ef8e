//! The one error type of the library.

use std::error::Error as StdError;
use std::fmt;
use std::path::Path;

/// What the library's fallible functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation failed: what, where, what was expected, what was found and
/// how to mend it.
///
/// The [`Display`](fmt::Display) form is one sentence for people; the cause
/// below it, where there is one, comes from [`source`](StdError::source).
/// Match on [`kind`](Error::kind) to tell failures apart.
///
/// ```
/// use gannet::{ErrorKind, Generator};
///
/// let error = Generator::open("no/such/model").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Io);
/// assert!(error.to_string().contains("no/such/model"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The families of failure.
///
/// ```
/// use gannet::{ErrorKind, Latents};
///
/// match Latents::truncated(7, 0..4, 64, 0.0).map_err(|error| error.kind()) {
///     Err(ErrorKind::Input) => {} // Ask the user for another limit.
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// A file is not what it should be: truncated, of another format or version.
    Format,
    /// A file's size or SHA-256 differs from what its manifest says.
    Digest,
    /// A network's inputs, outputs or metadata do not fit its use, or two
    /// artefacts do not belong together.
    Contract,
    /// An argument of the caller is out of its domain.
    Input,
    /// A computation met or made a value that is not finite.
    Numeric,
    /// The inference engine refused the network, failed to run it, or computes something
    /// else than the golden samples of its package.
    Engine,
    /// The caller stopped the work with a [`Cancel`](crate::Cancel).
    Cancelled,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
        }))
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("cannot {doing} {}", path.display())).because(source)
    }

    /// Names the file whose content is at fault.
    pub(crate) fn of_file(mut self, path: &Path) -> Self {
        self.0.message = format!("{}: {}", path.display(), self.0.message);
        self
    }

    pub(crate) fn format(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Format, message)
    }

    pub(crate) fn contract(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Contract, message)
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    pub(crate) fn numeric(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Numeric, message)
    }

    /// The family this failure belongs to.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
