//! The part of ONNX's protocol buffers that is read here, whatever the engine.
//!
//! Field numbers are those of `onnx.proto3`; a decoder passes over the others.

use std::collections::HashMap;

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Model {
    #[prost(message, optional, tag = "7")]
    pub(crate) graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) operator_sets: Vec<OperatorSet>,
    #[prost(message, repeated, tag = "14")]
    pub(crate) metadata: Vec<Entry>,
    #[prost(message, repeated, tag = "25")]
    pub(crate) functions: Vec<Function>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct OperatorSet {
    #[prost(int64, tag = "2")]
    pub(crate) version: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entry {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Function {
    #[prost(message, repeated, tag = "7")]
    pub(crate) nodes: Vec<Node>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub(crate) nodes: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) initializers: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) inputs: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    pub(crate) outputs: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "15")]
    pub(crate) sparse_initializers: Vec<SparseTensor>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub(crate) inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) outputs: Vec<String>,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(string, tag = "4")]
    pub(crate) operator: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Attribute {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(float, tag = "2")]
    pub(crate) float: f32,
    #[prost(message, optional, tag = "5")]
    pub(crate) tensor: Option<Tensor>,
    #[prost(message, optional, tag = "6")]
    pub(crate) graph: Option<Graph>,
    #[prost(float, repeated, tag = "7")]
    pub(crate) floats: Vec<f32>,
    #[prost(message, repeated, tag = "10")]
    pub(crate) tensors: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) graphs: Vec<Graph>,
    #[prost(message, optional, tag = "22")]
    pub(crate) sparse_tensor: Option<SparseTensor>,
    #[prost(message, repeated, tag = "23")]
    pub(crate) sparse_tensors: Vec<SparseTensor>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SparseTensor {
    #[prost(message, optional, tag = "1")]
    pub(crate) values: Option<Tensor>,
    #[prost(message, optional, tag = "2")]
    pub(crate) indices: Option<Tensor>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tensor {
    #[prost(int32, tag = "2")]
    pub(crate) element: i32,
    #[prost(float, repeated, tag = "4")]
    pub(crate) floats: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub(crate) ints: Vec<i32>,
    #[prost(string, tag = "8")]
    pub(crate) name: String,
    #[prost(bytes = "vec", tag = "9")]
    pub(crate) raw: Vec<u8>,
    #[prost(double, repeated, tag = "10")]
    pub(crate) doubles: Vec<f64>,
    #[prost(message, repeated, tag = "13")]
    pub(crate) external: Vec<Entry>,
    /// 1 if the data are in another file.
    #[prost(int32, tag = "14")]
    pub(crate) location: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ValueInfo {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) r#type: Option<Type>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Type {
    #[prost(message, optional, tag = "1")]
    pub(crate) tensor: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorType {
    #[prost(int32, tag = "1")]
    pub(crate) element: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Shape {
    #[prost(message, repeated, tag = "1")]
    pub(crate) dims: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Dim {
    #[prost(oneof = "DimValue", tags = "1, 2")]
    pub(crate) value: Option<DimValue>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum DimValue {
    #[prost(int64, tag = "1")]
    Fixed(i64),
    #[prost(string, tag = "2")]
    Symbol(String),
}

pub(crate) const FLOAT: i32 = 1;
pub(crate) const INT32: i32 = 6;
pub(crate) const INT64: i32 = 7;
pub(crate) const FLOAT16: i32 = 10;
pub(crate) const DOUBLE: i32 = 11;

/// ONNX's name of an element type.
pub(crate) fn element_name(element: i32) -> String {
    const NAMES: [&str; 17] = [
        "UNTYPED",
        "FLOAT",
        "UINT8",
        "INT8",
        "UINT16",
        "INT16",
        "INT32",
        "INT64",
        "STRING",
        "BOOL",
        "FLOAT16",
        "DOUBLE",
        "UINT32",
        "UINT64",
        "COMPLEX64",
        "COMPLEX128",
        "BFLOAT16",
    ];
    let known = usize::try_from(element).ok().and_then(|i| NAMES.get(i));
    known.map_or_else(|| format!("ELEMENT {element}"), |name| (*name).to_owned())
}

impl Tensor {
    /// Folds the values, if they are floats of 16, 32 or 64 bits.
    pub(crate) fn fold<T>(&self, start: T, mut step: impl FnMut(T, f64) -> T) -> T {
        let raw = &*self.raw;
        let half = |bits| f64::from(half::f16::from_bits(bits));
        match (self.element, raw.is_empty()) {
            (FLOAT, true) => self.floats.iter().fold(start, |t, &v| step(t, v.into())),
            (FLOAT, false) => (raw.as_chunks().0.iter())
                .fold(start, |t, &word| step(t, f32::from_le_bytes(word).into())),
            (DOUBLE, true) => self.doubles.iter().copied().fold(start, step),
            (DOUBLE, false) => {
                (raw.as_chunks().0.iter()).fold(start, |t, &word| step(t, f64::from_le_bytes(word)))
            }
            (FLOAT16, true) => {
                (self.ints.iter()).fold(start, |t, &bits| step(t, half(bits as u16)))
            }
            (FLOAT16, false) => (raw.as_chunks().0.iter())
                .fold(start, |t, &word| step(t, half(u16::from_le_bytes(word)))),
            _ => start,
        }
    }

    /// The value of a tensor of one float.
    fn scalar(&self) -> Option<f64> {
        match self.fold((0_usize, 0.0), |(count, _), value| (count + 1, value)) {
            (1, value) => Some(value),
            _ => None,
        }
    }

    /// Whether the data are in another file.
    pub(crate) fn is_external(&self) -> bool {
        self.location != 0 || !self.external.is_empty()
    }
}

/// An operator on the way to an output, with those of its inputs that are constant numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operator {
    pub(crate) name: String,
    /// Scalar float inputs that do not depend on the network's input, in their order.
    pub(crate) constants: Vec<f64>,
}

/// How many nodes there are, with those of the graphs within them.
pub(crate) fn count(nodes: &[Node]) -> usize {
    let graphs = nodes.iter().flat_map(|node| &node.attributes);
    let graphs = graphs.flat_map(|attribute| attribute.graph.iter().chain(&attribute.graphs));
    nodes.len() + graphs.map(|graph| count(&graph.nodes)).sum::<usize>()
}

impl Graph {
    /// The operators that lead to a value, the last one first, along the first input that is
    /// computed; at most `most` of them.
    pub(crate) fn operators_before(&self, value: &str, most: usize) -> Vec<Operator> {
        let makers: HashMap<&str, &Node> = self
            .nodes
            .iter()
            .flat_map(|node| node.outputs.iter().map(move |output| (&**output, node)))
            .collect();
        let constants: HashMap<&str, &Tensor> = self
            .initializers
            .iter()
            .map(|tensor| (&*tensor.name, tensor))
            .chain(self.nodes.iter().filter_map(|node| {
                let tensor = node.attributes.iter().find_map(|a| a.tensor.as_ref());
                let is_constant = node.operator == "Constant";
                Some((&**node.outputs.first()?, tensor.filter(|_| is_constant)?))
            }))
            .collect();
        let mut operators = Vec::new();
        let mut value = value;
        while let Some(node) = makers.get(value)
            && operators.len() < most
        {
            let scalar = |input: &String| constants.get(&**input)?.scalar();
            operators.push(Operator {
                name: node.operator.clone(),
                constants: node.inputs.iter().filter_map(scalar).collect(),
            });
            let computed = |input: &&String| !constants.contains_key(&***input);
            match node.inputs.iter().find(computed) {
                Some(input) => value = input,
                None => break,
            }
        }
        operators
    }
}
