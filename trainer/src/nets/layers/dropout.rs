//! Dropout.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use rand_chacha::rand_core::Rng;

use crate::nets::Pass;

/// Sets this share of all values to 0 and scales up the others to match (Srivastava et al.
/// 2014), where the pass has a source of random numbers.
#[derive(Module, Debug)]
pub(in crate::nets) struct Dropout {
    #[module(skip)]
    pub(in crate::nets) share: f64,
}

impl Dropout {
    /// The output, and the mask that made it.
    pub(super) fn trace(&self, x: Tensor<4>, pass: &Pass) -> (Tensor<4>, Option<Tensor<4>>) {
        let Some(random) = pass.random else {
            return (x, None);
        };
        let mut random = random.borrow_mut();
        let count = x.dims().iter().product();
        let dropped = (self.share * 2.0_f64.powi(32)) as u32;
        let kept = (1.0 / (1.0 - self.share)) as f32;
        let mask: Vec<f32> = (0..count)
            .map(|_| {
                if random.next_u32() < dropped {
                    0.0
                } else {
                    kept
                }
            })
            .collect();
        let mask = TensorData::new(mask, x.dims());
        let mask = Tensor::from_data(mask, &x.device().without_autodiff());
        (x * mask.clone(), Some(mask))
    }
}
