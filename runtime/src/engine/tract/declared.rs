//! What an ONNX file declares, before tract has looked at it.

use std::collections::{BTreeMap, HashSet};

use tract_onnx::pb::{ModelProto, ValueInfoProto, tensor_proto, tensor_shape_proto, type_proto};

use super::weights;
use crate::engine::Port;
use crate::error::{Error, Result};

/// The ports and the metadata of a file.
pub(super) struct Declared<'a> {
    file: &'a str,
    inputs: Vec<DeclaredPort>,
    pub(super) outputs: Vec<DeclaredPort>,
    pub(super) metadata: BTreeMap<String, String>,
}

pub(super) struct DeclaredPort {
    pub(super) name: String,
    element: String,
    /// `None` where a dimension is symbolic or unstated.
    dims: Option<Vec<Option<usize>>>,
}

impl<'a> Declared<'a> {
    pub(super) fn of(file: &'a str, proto: &ModelProto) -> Result<Self> {
        let (Some(graph), false) = (&proto.graph, proto.opset_import.is_empty()) else {
            return Err(Error::format(format!(
                "{file}: an ONNX file without a graph or an operator set, perhaps truncated"
            )));
        };
        weights::check(file, graph)?;
        let initialised: HashSet<&str> = graph.initializer.iter().map(|t| &*t.name).collect();
        let mut made: HashSet<&str> = graph.input.iter().map(|i| &*i.name).collect();
        made.extend(&initialised);
        made.extend(
            graph
                .node
                .iter()
                .flat_map(|n| n.output.iter().map(|o| &**o)),
        );
        if let Some(output) = graph.output.iter().find(|o| !made.contains(&*o.name)) {
            return Err(Error::format(format!(
                "{file}: nothing in the graph makes its output `{}`",
                output.name
            )));
        }
        let mut metadata = BTreeMap::new();
        for entry in &proto.metadata_props {
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
        Ok(Self {
            file,
            inputs: graph
                .input
                .iter()
                .filter(|input| !initialised.contains(&*input.name))
                .map(DeclaredPort::of)
                .collect(),
            outputs: graph.output.iter().map(DeclaredPort::of).collect(),
            metadata,
        })
    }

    /// The one float input, whose dimensions are known but for the batch.
    pub(super) fn only_input(&self) -> Result<Port> {
        let float = tensor_proto::DataType::Float.as_str_name();
        if let [input] = &*self.inputs
            && input.element == float
            && let Some([_, row @ ..]) = input.dims.as_deref()
            && let Some(row) = row.iter().copied().collect::<Option<Vec<_>>>()
            && !row.is_empty()
            && let Some(port) = Port::new(&input.name, &row)
            && !self.outputs.is_empty()
        {
            return Ok(port);
        }
        Err(Error::contract(format!(
            "{}: expected one {float} input of [batch, fixed sizes …] and an output; \
             got the inputs {} and the outputs {}",
            self.file,
            list(&self.inputs),
            list(&self.outputs)
        )))
    }
}

impl DeclaredPort {
    fn of(info: &ValueInfoProto) -> Self {
        let tensor = info.r#type.as_ref().and_then(|t| t.value.as_ref());
        let tensor = tensor.map(|type_proto::Value::TensorType(tensor)| tensor);
        let element = tensor.map_or("UNTYPED", |t| t.elem_type().as_str_name());
        let dims = tensor.and_then(|t| t.shape.as_ref()).map(|shape| {
            let fixed = |dim: &tensor_shape_proto::Dimension| match dim.value {
                Some(tensor_shape_proto::dimension::Value::DimValue(size)) => {
                    usize::try_from(size).ok()
                }
                _ => None,
            };
            shape.dim.iter().map(fixed).collect()
        });
        Self {
            name: info.name.clone(),
            element: element.to_owned(),
            dims,
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
            format!("`{}` {} [{dims}]", port.name, port.element)
        })
        .collect();
    if ports.is_empty() {
        "none".to_owned()
    } else {
        ports.join(", ")
    }
}
