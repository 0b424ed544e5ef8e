//! A check for weights that a diverged training made.
//!
//! Some operators would hide them: tract's `Tanh` makes a number of NaN.

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, TensorProto};
use tract_onnx::prelude::f16;

use crate::error::{Error, Result};

/// Refuses weights and constants that are not finite, in subgraphs too.
///
/// An infinity is let pass where one has a use: alone, as a bound, and below 0
/// among zeros, as an attention mask.
pub(super) fn check(file: &str, graph: &GraphProto) -> Result<()> {
    if let Some(tensor) = graph.initializer.iter().find(|tensor| is_spoilt(tensor)) {
        return Err(refusal(file, &tensor.name));
    }
    for node in &graph.node {
        for attribute in &node.attribute {
            if is_attribute_spoilt(attribute) {
                return Err(refusal(file, node.output.first().unwrap_or(&node.name)));
            }
            for graph in attribute.g.iter().chain(&attribute.graphs) {
                check(file, graph)?;
            }
        }
    }
    Ok(())
}

fn refusal(file: &str, name: &str) -> Error {
    Error::numeric(format!(
        "{file}: the weights `{name}` hold values that are not finite: the training that made \
         them diverged"
    ))
}

fn is_attribute_spoilt(attribute: &AttributeProto) -> bool {
    attribute.f.is_nan()
        || diverged(attribute.floats.iter().copied().map(f64::from))
        || attribute.t.iter().chain(&attribute.tensors).any(is_spoilt)
}

fn is_spoilt(tensor: &TensorProto) -> bool {
    let raw = &*tensor.raw_data;
    match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) if raw.is_empty() => {
            diverged(tensor.float_data.iter().copied().map(f64::from))
        }
        Ok(DataType::Float) => diverged(
            raw.as_chunks()
                .0
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes).into()),
        ),
        Ok(DataType::Double) if raw.is_empty() => diverged(tensor.double_data.iter().copied()),
        Ok(DataType::Double) => diverged(raw.as_chunks().0.iter().copied().map(f64::from_le_bytes)),
        Ok(DataType::Float16) if raw.is_empty() => diverged(
            tensor
                .int32_data
                .iter()
                .map(|&bits| f16::from_bits(bits as u16).to_f64()),
        ),
        Ok(DataType::Float16) => diverged(
            raw.as_chunks()
                .0
                .iter()
                .map(|&bytes| f16::from_le_bytes(bytes).to_f64()),
        ),
        // tract takes no other type of float.
        _ => false,
    }
}

fn diverged(values: impl Iterator<Item = f64>) -> bool {
    let (mut count, mut infinite, mut masked) = (0_usize, 0_usize, 0_usize);
    for value in values {
        if value.is_nan() {
            return true;
        }
        count += 1;
        infinite += usize::from(value.is_infinite());
        masked += usize::from(value == 0.0 || value == f64::NEG_INFINITY);
    }
    infinite > 0 && count > 1 && masked < count
}

#[cfg(test)]
mod tests;
