//! What a step measured.

use serde::{Deserialize, Serialize};

use super::vitals::Vitals;

/// What one step measured, in its last update of either network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// The critic's adversarial loss, penalties not included.
    pub critic_loss: f64,
    /// The generator's loss.
    pub generator_loss: f64,
    /// Mean score of the real images.
    pub real_score: f64,
    /// Mean score of the generated images.
    pub fake_score: f64,
    /// `E[‖∇ₓD‖²]` on real images, in steps that evaluate R1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r1: Option<f64>,
    /// The same on generated images, in steps that evaluate R2.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r2: Option<f64>,
    /// `E[(‖∇ₓD‖ − 1)²]` on interpolates, in steps that evaluate the gradient penalty.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gradient_penalty: Option<f64>,
    /// The same around real images, in steps that evaluate DRAGAN's penalty.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dragan: Option<f64>,
    /// The share of images that augmentations are applied to, if it adapts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub augment_probability: Option<f64>,
    /// Both learning rates are multiplied by this.
    pub learning_rate_factor: f64,
    /// The vital signs, in steps that are watched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vitals: Option<Vitals>,
}

impl Update {
    /// What of it is not finite, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let penalties = [self.r1, self.r2, self.gradient_penalty, self.dragan];
        let penalties: f64 = penalties.into_iter().flatten().sum();
        let losses = self.critic_loss + self.generator_loss + penalties;
        let gradients = self.vitals.as_ref().is_none_or(Vitals::is_finite);
        match (losses.is_finite(), gradients) {
            (false, _) => Some("a loss is"),
            (true, false) => Some("a gradient is"),
            (true, true) => None,
        }
    }
}
