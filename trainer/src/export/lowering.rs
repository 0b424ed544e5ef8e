//! From Burn's operations to ONNX operators.
//!
//! Each family of Burn's intermediate representation has its file; each
//! operation lowers on its own, without looking at its neighbours. What the
//! neighbours allow is the work of [`folding`](super::folding).

mod base;
mod layers;
mod numeric;

use std::collections::BTreeMap;

use burn::backend::ir::{OperationIr, ScalarIr, TensorId, TensorIr};
use burn::tensor::{DType, TensorData};

use super::capture::{Capture, Step, operation_name};
use super::error::{ExportError, Refusal};
use super::graph::{Attribute, Constant, Data, Dim, Graph, Kind, Node, Value};

type Lowered = Result<(), Refusal>;
type Attributes = Vec<(&'static str, Attribute)>;

/// Lowers a whole capture.
pub(super) fn lower(capture: &Capture) -> Result<Graph, ExportError> {
    let mut lowering = Lowering {
        capture,
        graph: Graph::default(),
        values: BTreeMap::new(),
        batch: None,
    };
    for (name, id) in &capture.inputs {
        let dims = boundary_dims(name, capture.dims.get(id))?;
        let kind = match capture.values.get(id).map(TensorData::dtype) {
            Some(dtype) => kind(dtype).map_err(|Refusal(why)| ExportError::boundary(name, why))?,
            None => return Err(ExportError::boundary(name, "the input has no type")),
        };
        let value = lowering.graph.value(kind, dims);
        lowering.values.insert(*id, value);
        lowering.graph.inputs.push((name.clone(), value));
    }
    for (position, step) in capture.steps.iter().enumerate() {
        lowering
            .step(step)
            .map_err(|Refusal(reason)| ExportError::Unsupported {
                operation: operation_name(&step.operation),
                position,
                reason,
            })?;
    }
    for (name, id) in &capture.outputs {
        boundary_dims(name, capture.dims.get(id))?;
        let Some(&value) = lowering.values.get(id) else {
            return Err(ExportError::boundary(name, "nothing computes the output"));
        };
        // An output needs a value of its own: neither a graph input nor one
        // that another output already names.
        let value = lowering.node("Identity", vec![value], vec![], |graph| {
            (graph.kind(value), graph.dims(value).to_vec())
        });
        lowering.graph.outputs.push((name.clone(), value));
    }
    Ok(lowering.graph)
}

/// The dimensions of an input or output: `[batch, fixed…]`.
fn boundary_dims(name: &str, dims: Option<&Vec<Dim>>) -> Result<Vec<Dim>, ExportError> {
    match dims.map(Vec::as_slice) {
        Some([Dim::Batch(1), rest @ ..]) if rest.iter().all(|dim| dim.fixed().is_some()) => {
            Ok([&[Dim::Batch(1)], rest].concat())
        }
        Some(dims) => Err(ExportError::boundary(
            name,
            format!("the shape must be [batch, fixed…], and is {dims:?}"),
        )),
        None => Err(ExportError::boundary(
            name,
            "the forward pass does not use it",
        )),
    }
}

fn kind(dtype: DType) -> Result<Kind, Refusal> {
    match dtype {
        DType::F32 => Ok(Kind::Float),
        DType::Bool(_) => Ok(Kind::Bool),
        dtype if dtype.is_int() || dtype.is_uint() => Ok(Kind::Int),
        dtype => Err(Refusal::new(format!(
            "tensors of type {dtype:?}; only f32, integers and booleans are exported"
        ))),
    }
}

struct Lowering<'a> {
    capture: &'a Capture,
    graph: Graph,
    values: BTreeMap<TensorId, Value>,
    /// The batch size as a `[1]` integer tensor, once something needs it.
    batch: Option<Value>,
}

