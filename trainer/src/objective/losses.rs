//! Losses, each a function of the critic's scores.

use burn::tensor::Tensor;

/// The relativistic logistic loss (RpGAN; Jolicoeur-Martineau 2018; Huang et al. 2024, eq. 2).
///
/// Real and fake scores are compared in pairs. At equilibrium the critic cannot tell the pairs
/// apart: both losses are ln 2, 0.693. Near zero a loss means that its network wins every pair.
#[derive(Debug, Clone, Copy, Default)]
pub struct RelativisticLogistic;

impl RelativisticLogistic {
    /// Either loss when the critic has learned nothing.
    pub const EQUILIBRIUM: f64 = std::f64::consts::LN_2;

    /// `E[softplus(fake − real)]` of scores `[n, 1]`, to be minimised by the critic.
    pub fn critic_loss(self, real: Tensor<2>, fake: Tensor<2>) -> Tensor<1> {
        softplus(fake - real).mean()
    }

    /// `E[softplus(real − fake)]` of scores `[n, 1]`, to be minimised by the generator.
    pub fn generator_loss(self, real: Tensor<2>, fake: Tensor<2>) -> Tensor<1> {
        softplus(real - fake).mean()
    }
}

/// `ln(1 + eˣ)` without overflow.
fn softplus(x: Tensor<2>) -> Tensor<2> {
    x.clone().clamp_min(0.0) + x.abs().neg().exp().log1p()
}
