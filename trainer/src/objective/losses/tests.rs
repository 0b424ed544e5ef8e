#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use burn::tensor::{Device, Tensor, TensorData};

use super::{Equilibrium, Loss};

const ALL: [Loss; 7] = [
    Loss::Relativistic,
    Loss::RelativisticAverage,
    Loss::NonSaturating,
    Loss::Minimax,
    Loss::LeastSquares,
    Loss::Hinge,
    Loss::Wasserstein,
];

const REAL: [f64; 2] = [1.0, -2.0];
const FAKE: [f64; 2] = [0.5, 3.0];

fn scores(values: [f64; 2], device: &Device) -> Tensor<2> {
    let values = values.map(|value| value as f32).to_vec();
    Tensor::from_data(TensorData::new(values, [2, 1]), device)
}

fn value(loss: Tensor<1>) -> f64 {
    f64::from(loss.into_scalar::<f32>())
}

/// Critic's and generator's loss.
fn losses(loss: Loss, real: [f64; 2], fake: [f64; 2], smoothing: f64) -> [f64; 2] {
    let device = Device::flex();
    let (real, fake) = (scores(real, &device), scores(fake, &device));
    [
        value(loss.critic_loss(real.clone(), fake.clone(), smoothing)),
        value(loss.generator_loss(|| real, fake)),
    ]
}

fn mean(scores: [f64; 2], of: impl Fn(f64) -> f64) -> f64 {
    scores.map(of).iter().sum::<f64>() / 2.0
}

/// The same in f64, as the papers write them, of probabilities where they do.
fn as_published(loss: Loss, real: [f64; 2], fake: [f64; 2], smoothing: f64) -> [f64; 2] {
    let sigmoid = |score: f64| 1.0 / (1.0 + (-score).exp());
    let is_real = |score: f64| -sigmoid(score).ln();
    let is_fake = |score: f64| -(1.0 - sigmoid(score)).ln();
    let label = 1.0 - smoothing;
    let pairs = |sign: f64| {
        let differences = [0, 1].map(|i| sign * (real[i] - fake[i]));
        mean(differences, is_real)
    };
    let average = |above: [f64; 2], below: [f64; 2]| {
        let (mean_above, mean_below) = (mean(above, |s| s), mean(below, |s| s));
        mean(above, |s| is_real(s - mean_below)) + mean(below, |s| is_fake(s - mean_above))
    };
    let cross_entropy =
        mean(real, |s| label * is_real(s) + (1.0 - label) * is_fake(s)) + mean(fake, is_fake);
    match loss {
        Loss::Relativistic => [pairs(1.0), pairs(-1.0)],
        Loss::RelativisticAverage => [average(real, fake), average(fake, real)],
        Loss::NonSaturating => [cross_entropy, mean(fake, is_real)],
        Loss::Minimax => [cross_entropy, -mean(fake, is_fake)],
        Loss::LeastSquares => [
            0.5 * mean(real, |s| (s - label).powi(2)) + 0.5 * mean(fake, |s| (s + 1.0).powi(2)),
            0.5 * mean(fake, |s| s.powi(2)),
        ],
        Loss::Hinge => [
            mean(real, |s| (1.0 - s).max(0.0)) + mean(fake, |s| (1.0 + s).max(0.0)),
            -mean(fake, |s| s),
        ],
        Loss::Wasserstein => [mean(fake, |s| s) - mean(real, |s| s), -mean(fake, |s| s)],
    }
}

fn smoothings(loss: Loss) -> &'static [f64] {
    match loss.has_labels() {
        true => &[0.0, 0.1],
        false => &[0.0],
    }
}

#[test]
fn losses_have_the_values_worked_out_by_hand() {
    for (loss, expected) in [
        (Loss::Relativistic, [2.740396, 0.490396]),
        (Loss::RelativisticAverage, [4.876564, 0.376564]),
        (Loss::NonSaturating, [3.231427, 0.261332]),
        (Loss::Minimax, [3.231427, -2.011332]),
        (Loss::LeastSquares, [6.8125, 2.3125]),
        (Loss::Hinge, [4.25, -1.75]),
        (Loss::Wasserstein, [2.25, -1.75]),
    ] {
        let got = losses(loss, REAL, FAKE, 0.0);
        for (got, expected) in got.into_iter().zip(expected) {
            assert!((got - expected).abs() < 3e-6, "{loss:?}: {got} {expected}");
        }
    }
}

