//! How a network is updated.

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::super::TrainingError;

/// Below this all of a gradient counts as 0.
const TINY: f64 = 1e-30;

/// An update of a network. Norms are Euclidean, over all weights that have a gradient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
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
}

/// A network on the eve of an update.
pub(in super::super) struct Watched {
    weights: Vec<(ParamId, Tensor<1>)>,
    gradients: Vec<Norm>,
    /// Places of the gradients of layers' weights, not of biases and factors.
    layers: Vec<usize>,
}

impl Watched {
    pub(in super::super) fn new<M: Module>(module: &M, gradients: &GradientsParams) -> Self {
        let mut eve = Eve {
            gradients,
            watched: Self {
                weights: Vec::new(),
                gradients: Vec::new(),
                layers: Vec::new(),
            },
        };
        module.visit(&mut eve);
        eve.watched
    }

    /// The signs that the update leaves, beside those that are there.
    pub(in super::super) fn updated<M: Module>(
        self,
        module: &M,
        vitals: &mut NetworkVitals,
    ) -> Result<(), TrainingError> {
        let mut changes = Changes {
            before: &self.weights,
            norms: Vec::new(),
        };
        module.visit(&mut changes);
        let changes = read(changes.norms)?;
        let weights = self
            .weights
            .into_iter()
            .map(|(_, weights)| Norm::of(weights));
        let weights = read(weights.collect())?;
        let gradients = read(self.gradients)?;
        let of_layer = |layer: Option<&usize>| layer.map_or(0.0, |&place| gradients[place]);
        let weight_norm = length(&weights);
        *vitals = NetworkVitals {
            gradient_norm: length(&gradients),
            first_gradient_norm: of_layer(self.layers.first()),
            last_gradient_norm: of_layer(self.layers.last()),
            weight_norm,
            update_ratio: length(&changes) / weight_norm.max(TINY),
            ..*vitals
        };
        Ok(())
    }
}

struct Eve<'a> {
    gradients: &'a GradientsParams,
    watched: Watched,
}

impl ModuleVisitor for Eve<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let watched = &mut self.watched;
            if D >= 2 {
                watched.layers.push(watched.gradients.len());
            }
            watched.gradients.push(Norm::of(flat(gradient)));
            watched.weights.push((param.id, flat(param.val().inner())));
        }
    }
}

struct Changes<'a> {
    before: &'a [(ParamId, Tensor<1>)],
    norms: Vec<Norm>,
}

impl ModuleVisitor for Changes<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some((_, before)) = self.before.iter().find(|(id, _)| *id == param.id) {
            let change = flat(param.val().inner()) - before.clone();
            self.norms.push(Norm::of(change));
        }
    }
}

/// A norm on the device, `[2]`: the greatest magnitude, and the norm of the values over it, so
/// that no square overflows.
struct Norm(Tensor<1>);

impl Norm {
    fn of(values: Tensor<1>) -> Self {
        let greatest = values.clone().abs().max();
        let scale = greatest.clone().clamp_min(TINY);
        let rest = (values / scale).powi_scalar(2).sum().sqrt();
        Self(Tensor::cat(vec![greatest, rest], 0))
    }
}

fn flat<const D: usize>(values: Tensor<D>) -> Tensor<1> {
    values.reshape([-1])
}

/// The values of norms, brought from the device at once.
fn read(norms: Vec<Norm>) -> Result<Vec<f64>, TrainingError> {
    if norms.is_empty() {
        return Ok(Vec::new());
    }
    let norms = Tensor::cat(norms.into_iter().map(|norm| norm.0).collect(), 0);
    let values = norms
        .try_into_vec_as::<f32>()
        .map_err(|error| TrainingError::Device(format!("{error:?}")))?;
    let (pairs, _) = values.as_chunks();
    Ok(pairs
        .iter()
        .map(|&[greatest, rest]| f64::from(greatest) * f64::from(rest))
        .collect())
}

/// The norm of all, from the norms of parts.
fn length(norms: &[f64]) -> f64 {
    norms.iter().map(|norm| norm * norm).sum::<f64>().sqrt()
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
        let watched = Watched::new(&net, &gradients);
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
