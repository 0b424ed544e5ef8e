//! What can go wrong on the way from a Burn module to an ONNX file.

use super::graph::Dim;

/// Why a model could not be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The forward pass uses an operation, or an option of one, that has no
    /// ONNX form here.
    #[error(
        "operation {operation} (number {position} of the captured graph) cannot be exported: {reason}"
    )]
    Unsupported {
        /// Burn's name of the operation.
        operation: String,
        /// Its place in the captured graph, from 0.
        position: usize,
        /// What about it is not supported.
        reason: String,
    },
    /// Something that must be the same for every batch size is not.
    #[error("{what} depends on the batch size, so that no one graph serves every batch: {detail}")]
    BatchDependent {
        /// The operation, constant or boundary.
        what: String,
        /// How it differs between the two captures.
        detail: String,
    },
    /// An input or output was declared in a way that makes no graph.
    #[error("graph boundary `{name}`: {reason}")]
    Boundary {
        /// The declared name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The exported generator does not compute what Burn's does.
    #[error(
        "the exported generator differs from Burn's by {difference:e} on {samples} samples; \
         at most {tolerance:e} is accepted"
    )]
    Differs {
        /// The greatest absolute difference of a pixel value; infinite if the
        /// number of values differs.
        difference: f64,
        /// What is accepted.
        tolerance: f64,
        /// The number of samples compared.
        samples: u64,
    },
    /// The runtime refused the exported file.
    #[error("the runtime cannot run the exported generator")]
    Runtime(#[from] gannet::Error),
    /// Burn refused the capture.
    #[error("Burn could not capture the forward pass: {0}")]
    Capture(String),
}

impl ExportError {
    pub(super) fn boundary(name: &str, reason: impl Into<String>) -> Self {
        Self::Boundary {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }

    pub(super) fn batch(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::BatchDependent {
            what: what.into(),
            detail: detail.into(),
        }
    }
}

/// An [`ExportError::Unsupported`] that does not know its operation yet: the
/// walk over the graph adds name and position.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) String);

impl Refusal {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    pub(super) fn batch_dims(dims: &[Dim]) -> Self {
        Self(format!(
            "the batch size spreads over the dimensions {dims:?}; at most one may carry it"
        ))
    }
}
