#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use burn::tensor::{Device, Tensor, TensorData};

use super::{Equilibrium, Labels, Loss};

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
fn losses(loss: Loss, real: [f64; 2], fake: [f64; 2], labels: Labels) -> [f64; 2] {
    let device = Device::flex();
    let (real, fake) = (scores(real, &device), scores(fake, &device));
    [
        value(loss.critic_loss(real.clone(), fake.clone(), labels)),
        value(loss.generator_loss(|| real, fake)),
    ]
}

fn mean(scores: [f64; 2], of: impl Fn(f64) -> f64) -> f64 {
    scores.map(of).iter().sum::<f64>() / 2.0
}

/// The label of each real and each generated image, 1 for real.
fn targets(labels: Labels) -> [[f64; 2]; 2] {
    let ones = scores([1.0; 2], &Device::flex());
    let [real, fake] = labels.errors(&ones, &ones).map(|errors| {
        let errors = errors.times(ones.clone()).into_data();
        let errors = errors.try_to_vec::<f32>().unwrap();
        [0, 1].map(|i| f64::from(errors[i]))
    });
    [real.map(|error| 1.0 - error), fake]
}

/// The same in f64, as the papers write them, of probabilities where they do.
fn as_published(loss: Loss, real: [f64; 2], fake: [f64; 2], labels: Labels) -> [f64; 2] {
    let sigmoid = |score: f64| 1.0 / (1.0 + (-score).exp());
    let is_real = |score: f64| -sigmoid(score).ln();
    let is_fake = |score: f64| -(1.0 - sigmoid(score)).ln();
    let targets = targets(labels);
    let taught = |of: fn(f64, f64) -> f64| {
        let sides = [(real, targets[0]), (fake, targets[1])];
        sides.map(|(scores, labels)| {
            [0, 1].map(|i| of(scores[i], labels[i])).iter().sum::<f64>() / 2.0
        })
    };
    let pairs = |sign: f64| {
        let differences = [0, 1].map(|i| sign * (real[i] - fake[i]));
        mean(differences, is_real)
    };
    let average = |above: [f64; 2], below: [f64; 2]| {
        let (mean_above, mean_below) = (mean(above, |s| s), mean(below, |s| s));
        mean(above, |s| is_real(s - mean_below)) + mean(below, |s| is_fake(s - mean_above))
    };
    let cross_entropy: f64 = taught(|score, label| {
        let probability = 1.0 / (1.0 + (-score).exp());
        -label * probability.ln() - (1.0 - label) * (1.0 - probability).ln()
    })
    .iter()
    .sum();
    let squares = taught(|score, label| (score - (2.0 * label - 1.0)).powi(2));
    match loss {
        Loss::Relativistic => [pairs(1.0), pairs(-1.0)],
        Loss::RelativisticAverage => [average(real, fake), average(fake, real)],
        Loss::NonSaturating => [cross_entropy, mean(fake, is_real)],
        Loss::Minimax => [cross_entropy, -mean(fake, is_fake)],
        Loss::LeastSquares => [
            0.5 * (squares[0] + squares[1]),
            0.5 * mean(fake, |s| s.powi(2)),
        ],
        Loss::Hinge => [
            mean(real, |s| (1.0 - s).max(0.0)) + mean(fake, |s| (1.0 + s).max(0.0)),
            -mean(fake, |s| s),
        ],
        Loss::Wasserstein => [mean(fake, |s| s) - mean(real, |s| s), -mean(fake, |s| s)],
    }
}

fn labels(loss: Loss) -> Vec<Labels> {
    let truth = Labels::default();
    if !loss.has_labels() {
        return vec![truth];
    }
    let lowered = Labels {
        real_smoothing: 0.1,
        ..truth
    };
    let both = Labels {
        fake_smoothing: 0.25,
        ..lowered
    };
    let exchanged = (0..4).map(|seed| Labels {
        flip: 0.5,
        seed,
        ..both
    });
    [truth, lowered, both]
        .into_iter()
        .chain(exchanged)
        .collect()
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
        let got = losses(loss, REAL, FAKE, Labels::default());
        for (got, expected) in got.into_iter().zip(expected) {
            assert!((got - expected).abs() < 3e-6, "{loss:?}: {got} {expected}");
        }
    }
}

