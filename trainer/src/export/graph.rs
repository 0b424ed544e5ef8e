//! A small typed ONNX graph: what lowering builds, folding simplifies and
//! encoding writes.

use std::collections::BTreeMap;

/// One dimension of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dim {
    /// The same at every batch size.
    Fixed(usize),
    /// This many times the batch size.
    Batch(usize),
}

impl Dim {
    pub(super) fn fixed(self) -> Option<usize> {
        match self {
            Self::Fixed(n) => Some(n),
            Self::Batch(_) => None,
        }
    }
}

/// Every dimension as a number, if none depends on the batch size.
pub(super) fn fixed_dims(dims: &[Dim]) -> Option<Vec<usize>> {
    dims.iter().map(|dim| dim.fixed()).collect()
}

/// Element types of the exported graph. Integers of every width become 64-bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Int,
    Bool,
}

/// A tensor of the graph, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Value(usize);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
    Bool(Vec<bool>),
}

impl Data {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Float(_) => Kind::Float,
            Self::Int(_) => Kind::Int,
            Self::Bool(_) => Kind::Bool,
        }
    }
}

/// A tensor known at export, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    /// The parameter's path in its module, where it has one.
    pub(super) path: Option<String>,
    pub(super) dims: Vec<usize>,
    pub(super) data: Data,
}

impl Constant {
    pub(super) fn floats(&self) -> Option<&[f32]> {
        match &self.data {
            Data::Float(values) => Some(values),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    Int(i64),
    Float(f32),
    Ints(Vec<i64>),
    Text(&'static str),
}

impl From<&[usize]> for Attribute {
    fn from(values: &[usize]) -> Self {
        Self::Ints(values.iter().map(|&n| n as i64).collect())
    }
}

/// One ONNX operator of one output.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) op: &'static str,
    /// `None` is an optional input left out.
    pub(super) inputs: Vec<Option<Value>>,
    pub(super) output: Value,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
}

impl Node {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        let found = self.attributes.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value)
    }

    /// The input in this place, if there is one.
    pub(super) fn input(&self, index: usize) -> Option<Value> {
        self.inputs.get(index).copied().flatten()
    }
}

#[derive(Clone, Debug)]
struct Facts {
    kind: Kind,
    dims: Vec<Dim>,
}

/// Nodes in execution order, their constants, and the named boundary.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    facts: Vec<Facts>,
    pub(super) constants: BTreeMap<Value, Constant>,
    pub(super) nodes: Vec<Node>,
    pub(super) inputs: Vec<(String, Value)>,
    pub(super) outputs: Vec<(String, Value)>,
}

impl Graph {
    pub(super) fn kind(&self, value: Value) -> Kind {
        self.facts[value.0].kind
    }

    pub(super) fn dims(&self, value: Value) -> &[Dim] {
        &self.facts[value.0].dims
    }

    /// A new tensor that nothing produces yet.
    pub(super) fn value(&mut self, kind: Kind, dims: Vec<Dim>) -> Value {
        self.facts.push(Facts { kind, dims });
        Value(self.facts.len() - 1)
    }

    pub(super) fn constant(&mut self, constant: Constant) -> Value {
        let dims = constant.dims.iter().map(|&n| Dim::Fixed(n)).collect();
        let value = self.value(constant.data.kind(), dims);
        self.constants.insert(value, constant);
        value
    }

    /// An anonymous rank-1 integer constant: shapes, axes, bounds.
    pub(super) fn ints(&mut self, values: Vec<i64>) -> Value {
        self.constant(Constant {
            path: None,
            dims: vec![values.len()],
            data: Data::Int(values),
        })
    }

    /// Positions in `nodes` of the consumers of a value; an operator that
    /// reads it twice counts twice.
    pub(super) fn consumers(&self, value: Value) -> impl Iterator<Item = usize> + '_ {
        let reads = move |node: &Node| node.inputs.iter().filter(|i| **i == Some(value)).count();
        let nodes = self.nodes.iter().enumerate();
        nodes.flat_map(move |(index, node)| std::iter::repeat_n(index, reads(node)))
    }

    pub(super) fn producer(&self, value: Value) -> Option<usize> {
        self.nodes.iter().position(|node| node.output == value)
    }

    pub(super) fn is_output(&self, value: Value) -> bool {
        self.outputs.iter().any(|(_, output)| *output == value)
    }

    /// Makes every reader of `from` read `to` instead. Graph outputs keep
    /// their value.
    pub(super) fn redirect(&mut self, from: Value, to: Value) {
        let inputs = self.nodes.iter_mut().flat_map(|node| &mut node.inputs);
        for input in inputs.filter(|input| **input == Some(from)) {
            *input = Some(to);
        }
    }
}
