#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use burn::tensor::{Device, Tensor, TensorData};
use gannet::Latents;

use super::{Critic, Generator, Initialiser, NetError, pyramid};

fn images(seed: u64, n: u64, shape: [usize; 3]) -> Vec<f32> {
    let size = shape.iter().product();
    Latents::draw(seed, 0..n, size).values().to_vec()
}

fn tensor(values: &[f32], n: usize, [c, h, w]: [usize; 3], device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values.to_vec(), [n, c, h, w]), device)
}

#[test]
fn sides_are_halved_to_a_base_of_4_to_8() {
    assert_eq!(pyramid(28, 28).unwrap(), (2, 7));
    assert_eq!(pyramid(32, 32).unwrap(), (2, 8));
    assert_eq!(pyramid(64, 64).unwrap(), (3, 8));
    assert_eq!(
        pyramid(8, 8).unwrap_err().to_string(),
        NetError::Size {
            height: 8,
            width: 8
        }
        .to_string()
    );
    assert!(pyramid(30, 30).is_err());
    assert!(pyramid(28, 32).is_err());
}

#[test]
fn a_generator_gives_images_in_range_and_a_critic_scores_them() {
    let device = Device::flex().autodiff();
    for shape in [[1, 28, 28], [3, 32, 32], [1, 64, 64]] {
        let generator = Generator::new(&mut Initialiser::new(1, &device), 16, 4, shape).unwrap();
        let critic = Critic::new(&mut Initialiser::new(2, &device), 4, shape).unwrap();
        let latents = Latents::draw(3, 0..5, 16);
        let z = Tensor::from_data(TensorData::new(latents.values().to_vec(), [5, 16]), &device);
        let images = generator.forward(z);
        assert_eq!(images.dims(), [5, shape[0], shape[1], shape[2]]);
        let largest: f32 = images.clone().abs().max().into_scalar();
        assert!(largest <= 1.0 && largest > 0.01, "{largest}");
        assert_eq!(critic.forward(images).dims(), [5, 1]);
    }
}

#[test]
fn equal_seeds_give_equal_weights_and_others_do_not() {
    let device = Device::flex().autodiff();
    let score = |seed| {
        let critic = Critic::new(&mut Initialiser::new(seed, &device), 4, [1, 28, 28]).unwrap();
        let x = tensor(&images(5, 2, [1, 28, 28]), 2, [1, 28, 28], &device);
        critic.forward(x).try_into_vec_as::<f32>().unwrap()
    };
    assert_eq!(score(1), score(1));
    assert_ne!(score(1), score(2));
}

/// The input gradient that is built forwards is the one that autodiff finds backwards.
#[test]
fn the_input_gradient_is_autodiffs() {
    let device = Device::flex().autodiff();
    for shape in [[1, 28, 28], [3, 20, 20]] {
        let critic = Critic::new(&mut Initialiser::new(4, &device), 4, shape).unwrap();
        let x = tensor(&images(6, 3, shape), 3, shape, &device).require_grad();
        let trace = critic.trace(x.clone());
        let built = critic.input_gradient(&trace).inner();
        let gradients = trace.scores.sum().backward();
        let found = x.grad(&gradients).unwrap();
        let scale: f32 = found.clone().abs().max().into_scalar();
        let difference: f32 = (built - found).abs().max().into_scalar();
        assert!(scale > 1e-3, "{scale}");
        assert!(difference <= 1e-5 * scale, "{difference} of {scale}");
    }
}
