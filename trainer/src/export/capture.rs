//! Records a forward pass twice, at two batch sizes, and lays the two records
//! over each other: what differs is the batch.

use std::collections::BTreeMap;

use burn::backend::Capture as CaptureBackend;
use burn::backend::ir::{IrVisitorMut, OperationIr, TensorId, TensorIr};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Bool, DType, Device, Int, Tensor, TensorData};

use super::error::ExportError;
use super::graph::Dim;

/// The two batch sizes. Any pair of which neither divides the other tells a
/// dimension `k · batch` from a fixed one.
const BATCHES: [usize; 2] = [2, 3];

/// A forward pass being recorded: hand it the module, name the inputs and the
/// outputs.
pub struct Trace {
    device: Device,
    batch: usize,
    paths: BTreeMap<TensorId, String>,
    inputs: Vec<Boundary>,
    outputs: Vec<Boundary>,
}

/// A named end of the graph. The tensor is held until the record is closed,
/// so that no later operation may consume it in place.
struct Boundary {
    name: String,
    tensor: Held,
}

#[derive(Clone)]
enum Held {
    Float(burn::backend::tensor::FloatTensor<CaptureBackend>),
    Int(burn::backend::tensor::IntTensor<CaptureBackend>),
}

impl Held {
    fn id(&self) -> TensorId {
        match self {
            Self::Float(tensor) | Self::Int(tensor) => tensor.id(),
        }
    }
}

impl Trace {
    /// The batch size of this recording: the leading dimension of every input.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The recording device, for tensors that the forward pass itself creates.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// A copy of the module that can be recorded, in inference mode. Its
    /// parameters keep their path (`fc.weight`) as name in the ONNX file. The
    /// module itself is left as it was: running statistics, which clones share
    /// and which would otherwise move to the recording device for good, are
    /// copied too.
    pub fn module<M: Module>(&mut self, module: &M) -> M {
        let module = module.valid().to_device(&self.device);
        let mut visitor = PathVisitor {
            path: Vec::new(),
            paths: &mut self.paths,
        };
        module.visit(&mut visitor);
        module
    }

    /// Declares a float input; `shape[0]` must be [`batch`](Self::batch).
    pub fn float_input<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Tensor<D>, ExportError> {
        let data = TensorData::zeros::<f32, _>(shape);
        let tensor = Tensor::<D>::from_data(data, &self.device);
        let held = held_float(name, tensor.clone())?;
        declare(&mut self.inputs, name, held)?;
        Ok(tensor)
    }

    /// Declares an integer input; `shape[0]` must be [`batch`](Self::batch).
    pub fn int_input<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Tensor<D, Int>, ExportError> {
        let data = TensorData::zeros::<i64, _>(shape);
        let tensor = Tensor::<D, Int>::from_data(data, (&self.device, DType::I64));
        let held = tensor.clone().try_into_primitive::<CaptureBackend>();
        let held = held.map_err(|_| foreign(name))?;
        declare(&mut self.inputs, name, Held::Int(held))?;
        Ok(tensor)
    }

    /// Declares a float output.
    pub fn output<const D: usize>(
        &mut self,
        name: &str,
        tensor: &Tensor<D>,
    ) -> Result<(), ExportError> {
        let held = held_float(name, tensor.clone())?;
        declare(&mut self.outputs, name, held)
    }
}

fn held_float<const D: usize>(name: &str, tensor: Tensor<D>) -> Result<Held, ExportError> {
    let primitive = tensor.try_into_primitive::<CaptureBackend>();
    primitive.map(Held::Float).map_err(|_| foreign(name))
}

fn foreign(name: &str) -> ExportError {
    ExportError::boundary(
        name,
        "the tensor is not on the recording device; \
         compute it from the inputs and from the copy that `Trace::module` returns",
    )
}

fn declare(side: &mut Vec<Boundary>, name: &str, tensor: Held) -> Result<(), ExportError> {
    if name.is_empty() {
        return Err(ExportError::boundary(name, "the name is empty"));
    }
    if side.iter().any(|boundary| boundary.name == name) {
        return Err(ExportError::boundary(name, "the name is declared twice"));
    }
    side.push(Boundary {
        name: name.to_owned(),
        tensor,
    });
    Ok(())
}

