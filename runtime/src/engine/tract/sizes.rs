//! A check of what a network's tensors take, before anything is allocated for them.

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

/// Computes what depends on constants alone, each node once its size is known to be `most` bytes or
/// less: inference computes it too, and looks at its size afterwards.
pub(super) fn fold_constants(model: &mut InferenceModel, most: u64) -> TractResult<()> {
    for id in model.eval_order()? {
        let node = model.node(id);
        let (facts, mut op) = (model.node_input_facts(id)?, node.op.clone());
        let is_constant = |fact: &&InferenceFact| fact.value.concretize().is_some();
        if facts.is_empty() || !facts.iter().all(is_constant) {
            continue;
        }
        let made: TVec<&InferenceFact> = node.outputs.iter().map(|output| &output.fact).collect();
        // What fails here fails in the inference of the whole, which says more.
        let Ok((_, inferred, _)) = op.infer_facts(facts.clone(), made.clone(), tvec!()) else {
            continue;
        };
        // The rules of a range take its ends modulo 2³².
        if let (Some(length), "Range") = (range_length(&facts), op.name().as_ref()) {
            let element = facts[0].datum_type.concretize().unwrap_or(DatumType::I64);
            check(&node.name, &[length.to_dim()], element, most)?;
        }
        for fact in &inferred {
            check_fact(&node.name, fact, most)?;
        }
        let Ok((_, computed, _)) = op.infer(facts, made, tvec!()) else {
            continue;
        };
        for (slot, fact) in computed.into_iter().enumerate() {
            model.set_outlet_fact(OutletId::new(id, slot), fact)?;
        }
    }
    Ok(())
}

/// The length of a range from its start, end and step.
fn range_length(facts: &[&InferenceFact]) -> Option<i64> {
    let scalar = |fact: &InferenceFact| fact.value.concretize()?.cast_to_scalar::<f64>().ok();
    let [start, end, step] = facts else {
        return None;
    };
    let (start, end, step) = (scalar(start)?, scalar(end)?, scalar(step)?);
    Some(((end - start) / step).ceil() as i64)
}

/// Refuses a model that holds or makes a tensor of more than `most` bytes; of those whose
/// size inference could not tell nothing is known yet.
pub(super) fn check_inferred(model: &InferenceModel, most: u64) -> TractResult<()> {
    for node in model.nodes() {
        for output in &node.outputs {
            check_fact(&node.name, &output.fact, most)?;
        }
    }
    Ok(())
}

fn check_fact(node: &str, fact: &InferenceFact, most: u64) -> TractResult<()> {
    match (fact.datum_type.concretize(), fact.shape.concretize()) {
        (Some(element), Some(shape)) => check(node, &shape, element, most),
        _ => Ok(()),
    }
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
