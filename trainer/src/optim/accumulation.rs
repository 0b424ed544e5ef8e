//! Gradients of a batch in parts, for batches that do not fit the memory.

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};

use super::change::{Change, changed};

/// The mean of a module's gradients over parts of a batch, which is the gradient of the whole
/// batch if the loss is a mean over images and the parts are of one size.
pub struct MeanGradients<M> {
    sum: GradientsAccumulator<M>,
    parts: usize,
}

impl<M: Module> MeanGradients<M> {
    /// No part yet.
    pub fn new() -> Self {
        Self {
            sum: GradientsAccumulator::new(),
            parts: 0,
        }
    }

    /// Takes in the gradients of one more part.
    pub fn add(&mut self, module: &M, gradients: GradientsParams) {
        self.sum.accumulate(module, gradients);
        self.parts += 1;
    }

    /// The mean; of one part, that part as it is, and of none, no gradients.
    pub fn take(mut self, module: &M) -> GradientsParams {
        let gradients = self.sum.grads();
        if self.parts < 2 {
            return gradients;
        }
        let share = 1.0 / self.parts as f64;
        changed(gradients, module, Change::Scale(share))
    }
}

impl<M: Module> Default for MeanGradients<M> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::module::Param;
    use burn::tensor::{Device, Tensor};

    use super::*;

    #[derive(Module, Debug)]
    struct Weights {
        row: Param<Tensor<1>>,
        table: Param<Tensor<2>>,
    }

    fn weights() -> Weights {
        let device = Device::flex().autodiff();
        Weights {
            row: Param::from_tensor(Tensor::from_floats([1.0], &device)),
            table: Param::from_tensor(Tensor::from_floats([[2.0]], &device)),
        }
    }

    /// The gradients of a loss whose slopes are `row` and, unless it is 0, `table`.
    fn gradients(weights: &Weights, row: f64, table: f64) -> GradientsParams {
        let mut loss = weights.row.val().sum() * row;
        if table != 0.0 {
            loss = loss + weights.table.val().sum() * table;
        }
        GradientsParams::from_grads(loss.backward(), weights)
    }

    #[test]
    fn parts_are_averaged_by_parameter() {
        let weights = weights();
        let mut mean = MeanGradients::new();
        for (row, table) in [(3.0, 8.0), (-1.0, 0.0), (2.0, 4.0), (0.5, 0.0)] {
            mean.add(&weights, gradients(&weights, row, table));
        }
        let mean = mean.take(&weights);
        let row = mean.get::<1>(weights.row.id).unwrap().into_scalar::<f32>();
        let table = mean.get::<2>(weights.table.id).unwrap();
        assert_eq!(row, 4.5 / 4.0);
        assert_eq!(table.into_scalar::<f32>(), 3.0);
    }

    #[test]
    fn one_part_stays_as_it_is_and_none_has_no_gradients() {
        let weights = weights();
        let mut mean = MeanGradients::new();
        mean.add(&weights, gradients(&weights, 0.1, 0.0));
        let mean = mean.take(&weights);
        assert_eq!(mean.len(), 1);
        let row = mean.get::<1>(weights.row.id).unwrap().into_scalar::<f32>();
        assert_eq!(row, 0.1);
        assert!(MeanGradients::new().take(&weights).is_empty());
    }
}
