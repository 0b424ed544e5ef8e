#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor, TensorData};
use gannet::Latents;

use super::{
    LeCam, clip_weights, gradient_penalty, interpolate, orthogonal, perturb, squared_norms,
};
use crate::nets::testing::{Shift, SquaredLength, value};
use crate::nets::{Critic, Initialiser, Pass, Target};
use crate::recipe;

const SHAPE: [usize; 3] = [1, 12, 12];
const PAIRS: usize = 2;

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

fn input_gradient(critic: &Critic, images: Tensor<4>) -> Tensor<4> {
    critic.input_gradient(&critic.trace(images, None, &Pass::plain()))
}

/// R1 + R2 of a critic, as training computes them.
fn zero_centred(critic: &Critic, device: &Device) -> Tensor<1> {
    let images = images(9, 2 * PAIRS, device);
    squared_norms(input_gradient(critic, images)).mean() * 2.0
}

/// The gradient penalty of a critic, as training computes it.
fn one_centred(critic: &Critic, device: &Device) -> Tensor<1> {
    let (real, fake) = (images(9, PAIRS, device), images(10, PAIRS, device));
    gradient_penalty(input_gradient(critic, interpolate(real, fake, 11, 3)))
}

/// The DRAGAN penalty of a critic, as training computes it.
fn around_real(critic: &Critic, device: &Device) -> Tensor<1> {
    let real = images(9, PAIRS, device);
    gradient_penalty(input_gradient(critic, perturb(real, 11, 3)))
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
fn the_dragan_penaltys_gradient_is_that_of_central_differences() {
    assert_gradient_of_differences(around_real);
}

/// A critic in f64 with smooth layers, `tanh(xW + b)·v`, so that central differences are exact to
/// nine digits.
struct Smooth {
    weights: Tensor<2>,
    bias: Tensor<2>,
    score: Tensor<2>,
}

impl Smooth {
    const SHAPE: [usize; 3] = [2, 1, 3];
    const INPUTS: usize = 6;
    const HIDDEN: usize = 4;
    const PARAMETERS: usize = (Self::INPUTS + 2) * Self::HIDDEN;

    fn new(parameters: &[f64], device: &Device) -> Self {
        let (weights, rest) = parameters.split_at(Self::INPUTS * Self::HIDDEN);
        let (bias, score) = rest.split_at(Self::HIDDEN);
        let tensor = |values: &[f64], shape| {
            let data = TensorData::new(values.to_vec(), shape);
            let tensor = Tensor::<2>::from_data(data, (device, DType::F64));
            match device.is_autodiff() {
                true => tensor.require_grad(),
                false => tensor,
            }
        };
        Self {
            weights: tensor(weights, [Self::INPUTS, Self::HIDDEN]),
            bias: tensor(bias, [1, Self::HIDDEN]),
            score: tensor(score, [Self::HIDDEN, 1]),
        }
    }

    /// Images of `[n, 2, 1, 3]` where the critic is.
    fn images(&self, seed: u64, n: usize) -> Tensor<4> {
        let [c, h, w] = Self::SHAPE;
        let values = Latents::draw(seed, 0..n as u64, Self::INPUTS);
        let values = values.values().iter().map(|v| f64::from(*v)).collect();
        let data = TensorData::new::<f64, _>(values, [n, c, h, w]);
        Tensor::from_data(data, (&self.weights.device(), DType::F64))
    }

    fn hidden(&self, images: Tensor<4>) -> Tensor<2> {
        (images.flatten::<2>(1, 3).matmul(self.weights.clone()) + self.bias.clone()).tanh()
    }

    fn scores(&self, images: Tensor<4>) -> Tensor<2> {
        self.hidden(images).matmul(self.score.clone())
    }

    fn input_gradient(&self, images: Tensor<4>) -> Tensor<4> {
        let shape = images.dims();
        let slopes = self.hidden(images).powi_scalar(2).neg() + 1.0;
        let gradient = slopes * self.score.clone().transpose();
        let gradient = gradient.matmul(self.weights.clone().transpose());
        gradient.reshape(shape)
    }

    /// `[outputs, inputs]` of both layers.
    fn matrices(&self) -> Vec<Tensor<2>> {
        vec![
            self.weights.clone().transpose(),
            self.score.clone().transpose(),
        ]
    }
}

/// A penalty of the smooth critic, and its name.
type Penalty = (&'static str, fn(&Smooth) -> Tensor<1>);

const PENALTIES: [Penalty; 6] = [
    ("R1", |critic| {
        squared_norms(critic.input_gradient(critic.images(9, 6)).narrow(0, 0, 3)).mean()
    }),
    ("R2", |critic| {
        squared_norms(critic.input_gradient(critic.images(9, 6)).narrow(0, 3, 3)).mean()
    }),
    ("gradient penalty", |critic| {
        let (real, fake) = (critic.images(9, 3), critic.images(10, 3));
        gradient_penalty(critic.input_gradient(interpolate(real, fake, 11, 3)))
    }),
    ("DRAGAN", |critic| {
        let real = critic.images(9, 3);
        gradient_penalty(critic.input_gradient(perturb(real, 11, 3)))
    }),
    ("LeCam", |critic| {
        let mut averages = LeCam::default();
        averages.observe(0.8, -0.3);
        let (real, fake) = (critic.images(9, 3), critic.images(10, 3));
        averages.penalty(critic.scores(real), critic.scores(fake))
    }),
    ("orthogonal regularisation", |critic| {
        orthogonal(critic.matrices()).unwrap()
    }),
];

/// By each of the critic's parameters, in f64.
#[test]
fn the_gradient_of_each_penalty_is_that_of_central_differences() {
    let draws = Latents::draw(5, 0..1, Smooth::PARAMETERS);
    let start: Vec<f64> = draws.values().iter().map(|v| 0.5 * f64::from(*v)).collect();
    let plain = Device::flex();
    for (name, penalty) in PENALTIES {
        let critic = Smooth::new(&start, &plain.clone().autodiff());
        let gradients = penalty(&critic).backward();
        let of = |parameter: &Tensor<2>| match parameter.grad(&gradients) {
            Some(gradient) => gradient.into_data().try_to_vec::<f64>().unwrap(),
            None => vec![0.0; parameter.dims().iter().product()],
        };
        let gradient = [&critic.weights, &critic.bias, &critic.score]
            .map(of)
            .concat();
        let longest = gradient
            .iter()
            .fold(0.0, |most: f64, slope| most.max(slope.abs()));
        assert!(longest > 0.01, "{name}: {longest}");
        let step = 1e-5;
        for (i, got) in gradient.iter().enumerate() {
            let at = |by: f64| {
                let mut moved = start.clone();
                moved[i] += by;
                penalty(&Smooth::new(&moved, &plain)).into_scalar::<f64>()
            };
            let slope = (at(step) - at(-step)) / (2.0 * step);
            assert!(
                (got - slope).abs() < 1e-8 * longest,
                "{name}, {i}: {got} {slope}"
            );
        }
    }
}

/// The input gradient above is that of the scores.
#[test]
fn the_smooth_critics_input_gradient_is_that_of_central_differences() {
    let draws = Latents::draw(5, 0..1, Smooth::PARAMETERS);
    let parameters: Vec<f64> = draws.values().iter().map(|v| f64::from(*v)).collect();
    let critic = Smooth::new(&parameters, &Device::flex());
    let image = critic.images(1, 1);
    let gradient = critic.input_gradient(image.clone()).into_data();
    let gradient = gradient.try_to_vec::<f64>().unwrap();
    let step = 1e-5;
    for (i, got) in gradient.iter().enumerate() {
        let at = |by: f64| {
            let mut moved = image.clone().into_data().try_to_vec::<f64>().unwrap();
            moved[i] += by;
            let data = TensorData::new(moved, image.dims());
            let moved = Tensor::from_data(data, (&image.device(), DType::F64));
            critic.scores(moved).into_scalar::<f64>()
        };
        let slope = (at(step) - at(-step)) / (2.0 * step);
        assert!((got - slope).abs() < 1e-8, "{i}: {got} {slope}");
    }
}

#[test]
fn the_gradient_penalty_is_the_squared_distance_of_the_norm_from_one() {
    let device = Device::flex().autodiff();
    let critic = fresh(&device);
    let image = images(9, 1, &device);
    let twice = Tensor::cat(vec![image.clone(), image.clone()], 0);
    let norm = value(squared_norms(input_gradient(&critic, twice)).mean()).sqrt();
    let penalty = value(gradient_penalty(input_gradient(&critic, image)));
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
