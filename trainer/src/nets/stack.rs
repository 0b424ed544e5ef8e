//! Layers put on each other, each made for what the ones below it give.

use super::init::Initialiser;
use super::layers::{
    Activate, Axes, Conv, Dense, Dropout, Layer, MinibatchStd, Normalise, Pool, Residual,
    Transposed, Upsample, gain,
};
use crate::recipe::{Critic, Network, Norm};

/// A network being built from its input on.
#[derive(Debug)]
pub(super) struct Stack<'a> {
    init: &'a mut Initialiser,
    network: &'a Network,
    spectral_norm: bool,
    dropout: f64,
    layers: Vec<Layer>,
    /// `[channels, height, width]` of the last layer.
    shape: [usize; 3],
}

impl<'a> Stack<'a> {
    /// For a generator with an input of this shape.
    pub(super) fn generator(
        init: &'a mut Initialiser,
        network: &'a Network,
        shape: [usize; 3],
    ) -> Self {
        init.scheme = network.initialiser;
        init.scale = network.initial_scale;
        init.bias_deviation = network.initial_bias;
        Self {
            init,
            network,
            spectral_norm: false,
            dropout: 0.0,
            layers: Vec::new(),
            shape,
        }
    }

    /// For a critic with an input of this shape.
    pub(super) fn critic(init: &'a mut Initialiser, recipe: &'a Critic, shape: [usize; 3]) -> Self {
        Self {
            spectral_norm: recipe.spectral_norm,
            dropout: recipe.dropout,
            ..Self::generator(init, &recipe.network, shape)
        }
    }

    pub(super) fn network(&self) -> &'a Network {
        self.network
    }

    pub(super) fn shape(&self) -> [usize; 3] {
        self.shape
    }

    pub(super) fn finish(self) -> Vec<Layer> {
        self.layers
    }

    /// The channels where an image has been halved `level` times.
    pub(super) fn channels_at(&self, level: usize) -> usize {
        self.network.width << level.min(3)
    }

    /// The gain of a layer that an activation follows.
    pub(super) fn gain(&self) -> f64 {
        gain(self.network.activation)
    }

    /// A normalisation of channels has a shift of its own.
    fn extras(&self, normalised: bool) -> [bool; 2] {
        let shifts = matches!(self.network.norm, Norm::Batch | Norm::Instance);
        [!(normalised && shifts), self.spectral_norm]
    }

    fn push(&mut self, layer: Layer, shape: [usize; 3]) {
        self.layers.push(layer);
        self.shape = shape;
    }

    /// A linear layer that is followed by [`activation`](Self::activation).
    pub(super) fn dense(&mut self, shape: [usize; 3]) {
        self.dense_with(shape, self.gain(), true);
    }

    /// A linear layer with a gain, and whether a normalisation follows.
    pub(super) fn dense_with(&mut self, shape: [usize; 3], gain: f64, normalised: bool) {
        let extras = self.extras(normalised);
        let layer = Dense::new(self.init, self.shape, shape, gain, extras);
        self.push(Layer::Dense(layer), shape);
    }

    /// A 3x3 convolution that is followed by [`activation`](Self::activation).
    pub(super) fn conv(&mut self, channels: usize) {
        self.conv_with(channels, 3, self.gain(), true);
    }

    /// A convolution that keeps the image's size, with its side and gain, and whether a
    /// normalisation follows.
    pub(super) fn conv_with(&mut self, channels: usize, side: usize, gain: f64, normalised: bool) {
        let [before, height, width] = self.shape;
        let extras = self.extras(normalised);
        let layer = Conv::same(self.init, [before, channels], side, gain, extras);
        self.push(Layer::Conv(layer), [channels, height, width]);
    }

    /// A 1x1 convolution of zeros.
    pub(super) fn silent_conv(&mut self, channels: usize) {
        let [before, height, width] = self.shape;
        let extras = self.extras(false);
        let layer = Conv::silent(self.init, [before, channels], extras);
        self.push(Layer::Conv(layer), [channels, height, width]);
    }

    /// A 4x4 convolution that halves, and whether a normalisation follows.
    pub(super) fn halve(&mut self, channels: usize, normalised: bool) {
        let [before, height, width] = self.shape;
        let (gain, extras) = (self.gain(), self.extras(normalised));
        let layer = Conv::halving(self.init, [before, channels], gain, extras);
        self.push(Layer::Conv(layer), [channels, height / 2, width / 2]);
    }

    /// A 4x4 transposed convolution that doubles, with its gain, and whether a normalisation
    /// follows.
    pub(super) fn double(&mut self, channels: usize, gain: f64, normalised: bool) {
        let [before, height, width] = self.shape;
        let [bias, _] = self.extras(normalised);
        let layer = Transposed::doubling(self.init, [before, channels], gain, bias);
        self.push(Layer::Transposed(layer), [channels, 2 * height, 2 * width]);
    }

    /// The recipe's normalisation and activation, and dropout if there is any.
    pub(super) fn activation(&mut self) {
        let axes = match self.network.norm {
            Norm::None => None,
            Norm::Batch => Some(Axes::Batch),
            Norm::Instance => Some(Axes::Instance),
            Norm::Layer => Some(Axes::Layer),
        };
        if let Some(axes) = axes {
            let layer = Normalise::new(self.init, self.shape[0], axes);
            self.push(Layer::Normalise(layer), self.shape);
        }
        self.bare_activation();
    }

    /// [`activation`](Self::activation) without the normalisation.
    pub(super) fn bare_activation(&mut self) {
        let kind = self.network.activation;
        self.push(Layer::Activate(Activate { kind }), self.shape);
        if self.dropout > 0.0 {
            let share = self.dropout;
            self.push(Layer::Dropout(Dropout { share }), self.shape);
        }
    }

    /// As many further 3x3 convolutions as the recipe's depth.
    pub(super) fn further_convs(&mut self) {
        for _ in 0..self.network.depth {
            self.conv(self.shape[0]);
            self.activation();
        }
    }

    pub(super) fn upsample(&mut self) {
        let [channels, height, width] = self.shape;
        self.push(
            Layer::Upsample(Upsample {}),
            [channels, 2 * height, 2 * width],
        );
    }

    pub(super) fn pool(&mut self) {
        let [channels, height, width] = self.shape;
        self.push(Layer::Pool(Pool {}), [channels, height / 2, width / 2]);
    }

    pub(super) fn minibatch_std(&mut self) {
        let [channels, height, width] = self.shape;
        let layer = MinibatchStd {};
        self.push(Layer::MinibatchStd(layer), [channels + 1, height, width]);
    }

    /// A residual block: two branches that start here and must end in the same shape.
    pub(super) fn residual(
        &mut self,
        main: impl FnOnce(&mut Self),
        shortcut: impl FnOnce(&mut Self),
    ) {
        let below = std::mem::take(&mut self.layers);
        let shape = self.shape;
        main(self);
        let main = std::mem::take(&mut self.layers);
        self.shape = shape;
        shortcut(self);
        let shortcut = std::mem::replace(&mut self.layers, below);
        let block = Residual { main, shortcut };
        self.push(Layer::Residual(block), self.shape);
    }
}
