#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

mod gradients;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet::Latents;

use super::target::Pyramid;
use super::{
    Critic, Generator, Initialiser, NetError, Pass, Seen, Target, check, named, scale_warnings,
};
use crate::recipe::{
    self, Activation, Architecture, CriticClasses, GeneratorClasses, Initialisation, Norm,
};

const ARCHITECTURES: [Architecture; 6] = [
    Architecture::Mlp,
    Architecture::Convolutional,
    Architecture::Dcgan,
    Architecture::Upsample,
    Architecture::Resnet,
    Architecture::R3gan,
];

fn images(seed: u64, n: usize, [c, h, w]: [usize; 3], device: &Device) -> Tensor<4> {
    let draws = Latents::draw(seed, 0..n as u64, c * h * w);
    let data = TensorData::new(draws.values().to_vec(), [n, c, h, w]);
    Tensor::from_data(data, device)
}

fn latents(seed: u64, n: usize, device: &Device) -> Tensor<2> {
    let draws = Latents::draw(seed, 0..n as u64, 16);
    Tensor::from_data(TensorData::new(draws.values().to_vec(), [n, 16]), device)
}

fn labels(values: &[i64], device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

fn small_generator(architecture: Architecture) -> recipe::Generator {
    let mut recipe = recipe::Generator {
        latent: 16,
        ..recipe::Generator::default()
    };
    (recipe.network.architecture, recipe.network.width) = (architecture, 4);
    recipe.network.depth = usize::from(architecture == Architecture::Mlp);
    recipe
}

fn small_critic(architecture: Architecture) -> recipe::Critic {
    let mut recipe = recipe::Critic::default();
    (recipe.network.architecture, recipe.network.width) = (architecture, 4);
    recipe.network.depth = usize::from(architecture == Architecture::Mlp);
    recipe
}

fn generator(recipe: &recipe::Generator, target: Target, device: &Device) -> Generator {
    Generator::new(&mut Initialiser::new(1, device), recipe, target).unwrap()
}

fn critic(recipe: &recipe::Critic, target: Target, device: &Device) -> Critic {
    Critic::new(&mut Initialiser::new(2, device), recipe, target).unwrap()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().unwrap()
}

fn largest<const D: usize>(tensor: Tensor<D>) -> f32 {
    tensor.abs().max().into_scalar()
}

#[test]
fn sides_are_halved_to_a_small_base() {
    let pyramid = |architecture, side| {
        let recipe = small_critic(architecture);
        let target = Target::unlabelled([1, side, side]);
        Pyramid::of(&recipe.network, target).map(|found| (found.halvings, found.base))
    };
    let kept = |side| pyramid(Architecture::Convolutional, side).unwrap();
    assert_eq!(kept(8), (1, 4));
    assert_eq!(kept(16), (1, 8));
    assert_eq!(kept(28), (2, 7));
    assert_eq!(kept(32), (2, 8));
    assert_eq!(kept(64), (3, 8));
    let halved = |side| pyramid(Architecture::Dcgan, side).unwrap();
    assert_eq!(halved(8), (1, 4));
    assert_eq!(halved(28), (2, 7));
    assert_eq!(halved(64), (4, 4));
    assert_eq!(halved(128), (5, 4));
    for side in [1, 4, 7, 9, 30] {
        assert!(pyramid(Architecture::Dcgan, side).is_err(), "{side}");
    }
}

#[test]
fn what_does_not_fit_is_said_before_training() {
    let (generator, critic) = (
        small_generator(Architecture::Dcgan),
        small_critic(Architecture::Mlp),
    );
    let oblong = Target::unlabelled([3, 28, 32]);
    let said = check(&generator, &critic, oblong).unwrap_err().to_string();
    assert!(said.contains("28x32") && said.contains("dcgan"), "{said}");
    let mut told = critic.clone();
    told.classes = CriticClasses::Projection;
    let square = Target::unlabelled([3, 32, 32]);
    let said = check(&generator, &told, square).unwrap_err();
    assert!(matches!(said, NetError::Classes { .. }), "{said}");
    assert!(said.to_string().contains("critic.classes"), "{said}");
    let labelled = Target {
        classes: Some(10),
        ..square
    };
    check(&generator, &told, labelled).unwrap();
}

#[test]
fn every_architecture_makes_images_in_range_and_scores_them() {
    let device = Device::flex().autodiff();
    for architecture in ARCHITECTURES {
        for shape in [[1, 8, 8], [3, 20, 20], [2, 28, 28]] {
            let target = Target::unlabelled(shape);
            let generator = generator(&small_generator(architecture), target, &device);
            let critic = critic(&small_critic(architecture), target, &device);
            let images = generator.forward(latents(3, 5, &device), None, &Pass::plain());
            assert_eq!(images.dims(), [5, shape[0], shape[1], shape[2]]);
            let most = largest(images.clone());
            assert!(most <= 1.0 && most > 0.01, "{architecture:?}: {most}");
            let scores = critic.forward(images, None, &Pass::plain());
            assert_eq!(scores.dims(), [5, 1]);
        }
    }
}

#[test]
fn depth_adds_layers_to_every_architecture() {
    let device = Device::flex().autodiff();
    let target = Target::unlabelled([1, 16, 16]);
    for architecture in ARCHITECTURES {
        let parameters = |depth| {
            let mut generator_recipe = small_generator(architecture);
            let mut critic_recipe = small_critic(architecture);
            generator_recipe.network.depth = depth;
            critic_recipe.network.depth = depth;
            [
                generator(&generator_recipe, target, &device).num_params(),
                critic(&critic_recipe, target, &device).num_params(),
            ]
        };
        let (few, many) = (parameters(1), parameters(2));
        assert!(few[0] < many[0] && few[1] < many[1], "{architecture:?}");
    }
}

#[test]
fn points_are_made_without_bounds() {
    let device = Device::flex().autodiff();
    let target = Target::unlabelled([2, 1, 1]);
    let generator = generator(&small_generator(Architecture::Mlp), target, &device);
    let points = generator.sample(latents(3, 200, &device), None);
    assert_eq!(points.dims(), [200, 2, 1, 1]);
    assert!(largest(points.clone()) > 1.0);
    let critic = critic(&small_critic(Architecture::Mlp), target, &device);
    let scores = critic.forward(points, None, &Pass::plain());
    assert_eq!(scores.dims(), [200, 1]);
}

#[test]
fn equal_seeds_give_equal_weights_and_others_do_not() {
    let device = Device::flex().autodiff();
    let target = Target::unlabelled([1, 28, 28]);
    let recipe = small_critic(Architecture::Convolutional);
    let score = |seed| {
        let critic = Critic::new(&mut Initialiser::new(seed, &device), &recipe, target).unwrap();
        let x = images(5, 2, target.shape, &device);
        values(critic.forward(x, None, &Pass::plain()))
    };
    assert_eq!(score(1), score(1));
    assert_ne!(score(1), score(2));
}

#[test]
fn weights_of_layers_that_are_named_by_their_role_are_found() {
    let device = Device::flex().autodiff();
    let target = Target::unlabelled([1, 28, 28]);
    let recipe = small_generator(Architecture::Convolutional);
    let new = |seed| Generator::new(&mut Initialiser::new(seed, &device), &recipe, target).unwrap();
    let images = |generator: &Generator| {
        values(generator.forward(latents(3, 2, &device), None, &Pass::plain()))
    };
    let (saved, fresh) = (new(1), new(2));
    let record = named::save(&saved.layers);
    assert_ne!(images(&fresh), images(&saved));
    let loaded = fresh.with_weights(record.clone()).unwrap();
    assert_eq!(images(&loaded), images(&saved));

    let other = small_generator(Architecture::Dcgan);
    let other = generator(&other, target, &device).with_weights(record);
    assert!(other.unwrap_err().to_string().contains("layers.0"));

    let recipe = small_critic(Architecture::Convolutional);
    let new = |seed| Critic::new(&mut Initialiser::new(seed, &device), &recipe, target).unwrap();
    let score = |critic: &Critic| {
        let x = self::images(5, 2, target.shape, &device);
        values(critic.forward(x, None, &Pass::plain()))
    };
    let (saved, fresh) = (new(1), new(2));
    let mut layers = saved.layers.clone();
    layers.push(saved.score.clone());
    let loaded = fresh.with_weights(named::save(&layers)).unwrap();
    assert_eq!(score(&loaded), score(&saved));
}

#[test]
fn calibrated_samples_are_those_of_training_and_need_no_batch() {
    let device = Device::flex().autodiff();
    let target = Target::unlabelled([1, 8, 8]);
    for architecture in [Architecture::Mlp, Architecture::Dcgan, Architecture::Resnet] {
        let mut recipe = small_generator(architecture);
        assert!(!generator(&recipe, target, &device).needs_calibration());
        recipe.network.norm = Norm::Batch;
        let generator = generator(&recipe, target, &device).valid();
        assert!(generator.needs_calibration());
        let z = latents(3, 24, &Device::flex());
        let trained = generator.forward(z.clone(), None, &Pass::plain());
        let calibrated = generator.calibrated(z.clone(), None);
        let sampled = calibrated.sample(z.clone(), None);
        let difference = largest(trained - sampled.clone());
        assert!(difference < 1e-5, "{architecture:?}: {difference}");
        let alone = calibrated.sample(z.narrow(0, 0, 1), None);
        let difference = largest(alone - sampled.narrow(0, 0, 1));
        assert!(difference < 1e-5, "{architecture:?}: {difference}");
    }
}

#[test]
fn generators_and_critics_hear_the_class() {
    let device = Device::flex().autodiff();
    let target = Target {
        shape: [1, 8, 8],
        classes: Some(3),
    };
    for classes in [GeneratorClasses::Embedding, GeneratorClasses::OneHot] {
        let mut recipe = small_generator(Architecture::Convolutional);
        recipe.classes = classes;
        let generator = generator(&recipe, target, &device);
        let z = latents(3, 1, &device).expand([2, 16]);
        let made = generator.forward(z, Some(labels(&[0, 2], &device)), &Pass::plain());
        let difference = made.clone().narrow(0, 0, 1) - made.narrow(0, 1, 1);
        assert!(largest(difference) > 1e-3, "{classes:?}");
    }
    for classes in [CriticClasses::Projection, CriticClasses::Concatenation] {
        let mut recipe = small_critic(Architecture::Convolutional);
        recipe.classes = classes;
        let critic = critic(&recipe, target, &device);
        let x = images(3, 1, target.shape, &device).expand([2, 1, 8, 8]);
        let scores = values(critic.forward(x, Some(labels(&[0, 2], &device)), &Pass::plain()));
        assert!((scores[0] - scores[1]).abs() > 1e-3, "{classes:?}");
    }
}

#[test]
fn packed_images_are_scored_together() {
    let device = Device::flex().autodiff();
    let target = Target::unlabelled([1, 8, 8]);
    let mut recipe = small_critic(Architecture::Dcgan);
    recipe.packing = 2;
    let critic = critic(&recipe, target, &device);
    let x = images(3, 4, target.shape, &device);
    let score = |x| values(critic.forward(x, None, &Pass::plain()));
    let scores = score(x.clone());
    assert_eq!(scores.len(), 2);
    let last = Tensor::cat(
        vec![
            x.clone().narrow(0, 0, 3),
            images(4, 1, target.shape, &device),
        ],
        0,
    );
    let changed = score(last);
    assert!((scores[0] - changed[0]).abs() < 1e-6);
    assert!((scores[1] - changed[1]).abs() > 1e-4);
}

#[test]
fn a_spectral_norm_bounds_every_weight_by_one() {
    let device = Device::flex().autodiff();
    let mut recipe = small_critic(Architecture::Mlp);
    (recipe.spectral_norm, recipe.network.depth) = (true, 2);
    let target = Target::unlabelled([1, 8, 8]);
    let critic = (0..30).fold(critic(&recipe, target, &device), |critic, _| {
        critic.renew_spectral()
    });
    // A product of matrices of norm 1 and rectifiers has a slope of at most 1.
    let trace = critic.trace(images(3, 64, target.shape, &device), None, &Pass::plain());
    let slopes = critic
        .input_gradient(&trace)
        .powi_scalar(2)
        .flatten::<2>(1, 3);
    let steepest = largest(slopes.sum_dim(1).sqrt());
    assert!(steepest < 1.001 && steepest > 0.02, "{steepest}");
}

#[test]
fn orthogonal_weights_keep_lengths() {
    let device = Device::flex().autodiff();
    let mut recipe = small_critic(Architecture::Convolutional);
    recipe.network.initialiser = Initialisation::Orthogonal;
    recipe.network.activation = Activation::Tanh;
    let critic = critic(&recipe, Target::unlabelled([1, 16, 16]), &device);
    for weight in critic.weight_matrices() {
        let [rows, columns] = weight.dims();
        assert!(rows <= columns);
        let product = weight.clone().matmul(weight.transpose());
        let first: f32 = product
            .clone()
            .narrow(0, 0, 1)
            .narrow(1, 0, 1)
            .into_scalar();
        let identity = Tensor::<2>::eye(rows, &device) * first;
        assert!(largest(product - identity) < 1e-5 * first);
    }
}

#[test]
fn healthy_networks_pass_the_check_of_scales_and_faint_ones_are_named() {
    let device = Device::flex().autodiff();
    let target = Target::unlabelled([1, 32, 32]);
    for architecture in ARCHITECTURES {
        let warnings = |initialiser| {
            let mut generator_recipe = small_generator(architecture);
            generator_recipe.network.initialiser = initialiser;
            generator_recipe.network.width = 16;
            let generator = generator(&generator_recipe, target, &device);
            let mut critic_recipe = small_critic(architecture);
            critic_recipe.network.initialiser = initialiser;
            critic_recipe.network.width = 16;
            let critic = critic(&critic_recipe, target, &device);
            let mut scales = generator.scales(latents(3, 32, &device), None).unwrap();
            // Neighbouring pixels of images are alike.
            let x = images(4, 32, [1, 8, 8], &device).reshape([32, 1, 8, 1, 8, 1]);
            let x = x.expand([32, 1, 8, 4, 8, 4]).reshape([32, 1, 32, 32]);
            scales.extend(critic.scales(x, None).unwrap());
            scale_warnings(&scales)
        };
        let healthy = warnings(Initialisation::He);
        assert!(healthy.is_empty(), "{architecture:?}: {healthy:?}");
        let faint = warnings(Initialisation::Dcgan);
        let names_the_key = |warning: &String| warning.contains(".initialiser");
        assert!(!faint.is_empty() && faint.iter().all(names_the_key));
    }
}

/// Multiplies every weight.
struct Times(f64);

impl ModuleMapper for Times {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|weights| weights * self.0)
    }
}

