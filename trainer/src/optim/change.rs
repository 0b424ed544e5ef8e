//! The same change to each of a module's gradients.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// What is done to a gradient of any rank.
pub(super) enum Change {
    /// Every entry times a number.
    Scale(f64),
    /// Every entry times a number on the device, `[1]`.
    ScaleBy(Box<Tensor<1>>),
    /// Every entry within so much of 0.
    Clamp(f64),
}

/// A module's gradients, each changed.
pub(super) fn changed<M: Module>(
    gradients: GradientsParams,
    module: &M,
    change: Change,
) -> GradientsParams {
    let mut changer = Changer { gradients, change };
    module.visit(&mut changer);
    changer.gradients
}

struct Changer {
    gradients: GradientsParams,
    change: Change,
}

impl ModuleVisitor for Changer {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let gradient = match &self.change {
                Change::Scale(factor) => gradient * *factor,
                Change::ScaleBy(factor) => gradient * factor.as_ref().clone().reshape([1; D]),
                Change::Clamp(limit) => gradient.clamp(-limit, *limit),
            };
            self.gradients.register(param.id, gradient);
        }
    }
}