impl Lowering<'_> {
    fn step(&mut self, step: &Step) -> Lowered {
        use OperationIr as Op;
        let same = step.operation == step.twin;
        match (&step.operation, &step.twin) {
            (Op::BaseFloat(op), Op::BaseFloat(twin))
            | (Op::BaseInt(op), Op::BaseInt(twin))
            | (Op::BaseBool(op), Op::BaseBool(twin)) => self.base(op, twin),
            _ if !same => Err(Refusal::new("its options depend on the batch size")),
            (Op::NumericFloat(_, op) | Op::NumericInt(_, op), _) => self.numeric(op),
            (Op::Float(_, op), _) => self.float(op),
            (Op::Int(op), _) => self.int(op),
            (Op::Bool(op), _) => self.boolean(op),
            (Op::Activation(op), _) => self.activation(op),
            (Op::Module(op), _) => self.layer(op),
            _ => Err(not_covered()),
        }
    }

    /// The graph's value of one of Burn's tensors; a tensor with known data
    /// becomes a constant on first use.
    fn read(&mut self, tensor: &TensorIr) -> Result<Value, Refusal> {
        if let Some(&value) = self.values.get(&tensor.id) {
            return Ok(value);
        }
        let Some(data) = self.capture.values.get(&tensor.id) else {
            return Err(Refusal::new("it reads a tensor that nothing computes"));
        };
        let data_of_kind = match kind(data.dtype())? {
            Kind::Float => Data::Float(data.iter::<f32>().collect()),
            Kind::Int => Data::Int(data.iter::<i64>().collect()),
            Kind::Bool => Data::Bool(data.iter::<bool>().collect()),
        };
        let value = self.graph.constant(Constant {
            path: self.capture.paths.get(&tensor.id).cloned(),
            dims: data.shape().to_vec(),
            data: data_of_kind,
        });
        self.values.insert(tensor.id, value);
        Ok(value)
    }

    fn dims(&self, tensor: &TensorIr) -> Vec<Dim> {
        match self.capture.dims.get(&tensor.id) {
            Some(dims) => dims.clone(),
            None => tensor.shape.iter().map(|&n| Dim::Fixed(n)).collect(),
        }
    }

    /// Adds the node that computes one of Burn's tensors.
    fn define(
        &mut self,
        out: &TensorIr,
        op: &'static str,
        inputs: Vec<Value>,
        attributes: Attributes,
    ) -> Lowered {
        let kind = kind(out.dtype)?;
        let dims = self.dims(out);
        let value = self.node(op, inputs, attributes, |_| (kind, dims));
        self.values.insert(out.id, value);
        Ok(())
    }

    /// Lets one of Burn's tensors be a value that exists already.
    fn alias(&mut self, out: &TensorIr, value: Value) {
        self.values.insert(out.id, value);
    }

    /// Adds a node whose output is no tensor of Burn's.
    fn node(
        &mut self,
        op: &'static str,
        inputs: Vec<Value>,
        attributes: Attributes,
        facts: impl FnOnce(&Graph) -> (Kind, Vec<Dim>),
    ) -> Value {
        let (kind, dims) = facts(&self.graph);
        let output = self.graph.value(kind, dims);
        self.graph.nodes.push(Node {
            op,
            inputs: inputs.into_iter().map(Some).collect(),
            output,
            attributes,
        });
        output
    }

    fn unary(&mut self, op: &'static str, input: &TensorIr, out: &TensorIr) -> Lowered {
        let input = self.read(input)?;
        self.define(out, op, vec![input], vec![])
    }

    fn binary(
        &mut self,
        op: &'static str,
        lhs: &TensorIr,
        rhs: &TensorIr,
        out: &TensorIr,
    ) -> Lowered {
        let inputs = vec![self.read(lhs)?, self.read(rhs)?];
        self.define(out, op, inputs, vec![])
    }

    /// A rank-0 constant.
    fn scalar(&mut self, kind: Kind, scalar: ScalarIr) -> Value {
        let data = match kind {
            Kind::Float => Data::Float(vec![scalar.elem()]),
            Kind::Int => Data::Int(vec![scalar.elem()]),
            Kind::Bool => Data::Bool(vec![scalar.elem()]),
        };
        self.graph.constant(Constant {
            path: None,
            dims: vec![],
            data,
        })
    }

    /// The dimensions as an integer tensor: a constant, or put together at run
    /// time where the batch is among them.
    fn shape_vector(&mut self, dims: &[Dim]) -> Result<Value, Refusal> {
        if let Some(fixed) = super::graph::fixed_dims(dims) {
            return Ok(self.graph.ints(fixed.iter().map(|&n| n as i64).collect()));
        }
        let batch = self.batch_size()?;
        let mut parts = Vec::with_capacity(dims.len());
        for dim in dims {
            parts.push(match *dim {
                Dim::Fixed(n) => self.graph.ints(vec![n as i64]),
                Dim::Batch(1) => batch,
                Dim::Batch(times) => {
                    let times = self.graph.ints(vec![times as i64]);
                    self.int_node("Mul", vec![batch, times], vec![], 1)
                }
            });
        }
        let axis = vec![("axis", Attribute::Int(0))];
        Ok(self.int_node("Concat", parts, axis, dims.len()))
    }

    fn batch_size(&mut self) -> Result<Value, Refusal> {
        if let Some(batch) = self.batch {
            return Ok(batch);
        }
        let Some(&(_, input)) = self.graph.inputs.first() else {
            return Err(Refusal::new(
                "there is no input to read the batch size from",
            ));
        };
        let rank = self.graph.dims(input).len();
        let shape = self.int_node("Shape", vec![input], vec![], rank);
        let first = self.graph.ints(vec![0]);
        let axis = vec![("axis", Attribute::Int(0))];
        let batch = self.int_node("Gather", vec![shape, first], axis, 1);
        self.batch = Some(batch);
        Ok(batch)
    }

    /// A node on shapes: its output is a rank-1 integer tensor.
    fn int_node(
        &mut self,
        op: &'static str,
        inputs: Vec<Value>,
        attributes: Attributes,
        len: usize,
    ) -> Value {
        self.node(op, inputs, attributes, |_| {
            (Kind::Int, vec![Dim::Fixed(len)])
        })
    }
}

fn not_covered() -> Refusal {
    Refusal::new("the exporter does not cover this operation")
}

fn axis(axis: usize) -> Attributes {
    vec![("axis", Attribute::Int(axis as i64))]
}
