//! The critic: images become features, and features a score.

use burn::module::{Module, Param};
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::{Int, Tensor};

use super::architectures::criticise;
use super::layers::{self, Dense, Layer, Spectral, Tape};
use super::scales::{LayerScale, measure};
use super::stack::Stack;
use super::{Initialiser, NetError, Pass, Target, init::Fans, named};
use crate::recipe::{self, CriticClasses};

/// A critic of the architecture that the recipe names.
///
/// Images `[n, channels, height, width]`, and labels `[n]` if it knows classes, to scores
/// `[n / packing, 1]`: `packing` consecutive images are scored together, as one image of all
/// their channels (PacGAN, Lin et al. 2018).
#[derive(Module, Debug)]
pub struct Critic {
    planes: Option<Planes>,
    pub(super) layers: Vec<Layer>,
    pub(super) score: Layer,
    projection: Option<Projection>,
    #[module(skip)]
    packing: usize,
}

/// A learned plane a class, seen beside the image's channels (Mirza and Osindero 2014).
#[derive(Module, Debug)]
struct Planes {
    /// `[classes, height · width]`
    values: Param<Tensor<2>>,
}

/// A learned vector a class, whose product with the features is added to the score (Miyato and
/// Koyama 2018, eq. 3).
#[derive(Module, Debug)]
struct Projection {
    /// `[classes, features]`
    vectors: Param<Tensor<2>>,
    spectral: Option<Spectral>,
}

/// A critic's scores with what its input gradient needs.
#[derive(Debug)]
pub struct Trace {
    /// `[n / packing, 1]`
    pub scores: Tensor<2>,
    /// `[packs, channels, height, width]` of the images, packed.
    input: [usize; 4],
    layers: Vec<Tape>,
    score: Tape,
    /// The vector of each image's class, `[n, features]`.
    projected: Option<Tensor<2>>,
    /// `[n, c, h, w]`
    features: [usize; 4],
}

impl Critic {
    /// A critic with fresh weights.
    ///
    /// # Errors
    ///
    /// [`NetError::Size`] and [`NetError::Classes`] as for the generator.
    pub fn new(
        init: &mut Initialiser,
        recipe: &recipe::Critic,
        target: Target,
    ) -> Result<Self, NetError> {
        let [channels, height, width] = target.shape;
        let classes = || target.classes_for("critic.classes", recipe.classes.name());
        let planes = match recipe.classes {
            CriticClasses::Concatenation => Some(Planes {
                values: init.normal([classes()?, height * width], 1.0),
            }),
            _ => None,
        };
        let seen = recipe.packing * channels + usize::from(planes.is_some());
        let mut stack = Stack::critic(init, recipe, [seen, height, width]);
        criticise(&mut stack, target)?;
        if recipe.minibatch_std {
            stack.minibatch_std();
        }
        let features = stack.shape();
        let layers = stack.finish();
        let extras = [true, recipe.spectral_norm];
        let score = Layer::Dense(Dense::new(init, features, [1, 1, 1], 1.0, extras));
        let projection = match recipe.classes {
            CriticClasses::Projection => {
                let features = features.iter().product::<usize>();
                let fans = Fans {
                    input: features as f64,
                    output: 1.0,
                };
                let vectors = init.weights([classes()?, features], fans, 1.0);
                let spectral = recipe.spectral_norm.then(|| Spectral::new(init, &vectors));
                Some(Projection { vectors, spectral })
            }
            _ => None,
        };
        Ok(Self {
            planes,
            layers,
            score,
            projection,
            packing: recipe.packing,
        })
    }

    /// The critic with the weights of a checkpoint, be its layers in a list or named by their
    /// role.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if the record is that of another network.
    pub fn with_weights(self, record: ModuleRecord) -> Result<Self, RecordError> {
        match self.clone().try_load_record(record.clone()) {
            Err(error) => {
                let mut layers = self.layers.clone();
                layers.push(self.score.clone());
                let loaded = named::load(layers, record).map_err(|_| error)?;
                let mut layers = loaded.into_iter();
                Ok(Self {
                    layers: layers.by_ref().take(self.layers.len()).collect(),
                    score: layers.next().unwrap_or(self.score),
                    ..self
                })
            }
            loaded => loaded,
        }
    }

    /// Scores `[n / packing, 1]` of images `[n, channels, height, width]` with labels `[n]`.
    ///
    /// # Panics
    ///
    /// As Burn does where shapes do not fit, if `n` is no multiple of the packing, or if it
    /// knows classes and gets no labels.
    pub fn forward(
        &self,
        images: Tensor<4>,
        labels: Option<Tensor<1, Int>>,
        pass: &Pass,
    ) -> Tensor<2> {
        let seen = self.seen(self.packed(images), labels.clone());
        let features = layers::forward(&self.layers, seen, pass);
        show(&features, pass);
        let score = self.score.forward(features.clone(), pass);
        self.scores(features, score, labels).0
    }