#[test]
fn units_die_at_the_flat_end_of_their_activation() {
    let device = Device::flex().autodiff();
    let target = Target {
        shape: [1, 8, 8],
        classes: None,
    };
    let dead = |activation: Activation, factor: f64| {
        let mut recipe = small_critic(Architecture::Resnet);
        recipe.network.activation = activation;
        let critic = critic(&recipe, target, &device).map(&mut Times(factor));
        let shares = [true, false].map(|traces| {
            let (seen, x) = (Seen::default(), images(5, 6, target.shape, &device));
            let pass = Pass::plain().watched(Some(&seen));
            match traces {
                true => drop(critic.trace(x, None, &pass)),
                false => drop(critic.forward(x, None, &pass)),
            }
            assert_eq!(seen.features().unwrap().len() % 6, 0);
            seen.dead_share().unwrap()
        });
        assert_eq!(shares[0], shares[1], "{activation:?}");
        shares[0]
    };
    assert_eq!(dead(Activation::Relu, 0.0), 1.0);
    assert!(dead(Activation::Relu, 1.0) < 0.5);
    assert!(dead(Activation::Tanh, 1e6) > 0.3);
    assert_eq!(dead(Activation::Tanh, 0.1), 0.0);
    assert!(dead(Activation::Sigmoid, 1e6) > 0.3);
    assert_eq!(dead(Activation::Sigmoid, 0.1), 0.0);
    for slanting in [Activation::LeakyRelu, Activation::Silu] {
        assert_eq!(dead(slanting, 0.0), 0.0);
    }
}
