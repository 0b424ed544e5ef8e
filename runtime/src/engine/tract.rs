//! The tract engine: a plan for one image, and images spread over threads.
//!
//! With the batch bound to 1, tract optimises far better than with a symbolic
//! one, and each image is computed alone, so results depend on no thread count.

use std::any::Any;
use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::prelude::*;
use tract_onnx::pb::{
    ModelProto, TensorProto, ValueInfoProto, tensor_proto, tensor_shape_proto, type_proto,
};
use tract_onnx::prelude::*;

use super::{Engine, Network, Port};
use crate::error::{Error, ErrorKind, Result};

struct Tract {
    network: Network,
    plan: Arc<TypedRunnableModel>,
    pool: Option<rayon::ThreadPool>,
}

/// Decodes, checks and optimises an ONNX file.
///
/// tract's loader may panic on a malformed graph; the panic is caught here and
/// becomes an error (where the program is built to unwind).
pub(super) fn load(
    file: &str,
    bytes: &[u8],
    pool: Option<rayon::ThreadPool>,
) -> Result<Box<dyn Engine>> {
    let proto = onnx()
        .proto_model_for_read(&mut &*bytes)
        .map_err(|source| {
            Error::format(format!(
                "{file}: not an ONNX file, or a truncated one ({} bytes)",
                bytes.len()
            ))
            .because(source.into_boxed_dyn_error())
        })?;
    let declared = Declared::of(file, &proto)?;
    let input = declared.only_input()?;
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(
            ErrorKind::Engine,
            format!("{file}: the tract engine refuses the network"),
        )
        .because(source)
    };
    let plan = guarded(|| plan(&proto, &input.row)).map_err(refused)?;
    let mut outputs = Vec::new();
    for (slot, output) in declared.outputs.iter().enumerate() {
        let fact = plan
            .model()
            .output_fact(slot)
            .map_err(|source| refused(source.into_boxed_dyn_error()))?;
        let row = match fact.shape.as_concrete() {
            Some([1, row @ ..]) if fact.datum_type == f32::datum_type() => row.to_vec(),
            _ => {
                return Err(Error::contract(format!(
                    "{file}: output `{}`: expected float of [batch, …], got {fact:?} for a batch of 1",
                    output.name
                )));
            }
        };
        outputs.push(Port {
            name: output.name.clone(),
            row,
        });
    }
    Ok(Box::new(Tract {
        network: Network {
            file: file.to_owned(),
            input,
            outputs,
            metadata: declared.metadata,
        },
        plan,
        pool,
    }))
}

fn plan(proto: &ModelProto, row: &[usize]) -> TractResult<Arc<TypedRunnableModel>> {
    let mut one = tvec![1];
    one.extend_from_slice(row);
    onnx()
        .with_ignore_value_info(true)
        .model_for_proto_model(proto)?
        .with_input_fact(0, f32::fact(&one).into())?
        .into_optimized()?
        .into_runnable()
}

impl Engine for Tract {
    fn name(&self) -> &'static str {
        "tract"
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn run(&self, rows: &[f32]) -> Result<Vec<Vec<f32>>> {
        let run = || {
            rows.par_chunks_exact(self.network.input.row_len())
                .map(|row| self.run_one(row))
                .collect::<Result<Vec<_>>>()
        };
        let results = match &self.pool {
            Some(pool) => pool.install(run),
            None => run(),
        }?;
        let mut outputs: Vec<Vec<f32>> = self
            .network
            .outputs
            .iter()
            .map(|port| Vec::with_capacity(port.row_len() * results.len()))
            .collect();
        for result in results {
            for (output, row) in outputs.iter_mut().zip(result) {
                output.extend(row);
            }
        }
        Ok(outputs)
    }
}

impl Tract {
    fn run_one(&self, row: &[f32]) -> Result<Vec<Vec<f32>>> {
        let mut one = tvec![1];
        one.extend_from_slice(&self.network.input.row);
        guarded(|| {
            let input = Tensor::from_shape(&one, row)?;
            let outputs = self.plan.run(tvec![input.into_tvalue()])?;
            outputs
                .iter()
                .map(|output| Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
                .collect::<TractResult<Vec<_>>>()
        })
        .map_err(|source| {
            Error::new(
                ErrorKind::Engine,
                format!("{}: the network failed to run", self.network.file),
            )
            .because(source)
        })
    }
}

/// Turns tract's errors, and its panics, into one kind of error.
fn guarded<T>(
    work: impl FnOnce() -> TractResult<T>,
) -> std::result::Result<T, Box<dyn std::error::Error + Send + Sync>> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|source| source.into_boxed_dyn_error()),
        Err(panic) => Err(format!("panicked: {}", panic_message(&*panic)).into()),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// What the file declares, before tract has looked at it.
struct Declared<'a> {
    file: &'a str,
    inputs: Vec<DeclaredPort>,
    outputs: Vec<DeclaredPort>,
    metadata: BTreeMap<String, String>,
}

struct DeclaredPort {
    name: String,
    element: String,
    /// `None` where a dimension is symbolic or unstated.
    dims: Option<Vec<Option<usize>>>,
}

impl<'a> Declared<'a> {
    fn of(file: &'a str, proto: &ModelProto) -> Result<Self> {
        let (Some(graph), false) = (&proto.graph, proto.opset_import.is_empty()) else {
            return Err(Error::format(format!(
                "{file}: an ONNX file without a graph or an operator set, perhaps truncated"
            )));
        };
        if let Some(tensor) = graph.initializer.iter().find(|tensor| has_nan(tensor)) {
            return Err(Error::numeric(format!(
                "{file}: the weights `{}` hold NaN: the training that made them diverged",
                tensor.name
            )));
        }
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
    fn only_input(&self) -> Result<Port> {
        let float = tensor_proto::DataType::Float.as_str_name();
        if let [input] = &*self.inputs
            && input.element == float
            && let Some([_, row @ ..]) = input.dims.as_deref()
            && let Some(row) = row.iter().copied().collect::<Option<Vec<_>>>()
            && !row.is_empty()
            && row
                .iter()
                .try_fold(1_usize, |p, &d| p.checked_mul(d))
                .is_some_and(|p| p > 0)
            && !self.outputs.is_empty()
        {
            return Ok(Port {
                name: input.name.clone(),
                row,
            });
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

/// Whether a tensor of floats holds NaN. Some operators would hide it: tract's
/// `Tanh` makes a number of it.
fn has_nan(tensor: &TensorProto) -> bool {
    tensor.data_type == tensor_proto::DataType::Float as i32
        && (tensor.float_data.iter().any(|value| value.is_nan())
            || tensor
                .raw_data
                .as_chunks()
                .0
                .iter()
                .any(|&bytes| f32::from_le_bytes(bytes).is_nan()))
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

#[cfg(test)]
mod tests;
