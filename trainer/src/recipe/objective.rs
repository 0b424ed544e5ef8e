//! The recipe's table `[objective]`: a loss, and what keeps its critic smooth.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Loss, RecipeError};
use crate::objective::{Equilibrium, Labels};

/// Loss and penalties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Objective {
    /// The loss.
    pub loss: Loss,
    /// How much the critic's label of real images is lowered.
    pub label_smoothing: f64,
    /// How much its label of generated images is raised.
    pub fake_label_smoothing: f64,
    /// The share of images, real and generated, whose labels are exchanged.
    pub label_flip: f64,
    /// Standard deviation of the noise that is added to all images the critic sees.
    pub instance_noise: f64,
    /// Images over which that noise falls to 0; 0 keeps it.
    pub instance_noise_images: u64,
    /// γ of the R1 penalty on real images.
    pub r1_gamma: f64,
    /// γ of the R2 penalty on generated images.
    pub r2_gamma: f64,
    /// λ of the gradient penalty on interpolates.
    pub gradient_penalty: f64,
    /// λ of the DRAGAN penalty around real images.
    pub dragan: f64,
    /// λ of the LeCam regularisation of the scores.
    pub lecam: f64,
    /// β of the orthogonal regularisation of the critic's weights.
    pub orthogonal: f64,
    /// Limit of the critic's weights; 0 is none.
    pub weight_clip: f64,
    /// Steps from one evaluation of the penalties to the next.
    pub penalty_interval_steps: u64,
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            loss: Loss::Relativistic,
            label_smoothing: 0.0,
            fake_label_smoothing: 0.0,
            label_flip: 0.0,
            instance_noise: 0.0,
            instance_noise_images: 0,
            r1_gamma: 1.0,
            r2_gamma: 1.0,
            gradient_penalty: 0.0,
            dragan: 0.0,
            lecam: 0.0,
            orthogonal: 0.0,
            weight_clip: 0.0,
            penalty_interval_steps: 1,
        }
    }
}

impl Objective {
    /// The losses when the critic has learned nothing.
    pub fn equilibrium(&self) -> Equilibrium {
        self.loss.equilibrium(self.labels())
    }

    /// What the critic is taught, but for the draws that exchange labels.
    pub fn labels(&self) -> Labels {
        Labels {
            real_smoothing: self.label_smoothing,
            fake_smoothing: self.fake_label_smoothing,
            flip: self.label_flip,
            ..Labels::default()
        }
    }

    /// Whether a penalty needs the critic's gradient with respect to images.
    pub fn needs_input_gradients(&self) -> bool {
        let penalties = [
            self.r1_gamma,
            self.r2_gamma,
            self.gradient_penalty,
            self.dragan,
        ];
        penalties.into_iter().any(|value| value > 0.0)
    }

    /// Refuses keys that make no sense beside each other.
    pub(super) fn check_together(&self, spectral_norm: bool) -> Result<(), RecipeError> {
        let refuse = |key, expected, got: String| Err(RecipeError::Value { key, expected, got });
        let name = self.loss.title();
        let labelled = [
            ("objective.label_smoothing", self.label_smoothing),
            ("objective.fake_label_smoothing", self.fake_label_smoothing),
            ("objective.label_flip", self.label_flip),
        ];
        for (key, value) in labelled {
            if value > 0.0 && !self.loss.has_labels() {
                return refuse(
                    key,
                    "0 with a loss that teaches no labels; \"non-saturating\", \"minimax\" and \
                     \"least-squares\" do",
                    format!("{value} with the {name}"),
                );
            }
        }
        if self.weight_clip > 0.0 && self.loss != Loss::Wasserstein {
            return refuse(
                "objective.weight_clip",
                "0 with any loss but \"wasserstein\": the others need scores of a certain size, \
                 which clipped weights cannot reach; penalise with objective.r1_gamma",
                format!("{} with the {name}", self.weight_clip),
            );
        }
        let bounded = self.weight_clip > 0.0 || self.needs_input_gradients() || spectral_norm;
        if self.loss == Loss::Wasserstein && !bounded {
            return refuse(
                "objective.loss",
                "one of objective.gradient_penalty (10), objective.dragan, objective.r1_gamma, \
                 objective.r2_gamma or objective.weight_clip (0.01) above 0, or critic.spectral_norm: nothing else keeps the critic's scores \
                 from growing for ever",
                "\"wasserstein\" with a critic of any slope".to_owned(),
            );
        }
        Ok(())
    }
}

impl fmt::Display for Objective {
    /// The objective as part of a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.loss.title())?;
        if self.label_smoothing > 0.0 {
            write!(f, " with real labels lowered by {}", self.label_smoothing)?;
        }
        if self.fake_label_smoothing > 0.0 {
            let raised = self.fake_label_smoothing;
            write!(f, " with generated labels raised by {raised}")?;
        }
        if self.label_flip > 0.0 {
            write!(f, " with a share of {} labels exchanged", self.label_flip)?;
        }
        if self.instance_noise > 0.0 {
            write!(f, ", noise of {} on all images", self.instance_noise)?;
        }
        if self.r1_gamma > 0.0 || self.r2_gamma > 0.0 {
            let (r1, r2) = (self.r1_gamma, self.r2_gamma);
            write!(f, ", exact R1 and R2 penalties (γ {r1} and {r2})")?;
        }
        if self.gradient_penalty > 0.0 {
            let lambda = self.gradient_penalty;
            write!(f, ", exact gradient penalty on interpolates (λ {lambda})")?;
        }
        if self.dragan > 0.0 {
            write!(f, ", exact DRAGAN penalty (λ {})", self.dragan)?;
        }
        if self.lecam > 0.0 {
            write!(f, ", LeCam regularisation (λ {})", self.lecam)?;
        }
        if self.orthogonal > 0.0 {
            write!(f, ", orthogonal regularisation (β {})", self.orthogonal)?;
        }
        if self.weight_clip > 0.0 {
            write!(f, ", critic's weights clipped to ±{}", self.weight_clip)?;
        }
        Ok(())
    }
}
