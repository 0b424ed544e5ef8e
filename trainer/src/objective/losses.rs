//! Losses, each a function of the critic's scores.

use std::f64::consts::LN_2;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::labels::{Errors, Labels};

/// What critic and generator minimise. With `D(x)` the scores of real images and `D(x̃)` those
/// of generated ones, before any sigmoid, and `s(t) = ln(1 + eᵗ)`:
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// RpGAN: real and fake are compared in pairs (Jolicoeur-Martineau 2018; Huang et al. 2024,
    /// eq. 2). Critic `E[s(D(x̃) − D(x))]`, generator `E[s(D(x) − D(x̃))]`.
    #[serde(alias = "relativistic-logistic")]
    Relativistic,
    /// RaGAN: each side is compared with the other's mean (Jolicoeur-Martineau 2018). Critic
    /// `E[s(E D(x̃) − D(x))] + E[s(D(x̃) − E D(x))]`, generator the same with the sides exchanged.
    RelativisticAverage,
    /// Cross-entropy, with a generator that maximises its fakes' probability of being real
    /// (Goodfellow et al. 2014, section 3). Critic `E[s(−D(x))] + E[s(D(x̃))]`, generator
    /// `E[s(−D(x̃))]`.
    NonSaturating,
    /// Cross-entropy as a game of sum zero (Goodfellow et al. 2014, eq. 1): the critic of
    /// [`NonSaturating`](Self::NonSaturating), generator `−E[s(D(x̃))]`.
    Minimax,
    /// LSGAN with labels −1 and 1 and the generator's target 0 (Mao et al. 2017, eq. 8). Critic
    /// `½E[(D(x) − 1)²] + ½E[(D(x̃) + 1)²]`, generator `½E[D(x̃)²]`.
    LeastSquares,
    /// Margins of 1 around zero (Lim and Ye 2017; Miyato et al. 2018, eq. 16 and 17). Critic
    /// `E[max(0, 1 − D(x))] + E[max(0, 1 + D(x̃))]`, generator `−E[D(x̃)]`.
    Hinge,
    /// The dual of the Wasserstein-1 distance (Arjovsky et al. 2017, eq. 2), for a critic that
    /// something else keeps smooth. Critic `E[D(x̃)] − E[D(x)]`, generator `−E[D(x̃)]`.
    Wasserstein,
}

/// The losses when the critic has learned nothing and scores every image 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equilibrium {
    /// The critic's loss.
    pub critic: f64,
    /// The generator's loss.
    pub generator: f64,
}

