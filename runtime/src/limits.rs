//! What a file may ask for while it is loaded.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// What a file may ask for while it is loaded; one that asks for more is refused.
///
/// The defaults are far beyond the generators of today and within the memory of today's
/// machines. An application that knows its files sets less; see the page on
/// [security](crate::security) for what is bounded otherwise.
///
/// ```
/// use std::time::Duration;
/// use gannet::{ErrorKind, Generator, LoadLimits};
///
/// # std::env::set_current_dir("..").unwrap();
/// let uploaded = LoadLimits {
///     network_bytes: 1 << 20,
///     time: Some(Duration::from_secs(5)),
///     ..LoadLimits::default()
/// };
/// let refused = Generator::builder("models/fashion-mnist").limits(uploaded).build();
/// assert_eq!(refused.map_err(|error| error.kind()).err(), Some(ErrorKind::Format));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadLimits {
    /// Bytes of an ONNX file: 1 GiB.
    pub network_bytes: u64,
    /// Nodes of its graph, with those of the graphs within it: 100,000.
    pub nodes: usize,
    /// Bytes of any one tensor that the network holds or makes on its way from one input row
    /// to its outputs: 1 GiB. The engine tract alone looks at them.
    pub tensor_bytes: u64,
    /// Features of one image in statistics, whose covariance has the square of that: 16,384,
    /// which is 2 GiB.
    pub features: usize,
    /// Time to prepare a network: 5 minutes, or none on WebAssembly, which has no clock. It is
    /// looked at between the steps of the preparation, none of which is broken off.
    pub time: Option<Duration>,
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self {
            network_bytes: 1 << 30,
            nodes: 100_000,
            tensor_bytes: 1 << 30,
            features: 1 << 14,
            time: (!cfg!(target_family = "wasm")).then_some(Duration::from_secs(300)),
        }
    }
}

impl LoadLimits {
    /// Refuses a network of so many bytes.
    pub(crate) fn check_bytes(&self, file: &str, bytes: u64) -> Result<()> {
        self.check(file, "bytes", bytes, self.network_bytes)
    }

    /// Refuses a graph of so many nodes.
    pub(crate) fn check_nodes(&self, file: &str, nodes: usize) -> Result<()> {
        self.check(file, "nodes", nodes as u64, self.nodes as u64)
    }

    fn check(&self, file: &str, what: &str, got: u64, most: u64) -> Result<()> {
        match got <= most {
            true => Ok(()),
            false => Err(Error::format(format!(
                "{file}: {got} {what} or more, but the limit for a network is {most}: raise it in \
                 LoadLimits if the file can be trusted"
            ))),
        }
    }

    /// Starts the time.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline(self.time.map(|time| (Instant::now(), time)))
    }
}

/// When the preparation of a network must have ended.
pub(crate) struct Deadline(Option<(Instant, Duration)>);

impl Deadline {
    /// Refuses to go on once the time is over.
    pub(crate) fn check(&self, file: &str) -> Result<()> {
        match self.0 {
            Some((start, time)) if start.elapsed() > time => Err(Error::new(
                ErrorKind::Engine,
                format!(
                    "{file}: the network was not ready after {:.1} s: raise the time in \
                     LoadLimits if the file can be trusted",
                    time.as_secs_f64()
                ),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(all(test, feature = "score", feature = "tract"))]
mod tests;
