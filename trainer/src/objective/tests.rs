#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use gannet::Latents;

use super::{
    InputGradients, clip_weights, interpolate, squared_input_gradients, squared_norm_errors,
};
use crate::nets::{Critic, Initialiser, Pass, Target};
use crate::recipe;

const SHAPE: [usize; 3] = [1, 12, 12];
const PAIRS: usize = 2;

fn value(loss: Tensor<1>) -> f64 {
    f64::from(loss.into_scalar::<f32>())
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

fn fresh(device: &Device) -> Critic {
    let mut recipe = recipe::Critic::default();
    recipe.network.width = 4;
    let target = Target::unlabelled(SHAPE);
    Critic::new(&mut Initialiser::new(8, device), &recipe, target).unwrap()
}

fn images(seed: u64, n: usize, device: &Device) -> Tensor<4> {
    let [c, h, w] = SHAPE;
    let values = Latents::draw(seed, 0..n as u64, c * h * w);
    Tensor::from_data(
        TensorData::new(values.values().to_vec(), [n, c, h, w]),
        device,
    )
}

/// R1 + R2 of a critic, as training computes them.
fn zero_centred(critic: &Critic, device: &Device) -> Tensor<1> {
    let images = images(9, 2 * PAIRS, device);
    let gradients = squared_input_gradients(critic, &critic.trace(images, None, &Pass::plain()));
    gradients.real + gradients.fake
}

/// The gradient penalty of a critic, as training computes it.
fn one_centred(critic: &Critic, device: &Device) -> Tensor<1> {
    let (real, fake) = (images(9, PAIRS, device), images(10, PAIRS, device));
    squared_norm_errors(critic, interpolate(real, fake, 11, 3))
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

/// Along its own gradient g, a penalty rises by ‖g‖² a unit: central differences with steps
/// that shrink must approach it, since the critic is piecewise linear in its input and smooth in
/// its weights away from the kinks.
fn assert_gradient_of_differences(penalty: fn(&Critic, &Device) -> Tensor<1>) {
    let device = Device::flex().autodiff();
    let critic = fresh(&device);
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

#[test]
fn the_gradient_of_r1_and_r2_is_that_of_central_differences() {
    assert_gradient_of_differences(zero_centred);
}

#[test]
fn the_gradient_penaltys_gradient_is_that_of_central_differences() {
    assert_gradient_of_differences(one_centred);
}

#[test]
fn the_gradient_penalty_is_the_squared_distance_of_the_norm_from_one() {
    let device = Device::flex().autodiff();
    let critic = fresh(&device);
    let image = images(9, 1, &device);
    let twice = Tensor::cat(vec![image.clone(), image.clone()], 0);
    let norm =
        value(squared_input_gradients(&critic, &critic.trace(twice, None, &Pass::plain())).real)
            .sqrt();
    let penalty = value(squared_norm_errors(&critic, image));
    let expected = (norm - 1.0).powi(2);
    assert!((penalty - expected).abs() < 1e-5 * (1.0 + expected));
}

/// A critic without slope, such as one whose weights are all 0, must not turn into NaN.
#[test]
fn a_flat_critic_has_a_finite_gradient_penalty() {
    let device = Device::flex().autodiff();
    let critic = fresh(&device);
    let flat = clip_weights(critic, 0.0);
    let penalty = one_centred(&flat, &device);
    assert!((value(penalty.clone()) - 1.0).abs() < 1e-6);
    let gradient = GradientsParams::from_grads(penalty.backward(), &flat);
    let mut squared = SquaredLength {
        gradient: &gradient,
        sum: 0.0,
    };
    flat.visit(&mut squared);
    assert_eq!(squared.sum, 0.0);
}

#[test]
fn interpolates_are_one_share_an_image_of_the_seed_and_the_step() {
    let device = Device::flex();
    let zeros = || Tensor::<4>::zeros([64, 1, 2, 2], &device);
    let shares = |seed, step| {
        let between = interpolate(zeros() + 3.0, zeros() + 1.0, seed, step);
        between.into_data().try_to_vec::<f32>().unwrap()
    };
    let first = shares(5, 7);
    assert_eq!(first, shares(5, 7));
    assert_ne!(first, shares(5, 8));
    assert_ne!(first, shares(6, 7));
    assert!(first.iter().all(|value| (1.0..=3.0).contains(value)));
    for image in first.chunks(4) {
        assert!(image.iter().all(|value| *value == image[0]));
    }
    let mean = first.iter().sum::<f32>() / first.len() as f32;
    assert!((mean - 2.0).abs() < 0.25, "{mean}");
}
