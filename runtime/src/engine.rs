//! The seam between gannet and what executes a network.

#[cfg(not(any(feature = "ort", feature = "tract")))]
compile_error!("gannet needs an engine: enable its feature `tract` (the default) or `ort`");

mod declared;
mod guard;
mod info;
pub(crate) mod onnx;
mod options;
#[cfg(feature = "ort")]
mod ort;
#[cfg(feature = "tract")]
mod tract;
mod weights;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::latent::Latents;
use crate::limits::LoadLimits;
use declared::Declared;
use onnx::Operator;

pub use info::{Assignment, EngineInfo};
pub use options::{Engine, Fallback, Provider};
pub(crate) use options::{EngineOptions, engine_setters};

/// More values in one row of an input or output are refused.
pub(crate) const MAX_ROW: usize = 1 << 31;

/// How far one row may part in two batches, of a value or of 1 if that is more.
const ALONE: f32 = 1e-3;

/// Something that runs a network of one float input, and perhaps a label, on rows of values.
///
/// The result for a row does not depend on the rows beside it nor on the
/// number of threads.
pub(crate) trait Executor: Send + Sync {
    /// What runs the network.
    fn info(&self) -> &EngineInfo;

    /// The network's real ports and its metadata.
    fn network(&self) -> &Network;

    /// Runs `[n, input.row_len()]` values, with `[n]` labels if and only if the network takes
    /// a label; gives `[n, output.row_len()]` for each output.
    fn run(&self, rows: &[f32], labels: Option<&[i64]>) -> Result<Vec<Vec<f32>>>;
}

/// What a network takes and gives, with the batch dimension left out.
#[derive(Debug)]
pub(crate) struct Network {
    /// Where it came from, for messages.
    pub(crate) file: String,
    pub(crate) input: Port,
    /// An integer input of one number a row.
    pub(crate) label: Option<LabelPort>,
    /// The batch that the file declares. A run takes any number of rows all the same.
    pub(crate) batch: Batch,
    /// The outputs of floats `[batch, …]`; what else the graph gives is left out.
    pub(crate) outputs: Vec<Output>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// All inputs and outputs as the file declares them, for messages.
    pub(crate) ports: String,
}

/// A float input: its name and the shape of one row.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) row: Vec<usize>,
}

/// An integer input: its name and the shape of one row, `[]` or `[1]`.
#[derive(Clone, Debug)]
pub(crate) struct LabelPort {
    pub(crate) name: String,
    pub(crate) row: Vec<usize>,
    /// 32 bits instead of 64.
    narrow: bool,
}

/// A float output.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: String,
    /// The shape of one row.
    pub(crate) row: Vec<usize>,
    /// The operators that lead to it, the last one first, along each one's first input.
    pub(crate) operators: Vec<Operator>,
}

/// How many rows a file says that it takes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Batch {
    /// Any number.
    Any,
    /// This many, no more and no fewer.
    Fixed(usize),
}

