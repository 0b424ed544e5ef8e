//! How a network is updated.

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::super::TrainingError;
use super::super::state::floats;

/// An update of a network. Norms are Euclidean, over all weights that have a gradient.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkVitals {
    /// Norm of the gradient, before it is clipped.
    pub gradient_norm: f64,
    /// The same of the first layer's weights.
    pub first_gradient_norm: f64,
    /// The same of the last layer's weights.
    pub last_gradient_norm: f64,
    /// Norm of the weights before the update.
    pub weight_norm: f64,
    /// Norm of what the update changed, over `weight_norm`.
    pub update_ratio: f64,
    /// Share of the channels that the batch left at the flat end of a rectifier or of a hyperbolic
    /// tangent; see [`Seen::dead_share`](crate::nets::Seen::dead_share).
    pub dead_units: f64,
    /// Smallest stable rank of a layer's weights `W`, `‖W‖²_F / σ_max(W)²`, in some of the steps:
    /// 1 is a layer that passes one direction on (Rudelson and Vershynin 2007, section 1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub weight_rank: Option<f64>,
    /// Norm of the gradient of each layer's weights, from the first to the last, if the recipe
    /// wants them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub layer_gradient_norms: Vec<f64>,
}

/// A network on the eve of an update.
pub(in super::super) struct Watched {
    parameters: Vec<Parameter>,
    wants: Wants,
}

/// The signs that are not taken in each glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct Wants {
    pub(in super::super) weight_rank: bool,
    pub(in super::super) layers: bool,
}

/// The weights of one parameter before the update, and their gradient.
struct Parameter {
    id: ParamId,
    weights: Tensor<1>,
    gradient: Tensor<1>,
    /// The rows of a layer's weights; none of a bias or factor.
    rows: Option<usize>,
}

impl Watched {
    pub(in super::super) fn new<M: Module>(
        module: &M,
        gradients: &GradientsParams,
        wants: Wants,
    ) -> Self {
        let mut eve = Eve {
            gradients,
            parameters: Vec::new(),
        };
        module.visit(&mut eve);
        Self {
            parameters: eve.parameters,
            wants,
        }
    }

    /// The signs that the update leaves, beside those that are there.
    pub(in super::super) fn updated<M: Module>(
        self,
        module: &M,
        vitals: &mut NetworkVitals,
    ) -> Result<(), TrainingError> {
        let mut updated = Updated {
            before: &self.parameters,
            weights: Vec::new(),
        };
        module.visit(&mut updated);
        let [mut gradients, mut weights, mut changes] = [0.0; 3];
        let mut layers = Vec::new();
        let mut rank = f64::INFINITY;
        for (parameter, after) in self.parameters.iter().zip(updated.weights) {
            let gradient = squares(&floats(parameter.gradient.clone())?);
            let (before, after) = (floats(parameter.weights.clone())?, floats(after)?);
            if let Some(rows) = parameter.rows {
                layers.push(gradient.sqrt());
                if self.wants.weight_rank {
                    rank = rank.min(stable_rank(&before, rows));
                }
            }
            gradients += gradient;
            weights += squares(&before);
            changes += squares(&differences(after, &before));
        }
        *vitals = NetworkVitals {
            gradient_norm: gradients.sqrt(),
            first_gradient_norm: layers.first().copied().unwrap_or_default(),
            last_gradient_norm: layers.last().copied().unwrap_or_default(),
            weight_norm: weights.sqrt(),
            update_ratio: (changes / weights.max(f64::MIN_POSITIVE)).sqrt(),
            dead_units: vitals.dead_units,
            weight_rank: rank.is_finite().then_some(rank),
            layer_gradient_norms: if self.wants.layers {
                layers
            } else {
                Vec::new()
            },
        };
        Ok(())
    }
}

struct Eve<'a> {
    gradients: &'a GradientsParams,
    parameters: Vec<Parameter>,
}

impl ModuleVisitor for Eve<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.parameters.push(Parameter {
                id: param.id,
                weights: flat(param.val().inner()),
                gradient: flat(gradient),
                rows: (D >= 2).then(|| param.val().dims()[0]),
            });
        }
    }
}

struct Updated<'a> {
    before: &'a [Parameter],
    weights: Vec<Tensor<1>>,
}

impl ModuleVisitor for Updated<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.before.iter().any(|before| before.id == param.id) {
            self.weights.push(flat(param.val().inner()));
        }
    }
}

fn flat<const D: usize>(values: Tensor<D>) -> Tensor<1> {
    values.reshape([-1])
}

fn differences(mut after: Vec<f32>, before: &[f32]) -> Vec<f32> {
    for (after, before) in after.iter_mut().zip(before) {
        *after -= before;
    }
    after
}

