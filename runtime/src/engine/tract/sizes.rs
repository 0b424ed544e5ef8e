//! A check of what a network's tensors take, before anything is allocated for them.

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

/// Refuses a model that holds or makes a tensor of more than `most` bytes; of those whose
/// size inference could not tell nothing is known yet.
pub(super) fn check_inferred(model: &InferenceModel, most: u64) -> TractResult<()> {
    for node in model.nodes() {
        for output in &node.outputs {
            let element = output.fact.datum_type.concretize();
            if let (Some(element), Some(shape)) = (element, output.fact.shape.concretize()) {
                check(&node.name, &shape, element, most)?;
            }
        }
    }
    Ok(())
}

/// Refuses a model that holds or makes a tensor of more than `most` bytes.
pub(super) fn check_typed(model: &TypedModel, most: u64) -> TractResult<()> {
    for node in model.nodes() {
        for output in &node.outputs {
            let shape: TVec<TDim> = output.fact.shape.iter().cloned().collect();
            check(&node.name, &shape, output.fact.datum_type, most)?;
        }
    }
    Ok(())
}

fn check(node: &str, shape: &[TDim], element: DatumType, most: u64) -> TractResult<()> {
    let sizes = shape.iter().map(TDim::to_i64);
    let Ok(sizes) = sizes.collect::<std::result::Result<Vec<i64>, _>>() else {
        // A symbol: a batch that is bound later.
        return Ok(());
    };
    let bytes = sizes
        .iter()
        .try_fold(element.size_of() as u64, |all, &size| {
            u64::try_from(size).ok()?.checked_mul(all)
        });
    match bytes {
        Some(bytes) if bytes <= most => Ok(()),
        _ => Err(TractError::msg(format!(
            "the node `{node}` makes a tensor of {sizes:?}, {} bytes, but the limit is {most}: \
             raise it in LoadLimits if the file can be trusted",
            bytes.map_or("too many".to_owned(), |bytes| bytes.to_string())
        ))),
    }
}
