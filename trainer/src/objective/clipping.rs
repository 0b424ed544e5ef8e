//! The critic's weights in a box, which bounds its slope.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

/// The trained network with every weight clamped to `[-limit, limit]` (Arjovsky et al. 2017,
/// algorithm 1).
pub fn clip_weights<M: Module>(network: M, limit: f64) -> M {
    network.map(&mut Clip { limit })
}

struct Clip {
    limit: f64,
}

impl ModuleMapper for Clip {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !param.is_require_grad() {
            return param;
        }
        let limit = self.limit;
        param.map(|weights| {
            let clipped = weights.inner().clamp(-limit, limit);
            clipped.autodiff().require_grad()
        })
    }
}
