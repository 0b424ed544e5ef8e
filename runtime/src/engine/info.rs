//! What runs a network, as it turned out.

use std::fmt;
use std::path::{Path, PathBuf};

use super::options::{Engine, Provider};

/// What runs a network: the engine, and with ONNX Runtime the library and the providers that
/// really took the nodes of its graph.
///
/// It prints as one line for people:
///
/// ```no_run
/// let generator = gannet::Generator::open("models/fashion-mnist")?;
/// // tract 0.23 on 2 threads; tract runs 13 of 13 nodes
/// println!("{}", generator.engine_info());
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EngineInfo {
    pub(super) engine: Engine,
    pub(super) version: String,
    pub(super) library: Option<PathBuf>,
    pub(super) provider: Option<Provider>,
    pub(super) fallback_reason: Option<String>,
    pub(super) assignments: Vec<Assignment>,
    pub(super) threads: usize,
}

/// How much of a graph a provider took.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assignment {
    /// The provider as ONNX Runtime names it, such as `CUDAExecutionProvider`, or `tract`.
    pub provider: String,
    /// How many nodes of the optimised graph it runs.
    pub nodes: usize,
}

impl EngineInfo {
    /// The engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The version of the ONNX Runtime library, or the series of tract's that is built in.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The ONNX Runtime library that is loaded.
    pub fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }

    /// The provider that was asked for, of ONNX Runtime.
    pub fn provider(&self) -> Option<&Provider> {
        self.provider.as_ref()
    }

    /// Why the provider that was asked for does not run and the processor does, if that was
    /// allowed and came to pass.
    pub fn fallback_reason(&self) -> Option<&str> {
        self.fallback_reason.as_deref()
    }

    /// How many nodes of the graph run where, the most first.
    pub fn assignments(&self) -> &[Assignment] {
        &self.assignments
    }

    /// The share of the graph's nodes, 0 to 1, that a provider runs. Nodes that ONNX Runtime
    /// computes while it loads are in no graph and not counted.
    ///
    /// ```no_run
    /// # let generator = gannet::Generator::open("models/fashion-mnist")?;
    /// assert_eq!(generator.engine_info().share("tract"), 1.0);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn share(&self, provider: &str) -> f64 {
        let of = |assignment: &&Assignment| assignment.provider == provider;
        let nodes: usize = self.assignments.iter().filter(of).map(|a| a.nodes).sum();
        nodes as f64 / self.nodes().max(1) as f64
    }

    /// How many images are computed at a time on the processor.
    pub fn threads(&self) -> usize {
        self.threads
    }

    pub(super) fn nodes(&self) -> usize {
        self.assignments.iter().map(|a| a.nodes).sum()
    }
}

impl fmt::Display for EngineInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.engine, self.version)?;
        if let Some(library) = &self.library {
            write!(f, " ({})", library.display())?;
        }
        if let Some(provider) = &self.provider {
            write!(f, ", provider {provider}")?;
        }
        match self.threads {
            1 => write!(f, " on 1 thread")?,
            threads => write!(f, " on {threads} threads")?,
        }
        for (i, assignment) in self.assignments.iter().enumerate() {
            let Assignment { provider, nodes } = assignment;
            let separator = if i == 0 { ";" } else { "," };
            write!(
                f,
                "{separator} {provider} runs {nodes} of {} nodes",
                self.nodes()
            )?;
        }
        match &self.fallback_reason {
            Some(reason) => write!(f, "; fell back to the processor: {reason}"),
            None => Ok(()),
        }
    }
}
