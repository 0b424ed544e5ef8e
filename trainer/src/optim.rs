//! Optimisers, learning rates and the moving average of weights.

mod accumulation;
mod change;
mod clipping;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer, RmsPropConfig, SgdConfig};
use burn::tensor::Tensor;

pub use self::accumulation::MeanGradients;
pub use self::clipping::{clip_norm, clip_value};
use crate::recipe::{Network, Optimiser};

/// Share of the images seen so far that bounds the average's half-life, so that it does not
/// remember the untrained generator (Karras et al. 2020, `ema_rampup`).
const EMA_RAMP: f64 = 0.05;

/// Against a division by 0; small, so that it does not damp small gradients.
const EPSILON: f32 = 1e-8;

/// The optimiser of a network.
pub fn optimiser(network: &Network) -> ModuleOptimizer {
    let (beta1, beta2) = (network.beta1 as f32, network.beta2 as f32);
    let weight_decay = network.weight_decay as f32;
    let added = (weight_decay > 0.0).then(|| WeightDecayConfig::new(weight_decay));
    match network.optimiser {
        Optimiser::Adam => AdamConfig::new()
            .with_beta_1(beta1)
            .with_beta_2(beta2)
            .with_epsilon(EPSILON)
            .with_weight_decay(added)
            .init(),
        Optimiser::AdamW => AdamWConfig::new()
            .with_beta_1(beta1)
            .with_beta_2(beta2)
            .with_epsilon(EPSILON)
            .with_weight_decay(weight_decay)
            .init(),
        Optimiser::RmsProp => RmsPropConfig::new()
            .with_alpha(beta2)
            .with_momentum(beta1)
            .with_epsilon(EPSILON)
            .with_weight_decay(added)
            .init(),
        Optimiser::Sgd => {
            let momentum = MomentumConfig::new()
                .with_momentum(network.beta1)
                .with_dampening(0.0);
            SgdConfig::new()
                .with_momentum((network.beta1 > 0.0).then_some(momentum))
                .with_weight_decay(added)
                .init()
        }
    }
}

