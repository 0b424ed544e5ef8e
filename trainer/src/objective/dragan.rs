//! Where the penalty of DRAGAN is taken.

use burn::tensor::Tensor;

use super::random::{Random, constant};

/// Half the standard deviation of the images bounds the perturbation, as in the authors' code.
const SHARE_OF_DEVIATION: f64 = 0.5;

/// Images around real ones, `x + ½αu std(x)`, where `std` is that of all values of the batch, each
/// image has an `α` and each value a `u`, all uniform in `[0, 1)`. Both `[n, c, h, w]`.
///
/// DRAGAN's penalty is λ times [`gradient_penalty`](super::gradient_penalty) there (Kodali et al.
/// 2017, `λ E[(‖∇D(x + δ)‖ − k)²]` with `k = 1`). The paper draws `δ` from a normal distribution;
/// this is what its authors' code does.
///
/// The numbers depend on `seed` and `step` alone.
pub fn perturb(real: Tensor<4>, seed: u64, step: u64) -> Tensor<4> {
    let shape = real.dims();
    let [n, ..] = shape;
    let count = shape.iter().product::<usize>();
    let mut random = Random::new(seed, step);
    let alphas: Vec<f32> = (0..n).map(|_| random.unit()).collect();
    let image = count / n.max(1);
    let shares = (0..count).map(|i| alphas[i / image] * random.unit());
    let shares = constant(shares.collect(), shape, &real);
    let variance = real.clone().reshape([1, count]).var_bias(1);
    let reach = variance.sqrt().reshape([1, 1, 1, 1]) * SHARE_OF_DEVIATION;
    real + shares * reach
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::Device;

    use super::*;

    /// How far 200 images of 3x4x4 that are 3 and −1 in equal parts, and so have a deviation of
    /// 2, are moved.
    fn moved(seed: u64, step: u64) -> Vec<f32> {
        let values: Vec<f32> = (0..9_600)
            .map(|i| if i % 2 == 0 { 3.0 } else { -1.0 })
            .collect();
        let device = Device::flex();
        let real = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([200, 3, 4, 4]);
        let by = perturb(real.clone(), seed, step) - real;
        by.into_data().try_to_vec::<f32>().unwrap()
    }

    #[test]
    fn images_move_by_up_to_half_their_deviation() {
        let first = moved(1, 2);
        assert!(first.iter().all(|by| (-1e-6..1.0).contains(by)));
        // The mean of αu is ¼; the α decide the error: four standard errors of their half mean.
        let mean = first.iter().sum::<f32>() / first.len() as f32;
        assert!(
            (mean - 0.25).abs() < 4.0 * 0.5 * 0.289 / 200.0_f32.sqrt(),
            "{mean}"
        );
        let greatest = |image: &[f32]| image.iter().copied().fold(0.0, f32::max);
        let reaches: Vec<f32> = first.chunks(48).map(greatest).collect();
        assert!(reaches.iter().any(|reach| *reach < 0.2));
        assert!(reaches.iter().any(|reach| *reach > 0.8));
        assert_eq!(first, moved(1, 2));
        assert_ne!(first, moved(1, 3));
        assert_ne!(first, moved(2, 2));
    }
}
