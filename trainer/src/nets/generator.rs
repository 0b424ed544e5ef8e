//! The generator: latents become images, or points.

use burn::module::{Module, Param};
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::activation::tanh;
use burn::tensor::{Int, Tensor};

use super::architectures::generate;
use super::layers::{self, Layer};
use super::scales::{LayerScale, measure};
use super::stack::Stack;
use super::{Initialiser, NetError, Pass, Target, named};
use crate::recipe::{self, GeneratorClasses};

/// The longest learned vector that stands for a class.
const LONGEST_EMBEDDING: usize = 64;

/// A generator of the architecture that the recipe names.
///
/// Latents `[n, latent]`, and labels `[n]` if it knows classes, to images
/// `[n, channels, height, width]` in `[-1, 1]`, or to points `[n, dimensions, 1, 1]` without
/// bounds.
#[derive(Module, Debug)]
pub struct Generator {
    /// `[classes, length]`
    embedding: Option<Param<Tensor<2>>>,
    pub(super) layers: Vec<Layer>,
    /// The number of classes that each have a number beside the latent.
    #[module(skip)]
    one_hot: Option<usize>,
    #[module(skip)]
    latent_scale: f64,
    #[module(skip)]
    is_bounded: bool,
}

impl Generator {
    /// A generator with fresh weights.
    ///
    /// # Errors
    ///
    /// [`NetError::Size`] if the images do not fit the architecture, [`NetError::Classes`] if
    /// the recipe wants classes and the data has none.
    pub fn new(
        init: &mut Initialiser,
        recipe: &recipe::Generator,
        target: Target,
    ) -> Result<Self, NetError> {
        let classes = || target.classes_for("generator.classes", recipe.classes.name());
        let (mut embedding, mut one_hot) = (None, None);
        let told = match recipe.classes {
            GeneratorClasses::None => 0,
            GeneratorClasses::Embedding => {
                let length = recipe.latent.min(LONGEST_EMBEDDING);
                embedding = Some(init.normal([classes()?, length], 1.0));
                length
            }
            GeneratorClasses::OneHot => *one_hot.insert(classes()?),
        };
        let input = [recipe.latent + told, 1, 1];
        let mut stack = Stack::generator(init, &recipe.network, input);
        generate(&mut stack, target)?;
        Ok(Self {
            embedding,
            layers: stack.finish(),
            one_hot,
            latent_scale: recipe.latent_scale,
            is_bounded: !target.is_points(),
        })
    }

    /// The generator with the weights of a checkpoint, be its layers in a list or named by their
    /// role.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if the record is that of another network.
    pub fn with_weights(self, record: ModuleRecord) -> Result<Self, RecordError> {
        match self.clone().try_load_record(record.clone()) {
            Err(error) => match named::load(self.layers.clone(), record) {
                Ok(layers) => Ok(Self { layers, ..self }),
                Err(_) => Err(error),
            },
            loaded => loaded,
        }
    }

    /// The number of classes it can be asked for, if it knows classes.
    pub fn classes(&self) -> Option<usize> {
        let embedded = self.embedding.as_ref().map(|embedding| embedding.dims()[0]);
        self.one_hot.or(embedded)
    }

    /// Images of latents `[n, latent]` and labels `[n]` in training: a batch normalisation
    /// measures this batch.
    ///
    /// # Panics
    ///
    /// As Burn does where shapes do not fit, if it knows classes and gets no labels.
    pub fn forward(
        &self,
        latents: Tensor<2>,
        labels: Option<Tensor<1, Int>>,
        pass: &Pass,
    ) -> Tensor<4> {
        self.run(latents, labels, pass)
    }

    /// Images of latents `[n, latent]` and labels `[n]`, each of which depends on its own latent
    /// alone: a batch normalisation reads the statistics that [`calibrated`](Self::calibrated)
    /// has stored.
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    pub fn sample(&self, latents: Tensor<2>, labels: Option<Tensor<1, Int>>) -> Tensor<4> {
        self.run(latents, labels, &Pass::inference())
    }

    /// Whether [`sample`](Self::sample) reads statistics that training does not keep, so that
    /// [`calibrated`](Self::calibrated) must come first.
    pub fn needs_calibration(&self) -> bool {
        self.layers.iter().any(Layer::has_statistics)
    }

    /// The generator with each batch normalisation's statistics measured on these latents and
    /// labels, layer by layer: what averaged weights need (Izmailov et al. 2018, section 3.2).
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    pub fn calibrated(self, latents: Tensor<2>, labels: Option<Tensor<1, Int>>) -> Self {
        let input = self.input(latents, labels);
        let (layers, _) = layers::calibrated(self.layers, input);
        Self { layers, ..self }
    }

    /// How far each layer's values spread, in training, on these latents and labels.
    ///
    /// # Errors
    ///
    /// [`NetError::Device`] if they cannot be read.
    pub fn scales(
        &self,
        latents: Tensor<2>,
        labels: Option<Tensor<1, Int>>,
    ) -> Result<Vec<LayerScale>, NetError> {
        // What the weights make of a signal: latents without one are another fault.
        let latents = latents / self.latent_scale.min(1.0);
        let input = self.input(latents, labels).inner();
        measure("generator", &self.layers, input)
    }

    fn run(&self, latents: Tensor<2>, labels: Option<Tensor<1, Int>>, pass: &Pass) -> Tensor<4> {
        let x = layers::forward(&self.layers, self.input(latents, labels), pass);
        match self.is_bounded {
            true => tanh(x),
            false => x,
        }
    }

    /// The latents and what tells the class, `[n, d, 1, 1]`.
    fn input(&self, latents: Tensor<2>, labels: Option<Tensor<1, Int>>) -> Tensor<4> {
        let [n, _] = latents.dims();
        let latents = match self.latent_scale {
            1.0 => latents,
            scale => latents * scale,
        };
        let told = match (&self.embedding, self.one_hot, labels) {
            (Some(embedding), _, Some(labels)) => Some(embedding.val().select(0, labels)),
            (None, Some(classes), Some(labels)) => {
                let range = Tensor::<1, Int>::arange(0..classes as i64, &labels.device());
                let range = range.unsqueeze_dim::<2>(0).expand([n, classes]);
                let labels = labels.unsqueeze_dim::<2>(1).expand([n, classes]);
                Some(labels.equal(range).float())
            }
            _ => None,
        };
        let input = match told {
            Some(told) => Tensor::cat(vec![latents, told], 1),
            None => latents,
        };
        let [_, length] = input.dims();
        input.reshape([n, length, 1, 1])
    }
}
