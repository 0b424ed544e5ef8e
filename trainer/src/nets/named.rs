//! Checkpoints that name a network's layers by their role.

use burn::module::Module;
use burn::store::{ModuleRecord, RecordError};

use super::layers::{Conv, Dense, Layer, Transposed};

/// The layers with weights of a convolutional generator or critic, by the role that each has in
/// such a checkpoint. Their parameters have the numbers that they have in a list of layers, so
/// that the optimisers' records fit both.
#[derive(Module, Debug)]
struct Named {
    seed: Option<Dense>,
    halvings: Vec<Conv>,
    base: Option<Conv>,
    doublings: Vec<Transposed>,
    image: Option<Conv>,
    score: Option<Dense>,
}

impl Named {
    fn of(layers: &[Layer]) -> Self {
        let (mut dense, mut convs, mut doublings) = (Vec::new(), Vec::new(), Vec::new());
        for layer in layers {
            match layer {
                Layer::Dense(layer) => dense.push(layer.clone()),
                Layer::Conv(layer) => convs.push(layer.clone()),
                Layer::Transposed(layer) => doublings.push(layer.clone()),
                _ => (),
            }
        }
        let (last, linear) = (convs.pop(), dense.pop());
        match doublings.is_empty() {
            true => Self {
                seed: None,
                halvings: convs,
                base: last,
                doublings,
                image: None,
                score: linear,
            },
            false => Self {
                seed: linear,
                halvings: Vec::new(),
                base: convs.pop(),
                doublings,
                image: last,
                score: None,
            },
        }
    }

    /// Its layers in the place of those that they were taken from.
    fn put_into(self, layers: Vec<Layer>) -> Vec<Layer> {
        let mut dense = self.seed.into_iter().chain(self.score);
        let mut convs = self.halvings.into_iter().chain(self.base).chain(self.image);
        let mut doublings = self.doublings.into_iter();
        let replace = |layer| {
            let named = match &layer {
                Layer::Dense(_) => dense.next().map(Layer::Dense),
                Layer::Conv(_) => convs.next().map(Layer::Conv),
                Layer::Transposed(_) => doublings.next().map(Layer::Transposed),
                _ => None,
            };
            named.unwrap_or(layer)
        };
        layers.into_iter().map(replace).collect()
    }
}

/// The layers with the weights of a record that names them by their role.
pub(super) fn load(layers: Vec<Layer>, record: ModuleRecord) -> Result<Vec<Layer>, RecordError> {
    let named = Named::of(&layers).try_load_record(record)?;
    Ok(named.put_into(layers))
}

#[cfg(test)]
pub(super) fn save(layers: &[Layer]) -> ModuleRecord {
    Named::of(layers).into_record()
}