/// The optimiser of `network`, which `optimizer` is, with another `beta2` and the same state.
///
/// Its means are copied: on an accelerator through the host, so not for every step there. Adam
/// corrects the bias of its mean of squares as if `beta2` had always been the new one.
pub fn with_beta2(optimizer: &ModuleOptimizer, network: &Network, beta2: f64) -> ModuleOptimizer {
    let changed = Network {
        beta2,
        ..network.clone()
    };
    optimiser(&changed).load_record(optimizer.to_record())
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

    use burn::module::{Module, Param};
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Tensor};

    use super::{EMA_RAMP, blend, ema_keep, optimiser, with_beta2};
    use crate::nets::{Critic, Initialiser, Pass, Target};
    use crate::recipe;
    use crate::recipe::{Network, Optimiser};

    /// One weight, whose loss is its multiple.
    #[derive(Module, Debug)]
    struct Weight {
        value: Param<Tensor<1>>,
    }

    /// The weight 2 after each of two steps with the gradients 3 and 1, at a rate of 0.1.
    fn steps(kind: Optimiser, beta1: f64, weight_decay: f64) -> [f64; 2] {
        let network = Network {
            optimiser: kind,
            beta1,
            beta2: 0.75,
            weight_decay,
            ..Network::default()
        };
        let device = Device::flex().autodiff();
        let value = Param::from_tensor(Tensor::from_floats([2.0], &device));
        let mut weight = Weight { value };
        let mut optimiser = optimiser(&network);
        [3.0, 1.0].map(|gradient| {
            let loss = (weight.value.val() * gradient).sum();
            let gradients = GradientsParams::from_grads(loss.backward(), &weight);
            weight = optimiser.step(0.1, weight.clone(), gradients);
            weight.value.val().into_scalar::<f32>().into()
        })
    }

    fn assert_near(got: [f64; 2], expected: [f64; 2]) {
        let near = |(a, b): (f64, f64)| (a - b).abs() < 1e-6;
        let all = got.into_iter().zip(expected).all(near);
        assert!(all, "{got:?} for {expected:?}");
    }

    #[test]
    fn gradient_descent_with_momentum_and_weight_decay() {
        assert_near(steps(Optimiser::Sgd, 0.0, 0.0), [1.7, 1.6]);
        // The second step is 1 + 0.5 · 3.
        assert_near(steps(Optimiser::Sgd, 0.5, 0.0), [1.7, 1.45]);
        assert_near(steps(Optimiser::Sgd, 0.0, 0.5), [1.6, 1.42]);
    }

    #[test]
    fn rmsprop_divides_by_the_root_of_the_mean_square() {
        // v = 0.25 · 9, then 0.75 v + 0.25.
        let second = 1.0 / (0.75 * 2.25 + 0.25_f64).sqrt();
        let first = 3.0 / 2.25_f64.sqrt();
        let expected = [2.0 - 0.1 * first, 2.0 - 0.1 * (first + second)];
        assert_near(steps(Optimiser::RmsProp, 0.0, 0.0), expected);
        let moved = [expected[0], expected[1] - 0.1 * 0.5 * first];
        assert_near(steps(Optimiser::RmsProp, 0.5, 0.0), moved);
    }

    #[test]
    fn adam_corrects_the_bias_of_its_means() {
        // Without decay of the mean: g / √(v / (1 − β₂ᵗ)).
        let second = 1.0 / ((0.75 * 2.25 + 0.25) / (1.0 - 0.75_f64.powi(2))).sqrt();
        let expected = [1.9, 1.9 - 0.1 * second];
        assert_near(steps(Optimiser::Adam, 0.0, 0.0), expected);
        assert_near(steps(Optimiser::AdamW, 0.0, 0.0), expected);
        // Decay that is part of the gradient is normalised with it; decoupled it is not.
        let [added, _] = steps(Optimiser::Adam, 0.0, 0.5);
        assert!((added - 1.9).abs() < 1e-6, "{added}");
        let [decoupled, _] = steps(Optimiser::AdamW, 0.0, 0.5);
        assert!((decoupled - (2.0 * 0.95 - 0.1)).abs() < 1e-6, "{decoupled}");
    }

    /// Three steps with the gradients 3, 1 and −2, the last two with a `beta2` of 0.9 after 0.75.
    #[test]
    fn another_beta2_keeps_the_means() {
        let network = Network {
            beta1: 0.5,
            beta2: 0.75,
            ..Network::default()
        };
        let device = Device::flex().autodiff();
        let value = Param::from_tensor(Tensor::from_floats([2.0], &device));
        let mut weight = Weight { value };
        let mut adam = optimiser(&network);
        let (mut mean, mut square, mut expected) = (0.0, 0.0, 2.0);
        for (step, (gradient, beta2)) in [(3.0, 0.75), (1.0, 0.9), (-2.0, 0.9)]
            .into_iter()
            .enumerate()
        {
            let time = step as i32 + 1;
            mean = 0.5 * mean + 0.5 * gradient;
            square = beta2 * square + (1.0 - beta2) * gradient * gradient;
            let corrected: f64 = square / (1.0 - f64::powi(beta2, time));
            expected -= 0.1 * mean / (1.0 - 0.5_f64.powi(time)) / corrected.sqrt();

            adam = with_beta2(&adam, &network, beta2);
            let loss = (weight.value.val() * gradient).sum();
            let gradients = GradientsParams::from_grads(loss.backward(), &weight);
            weight = adam.step(0.1, weight, gradients);
            let got = f64::from(weight.value.val().into_scalar::<f32>());
            assert!(
                (got - expected).abs() < 1e-6,
                "step {time}: {got} {expected}"
            );
        }
    }

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
        let mut recipe = recipe::Critic::default();
        recipe.network.width = 4;
        let target = Target::unlabelled([1, 12, 12]);
        let critic = |seed| Critic::new(&mut Initialiser::new(seed, &device), &recipe, target);
        let (average, live) = (critic(1).unwrap(), critic(2).unwrap());
        let image = Tensor::ones([1, 1, 12, 12], &device);
        let score = |critic: &Critic| {
            critic
                .forward(image.clone(), None, &Pass::plain())
                .into_scalar::<f32>()
        };
        let blended = |keep| score(&blend(average.clone(), &live, keep));
        assert_eq!(blended(1.0), score(&average));
        assert_eq!(blended(0.0), score(&live));
        assert!(blended(0.5) != score(&average) && blended(0.5) != score(&live));
    }
}
