//! The seam between gannet and what executes a network.

mod tract;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// A larger file is refused before it is read.
const MAX_NETWORK_BYTES: u64 = 1 << 30;

/// More values in one row of an input or output are refused.
pub(crate) const MAX_ROW: usize = 1 << 31;

/// Something that runs a network of one float input on rows of values.
///
/// The result for a row does not depend on the rows beside it nor on the
/// number of threads.
pub(crate) trait Engine: Send + Sync {
    /// What runs the network.
    fn name(&self) -> &'static str;

    /// The network's real ports and its metadata.
    fn network(&self) -> &Network;

    /// Runs `[n, input.row_len()]` values; gives `[n, output.row_len()]` for each output.
    fn run(&self, rows: &[f32]) -> Result<Vec<Vec<f32>>>;
}

/// What a network takes and gives, with the batch dimension left out.
#[derive(Debug)]
pub(crate) struct Network {
    /// Where it came from, for messages.
    pub(crate) file: String,
    pub(crate) input: Port,
    pub(crate) outputs: Vec<Port>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// An input or output: its name and the shape of one row.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) row: Vec<usize>,
}

impl Port {
    /// A port, unless a row of it has no value or more than [`MAX_ROW`].
    fn new(name: &str, row: &[usize]) -> Option<Self> {
        let values = row
            .iter()
            .try_fold(1_usize, |product, &size| product.checked_mul(size))?;
        (1..=MAX_ROW).contains(&values).then(|| Self {
            name: name.to_owned(),
            row: row.to_vec(),
        })
    }

    pub(crate) fn row_len(&self) -> usize {
        self.row.iter().product()
    }
}

impl Network {
    /// The metadata value of a key that must be there.
    pub(crate) fn required(&self, key: &str) -> Result<&str> {
        match self.metadata.get(key) {
            Some(value) => Ok(value),
            None => Err(Error::contract(format!(
                "{}: the metadata lacks the key `{key}`",
                self.file
            ))),
        }
    }

    /// The metadata value of a key that must hold a positive whole number.
    pub(crate) fn required_size(&self, key: &str) -> Result<usize> {
        let value = self.required(key)?;
        match value.parse() {
            Ok(size) if size > 0 => Ok(size),
            _ => Err(Error::contract(format!(
                "{}: metadata `{key}`: expected a positive whole number, got `{value}`",
                self.file
            ))),
        }
    }
}

/// Reads a whole file that may hold a network.
pub(crate) fn read_network(path: &Path) -> Result<Vec<u8>> {
    let failed = |source| Error::io("read", path, source);
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_NETWORK_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_NETWORK_BYTES {
        return Err(Error::format(format!(
            "{}: larger than {} MiB, the limit for a network",
            path.display(),
            MAX_NETWORK_BYTES >> 20
        )));
    }
    Ok(bytes)
}

/// Prepares a network for running on `threads` threads of its own, or on
/// rayon's global pool.
pub(crate) fn load(file: &Path, bytes: &[u8], threads: Option<usize>) -> Result<Box<dyn Engine>> {
    let pool = threads.map(pool).transpose()?;
    tract::load(&file.display().to_string(), bytes, pool)
}

fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    if threads == 0 {
        return Err(Error::input("a generator needs one thread at least, got 0"));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("gannet-{i}"))
        .build()
        .map_err(|source| {
            Error::new(ErrorKind::Engine, format!("cannot start {threads} threads")).because(source)
        })
}