/// Notes the path of every parameter and running statistic by tensor.
struct PathVisitor<'a> {
    path: Vec<String>,
    paths: &'a mut BTreeMap<TensorId, String>,
}

impl PathVisitor<'_> {
    fn note(&mut self, id: TensorId) {
        self.paths.insert(id, self.path.join("."));
    }
}

impl ModuleVisitor for PathVisitor<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Ok(tensor) = param.base().try_into_primitive::<CaptureBackend>() {
            self.note(tensor.id());
        }
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        if let Ok(tensor) = param.val().try_into_primitive::<CaptureBackend>() {
            self.note(tensor.id());
        }
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        if let Ok(tensor) = param.val().try_into_primitive::<CaptureBackend>() {
            self.note(tensor.id());
        }
    }
}

/// One recording.
struct Record {
    operations: Vec<OperationIr>,
    values: BTreeMap<TensorId, TensorData>,
    paths: BTreeMap<TensorId, String>,
    inputs: Vec<(String, TensorId)>,
    outputs: Vec<(String, TensorId)>,
}

fn record<F>(batch: usize, forward: &F) -> Result<Record, ExportError>
where
    F: Fn(&mut Trace) -> Result<(), ExportError>,
{
    let device = Device::capture();
    let mut trace = Trace {
        device: device.clone(),
        batch,
        paths: BTreeMap::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
    };
    let mut outcome = Ok(());
    let captured = device.capture_scope(|scope| {
        outcome = forward(&mut trace);
        let ids = |side: &[Boundary]| -> Vec<_> {
            let live = side.iter().filter(|_| outcome.is_ok());
            live.map(|boundary| boundary.tensor.id()).collect()
        };
        scope.complete(ids(&trace.inputs), ids(&trace.outputs))
    });
    outcome?;
    let captured = captured.map_err(|error| ExportError::Capture(error.to_string()))?;
    let names = |side: Vec<Boundary>, ids: Vec<TensorId>| {
        let names = side.into_iter().map(|boundary| boundary.name);
        names.zip(ids).collect()
    };
    let mut operations = captured.graph.operations;
    // Lifetimes of handles, not computation: they differ with incidental clones.
    operations.retain(|op| !matches!(op, OperationIr::Init(_) | OperationIr::Drop(_)));
    Ok(Record {
        operations,
        values: captured.values,
        paths: trace.paths,
        inputs: names(trace.inputs, captured.graph.inputs),
        outputs: names(trace.outputs, captured.graph.outputs),
    })
}

/// An operation at the first batch size, and the same at the second with its
/// tensors replaced by the first's: they differ only in attributes.
pub(super) struct Step {
    pub(super) operation: OperationIr,
    pub(super) twin: OperationIr,
}

/// A forward pass whose dimensions know whether they are the batch.
pub(super) struct Capture {
    pub(super) steps: Vec<Step>,
    pub(super) values: BTreeMap<TensorId, TensorData>,
    pub(super) paths: BTreeMap<TensorId, String>,
    pub(super) dims: BTreeMap<TensorId, Vec<Dim>>,
    pub(super) inputs: Vec<(String, TensorId)>,
    pub(super) outputs: Vec<(String, TensorId)>,
}

/// Records the forward pass at both batch sizes and merges the records.
pub(super) fn capture<F>(forward: &F) -> Result<Capture, ExportError>
where
    F: Fn(&mut Trace) -> Result<(), ExportError>,
{
    let [first, second] = BATCHES;
    let (first, second) = (record(first, forward)?, record(second, forward)?);
    merge(first, second)
}