/// Rounds of the power method: the stable rank need not be known to more than a hundredth.
const POWER_ROUNDS: usize = 12;

/// `‖W‖²_F / σ_max(W)²` of weights `[rows, rest]`; infinite if they are all 0.
fn stable_rank(weights: &[f32], rows: usize) -> f64 {
    let columns = weights.len() / rows;
    let mut direction = vec![1.0_f32; columns];
    let mut largest = 0.0;
    for _ in 0..POWER_ROUNDS {
        let norm = squares(&direction).sqrt();
        direction.iter_mut().for_each(|value| *value /= norm as f32);
        let mut next = vec![0.0_f32; columns];
        largest = 0.0;
        for row in weights.chunks_exact(columns) {
            let dot: f32 = row.iter().zip(&direction).map(|(a, b)| a * b).sum();
            largest += f64::from(dot).powi(2);
            for (next, weight) in next.iter_mut().zip(row) {
                *next += dot * weight;
            }
        }
        direction = next;
    }
    squares(weights) / largest
}

/// The sum of the squares, in as many sums side by side as a processor adds at once.
fn squares(values: &[f32]) -> f64 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    let rest = rest.iter().map(|&value| f64::from(value).powi(2));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::Device;

    use super::*;

    #[derive(Module, Debug)]
    struct Net {
        first: Param<Tensor<2>>,
        bias: Param<Tensor<1>>,
        last: Param<Tensor<2>>,
        unused: Param<Tensor<1>>,
    }

    fn net(scale: f32) -> Net {
        let device = Device::flex().autodiff();
        let table = |value: f32| Param::from_tensor(Tensor::from_floats([[value]], &device));
        let row = |value: f32| Param::from_tensor(Tensor::from_floats([value], &device));
        Net {
            first: table(2.0 * scale),
            bias: row(scale),
            last: table(-2.0 * scale),
            unused: row(100.0),
        }
    }

    /// The signs of an update that multiplies all weights by `factor`, at gradients of 3, 12 and
    /// 4 times `steepness`.
    fn signs(steepness: f64, factor: f64) -> NetworkVitals {
        let net = net(1.0);
        let loss = net.first.val().sum() * (3.0 * steepness)
            + net.bias.val().sum() * (12.0 * steepness)
            + net.last.val().sum() * (4.0 * steepness);
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        let wants = Wants {
            weight_rank: true,
            layers: true,
        };
        let watched = Watched::new(&net, &gradients, wants);
        let scaled = |tensor: Tensor<2>| tensor * factor;
        let updated = Net {
            first: net.first.map(scaled),
            bias: net.bias.map(|tensor| tensor * factor),
            last: net.last.map(scaled),
            unused: net.unused,
        };
        let mut vitals = NetworkVitals::default();
        watched.updated(&updated, &mut vitals).unwrap();
        vitals
    }

    fn near(got: f64, expected: f64) -> bool {
        (got - expected).abs() <= 1e-6 * expected
    }

    #[test]
    fn norms_are_those_of_all_weights_and_of_the_outer_layers() {
        let signs = signs(1.0, 1.25);
        assert!(near(signs.gradient_norm, 13.0), "{signs:?}");
        assert!(near(signs.first_gradient_norm, 3.0), "{signs:?}");
        assert!(near(signs.last_gradient_norm, 4.0), "{signs:?}");
        assert!(near(signs.weight_norm, 3.0), "{signs:?}");
        assert!(near(signs.update_ratio, 0.25), "{signs:?}");
    }

    #[test]
    fn each_layer_has_a_norm_if_it_is_asked_for() {
        let signs = signs(1.0, 1.25);
        let norms = &signs.layer_gradient_norms;
        assert!(
            norms.len() == 2 && near(norms[0], 3.0) && near(norms[1], 4.0),
            "{signs:?}"
        );
        assert_eq!(signs.weight_rank, Some(1.0));
    }

    #[test]
    fn the_stable_rank_counts_directions() {
        let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        assert!((stable_rank(&identity, 3) - 3.0).abs() < 1e-5);
        let one = [1.0, 2.0, 2.0, 4.0];
        assert!((stable_rank(&one, 2) - 1.0).abs() < 1e-5);
        let mixed = [3.0, 0.0, 0.0, 1.0];
        assert!((stable_rank(&mixed, 2) - 10.0 / 9.0).abs() < 1e-3);
    }

    #[test]
    fn squares_do_not_overflow_or_vanish() {
        for steepness in [1e25, 1e-25] {
            let norm = signs(steepness, 1.0).gradient_norm;
            assert!(near(norm, 13.0 * steepness), "{norm}");
        }
    }

    #[test]
    fn a_gradient_that_is_infinite_is_no_finite_norm() {
        assert!(!signs(1e38, 1.0).gradient_norm.is_finite());
    }
}
