#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use gannet::Latents;

use super::{InputGradients, RelativisticLogistic, squared_input_gradients};
use crate::nets::{Critic, Initialiser};

const SHAPE: [usize; 3] = [1, 12, 12];
const PAIRS: usize = 2;

fn scores(values: [f32; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [2, 1]), device)
}

fn value(loss: Tensor<1>) -> f64 {
    f64::from(loss.into_scalar::<f32>())
}

#[test]
fn a_critic_that_sees_no_difference_is_at_equilibrium() {
    let device = Device::flex();
    let equal = || scores([0.3, -7.0], &device);
    let loss = RelativisticLogistic;
    let expected = RelativisticLogistic::EQUILIBRIUM;
    assert!((value(loss.critic_loss(equal(), equal())) - expected).abs() < 1e-6);
    assert!((value(loss.generator_loss(equal(), equal())) - expected).abs() < 1e-6);
}

#[test]
fn losses_are_softplus_of_the_score_difference_without_overflow() {
    let device = Device::flex();
    let (real, fake) = ([1.0, 200.0], [-0.5, -300.0]);
    let of = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let expected = |sign: f64| (of(sign * 1.5) + of(sign * 500.0)) / 2.0;
    let loss = RelativisticLogistic;
    let critic = value(loss.critic_loss(scores(real, &device), scores(fake, &device)));
    let generator = value(loss.generator_loss(scores(real, &device), scores(fake, &device)));
    assert!((critic - expected(-1.0)).abs() < 1e-6, "{critic}");
    assert!((generator - expected(1.0)).abs() < 1e-4, "{generator}");
}

#[test]
fn penalties_are_half_gamma_a_step_whatever_their_interval() {
    let device = Device::flex();
    let number = |value: f32| Tensor::<1>::from_data([value], &device);
    let penalised = |interval| {
        let gradients = InputGradients {
            real: number(2.0),
            fake: number(3.0),
        };
        value(gradients.penalise(number(7.0), 0.5, 10.0, interval))
    };
    assert_eq!(penalised(1), 7.0 + 0.5 * (0.5 * 2.0 + 10.0 * 3.0));
    assert_eq!(penalised(4), 7.0 + 4.0 * 0.5 * (0.5 * 2.0 + 10.0 * 3.0));
}

/// R1 + R2 of a critic, as training computes them.
fn penalty(critic: &Critic, device: &Device) -> Tensor<1> {
    let n = 2 * PAIRS;
    let [c, h, w] = SHAPE;
    let values = Latents::draw(9, 0..n as u64, c * h * w).values().to_vec();
    let images = Tensor::from_data(TensorData::new(values, [n, c, h, w]), device);
    let gradients = squared_input_gradients(critic, &critic.trace(images));
    gradients.real + gradients.fake
}

/// Adds `offset` times a fixed direction, a gradient by parameter, to all weights.
struct Shift<'a> {
    direction: &'a GradientsParams,
    offset: f64,
}

impl ModuleMapper for Shift<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let direction = self.direction.get::<D>(param.id);
        let offset = self.offset;
        param.map(|weights| match direction {
            Some(direction) => weights.inner() + direction.inner() * offset,
            None => weights,
        })
    }
}

/// The squared length of a gradient over all parameters.
struct SquaredLength<'a> {
    gradient: &'a GradientsParams,
    sum: f64,
}

impl ModuleVisitor for SquaredLength<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradient.get::<D>(param.id) {
            self.sum += value(gradient.inner().powi_scalar(2).sum());
        }
    }
}

/// Along its own gradient g, the penalty rises by ‖g‖² a unit: central differences with steps
/// that shrink must approach it, since the critic is piecewise linear in its input and smooth in
/// its weights away from the kinks.
#[test]
fn the_penaltys_gradient_is_that_of_central_differences() {
    let device = Device::flex().autodiff();
    let critic = Critic::new(&mut Initialiser::new(8, &device), 4, SHAPE).unwrap();
    let gradient = GradientsParams::from_grads(penalty(&critic, &device).backward(), &critic);
    let mut squared = SquaredLength {
        gradient: &gradient,
        sum: 0.0,
    };
    critic.visit(&mut squared);
    assert!(squared.sum > 1e-6, "{}", squared.sum);

    let plain = device.clone().inner();
    let at = |offset: f64| {
        let mut shift = Shift {
            direction: &gradient,
            offset,
        };
        value(penalty(&critic.valid().map(&mut shift), &plain))
    };
    let step = 1e-3 / squared.sum.sqrt();
    let slope = (at(step) - at(-step)) / (2.0 * step);
    let error = (slope - squared.sum).abs() / squared.sum;
    assert!(
        error < 5e-3,
        "slope {slope}, squared gradient {}",
        squared.sum
    );
}
