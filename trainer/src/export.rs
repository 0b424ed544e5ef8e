//! From a trained Burn module to an ONNX file.
//!
//! The forward pass is recorded on Burn's capture device at two batch sizes;
//! dimensions that differ are the batch. The record is lowered to ONNX,
//! batch normalisations are folded into the layers before them, and the graph
//! is written with readable names, a symbolic `batch` dimension and metadata.
//! The same module gives the same bytes.
//!
//! [`generator_to_onnx`] makes the file of a generator, [`verify_generator`]
//! proves it against Burn in the runtime, and [`write_package`] puts it into a
//! folder with all that belongs to it.

mod capture;
mod encode;
mod error;
mod folding;
mod generator;
mod graph;
mod lowering;
mod package;

use std::collections::BTreeMap;

pub use capture::Trace;
pub use error::ExportError;
pub use generator::{Agreement, TOLERANCE, generator_to_onnx, verify_generator};
pub use package::{Card, PackageContents, PackageError, check_package_destination, write_package};

/// Exports a forward pass as the bytes of an ONNX model.
///
/// `forward` declares the inputs, computes, and declares the outputs. It runs
/// twice, at two batch sizes, and must do the same both times. It must not read
/// values (`to_data`, `one_hot`): nothing is computed while recording, and Burn
/// panics on it. Every input and output has the batch as its leading dimension
/// and only there.
///
/// `name` is the graph's name; `metadata` becomes the file's `metadata_props`.
///
/// The file is of operator set 17 (ONNX Runtime 1.12 and later); floats are
/// f32, integers of every width are int64.
///
/// # Errors
///
/// [`ExportError::Unsupported`] names an operation or option without an ONNX
/// form, [`ExportError::BatchDependent`] what would need another graph for
/// another batch, [`ExportError::Boundary`] a wrong declaration.
///
/// # Example
///
/// ```
/// use std::collections::BTreeMap;
/// use burn::nn::LinearConfig;
/// use burn::tensor::{Device, activation::tanh};
/// use gannet_trainer::export;
///
/// let layer = LinearConfig::new(8, 12).init(&Device::flex());
/// let onnx = export::to_onnx("generator", &BTreeMap::new(), |trace| {
///     let layer = trace.module(&layer);
///     let z = trace.float_input("z", [trace.batch(), 8])?;
///     let image = tanh(layer.forward(z)).reshape([trace.batch(), 3, 2, 2]);
///     trace.output("image", &image)
/// })?;
/// assert!(!onnx.is_empty());
/// # Ok::<(), export::ExportError>(())
/// ```
pub fn to_onnx<F>(
    name: &str,
    metadata: &BTreeMap<String, String>,
    forward: F,
) -> Result<Vec<u8>, ExportError>
where
    F: Fn(&mut Trace) -> Result<(), ExportError>,
{
    let capture = capture::capture(&forward)?;
    let mut graph = lowering::lower(&capture)?;
    folding::simplify(&mut graph);
    Ok(encode::encode(&graph, name, metadata))
}

#[cfg(test)]
mod tests;