impl Loss {
    /// The names that a recipe can give, the default first.
    pub const NAMES: &'static [&'static str] = &[
        "relativistic",
        "relativistic-average",
        "non-saturating",
        "minimax",
        "least-squares",
        "hinge",
        "wasserstein",
    ];

    /// The loss of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }

    /// What the loss is called in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Relativistic => "relativistic logistic loss",
            Self::RelativisticAverage => "relativistic average logistic loss",
            Self::NonSaturating => "non-saturating logistic loss",
            Self::Minimax => "minimax cross-entropy loss",
            Self::LeastSquares => "least-squares loss",
            Self::Hinge => "hinge loss",
            Self::Wasserstein => "Wasserstein loss",
        }
    }

    /// Whether the critic is taught labels, which can be smoothed and exchanged.
    pub fn has_labels(self) -> bool {
        matches!(
            self,
            Self::NonSaturating | Self::Minimax | Self::LeastSquares
        )
    }

    /// Whether a score above 0 says that an image is real.
    pub fn has_signed_scores(self) -> bool {
        self.has_labels() || self == Self::Hinge
    }

    /// The losses when all scores are 0. Only the least squares depend on the labels, and not on
    /// which of them are exchanged: what one side loses, the other gains.
    pub fn equilibrium(self, labels: Labels) -> Equilibrium {
        let (critic, generator) = match self {
            Self::Relativistic => (LN_2, LN_2),
            Self::RelativisticAverage => (2.0 * LN_2, 2.0 * LN_2),
            Self::NonSaturating => (2.0 * LN_2, LN_2),
            Self::Minimax => (2.0 * LN_2, -LN_2),
            Self::LeastSquares => {
                let square = |error: f64| (1.0 - 2.0 * error).powi(2);
                let squares = square(labels.real_smoothing) + square(labels.fake_smoothing);
                (0.5 * squares, 0.0)
            }
            Self::Hinge => (2.0, 0.0),
            Self::Wasserstein => (0.0, 0.0),
        };
        Equilibrium { critic, generator }
    }

    /// What the critic minimises, of scores `[n, 1]` of real and of generated images.
    ///
    /// Losses without labels ignore those given. For the least squares, whose labels are −1 and
    /// 1, a label `t` of 0 to 1 is `2t − 1`.
    pub fn critic_loss(self, real: Tensor<2>, fake: Tensor<2>, labels: Labels) -> Tensor<1> {
        match self {
            Self::Relativistic => softplus(fake - real).mean(),
            Self::RelativisticAverage => relativistic_average(real, fake),
            Self::NonSaturating | Self::Minimax => {
                let [of_real, of_fake] = labels.errors(&real, &fake);
                cross_entropy(real, &of_real) + cross_entropy(fake.neg(), &of_fake)
            }
            Self::LeastSquares => {
                let [of_real, of_fake] = labels.errors(&real, &fake);
                (squares(real, &of_real) + squares(fake.neg(), &of_fake)) * 0.5
            }
            Self::Hinge => {
                let real = (real.neg() + 1.0).clamp_min(0.0).mean();
                let fake = (fake + 1.0).clamp_min(0.0).mean();
                real + fake
            }
            Self::Wasserstein => fake.mean() - real.mean(),
        }
    }

    /// What the generator minimises, of scores `[n, 1]` of generated images and, only for losses
    /// that compare the two, of `real` ones.
    pub fn generator_loss(self, real: impl FnOnce() -> Tensor<2>, fake: Tensor<2>) -> Tensor<1> {
        match self {
            Self::Relativistic => softplus(real() - fake).mean(),
            Self::RelativisticAverage => relativistic_average(fake, real()),
            Self::NonSaturating => softplus(fake.neg()).mean(),
            Self::Minimax => softplus(fake).mean().neg(),
            Self::LeastSquares => fake.powi_scalar(2).mean() * 0.5,
            Self::Hinge | Self::Wasserstein => fake.mean().neg(),
        }
    }
}

/// `−E[(1 − e) ln σ(y) + e ln σ(−y)] = E[s(−y) + e·y]`, where `y` grows towards the truth and
/// `e` is how far the label is from it.
fn cross_entropy(scores: Tensor<2>, errors: &Errors) -> Tensor<1> {
    (softplus(scores.clone().neg()) + errors.times(scores)).mean()
}

/// `E[(y − (1 − 2e))²]`, of the same.
fn squares(scores: Tensor<2>, errors: &Errors) -> Tensor<1> {
    errors.distance(scores).powi_scalar(2).mean()
}

/// `E[s(E[below] − above)] + E[s(below − E[above])]`: small where `above` outscores `below`.
fn relativistic_average(above: Tensor<2>, below: Tensor<2>) -> Tensor<1> {
    let mean = |scores: &Tensor<2>| scores.clone().mean_dim(0);
    let (mean_above, mean_below) = (mean(&above), mean(&below));
    softplus(mean_below - above).mean() + softplus(below - mean_above).mean()
}

/// `ln(1 + eˣ)` without overflow.
fn softplus(x: Tensor<2>) -> Tensor<2> {
    x.clone().clamp_min(0.0) + x.abs().neg().exp().log1p()
}

#[cfg(test)]
mod tests;
