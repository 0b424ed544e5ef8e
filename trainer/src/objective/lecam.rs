//! LeCam regularisation: scores are held near what the other side scored lately.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// How much of the averages one observation keeps.
const DECAY: f64 = 0.99;

/// Moving averages of the critic's scores, which a checkpoint must keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LeCam {
    /// The average of real images, drawn to 0 where it started.
    pub real: f64,
    /// The average of generated ones.
    pub fake: f64,
    /// Observations so far.
    pub observed: u64,
}

impl LeCam {
    /// Takes the mean scores of one batch into the averages, with a decay of 0.99.
    pub fn observe(&mut self, real: f64, fake: f64) {
        self.real = DECAY * self.real + (1.0 - DECAY) * real;
        self.fake = DECAY * self.fake + (1.0 - DECAY) * fake;
        self.observed = self.observed.saturating_add(1);
    }

    /// The averages `α_R` and `α_F`, without the share of the zeros that they started from
    /// (Kingma and Ba 2015, section 3); zeros before any observation.
    pub fn averages(&self) -> (f64, f64) {
        let seen = 1.0 - DECAY.powf(self.observed as f64);
        match self.observed {
            0 => (0.0, 0.0),
            _ => (self.real / seen, self.fake / seen),
        }
    }

    /// `E[(D(x) − α_F)²] + E[(D(x̃) − α_R)²]` of scores `[n, 1]` of real and of generated images
    /// (Tseng et al. 2021, eq. 3). λ times this is the penalty.
    ///
    /// The authors' code leaves out scores beyond the other side's average, `D(x) < α_F` and
    /// `D(x̃) > α_R`; this is the equation, which is smooth and has no such blind side.
    pub fn penalty(&self, real: Tensor<2>, fake: Tensor<2>) -> Tensor<1> {
        let (real_average, fake_average) = self.averages();
        let real = (real - fake_average).powi_scalar(2).mean();
        let fake = (fake - real_average).powi_scalar(2).mean();
        real + fake
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn averages_are_those_of_the_observations_from_the_first_on() {
        let mut lecam = LeCam::default();
        assert_eq!(lecam.averages(), (0.0, 0.0));
        lecam.observe(3.0, -1.0);
        let (real, fake) = lecam.averages();
        assert!((real - 3.0).abs() < 1e-12 && (fake + 1.0).abs() < 1e-12);
        lecam.observe(1.0, -2.0);
        // Weights 0.99 and 1 of two observations.
        let (real, fake) = lecam.averages();
        assert!((real - (0.99 * 3.0 + 1.0) / 1.99).abs() < 1e-12, "{real}");
        assert!((fake - (-0.99 - 2.0) / 1.99).abs() < 1e-12, "{fake}");
    }

    #[test]
    fn the_penalty_compares_each_side_with_the_other() {
        let mut lecam = LeCam::default();
        lecam.observe(2.0, -1.0);
        let device = Device::flex();
        let real = Tensor::<2>::from_floats([[1.0], [-3.0]], &device);
        let fake = Tensor::<2>::from_floats([[0.0], [4.0]], &device);
        // Real against −1: 4 and 4. Fake against 2: 4 and 4.
        let penalty = lecam.penalty(real, fake).into_scalar::<f32>();
        assert!((penalty - 8.0).abs() < 1e-5, "{penalty}");
    }

    #[test]
    fn a_checkpoint_keeps_the_averages() -> Result<(), serde_json::Error> {
        let mut lecam = LeCam::default();
        lecam.observe(0.3, -0.7);
        let text = serde_json::to_string(&lecam)?;
        assert_eq!(serde_json::from_str::<LeCam>(&text)?, lecam);
        Ok(())
    }
}