    /// The scores with what [`input_gradient`](Self::input_gradient) needs.
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    pub fn trace(&self, images: Tensor<4>, labels: Option<Tensor<1, Int>>, pass: &Pass) -> Trace {
        let packed = self.packed(images);
        let input = packed.dims();
        let seen = self.seen(packed, labels.clone());
        let (features, layers) = layers::trace(&self.layers, seen, pass);
        show(&features, pass);
        let (score_value, score) = self.score.trace(features.clone(), pass);
        let shape = features.dims();
        let (scores, projected) = self.scores(features, score_value, labels);
        Trace {
            scores,
            input,
            layers,
            score,
            projected,
            features: shape,
        }
    }

    /// The last layer's `score` `[n, 1, 1, 1]` plus what the class says of the features, and its
    /// vectors.
    fn scores(
        &self,
        features: Tensor<4>,
        score: Tensor<4>,
        labels: Option<Tensor<1, Int>>,
    ) -> (Tensor<2>, Option<Tensor<2>>) {
        let score = score.flatten::<2>(1, 3);
        let Some((projection, labels)) = self.projection.as_ref().zip(labels) else {
            return (score, None);
        };
        let vectors = projection.select(labels);
        let product = features.flatten::<2>(1, 3) * vectors.clone();
        (score + product.sum_dim(1), Some(vectors))
    }

    /// The gradient of each score with respect to its own pack of images,
    /// `[n / packing, packing · channels, height, width]`, as a graph that can be differentiated
    /// with respect to the critic's weights.
    ///
    /// Where scores depend on other images of the batch too, it is that of the sum of all scores.
    pub fn input_gradient(&self, trace: &Trace) -> Tensor<4> {
        let [packs, ..] = trace.input;
        let ones = Tensor::ones([packs, 1, 1, 1], &trace.scores.device());
        let mut gradient = self.score.input_vjp(&trace.score, ones);
        if let Some(vectors) = &trace.projected {
            gradient = gradient + vectors.clone().reshape(trace.features);
        }
        let gradient = layers::input_vjp(&self.layers, &trace.layers, gradient);
        let [_, channels, ..] = trace.input;
        match self.planes {
            Some(_) => gradient.narrow(1, 0, channels),
            None => gradient,
        }
    }

    /// The critic after one power iteration of each spectral norm: once before each update.
    pub fn renew_spectral(self) -> Self {
        Self {
            layers: self.layers.into_iter().map(Layer::renewed).collect(),
            score: self.score.renewed(),
            projection: self.projection.map(Projection::renewed),
            ..self
        }
    }

    /// Whether the score of an image depends on the others of its batch.
    pub fn mixes_a_batch(&self) -> bool {
        self.layers.iter().any(Layer::mixes_a_batch)
    }

    /// The weights of all its layers as matrices `[outputs, rest]`, spectral norms not divided
    /// out.
    pub fn weight_matrices(&self) -> Vec<Tensor<2>> {
        let layers = self.layers.iter().chain([&self.score]);
        layers.flat_map(Layer::weight_matrices).collect()
    }

    /// How far each layer's values spread on these images and labels.
    ///
    /// # Errors
    ///
    /// [`NetError::Device`] if they cannot be read.
    pub fn scales(
        &self,
        images: Tensor<4>,
        labels: Option<Tensor<1, Int>>,
    ) -> Result<Vec<LayerScale>, NetError> {
        let seen = self.seen(self.packed(images), labels).inner();
        let mut layers = self.layers.clone();
        layers.push(self.score.clone());
        measure("critic", &layers, seen)
    }

    /// Consecutive images on each other, `[n / packing, packing · channels, height, width]`.
    fn packed(&self, images: Tensor<4>) -> Tensor<4> {
        let [n, channels, height, width] = images.dims();
        match self.packing {
            1 => images,
            packing => images.reshape([n / packing, packing * channels, height, width]),
        }
    }

    /// With the plane of its class beside each image's channels.
    fn seen(&self, images: Tensor<4>, labels: Option<Tensor<1, Int>>) -> Tensor<4> {
        let [n, _, height, width] = images.dims();
        match self.planes.as_ref().zip(labels) {
            Some((planes, labels)) => {
                let plane = planes.values.val().select(0, labels);
                Tensor::cat(vec![images, plane.reshape([n, 1, height, width])], 1)
            }
            None => images,
        }
    }
}

/// Shows features `[n, c, h, w]` to whoever watches the pass.
fn show(features: &Tensor<4>, pass: &Pass) {
    if let Some(seen) = pass.seen {
        seen.show_features(features.clone().detach().flatten(1, 3));
    }
}

impl Projection {
    /// The vector of each label, `[n, features]`.
    fn select(&self, labels: Tensor<1, Int>) -> Tensor<2> {
        Spectral::divide(self.spectral.as_ref(), &self.vectors).select(0, labels)
    }

    fn renewed(self) -> Self {
        Self {
            spectral: self.spectral.map(|norm| norm.renewed(&self.vectors)),
            ..self
        }
    }
}
