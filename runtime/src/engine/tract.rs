//! The tract engine: a plan for one image, and images spread over threads.
//!
//! With the batch bound to 1, tract optimises far better than with a symbolic
//! one, and each image is computed alone, so results depend on no thread count.

mod declared;
mod weights;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::prelude::*;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

use super::{Engine, MAX_ROW, Network, Port};
use crate::error::{Error, ErrorKind, Result};
use declared::Declared;

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
        let port = match fact.shape.as_concrete() {
            Some([1, row @ ..]) if fact.datum_type == f32::datum_type() => {
                Port::new(&output.name, row)
            }
            _ => None,
        };
        outputs.push(port.ok_or_else(|| {
            Error::contract(format!(
                "{file}: output `{}`: expected float of [batch, …] with 1 to {MAX_ROW} values a \
                 row, got {fact:?} for a batch of 1",
                output.name
            ))
        })?);
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

#[cfg(test)]
mod tests;
