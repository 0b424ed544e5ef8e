//! Writes the graph as an ONNX `ModelProto`, with names that a person can
//! read and that do not change from one export to the next.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tract_onnx::pb;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;

use super::graph::{Attribute, Constant, Data, Dim, Graph, Kind, Node, Value};

/// The operator set the graph is written in. ONNX Runtime reads it from
/// version 1.12.
pub(super) const OPSET: i64 = 17;
/// The file format version that came with it.
const IR_VERSION: i64 = 8;
const BATCH: &str = "batch";

pub(super) const FLOAT: i32 = DataType::Float as i32;
pub(super) const INT64: i32 = DataType::Int64 as i32;
pub(super) const BOOL: i32 = DataType::Bool as i32;

/// The model's bytes: equal graphs and metadata give equal bytes.
pub(super) fn encode(graph: &Graph, name: &str, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let names = Names::new(graph);
    let constants = graph.constants.iter();
    let initializer = constants.map(|(value, constant)| tensor(&names.value(*value), constant));
    let nodes = graph.nodes.iter().zip(&names.nodes);
    let boundary = |side: &[(String, Value)]| {
        let infos = side
            .iter()
            .map(|(name, value)| value_info(graph, name, *value));
        infos.collect()
    };
    let graph = pb::GraphProto {
        name: name.to_owned(),
        node: nodes
            .map(|(node, name)| node_proto(node, name, &names))
            .collect(),
        initializer: initializer.collect(),
        input: boundary(&graph.inputs),
        output: boundary(&graph.outputs),
        ..Default::default()
    };
    let entry = |(key, value): (&String, &String)| pb::StringStringEntryProto {
        key: key.clone(),
        value: value.clone(),
    };
    pb::ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![pb::OperatorSetIdProto {
            domain: String::new(),
            version: OPSET,
        }],
        producer_name: "gannet".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        metadata_props: metadata.iter().map(entry).collect(),
        ..Default::default()
    }
    .encode_to_vec()
}

/// Names of nodes and tensors.
struct Names {
    nodes: Vec<String>,
    values: BTreeMap<Value, String>,
}

impl Names {
    /// Boundary tensors keep their declared names and parameters their paths.
    /// Nodes are `Conv_0`, `Conv_1`, …; what a node computes is
    /// `Conv_0.output` and a nameless constant is named by its first reader:
    /// `Reshape_0.shape`.
    fn new(graph: &Graph) -> Self {
        let mut names = Self {
            nodes: Vec::new(),
            values: BTreeMap::new(),
        };
        let mut taken = BTreeSet::new();
        for (name, value) in graph.inputs.iter().chain(&graph.outputs) {
            taken.insert(name.clone());
            names.values.insert(*value, name.clone());
        }
        for (value, constant) in &graph.constants {
            if let Some(path) = &constant.path {
                names
                    .values
                    .insert(*value, unique(path.clone(), &mut taken));
            }
        }
        let mut counts = BTreeMap::new();
        for node in &graph.nodes {
            let count = counts.entry(node.op).or_insert(0_usize);
            let name = format!("{}_{count}", node.op);
            *count += 1;
            for (place, input) in node.inputs.iter().enumerate() {
                if let Some(input) = input {
                    let role = format!("{name}.{}", role(node.op, place));
                    let input = names.values.entry(*input);
                    input.or_insert_with(|| unique(role, &mut taken));
                }
            }
            let output = names.values.entry(node.output);
            output.or_insert_with(|| unique(format!("{name}.output"), &mut taken));
            names.nodes.push(name);
        }
        names
    }

    fn value(&self, value: Value) -> String {
        self.values.get(&value).cloned().unwrap_or_default()
    }
}

fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}.{number}");
        number += 1;
    }
    candidate
}

/// What an operator calls the input in this place.
fn role(op: &str, place: usize) -> &'static str {
    let roles: &[&str] = match op {
        "Conv" | "ConvTranspose" | "Gemm" | "MatMul" => &["input", "weight", "bias"],
        "BatchNormalization" => &["input", "scale", "bias", "mean", "variance"],
        "LayerNormalization" => &["input", "scale", "bias"],
        "Reshape" | "Expand" => &["input", "shape"],
        "Tile" => &["input", "repeats"],
        "Slice" => &["input", "starts", "ends", "axes", "steps"],
        "ReduceSum" => &["input", "axes"],
        "Resize" => &["input", "region", "scales"],
        "Clip" => &["input", "min", "max"],
        "Pad" => &["input", "pads", "value"],
        "Gather" | "GatherElements" => &["table", "indices"],
        "Pow" => &["base", "exponent"],
        "Where" => &["condition", "then", "otherwise"],
        _ => &["lhs", "rhs"],
    };
    roles.get(place).copied().unwrap_or("operand")
}

fn node_proto(node: &Node, name: &str, names: &Names) -> pb::NodeProto {
    let input = node.inputs.iter();
    let input = input.map(|input| input.map(|value| names.value(value)).unwrap_or_default());
    let attributes = node.attributes.iter();
    pb::NodeProto {
        name: name.to_owned(),
        op_type: node.op.to_owned(),
        input: input.collect(),
        output: vec![names.value(node.output)],
        attribute: attributes
            .map(|(name, value)| attribute(name, value))
            .collect(),
        ..Default::default()
    }
}

fn attribute(name: &str, value: &Attribute) -> pb::AttributeProto {
    let mut proto = pb::AttributeProto {
        name: name.to_owned(),
        ..Default::default()
    };
    let kind = match value {
        Attribute::Int(value) => {
            proto.i = *value;
            AttributeType::Int
        }
        Attribute::Float(value) => {
            proto.f = *value;
            AttributeType::Float
        }
        Attribute::Ints(values) => {
            proto.ints.clone_from(values);
            AttributeType::Ints
        }
        Attribute::Text(value) => {
            proto.s = value.as_bytes().to_vec();
            AttributeType::String
        }
    };
    proto.r#type = kind as i32;
    proto
}

fn data_type(kind: Kind) -> i32 {
    match kind {
        Kind::Float => FLOAT,
        Kind::Int => INT64,
        Kind::Bool => BOOL,
    }
}

fn tensor(name: &str, constant: &Constant) -> pb::TensorProto {
    let raw_data = match &constant.data {
        Data::Float(values) => values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        Data::Int(values) => values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        Data::Bool(values) => values.iter().map(|value| u8::from(*value)).collect(),
    };
    pb::TensorProto {
        name: name.to_owned(),
        dims: constant.dims.iter().map(|&n| n as i64).collect(),
        data_type: data_type(constant.data.kind()),
        raw_data,
        ..Default::default()
    }
}

fn value_info(graph: &Graph, name: &str, value: Value) -> pb::ValueInfoProto {
    use pb::tensor_shape_proto::{Dimension, dimension::Value as DimValue};
    let dims = graph.dims(value).iter().map(|dim| Dimension {
        denotation: String::new(),
        value: Some(match dim {
            Dim::Fixed(n) => DimValue::DimValue(*n as i64),
            Dim::Batch(_) => DimValue::DimParam(BATCH.to_owned()),
        }),
    });
    let tensor = pb::type_proto::Tensor {
        elem_type: data_type(graph.kind(value)),
        shape: Some(pb::TensorShapeProto {
            dim: dims.collect(),
        }),
    };
    pb::ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(pb::TypeProto {
            denotation: String::new(),
            value: Some(pb::type_proto::Value::TensorType(tensor)),
        }),
        doc_string: String::new(),
    }
}
