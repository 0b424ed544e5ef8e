//! The engine of ONNX Runtime, a library that is loaded when it is used.
//!
//! On the processor it computes each image alone, as the tract engine does, so that results
//! depend on no batch. Other providers get groups of one size, whatever is asked for: what they
//! compile and tune for a shape they do once.

mod assignment;
mod library;
mod provider;
mod sessions;

use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};
use ort::value::{Tensor, TensorElementType, TensorRef, ValueType};

use super::declared::Declared;
use super::guard::{BoxedError, guarded};
use super::info::EngineInfo;
use super::options::{Engine, EngineOptions, Fallback, Provider};
use super::{Batch, Executor, Group, LabelPort, Network, is_usable, threads};
use crate::error::{Error, ErrorKind, Result};
use library::Library;
use sessions::Sessions;

/// Rows in a run of a provider other than the processor.
const GROUP: usize = 16;

struct Ort {
    network: Network,
    info: EngineInfo,
    /// Rows in a run.
    rows: usize,
    /// Which outputs of the file are given.
    given: Vec<usize>,
    sessions: Sessions,
    pool: Option<rayon::ThreadPool>,
}

/// What makes sessions of a network.
struct Recipe {
    library: Library,
    bytes: Vec<u8>,
    provider: Provider,
    /// The name of the batch dimension and the rows that it stands for.
    batch: Option<(String, usize)>,
    /// Threads of a session's own.
    threads: usize,
}

/// Loads the library, and the network on the provider that was asked for.
pub(super) fn load(
    file: &str,
    bytes: &[u8],
    declared: Declared,
    options: &EngineOptions,
) -> Result<Box<dyn Executor>> {
    let path = options.library.clone().unwrap_or_default();
    let library = Library::load(&path)?;
    let pool = options.pool()?;
    let threads = threads(pool.as_ref());
    let asked = options.provider.clone().unwrap_or(Provider::Cpu);
    let begin = |provider: &Provider| Started::new(&library, bytes, &declared, provider, threads);
    let (started, fallback_reason) = match (begin(&asked), options.fallback) {
        (Ok(started), _) => (started, None),
        (Err(reason), _) if asked == Provider::Cpu => {
            return Err(Error::new(
                ErrorKind::Engine,
                format!(
                    "{file}: ONNX Runtime {} refuses the network",
                    library.version()
                ),
            )
            .because(reason));
        }
        (Err(reason), Fallback::Refuse) => {
            return Err(Error::new(
                ErrorKind::Engine,
                format!(
                    "{file}: the provider `{asked}` of {} (ONNX Runtime {}) cannot be had: mend \
                     what the reason says, choose another provider, or allow the fallback to the \
                     processor",
                    library.path().display(),
                    library.version()
                ),
            )
            .because(reason));
        }
        (Err(reason), Fallback::Cpu) => {
            let started = begin(&Provider::Cpu).map_err(|source| {
                Error::new(
                    ErrorKind::Engine,
                    format!(
                        "{file}: the provider `{asked}` cannot be had ({reason}), and ONNX Runtime \
                         {} refuses the network on the processor too",
                        library.version()
                    ),
                )
                .because(source)
            })?;
            (started, Some(reason.to_string().trim_end().to_owned()))
        }
    };
    started.finish(
        file,
        declared,
        options.provider.clone(),
        fallback_reason,
        pool,
        threads,
    )
}

/// A provider that has run the network once.
struct Started {
    rows: usize,
    recipe: Recipe,
    session: Session,
    assignments: Vec<super::info::Assignment>,
    /// For each output of the file the shape of one row, if it is usable.
    outputs: Vec<Option<Vec<usize>>>,
}

impl Started {
    fn new(
        library: &Library,
        bytes: &[u8],
        declared: &Declared,
        provider: &Provider,
        threads: usize,
    ) -> std::result::Result<Self, BoxedError> {
        let rows = match declared.batch {
            Batch::Fixed(rows) => rows,
            Batch::Any if provider::is_processor(provider) => 1,
            Batch::Any => GROUP,
        };
        let recipe = Recipe {
            library: library.clone(),
            bytes: bytes.to_vec(),
            provider: provider.clone(),
            batch: declared.batch_name.clone().map(|name| (name, rows)),
            // Rows are spread over threads where each is run alone.
            threads: if rows == 1 { 1 } else { threads },
        };
        let mut session = recipe.session()?;
        let assignments = guarded(|| Ok(assignment::of(&session)?))?;
        if !assignment::takes_part(provider, &assignments) {
            let taken: Vec<_> = assignments.iter().map(|a| &*a.provider).collect();
            return Err(format!(
                "it takes no node of the graph: all run on {}",
                taken.join(", ")
            )
            .into());
        }
        // What a provider cannot run comes out with its first run, and so do the real shapes.
        let zeros = vec![0.0; rows * declared.input.row_len()];
        let group = Group {
            rows: &zeros,
            labels: &vec![0; if declared.label.is_some() { rows } else { 0 }],
        };
        let ports = (
            &declared.input.name,
            &*declared.input.row,
            declared.label.as_ref(),
        );
        let outputs = guarded(|| {
            let inputs = inputs(ports, rows, &group)?;
            let outputs = session.run(inputs)?;
            let shapes = declared.outputs.iter().map(|output| {
                let (shape, element) = match outputs.get(&output.name)?.dtype() {
                    ValueType::Tensor { shape, ty, .. } => (shape, *ty),
                    _ => return None,
                };
                let shape = shape.iter().map(|&size| usize::try_from(size).ok());
                let shape = shape.collect::<Option<Vec<_>>>()?;
                let [batch, row @ ..] = &*shape else {
                    return None;
                };
                let usable =
                    *batch == rows && element == TensorElementType::Float32 && is_usable(row);
                usable.then(|| row.to_vec())
            });
            Ok(shapes.collect())
        })?;
        Ok(Self {
            rows,
            recipe,
            session,
            assignments,
            outputs,
        })
    }

