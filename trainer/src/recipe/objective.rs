//! The recipe's table `[objective]`: a loss, and what keeps its critic smooth.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Loss, RecipeError};
use crate::objective::Equilibrium;

/// Loss and penalties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Objective {
    /// The loss.
    pub loss: Loss,
    /// How much the critic's label of real images is lowered.
    pub label_smoothing: f64,
    /// γ of the R1 penalty on real images.
    pub r1_gamma: f64,
    /// γ of the R2 penalty on generated images.
    pub r2_gamma: f64,
    /// λ of the gradient penalty on interpolates.
    pub gradient_penalty: f64,
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
            r1_gamma: 1.0,
            r2_gamma: 1.0,
            gradient_penalty: 0.0,
            weight_clip: 0.0,
            penalty_interval_steps: 1,
        }
    }
}

impl Objective {
    /// The losses when the critic has learned nothing.
    pub fn equilibrium(&self) -> Equilibrium {
        self.loss.equilibrium(self.label_smoothing)
    }

    /// Refuses keys that make no sense beside each other.
    pub(super) fn check_together(&self) -> Result<(), RecipeError> {
        let refuse = |key, expected, got: String| Err(RecipeError::Value { key, expected, got });
        let name = self.loss.title();
        if self.label_smoothing > 0.0 && !self.loss.has_labels() {
            return refuse(
                "objective.label_smoothing",
                "0 with a loss that teaches no labels; \"non-saturating\", \"minimax\" and \
                 \"least-squares\" do",
                format!("{} with the {name}", self.label_smoothing),
            );
        }
        if self.weight_clip > 0.0 && self.loss != Loss::Wasserstein {
            return refuse(
                "objective.weight_clip",
                "0 with any loss but \"wasserstein\": the others need scores of a certain size, \
                 which clipped weights cannot reach; penalise with objective.r1_gamma",
                format!("{} with the {name}", self.weight_clip),
            );
        }
        let penalties = [self.r1_gamma, self.r2_gamma, self.gradient_penalty];
        let bounded = self.weight_clip > 0.0 || penalties.into_iter().any(|value| value > 0.0);
        if self.loss == Loss::Wasserstein && !bounded {
            return refuse(
                "objective.loss",
                "one of objective.gradient_penalty (10), objective.r1_gamma, objective.r2_gamma \
                 or objective.weight_clip (0.01) above 0: nothing else keeps the critic's scores \
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
        if self.r1_gamma > 0.0 || self.r2_gamma > 0.0 {
            let (r1, r2) = (self.r1_gamma, self.r2_gamma);
            write!(f, ", exact R1 and R2 penalties (γ {r1} and {r2})")?;
        }
        if self.gradient_penalty > 0.0 {
            let lambda = self.gradient_penalty;
            write!(f, ", exact gradient penalty on interpolates (λ {lambda})")?;
        }
        if self.weight_clip > 0.0 {
            write!(f, ", critic's weights clipped to ±{}", self.weight_clip)?;
        }
        Ok(())
    }
}