fn merge(first: Record, second: Record) -> Result<Capture, ExportError> {
    if first.operations.len() != second.operations.len() {
        let (a, b) = (first.operations.len(), second.operations.len());
        return Err(ExportError::batch(
            "the number of operations",
            format!("{a} at batch {}, {b} at batch {}", BATCHES[0], BATCHES[1]),
        ));
    }
    let mut overlay = Overlay::default();
    for ((name, id), (_, twin)) in first.inputs.iter().zip(&second.inputs) {
        let shape = |record: &Record, id| record.values.get(id).map(|data| data.shape().to_vec());
        let (Some(a), Some(b)) = (shape(&first, id), shape(&second, twin)) else {
            return Err(ExportError::boundary(
                name,
                "the input has no recorded shape",
            ));
        };
        overlay.pair(name, *id, *twin, &a, &b)?;
    }
    let mut steps = Vec::with_capacity(first.operations.len());
    let operations = first.operations.into_iter().zip(second.operations);
    for (position, (operation, mut twin)) in operations.enumerate() {
        let what = || {
            format!(
                "operation {} (number {position})",
                operation_name(&operation)
            )
        };
        let nodes: Vec<TensorIr> = operation.nodes().into_iter().cloned().collect();
        let twins: Vec<TensorIr> = twin.nodes().into_iter().cloned().collect();
        if operation_name(&operation) != operation_name(&twin) || nodes.len() != twins.len() {
            let detail = format!("it is {} at batch {}", operation_name(&twin), BATCHES[1]);
            return Err(ExportError::batch(what(), detail));
        }
        for (node, twin) in nodes.iter().zip(&twins) {
            let (a, b) = (node.shape.as_slice(), twin.shape.as_slice());
            overlay.pair(&what(), node.id, twin.id, a, b)?;
            let values = (first.values.get(&node.id), second.values.get(&twin.id));
            let is_input = first.inputs.iter().any(|(_, id)| *id == node.id);
            if !is_input && values.0.map(TensorData::as_bytes) != values.1.map(TensorData::as_bytes)
            {
                let detail = "it reads a constant whose values change with the batch";
                return Err(ExportError::batch(what(), detail));
            }
        }
        twin.visit_mut(&mut Replace(nodes.into_iter()));
        steps.push(Step { operation, twin });
    }
    Ok(Capture {
        steps,
        values: first.values,
        paths: first.paths,
        dims: overlay.dims,
        inputs: first.inputs,
        outputs: first.outputs,
    })
}

/// Which tensor of the second record stands for which of the first.
#[derive(Default)]
struct Overlay {
    twins: BTreeMap<TensorId, TensorId>,
    dims: BTreeMap<TensorId, Vec<Dim>>,
}

impl Overlay {
    fn pair(
        &mut self,
        what: &str,
        id: TensorId,
        twin: TensorId,
        shape: &[usize],
        twin_shape: &[usize],
    ) -> Result<(), ExportError> {
        if *self.twins.entry(twin).or_insert(id) != id {
            return Err(ExportError::batch(what, "it reads different tensors"));
        }
        let dims: Option<Vec<Dim>> = match shape.len() == twin_shape.len() {
            true => shape
                .iter()
                .zip(twin_shape)
                .map(|(a, b)| dim(*a, *b))
                .collect(),
            false => None,
        };
        let dims = dims.ok_or_else(|| {
            let detail = format!(
                "a shape is {shape:?} at batch {} and {twin_shape:?} at batch {}; \
                 a dimension may be fixed or a multiple of the batch",
                BATCHES[0], BATCHES[1]
            );
            ExportError::batch(what, detail)
        })?;
        self.dims.insert(id, dims);
        Ok(())
    }
}

/// The dimension that is `a` at the first batch size and `b` at the second.
pub(super) fn dim(a: usize, b: usize) -> Option<Dim> {
    let [first, second] = BATCHES;
    if a == b {
        Some(Dim::Fixed(a))
    } else if a.is_multiple_of(first) && a / first * second == b {
        Some(Dim::Batch(a / first))
    } else {
        None
    }
}

/// Puts the given tensors in the place of an operation's own, in order.
struct Replace(std::vec::IntoIter<TensorIr>);

impl IrVisitorMut for Replace {
    fn visit_tensor_mut(&mut self, tensor: &mut TensorIr) {
        if let Some(replacement) = self.0.next() {
            *tensor = replacement;
        }
    }
}

/// Burn's name of an operation: the variant around its description, `Conv2d`
/// of `Module(Conv2d(Conv2dOpIr { … }))`.
pub(super) fn operation_name(operation: &OperationIr) -> String {
    let text = format!("{operation:?}");
    let head = text.split('{').next().unwrap_or_default();
    let words = head.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [.., name, description] if description.ends_with("OpIr") => (*name).to_owned(),
        [.., name] => (*name).to_owned(),
        [] => text,
    }
}
