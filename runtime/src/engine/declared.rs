//! What an ONNX file declares, before an engine has looked at it.

use std::collections::{BTreeMap, HashSet};

use prost::Message;

use super::onnx::{self, DimValue, Model, Operator, ValueInfo};
use super::{Batch, LabelPort, Port, weights};
use crate::error::{Error, Result};
use crate::limits::LoadLimits;

/// Operators before an output that are told.
const OPERATORS: usize = 16;

/// The ports and the metadata of a file.
pub(super) struct Declared {
    pub(super) input: Port,
    pub(super) label: Option<LabelPort>,
    pub(super) batch: Batch,
    /// The name that the batch dimension has where its size is left open.
    #[cfg(feature = "ort")]
    #[cfg_attr(
        not(feature = "ort"),
        allow(dead_code, reason = "ONNX Runtime alone asks for it")
    )]
    pub(super) batch_name: Option<String>,
    /// The names of the inputs that a run feeds, in the graph's order.
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<DeclaredOutput>,
    pub(super) metadata: BTreeMap<String, String>,
    /// The ports as messages list them.
    pub(super) ports: String,
}

pub(super) struct DeclaredOutput {
    pub(super) name: String,
    pub(super) operators: Vec<Operator>,
}

impl Declared {
    /// Decodes and checks a file.
    pub(super) fn of(file: &str, bytes: &[u8], limits: &LoadLimits) -> Result<Self> {
        let model = Model::decode(bytes).map_err(|source| {
            Error::format(format!(
                "{file}: not an ONNX file, or a truncated one ({} bytes)",
                bytes.len()
            ))
            .because(source)
        })?;
        let (Some(graph), false) = (&model.graph, model.operator_sets.is_empty()) else {
            return Err(Error::format(format!(
                "{file}: an ONNX file without a graph or an operator set, perhaps truncated"
            )));
        };
        let of_functions = model
            .functions
            .iter()
            .map(|function| onnx::count(&function.nodes));
        limits.check_nodes(
            file,
            onnx::count(&graph.nodes) + of_functions.sum::<usize>(),
        )?;
        weights::check(file, graph)?;
        for function in &model.functions {
            weights::check_nodes(file, &function.nodes)?;
        }
        let initialised: HashSet<&str> = graph
            .initializers
            .iter()
            .map(|tensor| &*tensor.name)
            .collect();
        let mut made: HashSet<&str> = graph.inputs.iter().map(|input| &*input.name).collect();
        made.extend(&initialised);
        made.extend(
            graph
                .nodes
                .iter()
                .flat_map(|node| node.outputs.iter().map(String::as_str)),
        );
        if let Some(output) = graph.outputs.iter().find(|o| !made.contains(&*o.name)) {
            return Err(Error::format(format!(
                "{file}: nothing in the graph makes its output `{}`",
                output.name
            )));
        }
        let mut metadata = BTreeMap::new();
        for entry in &model.metadata {
            if metadata
                .insert(entry.key.clone(), entry.value.clone())
                .is_some()
            {
                return Err(Error::format(format!(
                    "{file}: the metadata key `{}` stands there twice",
                    entry.key
                )));
            }
        }
        let inputs: Vec<DeclaredPort> = graph
            .inputs
            .iter()
            .filter(|input| !initialised.contains(&*input.name))
            .map(DeclaredPort::of)
            .collect();
        let outputs: Vec<DeclaredPort> = graph.outputs.iter().map(DeclaredPort::of).collect();
        let ports = format!(
            "the inputs {} and the outputs {}",
            list(&inputs),
            list(&outputs)
        );
        let Some((input, label, batch)) = fed(&inputs).filter(|_| !outputs.is_empty()) else {
            return Err(Error::contract(format!(
                "{file}: expected one FLOAT input of [batch, fixed sizes …], at most one label of \
                 INT64 or INT32 [batch] beside it, and an output; got {ports}"
            )));
        };
        Ok(Self {
            input,
            label,
            batch,
            #[cfg(feature = "ort")]
            batch_name: batch_name(&graph.inputs),
            inputs: inputs.into_iter().map(|port| port.name).collect(),
            outputs: outputs
                .into_iter()
                .map(|port| DeclaredOutput {
                    operators: graph.operators_before(&port.name, OPERATORS),
                    name: port.name,
                })
                .collect(),
            metadata,
            ports,
        })
    }
}

/// What the first dimension of the inputs is called.
#[cfg(feature = "ort")]
fn batch_name(inputs: &[ValueInfo]) -> Option<String> {
    let first = |info: &ValueInfo| {
        let shape = info.r#type.as_ref()?.tensor.as_ref()?.shape.as_ref()?;
        match &shape.dims.first()?.value {
            Some(DimValue::Symbol(name)) if !name.is_empty() => Some(name.clone()),
            _ => None,
        }
    };
    inputs.iter().find_map(first)
}

/// The float input, the label, and the batch that both have; `None` if there is anything else.
fn fed(inputs: &[DeclaredPort]) -> Option<(Port, Option<LabelPort>, Batch)> {
    let (floats, others): (Vec<_>, Vec<_>) =
        inputs.iter().partition(|port| port.element == onnx::FLOAT);
    let ([input], [] | [_]) = (&*floats, &*others) else {
        return None;
    };
    let [batch, row @ ..] = &**input.dims.as_ref()? else {
        return None;
    };
    let row = row.iter().copied().collect::<Option<Vec<_>>>()?;
    let port = Port::new(&input.name, &row).filter(|_| !row.is_empty())?;
    let mut fixed = *batch;
    let label = match others.first() {
        None => None,
        Some(label) => {
            let narrow = match label.element {
                onnx::INT64 => false,
                onnx::INT32 => true,
                _ => return None,
            };
            let (batch, row) = match *label.dims.as_deref()? {
                [batch] => (batch, vec![]),
                [batch, Some(1)] => (batch, vec![1]),
                _ => return None,
            };
            if let (Some(one), Some(other)) = (fixed, batch)
                && one != other
            {
                return None;
            }
            fixed = fixed.or(batch);
            Some(LabelPort {
                name: label.name.clone(),
                narrow,
                row,
            })
        }
    };
    let batch = match fixed {
        None => Batch::Any,
        Some(0) => return None,
        Some(size) => Batch::Fixed(size),
    };
    Some((port, label, batch))
}

struct DeclaredPort {
    name: String,
    element: i32,
    /// `None` where a dimension is symbolic or unstated.
    dims: Option<Vec<Option<usize>>>,
}

impl DeclaredPort {
    fn of(info: &ValueInfo) -> Self {
        let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor.as_ref());
        let dims = tensor.and_then(|tensor| tensor.shape.as_ref());
        let size = |value: &Option<DimValue>| match value {
            Some(DimValue::Fixed(size)) => usize::try_from(*size).ok(),
            _ => None,
        };
        Self {
            name: info.name.clone(),
            element: tensor.map_or(0, |tensor| tensor.element),
            dims: dims.map(|shape| shape.dims.iter().map(|dim| size(&dim.value)).collect()),
        }
    }
}

fn list(ports: &[DeclaredPort]) -> String {
    let ports: Vec<String> = ports
        .iter()
        .map(|port| {
            let dims = match &port.dims {
                None => "?".to_owned(),
                Some(dims) => dims
                    .iter()
                    .map(|dim| dim.map_or("?".to_owned(), |size| size.to_string()))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            let element = onnx::element_name(port.element);
            format!("`{}` {element} [{dims}]", port.name)
        })
        .collect();
    if ports.is_empty() {
        "none".to_owned()
    } else {
        ports.join(", ")
    }
}
