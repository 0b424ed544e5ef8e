//! Residual blocks.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Layer, Tape, calibrated, forward, input_vjp, trace};
use crate::nets::Pass;

/// The sum of two branches; a shortcut without layers is the identity (He et al. 2016).
#[derive(Module, Debug)]
pub(in crate::nets) struct Residual {
    pub(in crate::nets) main: Vec<Layer>,
    pub(in crate::nets) shortcut: Vec<Layer>,
}

impl Residual {
    pub(super) fn forward(&self, x: Tensor<4>, pass: &Pass) -> Tensor<4> {
        let main = forward(&self.main, x.clone(), pass);
        main + forward(&self.shortcut, x, pass)
    }

    pub(super) fn trace(&self, x: Tensor<4>, pass: &Pass) -> (Tensor<4>, Tape) {
        let (y, main) = trace(&self.main, x.clone(), pass);
        let (z, shortcut) = trace(&self.shortcut, x, pass);
        (y + z, Tape::Branches { main, shortcut })
    }

    pub(super) fn input_vjp(
        &self,
        main: &[Tape],
        shortcut: &[Tape],
        gradient: Tensor<4>,
    ) -> Tensor<4> {
        let through = input_vjp(&self.main, main, gradient.clone());
        through + input_vjp(&self.shortcut, shortcut, gradient)
    }

    pub(super) fn calibrated(self, x: Tensor<4>) -> (Self, Tensor<4>) {
        let (main, y) = calibrated(self.main, x.clone());
        let (shortcut, z) = calibrated(self.shortcut, x);
        (Self { main, shortcut }, y + z)
    }

    pub(super) fn renewed(self) -> Self {
        let renewed = |layers: Vec<Layer>| layers.into_iter().map(Layer::renewed).collect();
        Self {
            main: renewed(self.main),
            shortcut: renewed(self.shortcut),
        }
    }

    /// The layers of both branches.
    pub(super) fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.main.iter().chain(&self.shortcut)
    }
}
