//! How the critic's scores tell real from generated images.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::super::TrainingError;
use super::super::state::floats;
use crate::objective::Loss;

/// The scores of a batch beside each other; their means are the step's `real_score` and
/// `fake_score`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreVitals {
    /// Standard deviation of the real images' scores.
    pub real_std: f64,
    /// Standard deviation of the generated images' scores.
    pub fake_std: f64,
    /// Mean score of held-out real images, if there are any. A critic that knows its training
    /// images by heart scores these like generated ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_out_mean: Option<f64>,
    /// Standard deviation of their scores.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_out_std: Option<f64>,
    /// Share of the real images that are scored above 0, if the loss gives the sign a meaning.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub real_accuracy: Option<f64>,
    /// Share of the generated images that are scored below 0, likewise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fake_accuracy: Option<f64>,
    /// Share of the pairs of a real and a generated image in which the real one has the higher
    /// score: 0.5 by chance, the area under the ROC curve.
    pub ranking: f64,
    /// Mean size of the generator's loss's slope in the score of an image, `n · |∂L/∂D(x̃ᵢ)|`: 1
    /// for a loss without saturation, towards 0 as the critic leaves the generator nothing to
    /// learn from.
    pub pull: f64,
}

impl ScoreVitals {
    /// Of scores `[n, 1]`, those of held-out images without a graph.
    pub(in super::super) fn new(
        loss: Loss,
        real: &Tensor<2>,
        fake: &Tensor<2>,
        held_out: Option<Tensor<2>>,
    ) -> Result<Self, TrainingError> {
        let slopes = slopes(loss, real.clone().inner(), fake.clone().inner());
        let slopes = slopes.map_or(Ok(Vec::new()), values)?;
        let pull = slopes.iter().map(|slope| slope.abs()).sum();
        let (real, fake) = (values(real.clone().inner())?, values(fake.clone().inner())?);
        let held_out = held_out.map(values).transpose()?;
        let share = |scores: &[f64], counts: fn(f64) -> bool| {
            let counted = scores.iter().filter(|score| counts(**score)).count();
            counted as f64 / scores.len() as f64
        };
        let signed = loss.has_signed_scores();
        Ok(Self {
            real_std: std(&real),
            fake_std: std(&fake),
            held_out_mean: held_out.as_deref().map(mean),
            held_out_std: held_out.as_deref().map(std),
            real_accuracy: signed.then(|| share(&real, |score| score > 0.0)),
            fake_accuracy: signed.then(|| share(&fake, |score| score < 0.0)),
            ranking: ranking(&real, &fake),
            pull,
        })
    }
}

/// `∂L/∂D(x̃ᵢ)` of the generator's loss.
fn slopes(loss: Loss, real: Tensor<2>, fake: Tensor<2>) -> Option<Tensor<2>> {
    let fake = fake.autodiff().require_grad();
    let total = loss.generator_loss(|| real.autodiff(), fake.clone());
    fake.grad(&total.backward())
}

fn values(scores: Tensor<2>) -> Result<Vec<f64>, TrainingError> {
    Ok(floats(scores)?.into_iter().map(f64::from).collect())
}

fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len() as f64
}

fn std(scores: &[f64]) -> f64 {
    let mean = mean(scores);
    let squares = scores.iter().map(|score| (score - mean).powi(2));
    (squares.sum::<f64>() / scores.len() as f64).sqrt()
}

/// A pair of equals is half right.
fn ranking(real: &[f64], fake: &[f64]) -> f64 {
    let mut right = 0.0;
    for real in real {
        for fake in fake {
            right += match real.total_cmp(fake) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    right / (real.len() * fake.len()) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::Device;

    use super::*;

    fn signs(loss: Loss, real: [f32; 2], fake: [f32; 2]) -> ScoreVitals {
        let device = Device::flex().autodiff();
        let scores = |values: [f32; 2]| Tensor::from_floats(values.map(|value| [value]), &device);
        let held_out = Tensor::from_floats([[5.0], [9.0]], &Device::flex());
        ScoreVitals::new(loss, &scores(real), &scores(fake), Some(held_out)).unwrap()
    }

    #[test]
    fn moments_shares_and_ranks_are_those_of_the_scores() {
        let signs = signs(Loss::Hinge, [3.0, -1.0], [-1.0, -3.0]);
        assert_eq!((signs.real_std, signs.fake_std), (2.0, 1.0));
        assert_eq!(
            (signs.held_out_mean, signs.held_out_std),
            (Some(7.0), Some(2.0))
        );
        assert_eq!(
            (signs.real_accuracy, signs.fake_accuracy),
            (Some(0.5), Some(1.0))
        );
        // Three of four pairs are in order, one is equal.
        assert_eq!(signs.ranking, 0.875);
    }

    #[test]
    fn a_sign_counts_only_where_the_loss_gives_it_a_meaning() {
        for loss in [
            Loss::Relativistic,
            Loss::RelativisticAverage,
            Loss::Wasserstein,
        ] {
            let signs = signs(loss, [1.0, 1.0], [-1.0, -1.0]);
            assert_eq!((signs.real_accuracy, signs.fake_accuracy), (None, None));
        }
    }

    #[test]
    fn the_pull_is_the_slope_of_each_loss() {
        let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
        for (loss, expected) in [
            (Loss::NonSaturating, sigmoid(2.0)),
            (Loss::Minimax, sigmoid(-2.0)),
            (Loss::LeastSquares, 2.0),
            (Loss::Hinge, 1.0),
            (Loss::Wasserstein, 1.0),
            (Loss::Relativistic, sigmoid(3.0)),
        ] {
            let pull = signs(loss, [1.0, 1.0], [-2.0, -2.0]).pull;
            assert!((pull - expected).abs() < 1e-6, "{loss:?}: {pull}");
        }
        let lost = signs(Loss::Minimax, [30.0, 30.0], [-30.0, -30.0]).pull;
        assert!(lost < 1e-12, "{lost}");
    }
}
