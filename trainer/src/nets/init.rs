//! Initial weights from a seed, the same on every device.

use burn::module::{Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use gannet::Latents;

/// Draws the parameters of one network in the order in which its layers are built.
///
/// Burn's own initialisers read a random generator that the whole process shares; this one
/// depends on its seed alone. Parameters are numbered in order, so that two runs with one seed
/// write the same checkpoint bytes.
#[derive(Debug)]
pub struct Initialiser {
    seed: u64,
    drawn: u64,
    device: Device,
}

impl Initialiser {
    /// An initialiser of parameters on `device`, which must track gradients
    /// ([`Device::autodiff`]).
    pub fn new(seed: u64, device: &Device) -> Self {
        Self {
            seed,
            drawn: 0,
            device: device.clone(),
        }
    }

    /// Normal weights with a standard deviation of `gain / √fan_in` (He et al. 2015, eq. 10).
    pub(super) fn he<const D: usize>(
        &mut self,
        shape: [usize; D],
        fan_in: f64,
        gain: f64,
    ) -> Param<Tensor<D>> {
        let scale = (gain / fan_in.sqrt()) as f32;
        let count = shape.iter().product();
        let draws = Latents::draw(self.seed, self.drawn..self.drawn + 1, count);
        let values = draws.values().iter().map(|v| v * scale).collect();
        self.param(values, shape)
    }

    /// Biases of zero.
    pub(super) fn zeros(&mut self, len: usize) -> Param<Tensor<1>> {
        self.param(vec![0.0; len], [len])
    }

    fn param<const D: usize>(&mut self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        let tensor = Tensor::from_data(TensorData::new(values, shape), &self.device);
        self.drawn += 1;
        Param::initialized(ParamId::from(self.drawn), tensor.require_grad())
    }
}
