//! What a forward pass shows on its way.

use std::cell::RefCell;

use burn::tensor::Tensor;

use super::NetError;

/// What activations and features were in a forward pass that somebody watches; see
/// [`Pass::watched`](super::Pass::watched).
#[derive(Debug, Default)]
pub struct Seen {
    /// Dead units, `[1]`, and all units of each activation that has an end to die in.
    units: RefCell<Vec<(Tensor<1>, usize)>>,
    features: RefCell<Vec<Tensor<2>>>,
}

impl Seen {
    pub(super) fn show_units(&self, dead: Tensor<1>, all: usize) {
        self.units.borrow_mut().push((dead, all));
    }

    pub(super) fn show_features(&self, features: Tensor<2>) {
        self.features.borrow_mut().push(features);
    }

    /// Share of the channels that were at the flat end of their activation for every image and
    /// place: a rectifier at 0, or a hyperbolic tangent beyond 0.99. 0 if nothing can die.
    ///
    /// # Errors
    ///
    /// [`NetError::Device`] if they cannot be read.
    pub fn dead_share(&self) -> Result<f64, NetError> {
        let units = self.units.borrow();
        let all: usize = units.iter().map(|(_, all)| all).sum();
        if all == 0 {
            return Ok(0.0);
        }
        let dead = units.iter().map(|(dead, _)| dead.clone()).collect();
        let dead = Tensor::cat(dead, 0).sum();
        let dead = dead.try_into_scalar::<f32>().map_err(device)?;
        Ok(f64::from(dead) / all as f64)
    }

    /// What the critic's last layer read, `[n, features]` in the order of the passes.
    ///
    /// # Errors
    ///
    /// [`NetError::Device`] if they cannot be read.
    pub fn features(&self) -> Result<Vec<f32>, NetError> {
        let features = self.features.borrow().clone();
        if features.is_empty() {
            return Ok(Vec::new());
        }
        Tensor::cat(features, 0)
            .try_into_vec_as::<f32>()
            .map_err(device)
    }
}

fn device(error: impl std::fmt::Debug) -> NetError {
    NetError::Device {
        reason: format!("{error:?}"),
    }
}
