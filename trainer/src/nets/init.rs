//! Initial weights from a seed, the same on every device.

use burn::module::{Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use faer::Mat;
use gannet::Latents;

use crate::recipe::Initialisation;

/// Standard deviation of DCGAN's weights (Radford et al. 2016, section 4).
const DCGAN_DEVIATION: f64 = 0.02;

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
    pub(super) scheme: Initialisation,
    /// What the scheme's weights are multiplied by.
    pub(super) scale: f64,
    /// The standard deviation of biases.
    pub(super) bias_deviation: f64,
}

/// How many values one output of a layer reads, and one input reaches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fans {
    pub(super) input: f64,
    pub(super) output: f64,
}

impl Initialiser {
    /// An initialiser of parameters on `device`, which must track gradients
    /// ([`Device::autodiff`]).
    pub fn new(seed: u64, device: &Device) -> Self {
        Self {
            seed,
            drawn: 0,
            device: device.clone(),
            scheme: Initialisation::He,
            scale: 1.0,
            bias_deviation: 0.0,
        }
    }

    /// Weights as the scheme has them, with a variance that `gain` raises to make up for the
    /// activation that follows.
    pub(super) fn weights<const D: usize>(
        &mut self,
        shape: [usize; D],
        fans: Fans,
        gain: f64,
    ) -> Param<Tensor<D>> {
        let gain = gain * self.scale;
        match self.scheme {
            // He et al. 2015, eq. 10.
            Initialisation::He => self.normal(shape, gain / fans.input.sqrt()),
            // Glorot and Bengio 2010, eq. 12.
            Initialisation::Glorot => {
                let deviation = gain * (2.0 / (fans.input + fans.output)).sqrt();
                self.normal(shape, deviation)
            }
            Initialisation::Dcgan => self.normal(shape, DCGAN_DEVIATION * self.scale),
            Initialisation::Orthogonal => self.orthogonal(shape, gain),
        }
    }

    /// Independent normal values.
    pub(super) fn normal<const D: usize>(
        &mut self,
        shape: [usize; D],
        deviation: f64,
    ) -> Param<Tensor<D>> {
        let scale = deviation as f32;
        let draws = self.draw(shape.iter().product());
        let values = draws.values().iter().map(|v| v * scale).collect();
        self.trained(values, shape)
    }

    /// `gain` times orthonormal rows, or columns if there are fewer, of the matrix
    /// `[shape[0], rest]` (Saxe et al. 2014).
    fn orthogonal<const D: usize>(&mut self, shape: [usize; D], gain: f64) -> Param<Tensor<D>> {
        let rows = shape[0];
        let columns = shape[1..].iter().product::<usize>();
        let (tall, thin) = (rows.max(columns), rows.min(columns));
        let draws = self.draw(tall * thin);
        let draw = |i, j| f64::from(draws.values()[i * thin + j]);
        let factors = Mat::from_fn(tall, thin, draw).qr();
        let (q, r) = (factors.compute_thin_Q(), factors.thin_R());
        // Of the factorisations, the one with a positive diagonal is uniform and unique.
        let entry = |i: usize, j: usize| q[(i, j)] * gain * r[(j, j)].signum();
        let values = (0..rows * columns).map(|place| {
            let (row, column) = (place / columns, place % columns);
            (if rows >= columns {
                entry(row, column)
            } else {
                entry(column, row)
            }) as f32
        });
        self.trained(values.collect(), shape)
    }

    /// Biases, normal with the standard deviation that the recipe gives them.
    pub(super) fn biases(&mut self, len: usize) -> Param<Tensor<1>> {
        match self.bias_deviation > 0.0 {
            true => self.normal([len], self.bias_deviation),
            false => self.zeros([len]),
        }
    }

    /// Values of zero.
    pub(super) fn zeros<const D: usize>(&mut self, shape: [usize; D]) -> Param<Tensor<D>> {
        self.trained(vec![0.0; shape.iter().product()], shape)
    }

    /// A normalisation's scales: one, in DCGAN's scheme about one.
    pub(super) fn scales(&mut self, len: usize) -> Param<Tensor<1>> {
        let values = match self.scheme {
            Initialisation::Dcgan => {
                let draws = self.draw(len);
                let scale = DCGAN_DEVIATION as f32;
                draws.values().iter().map(|v| 1.0 + v * scale).collect()
            }
            _ => vec![1.0; len],
        };
        self.trained(values, [len])
    }

    /// Values that are saved with the network and that no optimiser changes.
    pub(super) fn kept<const D: usize>(
        &mut self,
        values: Vec<f32>,
        shape: [usize; D],
    ) -> Param<Tensor<D>> {
        let tensor = Tensor::from_data(TensorData::new(values, shape), &self.device);
        self.drawn += 1;
        Param::initialized(ParamId::from(self.drawn), tensor)
    }

    /// A direction of length one, kept as [`kept`](Self::kept) does.
    pub(super) fn direction(&mut self, len: usize) -> Param<Tensor<1>> {
        let draws = self.draw(len);
        let length = draws.values().iter().map(|v| v * v).sum::<f32>().sqrt();
        let values = draws.values().iter().map(|v| v / length).collect();
        self.kept(values, [len])
    }

    fn draw(&self, count: usize) -> Latents {
        Latents::draw(self.seed, self.drawn..self.drawn + 1, count)
    }

    fn trained<const D: usize>(&mut self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        let tensor = Tensor::from_data(TensorData::new(values, shape), &self.device);
        self.drawn += 1;
        Param::initialized(ParamId::from(self.drawn), tensor.require_grad())
    }
}