    fn finish(
        self,
        file: &str,
        declared: Declared,
        provider: Option<Provider>,
        fallback_reason: Option<String>,
        pool: Option<rayon::ThreadPool>,
        threads: usize,
    ) -> Result<Box<dyn Executor>> {
        let given = (0..self.outputs.len()).filter(|&slot| self.outputs[slot].is_some());
        let given: Vec<usize> = given.collect();
        let network = Network::new(file, declared, &self.outputs)?;
        let library = &self.recipe.library;
        let info = EngineInfo {
            engine: Engine::Ort,
            version: library.version().to_owned(),
            library: Some(library.path().to_owned()),
            provider,
            fallback_reason,
            assignments: self.assignments,
            threads,
        };
        let sessions = if self.rows == 1 { threads } else { 1 };
        let ort = Ort {
            network,
            info,
            rows: self.rows,
            given,
            sessions: Sessions::new(self.recipe, self.session, sessions),
            pool,
        };
        if let Batch::Fixed(rows) = ort.network.batch
            && rows > 1
        {
            ort.network
                .check_rows_alone(rows, |group| ort.run_group(&group))?;
        }
        Ok(Box::new(ort))
    }
}

impl Executor for Ort {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn run(&self, rows: &[f32], labels: Option<&[i64]>) -> Result<Vec<Vec<f32>>> {
        let pool = self.pool.as_ref();
        self.network
            .run_in_groups(self.rows, pool, rows, labels, |group| {
                self.run_group(&group)
            })
    }
}

impl Ort {
    fn run_group(&self, group: &Group<'_>) -> Result<Vec<Vec<f32>>> {
        let network = &self.network;
        let ports = (
            &network.input.name,
            &*network.input.row,
            network.label.as_ref(),
        );
        let run = |session: &mut Session| {
            let outputs = session.run(inputs(ports, self.rows, group)?)?;
            self.given
                .iter()
                .map(|&slot| Ok(outputs[slot].try_extract_tensor::<f32>()?.1.to_vec()))
                .collect()
        };
        self.sessions.with(run).map_err(|source| {
            Error::new(
                ErrorKind::Engine,
                format!("{}: the network failed to run", network.file),
            )
            .because(source)
        })
    }
}

type Inputs<'a> = Vec<(&'a str, SessionInputValue<'a>)>;

/// The float input's name and row, and the label.
type Ports<'a> = (&'a String, &'a [usize], Option<&'a LabelPort>);

fn inputs<'a>(
    (name, row, label): Ports<'a>,
    rows: usize,
    group: &Group<'a>,
) -> ort::Result<Inputs<'a>> {
    let shape = |row: &[usize]| [&[rows], row].concat();
    let floats = TensorRef::from_array_view((shape(row), group.rows))?;
    let mut inputs: Inputs<'_> = vec![(name, floats.into())];
    if let Some(label) = label {
        let labels: SessionInputValue<'_> = if label.narrow {
            // Checked to fit before.
            let narrow = group.labels.iter().map(|&label| label as i32);
            Tensor::from_array((shape(&label.row), narrow.collect::<Vec<_>>()))?.into()
        } else {
            TensorRef::from_array_view((shape(&label.row), group.labels))?.into()
        };
        inputs.push((&label.name, labels));
    }
    Ok(inputs)
}

impl Recipe {
    fn session(&self) -> std::result::Result<Session, BoxedError> {
        guarded(|| {
            let mut builder = self.builder()?;
            provider::register(&self.provider, &mut builder)?;
            Ok(builder.commit_from_memory(&self.bytes)?)
        })
    }

    fn builder(&self) -> ort::Result<SessionBuilder> {
        let builder = Session::builder(self.library.environment())?
            // Otherwise a provider that nobody asked for may be taken.
            .with_auto_device(AutoDevicePolicy::PreferCPU)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(self.threads)?
            .with_config_entry(assignment::RECORD, "1")?;
        Ok(match &self.batch {
            Some((name, rows)) => builder.with_dimension_override(name, *rows as i64)?,
            None => builder,
        })
    }
}

#[cfg(test)]
mod tests;
