//! The exact input gradients of every kind of layer and architecture.

use std::cell::RefCell;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{ARCHITECTURES, critic, images, labels, small_critic};
use crate::nets::testing::{Shift, SquaredLength, value};
use crate::nets::{Critic, Pass, Target, Trace};
use crate::recipe::{self, Activation, Architecture, CriticClasses, Norm};

const CLASSES: usize = 3;
const IMAGES: usize = 4;

/// A critic of each architecture, and one for everything that a critic can have.
fn recipes() -> Vec<(String, recipe::Critic)> {
    let mut all: Vec<_> = ARCHITECTURES
        .into_iter()
        .map(|architecture| (architecture.name().to_owned(), small_critic(architecture)))
        .collect();
    let mut add = |name: &str, architecture, change: fn(&mut recipe::Critic)| {
        let mut recipe = small_critic(architecture);
        change(&mut recipe);
        all.push((format!("{name} in {}", architecture.name()), recipe));
    };
    use Architecture::{Convolutional, Dcgan, Mlp, R3gan, Resnet, Upsample};
    add("relu", Resnet, |r| r.network.activation = Activation::Relu);
    add("silu", Convolutional, |r| {
        r.network.activation = Activation::Silu;
    });
    add("tanh", Mlp, |r| r.network.activation = Activation::Tanh);
    add("sigmoid", Mlp, |r| {
        r.network.activation = Activation::Sigmoid
    });
    add("silu", Resnet, |r| r.network.activation = Activation::Silu);
    add("silu", R3gan, |r| r.network.activation = Activation::Silu);
    add("depth", Resnet, |r| r.network.depth = 1);
    for architecture in [Convolutional, Resnet] {
        add("layer norm", architecture, |r| {
            r.network.norm = Norm::Layer;
        });
        add("instance norm", architecture, |r| {
            r.network.norm = Norm::Instance;
        });
    }
    add("batch norm", Dcgan, |r| r.network.norm = Norm::Batch);
    add("layer norm", Mlp, |r| r.network.norm = Norm::Layer);
    add("minibatch std", Upsample, |r| r.minibatch_std = true);
    add("minibatch std", Mlp, |r| r.minibatch_std = true);
    add("packing", Dcgan, |r| r.packing = 2);
    add("dropout", Convolutional, |r| r.dropout = 0.3);
    add("spectral norm", Dcgan, |r| r.spectral_norm = true);
    add("spectral norm", Resnet, |r| r.spectral_norm = true);
    add("projection", Dcgan, |r| {
        r.classes = CriticClasses::Projection;
        r.spectral_norm = true;
    });
    add("concatenation", Dcgan, |r| {
        r.classes = CriticClasses::Concatenation;
    });
    all
}

fn target() -> Target {
    Target {
        shape: [2, 8, 8],
        classes: Some(CLASSES),
    }
}

fn classes(recipe: &recipe::Critic, device: &Device) -> Option<Tensor<1, Int>> {
    let told = recipe.classes != CriticClasses::None;
    told.then(|| labels(&[0, 2, 1, 0], device))
}

fn trace(critic: &Critic, recipe: &recipe::Critic, x: Tensor<4>) -> Trace {
    let random = RefCell::new(ChaCha8Rng::seed_from_u64(7));
    let labels = classes(recipe, &x.device().without_autodiff());
    critic.trace(x, labels, &Pass::training(&random))
}

/// The input gradient that is built forwards is the one that autodiff finds backwards.
#[test]
fn the_input_gradient_is_autodiffs() {
    let device = Device::flex().autodiff();
    for (name, recipe) in recipes() {
        let critic = critic(&recipe, target(), &device);
        let x = images(6, IMAGES, target().shape, &device).require_grad();
        let trace = trace(&critic, &recipe, x.clone());
        let built = critic.input_gradient(&trace).inner();
        let gradients = trace.scores.sum().backward();
        let found = x.grad(&gradients).unwrap().reshape(built.dims());
        let scale: f32 = found.clone().abs().max().into_scalar();
        let difference: f32 = (built - found).abs().max().into_scalar();
        assert!(scale > 1e-4, "{name}: {scale}");
        assert!(
            difference <= 1e-5 * scale,
            "{name}: {difference} of {scale}"
        );
    }
}

/// `E[‖∇D‖²]`, as R1 has it.
fn penalty(critic: &Critic, recipe: &recipe::Critic, device: &Device) -> Tensor<1> {
    let x = images(9, IMAGES, target().shape, device);
    let gradient = critic.input_gradient(&trace(critic, recipe, x));
    let norms = gradient.powi_scalar(2).flatten::<2>(1, 3).sum_dim(1);
    norms.mean()
}

/// Steps of central differences. The penalty of a piecewise linear critic jumps where a rectifier
/// has its kink: of shrinking steps one must have none in it.
const LENGTHS: [f64; 3] = [1e-3, 3e-4, 1e-4];

/// Along its own gradient g a penalty rises by ‖g‖² a unit. A spectral norm's vectors are
/// constants of the graph: they are the singular ones, where the norm does not change with them
/// to first order.
#[test]
fn the_penaltys_gradient_is_that_of_central_differences() {
    let device = Device::flex().autodiff();
    for (name, recipe) in recipes() {
        let critic = (0..40).fold(critic(&recipe, target(), &device), |critic, _| {
            critic.renew_spectral()
        });
        let loss = penalty(&critic, &recipe, &device);
        let gradient = GradientsParams::from_grads(loss.backward(), &critic);
        let mut squared = SquaredLength {
            gradient: &gradient,
            sum: 0.0,
        };
        critic.visit(&mut squared);
        assert!(squared.sum > 1e-9, "{name}: {}", squared.sum);

        let plain = device.clone().inner();
        let at = |offset: f64| {
            let mut shift = Shift {
                direction: &gradient,
                offset,
            };
            value(penalty(&critic.valid().map(&mut shift), &recipe, &plain))
        };
        let slope = |length: f64| {
            let step = length / squared.sum.sqrt();
            (at(step) - at(-step)) / (2.0 * step)
        };
        let slopes = LENGTHS.map(slope);
        let error = |slope: &f64| (slope - squared.sum).abs() / squared.sum;
        assert!(
            slopes.iter().any(|slope| error(slope) < 5e-3),
            "{name}: slopes {slopes:?}, squared gradient {}",
            squared.sum
        );
    }
}
