//! Noise on the images that the critic sees, which makes real and generated ones overlap.

use burn::tensor::Tensor;
use gannet::Latents;

use super::random::constant;

/// Images `[n, c, h, w]` with normal noise of standard deviation `std` added to every value
/// (Sønderby et al. 2017; Arjovsky and Bottou 2017, section 3). Gradients pass.
///
/// The noise depends on `seed` and `step` alone: real and generated images need two seeds.
pub fn instance_noise(images: Tensor<4>, std: f64, seed: u64, step: u64) -> Tensor<4> {
    if std == 0.0 {
        return images;
    }
    let shape = images.dims();
    let count = shape.iter().product();
    let noise = Latents::draw(seed, step..step + 1, count);
    let noise = constant(noise.values().to_vec(), shape, &images);
    images + noise * std
}

/// The noise after `images_seen`: it falls from `start` to 0 in a straight line over
/// `decay_images`, and with 0 of them stays.
pub fn noise_std(start: f64, decay_images: u64, images_seen: u64) -> f64 {
    if decay_images == 0 {
        return start;
    }
    start * (1.0 - images_seen as f64 / decay_images as f64).max(0.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::Device;

    use super::*;

    fn noise(std: f64, seed: u64, step: u64) -> Vec<f32> {
        let images = Tensor::zeros([64, 1, 8, 8], &Device::flex());
        let noisy = instance_noise(images, std, seed, step);
        noisy.into_data().try_to_vec::<f32>().unwrap()
    }

    #[test]
    fn noise_is_normal_and_of_the_seed_and_the_step() {
        let first = noise(0.5, 3, 7);
        assert_eq!(first, noise(0.5, 3, 7));
        assert_ne!(first, noise(0.5, 3, 8));
        assert_ne!(first, noise(0.5, 4, 7));
        // 4,096 values: four standard errors of mean and variance.
        let n = first.len() as f64;
        let mean = first.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let variance = first.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / n;
        assert!(mean.abs() < 4.0 * 0.5 / n.sqrt(), "{mean}");
        assert!(
            (variance / 0.25 - 1.0).abs() < 4.0 * (2.0 / n).sqrt(),
            "{variance}"
        );
    }

    #[test]
    fn noise_of_0_leaves_images_alone() {
        assert!(noise(0.0, 3, 7).iter().all(|value| *value == 0.0));
    }

    #[test]
    fn gradients_pass_through_noise() {
        let device = Device::flex().autodiff();
        let images = Tensor::<4>::ones([2, 1, 2, 2], &device).require_grad();
        let sum = (instance_noise(images.clone(), 0.5, 1, 2) * 3.0).sum();
        let gradient = images.grad(&sum.backward()).unwrap();
        let gradient = gradient.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(gradient, vec![3.0; 8]);
    }

    #[test]
    fn noise_falls_in_a_straight_line_or_stays() {
        assert_eq!(noise_std(0.4, 1_000, 0), 0.4);
        assert_eq!(noise_std(0.4, 1_000, 750), 0.1);
        assert_eq!(noise_std(0.4, 1_000, 1_000), 0.0);
        assert_eq!(noise_std(0.4, 1_000, 5_000), 0.0);
        assert_eq!(noise_std(0.4, 0, 5_000), 0.4);
    }
}
