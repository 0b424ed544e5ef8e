//! A check for weights that a diverged training made.
//!
//! Some operators would hide them: tract's `Tanh` makes a number of NaN.

use super::onnx::{Attribute, Graph, Node, SparseTensor, Tensor};
use crate::error::{Error, Result};

/// Refuses weights and constants that are not finite or in another file, in subgraphs too.
///
/// An infinity is let pass where one has a use: alone, as a bound, and below 0
/// among zeros, as an attention mask.
pub(super) fn check(file: &str, graph: &Graph) -> Result<()> {
    for tensor in &graph.initializers {
        check_tensor(file, &tensor.name, tensor)?;
    }
    for tensor in graph.sparse_initializers.iter().flat_map(parts) {
        check_tensor(file, &tensor.name, tensor)?;
    }
    check_nodes(file, &graph.nodes)
}

/// [`check`] for the nodes of a graph or of a function.
pub(super) fn check_nodes(file: &str, nodes: &[Node]) -> Result<()> {
    for node in nodes {
        let name = node.outputs.first().unwrap_or(&node.name);
        for attribute in &node.attributes {
            let floats = attribute.floats.iter().map(|&value| f64::from(value));
            if attribute.float.is_nan() || floats.fold(Tally::default(), Tally::with).diverged() {
                return Err(spoilt(file, name));
            }
            for tensor in tensors(attribute) {
                check_tensor(file, name, tensor)?;
            }
            for graph in attribute.graph.iter().chain(&attribute.graphs) {
                check(file, graph)?;
            }
        }
    }
    Ok(())
}

fn check_tensor(file: &str, name: &str, tensor: &Tensor) -> Result<()> {
    if tensor.is_external() {
        return Err(Error::format(format!(
            "{file}: the weights `{name}` are in another file, which is not followed: save the \
             network with its weights inside"
        )));
    }
    if tensor.fold(Tally::default(), Tally::with).diverged() {
        return Err(spoilt(file, name));
    }
    Ok(())
}

fn spoilt(file: &str, name: &str) -> Error {
    Error::numeric(format!(
        "{file}: the weights `{name}` hold values that are not finite: the training that made \
         them diverged"
    ))
}

fn tensors(attribute: &Attribute) -> impl Iterator<Item = &Tensor> {
    let sparse = attribute
        .sparse_tensor
        .iter()
        .chain(&attribute.sparse_tensors);
    attribute
        .tensor
        .iter()
        .chain(&attribute.tensors)
        .chain(sparse.flat_map(parts))
}

fn parts(sparse: &SparseTensor) -> impl Iterator<Item = &Tensor> {
    sparse.values.iter().chain(&sparse.indices)
}

/// What is counted of values to judge them.
#[derive(Default)]
struct Tally {
    count: usize,
    nan: usize,
    infinite: usize,
    masked: usize,
}

impl Tally {
    fn with(self, value: f64) -> Self {
        Self {
            count: self.count + 1,
            nan: self.nan + usize::from(value.is_nan()),
            infinite: self.infinite + usize::from(value.is_infinite()),
            masked: self.masked + usize::from(value == 0.0 || value == f64::NEG_INFINITY),
        }
    }

    fn diverged(&self) -> bool {
        self.nan > 0 || (self.infinite > 0 && self.count > 1 && self.masked < self.count)
    }
}

#[cfg(test)]
mod tests;