#[test]
fn losses_are_those_of_the_papers() {
    for loss in ALL {
        for labels in labels(loss) {
            let got = losses(loss, REAL, FAKE, labels);
            let expected = as_published(loss, REAL, FAKE, labels);
            for (got, expected) in got.into_iter().zip(expected) {
                assert!((got - expected).abs() < 1e-6, "{loss:?}: {got} {expected}");
            }
        }
    }
}

/// Without smoothing and exchange, no bit is other than in the plain expressions.
#[test]
fn the_truth_costs_no_bit() {
    let device = Device::flex().autodiff();
    type Plain = fn(Tensor<2>, Tensor<2>) -> Tensor<1>;
    let plain: [(Loss, Plain); 2] = [
        (Loss::NonSaturating, |r, f| {
            super::softplus(r.neg()).mean() + super::softplus(f).mean()
        }),
        (Loss::LeastSquares, |r, f| {
            let squares = (r - 1.0).powi_scalar(2).mean() + (f + 1.0).powi_scalar(2).mean();
            squares * 0.5
        }),
    ];
    for (loss, plain) in plain {
        let bits = |of: &dyn Fn(Tensor<2>, Tensor<2>) -> Tensor<1>| {
            let [r, f] =
                [[0.3, -1.7], [2.1, -0.9]].map(|side| scores(side, &device).require_grad());
            let minimised = of(r.clone(), f.clone());
            let gradients = minimised.backward();
            let slopes = [r, f].map(|side| {
                let gradient = side.grad(&gradients).unwrap().into_data();
                gradient.try_to_vec::<f32>().unwrap()
            });
            (value(minimised), slopes)
        };
        let taught = bits(&|r, f| loss.critic_loss(r, f, Labels::default()));
        assert_eq!(taught, bits(&plain), "{loss:?}");
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
        for labels in labels(loss) {
            for player in [0, 1] {
                let [r, f] = [real, FAKE].map(|side| scores(side, &device).require_grad());
                let minimised = match player {
                    0 => loss.critic_loss(r.clone(), f.clone(), labels),
                    _ => loss.generator_loss(|| r.clone(), f.clone()),
                };
                let gradients = minimised.backward();
                let of = |side: &Tensor<2>| match side.grad(&gradients) {
                    Some(gradient) => gradient.into_data().try_to_vec::<f32>().unwrap(),
                    None => vec![0.0; 2],
                };
                let got = [of(&r), of(&f)];
                for i in [0, 1] {
                    let at_real = |by| as_published(loss, moved(real, i, by), FAKE, labels);
                    let at_fake = |by| as_published(loss, real, moved(FAKE, i, by), labels);
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
        for labels in labels(loss) {
            let [critic, generator] = losses(loss, [0.0; 2], [0.0; 2], labels);
            let expected = loss.equilibrium(labels);
            // With the same number of labels exchanged on both sides, as in the mean.
            let [real, fake] = targets(labels);
            let exchanged = |labels: [f64; 2], of: f64| {
                labels.iter().filter(|l| (**l - of).abs() > 1e-6).count()
            };
            let fair = exchanged(real, 1.0 - labels.real_smoothing)
                == exchanged(fake, labels.fake_smoothing);
            let near = (critic - expected.critic).abs() < 1e-6;
            assert!(near || !fair, "{loss:?}, {labels:?}");
            assert!((generator - expected.generator).abs() < 1e-6, "{loss:?}");
        }
    }
    let ln_2 = std::f64::consts::LN_2;
    let equal = Equilibrium {
        critic: ln_2,
        generator: ln_2,
    };
    assert_eq!(Loss::Relativistic.equilibrium(Labels::default()), equal);
}

/// Only differences count for the relativistic losses.
#[test]
fn relativistic_losses_do_not_change_with_a_shift_of_all_scores() {
    for loss in [Loss::Relativistic, Loss::RelativisticAverage] {
        let shifted = losses(
            loss,
            REAL.map(|s| s + 8.0),
            FAKE.map(|s| s + 8.0),
            Labels::default(),
        );
        for (got, expected) in shifted
            .into_iter()
            .zip(losses(loss, REAL, FAKE, Labels::default()))
        {
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
            let critic = loss.critic_loss(r.clone(), f.clone(), Labels::default());
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
