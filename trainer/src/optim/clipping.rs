//! Gradients that are too long, and entries that are too large.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::change::{Change, changed};

/// Shortens a module's gradients, taken as one vector, to the length `longest` (Pascanu et al.
/// 2013, algorithm 1). Shorter ones stay as they are, and with a length of 0 all do.
pub fn clip_norm<M: Module>(
    gradients: GradientsParams,
    module: &M,
    longest: f64,
) -> GradientsParams {
    if longest == 0.0 {
        return gradients;
    }
    let mut squares = Squares {
        gradients,
        sum: None,
    };
    module.visit(&mut squares);
    let Squares { gradients, sum } = squares;
    let Some(sum) = sum else {
        return gradients;
    };
    // Without a gradient at all the quotient is infinite.
    let factor = (sum.sqrt().recip() * longest).clamp_max(1.0);
    changed(gradients, module, Change::ScaleBy(Box::new(factor)))
}

/// Clamps every entry of a module's gradients to `[-limit, limit]`; with a limit of 0 all stay as
/// they are.
pub fn clip_value<M: Module>(
    gradients: GradientsParams,
    module: &M,
    limit: f64,
) -> GradientsParams {
    if limit == 0.0 {
        return gradients;
    }
    changed(gradients, module, Change::Clamp(limit))
}

struct Squares {
    gradients: GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Squares {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.powi_scalar(2).sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use burn::tensor::Device;

    use super::*;

    #[derive(Module, Debug)]
    struct Weights {
        row: Param<Tensor<1>>,
        table: Param<Tensor<2>>,
    }

    /// Gradients of 3 and −4 in two weights, clipped.
    fn clipped(
        clip: fn(GradientsParams, &Weights, f64) -> GradientsParams,
        limit: f64,
    ) -> [f32; 2] {
        let device = Device::flex().autodiff();
        let weights = Weights {
            row: Param::from_tensor(Tensor::from_floats([1.0], &device)),
            table: Param::from_tensor(Tensor::from_floats([[1.0]], &device)),
        };
        let loss = weights.row.val().sum() * 3.0 - weights.table.val().sum() * 4.0;
        let gradients = GradientsParams::from_grads(loss.backward(), &weights);
        let clipped = clip(gradients, &weights, limit);
        [
            clipped.get::<1>(weights.row.id).unwrap().into_scalar(),
            clipped.get::<2>(weights.table.id).unwrap().into_scalar(),
        ]
    }

    #[test]
    fn the_length_is_that_of_all_gradients_together() {
        for (longest, expected) in [(2.5, [1.5, -2.0]), (5.0, [3.0, -4.0]), (9.0, [3.0, -4.0])] {
            let got = clipped(clip_norm, longest);
            let near = |(a, b): (f32, f32)| (a - b).abs() < 1e-6;
            assert!(
                got.into_iter().zip(expected).all(near),
                "{longest}: {got:?}"
            );
        }
    }

    #[test]
    fn entries_are_clamped_on_both_sides() {
        assert_eq!(clipped(clip_value, 3.5), [3.0, -3.5]);
        assert_eq!(clipped(clip_value, 0.5), [0.5, -0.5]);
        assert_eq!(clipped(clip_value, 9.0), [3.0, -4.0]);
    }

    #[test]
    fn a_limit_of_0_leaves_them_alone() {
        assert_eq!(clipped(clip_norm, 0.0), [3.0, -4.0]);
        assert_eq!(clipped(clip_value, 0.0), [3.0, -4.0]);
    }
}
