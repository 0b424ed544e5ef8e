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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::{Device, Tensor};

    use super::{EMA_RAMP, blend, ema_keep};
    use crate::nets::{Critic, Initialiser};

    #[test]
    fn half_of_the_average_is_kept_after_its_half_life() {
        let seen = 10_000_000;
        let kept: f64 = (0..10).map(|_| ema_keep(640.0, seen, 64)).product();
        assert!((kept - 0.5).abs() < 1e-12, "{kept}");
    }

    #[test]
    fn the_half_life_is_a_share_of_what_was_seen_at_first() {
        let seen = 1_000;
        let ramped = 0.5_f64.powf(64.0 / (EMA_RAMP * seen as f64));
        assert_eq!(ema_keep(1e9, seen, 64), ramped);
        assert_eq!(ema_keep(10.0, seen, 64), 0.5_f64.powf(6.4));
    }

    #[test]
    fn without_half_life_nothing_is_kept() {
        assert_eq!(ema_keep(0.0, 1_000, 64), 0.0);
        assert_eq!(ema_keep(10.0, 0, 64), 0.0);
    }

    #[test]
    fn a_blend_lies_between_the_weights() {
        let device = Device::flex().autodiff();
        let critic = |seed| Critic::new(&mut Initialiser::new(seed, &device), 4, [1, 12, 12]);
        let (average, live) = (critic(1).unwrap(), critic(2).unwrap());
        let image = Tensor::ones([1, 1, 12, 12], &device);
        let score = |critic: &Critic| critic.forward(image.clone()).into_scalar::<f32>();
        let blended = |keep| score(&blend(average.clone(), &live, keep));
        assert_eq!(blended(1.0), score(&average));
        assert_eq!(blended(0.0), score(&live));
        assert!(blended(0.5) != score(&average) && blended(0.5) != score(&live));
    }
}