impl Port {
    /// A port, unless its rows are unusable.
    fn new(name: &str, row: &[usize]) -> Option<Self> {
        is_usable(row).then(|| Self {
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
pub(crate) fn read_network(path: &Path, limits: &LoadLimits) -> Result<Vec<u8>> {
    let failed = |source| Error::io("read", path, source);
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limits.network_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    limits.check_bytes(&path.display().to_string(), bytes.len() as u64)?;
    Ok(bytes)
}

/// Prepares a network for running as the options say, on threads of its own or on rayon's
/// global pool.
pub(crate) fn load(
    file: &Path,
    bytes: &[u8],
    options: &EngineOptions,
) -> Result<Box<dyn Executor>> {
    options.check()?;
    let file = file.display().to_string();
    options.limits.check_bytes(&file, bytes.len() as u64)?;
    let declared = || Declared::of(&file, bytes, &options.limits);
    match options.engine {
        #[cfg(feature = "tract")]
        Engine::Tract => tract::load(&file, bytes, declared()?, options),
        #[cfg(feature = "ort")]
        Engine::Ort => ort::load(&file, bytes, declared()?, options),
        #[cfg(not(all(feature = "tract", feature = "ort")))]
        engine => Err(options::not_built_in("the engine", &engine.to_string())),
    }
}

/// What a group of rows is run on, and its labels, of which there are none or one a row.
struct Group<'a> {
    rows: &'a [f32],
    labels: &'a [i64],
}

impl Network {
    /// What a file declares, with the outputs whose shape of a row is known to be usable.
    fn new(file: &str, declared: Declared, rows: &[Option<Vec<usize>>]) -> Result<Self> {
        let outputs: Vec<Output> = declared
            .outputs
            .into_iter()
            .zip(rows)
            .filter_map(|(output, row)| {
                Some(Output {
                    name: output.name,
                    row: row.clone()?,
                    operators: output.operators,
                })
            })
            .collect();
        if outputs.is_empty() {
            return Err(Error::contract(format!(
                "{file}: expected an output of floats [batch, …] with 1 to {MAX_ROW} values a row; \
                 got {}",
                declared.ports
            )));
        }
        Ok(Self {
            file: file.to_owned(),
            input: declared.input,
            label: declared.label,
            batch: declared.batch,
            outputs,
            metadata: declared.metadata,
            ports: declared.ports,
        })
    }

    /// Runs rows in groups of `size`, spread over threads, and joins what comes out.
    ///
    /// A last group of fewer rows is filled up with its first one: every run has one shape, so
    /// that a row comes out the same in any batch.
    fn run_in_groups(
        &self,
        size: usize,
        pool: Option<&rayon::ThreadPool>,
        rows: &[f32],
        labels: Option<&[i64]>,
        run: impl Fn(Group<'_>) -> Result<Vec<Vec<f32>>> + Sync,
    ) -> Result<Vec<Vec<f32>>> {
        let n = rows.len() / self.input.row_len();
        self.check_labels(n, labels)?;
        let run_group = |start: usize| {
            let real = size.min(n - start);
            let rows = &rows[start * self.input.row_len()..(start + real) * self.input.row_len()];
            let labels = labels.map_or(&[][..], |labels| &labels[start..start + real]);
            if real == size {
                return run(Group { rows, labels });
            }
            let (mut rows, mut labels) = (rows.to_vec(), labels.to_vec());
            for _ in real..size {
                rows.extend_from_within(..self.input.row_len());
                labels.extend(labels.first().copied());
            }
            let mut outputs = run(Group {
                rows: &rows,
                labels: &labels,
            })?;
            for (values, output) in outputs.iter_mut().zip(&self.outputs) {
                values.truncate(real * output.row_len());
            }
            Ok(outputs)
        };
        let run_all = || {
            (0..n.div_ceil(size))
                .into_par_iter()
                .map(|group| run_group(group * size))
                .collect::<Result<Vec<_>>>()
        };
        let mut groups = match pool {
            Some(pool) => pool.install(run_all),
            None => run_all(),
        }?;
        if groups.len() == 1 {
            return Ok(groups.swap_remove(0));
        }
        let mut outputs: Vec<Vec<f32>> = (self.outputs.iter())
            .map(|output| Vec::with_capacity(output.row_len() * n))
            .collect();
        for group in groups {
            for (all, part) in outputs.iter_mut().zip(group) {
                all.extend(part);
            }
        }
        Ok(outputs)
    }

    fn check_labels(&self, n: usize, labels: Option<&[i64]>) -> Result<()> {
        let Some(label) = &self.label else {
            return match labels {
                None => Ok(()),
                Some(_) => Err(Error::input(format!(
                    "{}: labels were given, but the network takes none",
                    self.file
                ))),
            };
        };
        let got = labels.map_or(0, <[i64]>::len);
        if got != n {
            return Err(Error::input(format!(
                "{}: expected {n} labels for the input `{}`, got {got}",
                self.file, label.name
            )));
        }
        let mut labels = labels.unwrap_or_default().iter();
        match labels.find(|&&label_of_row| label.narrow && i32::try_from(label_of_row).is_err()) {
            None => Ok(()),
            Some(far) => Err(Error::input(format!(
                "{}: the label {far} is beyond the 32 bits of the input `{}`",
                self.file, label.name
            ))),
        }
    }

    /// Refuses a network that is run in groups of `size` and does not treat each row alone.
    ///
    /// A row is run first and second in two groups of otherwise different rows.
    fn check_rows_alone(
        &self,
        size: usize,
        run: impl Fn(Group<'_>) -> Result<Vec<Vec<f32>>>,
    ) -> Result<()> {
        let width = self.input.row_len();
        let labels = vec![0; if self.label.is_some() { size } else { 0 }];
        let probe = |seed, place: usize| {
            let mut rows = Latents::draw(seed, 0..size as u64, width).values().to_vec();
            let row = Latents::draw(2, 0..1, width);
            rows[place * width..(place + 1) * width].copy_from_slice(row.values());
            run(Group {
                rows: &rows,
                labels: &labels,
            })
        };
        let (first, second) = (probe(0, 0)?, probe(1, 1)?);
        for ((output, first), second) in self.outputs.iter().zip(&first).zip(&second) {
            let length = output.row_len();
            let far = |(a, b): (&f32, &f32)| (a - b).abs() > ALONE * a.abs().max(1.0);
            if first[..length]
                .iter()
                .zip(&second[length..2 * length])
                .any(far)
            {
                return Err(Error::contract(format!(
                    "{}: what the output `{}` gives for a row depends on its place in the batch \
                     of {size} or on the rows beside it: export the network with a batch of any \
                     size, in inference mode",
                    self.file, output.name
                )));
            }
        }
        Ok(())
    }
}

impl Output {
    pub(crate) fn row_len(&self) -> usize {
        self.row.iter().product()
    }
}

/// Whether a row of this shape has a value, and no more than [`MAX_ROW`].
fn is_usable(row: &[usize]) -> bool {
    let values = row
        .iter()
        .try_fold(1_usize, |all, &size| all.checked_mul(size));
    values.is_some_and(|values| (1..=MAX_ROW).contains(&values))
}

impl EngineOptions {
    /// The threads of the network's own, if it is to have some.
    fn pool(&self) -> Result<Option<rayon::ThreadPool>> {
        let Some(threads) = self.threads else {
            return Ok(None);
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("gannet-{i}"))
            .build()
            .map_err(|source| {
                Error::new(ErrorKind::Engine, format!("cannot start {threads} threads"))
                    .because(source)
            })?;
        Ok(Some(pool))
    }
}

/// How many rows are run at a time.
fn threads(pool: Option<&rayon::ThreadPool>) -> usize {
    pool.map_or_else(
        rayon::current_num_threads,
        rayon::ThreadPool::current_num_threads,
    )
}