#[test]
fn losses_are_those_of_the_papers() {
    for loss in ALL {
        for &smoothing in smoothings(loss) {
            let got = losses(loss, REAL, FAKE, smoothing);
            let expected = as_published(loss, REAL, FAKE, smoothing);
            for (got, expected) in got.into_iter().zip(expected) {
                assert!((got - expected).abs() < 1e-6, "{loss:?}: {got} {expected}");
            }
        }
    }
}

#[test]
fn gradients_are_those_of_central_differences() {
    let device = Device::flex().autodiff();
    let step = 1e-5;
    let moved = |scores: [f64; 2], i: usize, by: f64| {
        let mut scores = scores;
        scores[i] += by;
        scores
    };
    // Beside the kink of the hinge at 1.
    let real = [0.9, REAL[1]];
    for loss in ALL {
        for &smoothing in smoothings(loss) {
            for player in [0, 1] {
                let [r, f] = [real, FAKE].map(|side| scores(side, &device).require_grad());
                let minimised = match player {
                    0 => loss.critic_loss(r.clone(), f.clone(), smoothing),
                    _ => loss.generator_loss(|| r.clone(), f.clone()),
                };
                let gradients = minimised.backward();
                let of = |side: &Tensor<2>| match side.grad(&gradients) {
                    Some(gradient) => gradient.into_data().try_to_vec::<f32>().unwrap(),
                    None => vec![0.0; 2],
                };
                let got = [of(&r), of(&f)];
                for i in [0, 1] {
                    let at_real = |by| as_published(loss, moved(real, i, by), FAKE, smoothing);
                    let at_fake = |by| as_published(loss, real, moved(FAKE, i, by), smoothing);
                    let slopes = [
                        at_real(step)[player] - at_real(-step)[player],
                        at_fake(step)[player] - at_fake(-step)[player],
                    ];
                    for (side, slope) in slopes.into_iter().enumerate() {
                        let (got, expected) = (f64::from(got[side][i]), slope / (2.0 * step));
                        assert!(
                            (got - expected).abs() < 1e-6,
                            "{loss:?}, player {player}, side {side}: {got} {expected}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_critic_that_has_learned_nothing_is_at_equilibrium() {
    for loss in ALL {
        for &smoothing in smoothings(loss) {
            let [critic, generator] = losses(loss, [0.0; 2], [0.0; 2], smoothing);
            let expected = loss.equilibrium(smoothing);
            assert!((critic - expected.critic).abs() < 1e-6, "{loss:?}");
            assert!((generator - expected.generator).abs() < 1e-6, "{loss:?}");
        }
    }
    let ln_2 = std::f64::consts::LN_2;
    let equal = Equilibrium {
        critic: ln_2,
        generator: ln_2,
    };
    assert_eq!(Loss::Relativistic.equilibrium(0.0), equal);
}

/// Only differences count for the relativistic losses.
#[test]
fn relativistic_losses_do_not_change_with_a_shift_of_all_scores() {
    for loss in [Loss::Relativistic, Loss::RelativisticAverage] {
        let shifted = losses(loss, REAL.map(|s| s + 8.0), FAKE.map(|s| s + 8.0), 0.0);
        for (got, expected) in shifted.into_iter().zip(losses(loss, REAL, FAKE, 0.0)) {
            assert!((got - expected).abs() < 1e-5, "{loss:?}");
        }
    }
}

#[test]
fn great_scores_overflow_neither_losses_nor_gradients() {
    let device = Device::flex().autodiff();
    for loss in ALL {
        for sign in [1.0, -1.0] {
            let sides = [[1e4, -1e4], [-1e4, -1e4]];
            let [r, f] =
                sides.map(|side| scores(side.map(|score| sign * score), &device).require_grad());
            let critic = loss.critic_loss(r.clone(), f.clone(), 0.0);
            let generator = loss.generator_loss(|| r.clone(), f.clone());
            for minimised in [critic, generator] {
                assert!(value(minimised.clone()).is_finite(), "{loss:?}");
                let gradients = minimised.backward();
                for gradient in [&r, &f]
                    .into_iter()
                    .filter_map(|side| side.grad(&gradients))
                {
                    let sum = gradient.abs().sum().into_scalar::<f32>();
                    assert!(sum.is_finite(), "{loss:?}");
                }
            }
        }
    }
}
