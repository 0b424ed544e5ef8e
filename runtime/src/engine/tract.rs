//! The tract engine: a plan for one image, and images spread over threads.
//!
//! With the batch bound to 1, tract optimises far better than with a symbolic
//! one, and each image is computed alone, so results depend on no thread count.

mod sizes;

use std::sync::Arc;

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

use super::declared::Declared;
use super::guard::{self, BoxedError};
use super::info::{Assignment, EngineInfo};
use super::options::{Engine, EngineOptions};
use super::{Batch, Executor, Group, LabelPort, Network, is_usable, threads};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Deadline, LoadLimits};

/// The versions of tract that the workspace takes; tract does not tell its own.
const VERSION: &str = "0.23";

struct Tract {
    network: Network,
    info: EngineInfo,
    /// Whether the label is fed before the floats.
    label_first: bool,
    plan: Plan,
    pool: Option<rayon::ThreadPool>,
}

/// A plan for a number of rows, and which of its outputs are floats `[rows, …]`.
struct Plan {
    rows: usize,
    plan: Arc<TypedRunnableModel>,
    /// For each output of the file the shape of one row, if it is usable.
    outputs: Vec<Option<Vec<usize>>>,
}

/// Optimises a network for one row, or for as many as its file insists on.
///
/// tract's loader may panic on a malformed graph; the panic is caught here and
/// becomes an error (where the program is built to unwind).
pub(super) fn load(
    file: &str,
    bytes: &[u8],
    declared: Declared,
    options: &EngineOptions,
) -> Result<Box<dyn Executor>> {
    let refused = |source: BoxedError| {
        Error::new(
            ErrorKind::Engine,
            format!("{file}: the tract engine refuses the network"),
        )
        .because(source)
    };
    let pool = options.pool()?;
    let deadline = options.limits.deadline();
    let proto = guarded(|| onnx().proto_model_for_read(&mut &*bytes)).map_err(refused)?;
    let of = |rows| guarded(|| Plan::of(file, &proto, &declared, rows, &options.limits, &deadline));
    let plan = match (of(1), declared.batch) {
        (Ok(plan), _) if plan.outputs.iter().any(Option::is_some) => plan,
        (_, Batch::Fixed(rows)) if rows > 1 => of(rows).map_err(refused)?,
        (plan, _) => plan.map_err(refused)?,
    };
    let info = EngineInfo {
        engine: Engine::Tract,
        version: VERSION.to_owned(),
        library: None,
        provider: None,
        fallback_reason: None,
        assignments: vec![Assignment {
            provider: "tract".to_owned(),
            nodes: plan.plan.model().nodes().len(),
        }],
        threads: threads(pool.as_ref()),
    };
    let tract = Tract {
        info,
        label_first: declared.inputs.first() != Some(&declared.input.name),
        network: Network::new(file, declared, &plan.outputs)?,
        plan,
        pool,
    };
    if tract.plan.rows > 1 {
        let run = |group: Group<'_>| tract.run_group(&group);
        tract.network.check_rows_alone(tract.plan.rows, run)?;
    }
    Ok(Box::new(tract))
}

impl Plan {
    fn of(
        file: &str,
        proto: &ModelProto,
        declared: &Declared,
        rows: usize,
        limits: &LoadLimits,
        deadline: &Deadline,
    ) -> TractResult<Self> {
        let mut model = onnx()
            .with_ignore_value_info(true)
            .model_for_proto_model(proto)?;
        for (slot, name) in declared.inputs.iter().enumerate() {
            let fact = match &declared.label {
                Some(label) if label.name == *name => {
                    let element = match label.narrow {
                        true => i32::datum_type(),
                        false => i64::datum_type(),
                    };
                    element.fact(shape(rows, &label.row))
                }
                _ => f32::fact(shape(rows, &declared.input.row)),
            };
            model.set_input_fact(slot, fact.into())?;
        }
        // A batch of several rows holds that many at once.
        let most = limits.tensor_bytes.saturating_mul(rows as u64);
        sizes::fold_constants(&mut model, most)?;
        deadline.check(file)?;
        model.analyse(false)?;
        sizes::check_inferred(&model, most)?;
        deadline.check(file)?;
        let mut model = model.into_typed()?;
        sizes::check_typed(&model, most)?;
        deadline.check(file)?;
        model.declutter()?;
        sizes::check_typed(&model, most)?;
        deadline.check(file)?;
        model.optimize()?;
        let plan = model.into_runnable()?;
        let outputs = (0..declared.outputs.len())
            .map(|slot| {
                let fact = plan.model().output_fact(slot)?;
                Ok(match fact.shape.as_concrete() {
                    Some([batch, row @ ..])
                        if *batch == rows
                            && fact.datum_type == f32::datum_type()
                            && is_usable(row) =>
                    {
                        Some(row.to_vec())
                    }
                    _ => None,
                })
            })
            .collect::<TractResult<_>>()?;
        Ok(Self {
            rows,
            plan,
            outputs,
        })
    }
}

impl Executor for Tract {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn run(&self, rows: &[f32], labels: Option<&[i64]>) -> Result<Vec<Vec<f32>>> {
        let pool = self.pool.as_ref();
        self.network
            .run_in_groups(self.plan.rows, pool, rows, labels, |group| {
                self.run_group(&group)
            })
    }
}

impl Tract {
    fn run_group(&self, group: &Group<'_>) -> Result<Vec<Vec<f32>>> {
        let rows = self.plan.rows;
        guarded(|| {
            let floats = Tensor::from_shape(&shape(rows, &self.network.input.row), group.rows)?;
            let mut inputs = tvec![floats.into_tvalue()];
            if let Some(port) = &self.network.label {
                let labels = label_tensor(port, group.labels)?.into_tvalue();
                inputs.insert(usize::from(!self.label_first), labels);
            }
            let outputs = self.plan.plan.run(inputs)?;
            outputs
                .iter()
                .zip(&self.plan.outputs)
                .filter(|(_, row)| row.is_some())
                .map(|(output, _)| Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
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

fn label_tensor(port: &LabelPort, labels: &[i64]) -> TractResult<Tensor> {
    let shape = shape(labels.len(), &port.row);
    if !port.narrow {
        return Tensor::from_shape(&shape, labels);
    }
    let narrow = labels.iter().map(|&label| i32::try_from(label));
    Tensor::from_shape(&shape, &narrow.collect::<std::result::Result<Vec<_>, _>>()?)
}

fn shape(rows: usize, row: &[usize]) -> TVec<usize> {
    std::iter::once(rows).chain(row.iter().copied()).collect()
}

/// [`guard::guarded`] for tract's kind of error.
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> std::result::Result<T, BoxedError> {
    guard::guarded(|| work().map_err(|source| source.into_boxed_dyn_error()))
}

#[cfg(test)]
mod tests;
