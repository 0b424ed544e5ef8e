//! Optimisers, learning rates and the moving average of weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{AdamConfig, ModuleOptimizer};
use burn::tensor::Tensor;

use crate::recipe::Network;

/// Share of the images seen so far that bounds the average's half-life, so that it does not
/// remember the untrained generator (Karras et al. 2020, `ema_rampup`).
const EMA_RAMP: f64 = 0.05;

/// Adam (Kingma & Ba 2015) with a network's own decays.
pub fn adam(network: &Network) -> ModuleOptimizer {
    AdamConfig::new()
        .with_beta_1(network.beta1 as f32)
        .with_beta_2(network.beta2 as f32)
        .with_epsilon(1e-8)
        .init()
}

/// How much of the average a step of `batch_images` keeps after `images_seen`.
pub fn ema_keep(half_life_images: f64, images_seen: u64, batch_images: usize) -> f64 {
    let half_life = half_life_images.min(images_seen as f64 * EMA_RAMP);
    if half_life <= 0.0 {
        return 0.0;
    }
    0.5_f64.powf(batch_images as f64 / half_life)
}

/// Moves `average` towards `live`: `keep` of the average, the rest of the live weights.
pub fn blend<M: Module>(average: M, live: &M, keep: f64) -> M {
    let mut weights = Weights::default();
    live.visit(&mut weights);
    average.map(&mut Blend {
        live: weights.0.into_iter(),
        keep,
    })
}

#[derive(Default)]
struct Weights(Vec<Tensor<1>>);

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().inner();
        let len = value.dims().iter().product::<usize>();
        self.0.push(value.reshape([len]));
    }
}

struct Blend {
    live: std::vec::IntoIter<Tensor<1>>,
    keep: f64,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(live) = self.live.next() else {
            return param;
        };
        let keep = self.keep;
        param.map(|average| {
            let live = live.reshape(average.dims());
            average * keep + live * (1.0 - keep)
        })
    }
}
