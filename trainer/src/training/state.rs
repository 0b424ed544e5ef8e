//! The networks, their optimisers and what adapts to them.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::ModuleOptimizer;
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet::{Latents, Samples};
use serde::{Deserialize, Serialize};

use super::care::Care;
use super::checkpoint::Checkpoint;
use super::judge::{Best, Standing};
use super::{RunFolder, TrainingError};
use crate::nets::{Critic, Generator, Initialiser, LayerScale, NetError, Target};
use crate::objective::{Adaptive, LeCam};
use crate::optim::optimiser;
use crate::recipe::{CriticClasses, GeneratorClasses, Position, Recipe, Scheduled};
use crate::streams::Stream;

/// Latents on which a generator with batch normalisation measures its statistics.
const CALIBRATED_ON: u64 = 512;

/// Everything that training changes.
pub struct State {
    pub(super) generator: Generator,
    pub(super) critic: Critic,
    /// The moving average of the generator's weights.
    pub(super) average: Generator,
    pub(super) generator_optimizer: ModuleOptimizer,
    pub(super) critic_optimizer: ModuleOptimizer,
    pub(super) step: u64,
    pub(super) adaptation: Adaptation,
    pub(super) target: Target,
    pub(super) device: Device,
    pub(super) seed: u64,
    latent: usize,
    /// What both optimisers' `beta2` have still to go, as they are set.
    pub(super) beta2_left: f64,
}

/// What adapts to the run as it goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Adaptation {
    /// The probability of augmentations, if it adapts.
    pub(super) augment: Option<Adaptive>,
    /// The averages of the critic's scores.
    pub(super) lecam: Option<LeCam>,
    /// The scores during the run.
    pub(super) standing: Standing,
    /// Generated images of each bin in the last step that was watched.
    pub(super) bins: Vec<u64>,
    /// What the doctor has done.
    pub(super) care: Care,
}

/// A state from a run's folder.
pub struct Restored {
    /// The networks and all that belongs to them.
    pub state: State,
    /// The run's recipe as it was then: treatments may have changed it.
    pub recipe: Recipe,
    /// Seconds of training before.
    pub(super) seconds: f64,
}

impl State {
    /// Fresh networks for images of `shape` = `[channels, height, width]`, of so many classes if
    /// they have labels.
    pub(super) fn new(
        recipe: &Recipe,
        shape: [usize; 3],
        classes: Option<usize>,
        device: &Device,
    ) -> Result<Self, NetError> {
        let device = device.clone().autodiff();
        let target = Target {
            shape,
            classes: classes.filter(|_| is_conditional(recipe)),
        };
        let mut init = Initialiser::new(Stream::GeneratorWeights.seed(recipe.seed), &device);
        let generator = Generator::new(&mut init, &recipe.generator, target)?;
        let mut init = Initialiser::new(Stream::CriticWeights.seed(recipe.seed), &device);
        let critic = Critic::new(&mut init, &recipe.critic, target)?;
        let adapts = recipe.augment.adaptive_target > 0.0;
        Ok(Self {
            average: generator.valid(),
            generator,
            critic,
            generator_optimizer: optimiser(&recipe.generator.network),
            critic_optimizer: optimiser(&recipe.critic.network),
            step: 0,
            adaptation: Adaptation {
                augment: adapts.then(|| Adaptive::new(recipe.augment.probability)),
                ..Adaptation::default()
            },
            target,
            device,
            seed: recipe.seed,
            latent: recipe.generator.latent,
            beta2_left: 1.0,
        })
    }

    /// The state in a run's newest checkpoint, or a fresh one.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Checkpoint`] names what cannot be read, [`TrainingError::Net`] images
    /// that do not fit the networks.
    pub fn restore(
        base: &Recipe,
        shape: [usize; 3],
        classes: Option<usize>,
        folder: &RunFolder,
        device: &Device,
    ) -> Result<Restored, TrainingError> {
        match folder.newest_checkpoint()? {
            Some(checkpoint) => Self::at(&checkpoint, base, shape, classes, device),
            None => Ok(Restored {
                state: Self::new(base, shape, classes, device)?,
                recipe: base.clone(),
                seconds: 0.0,
            }),
        }
    }

    /// The state that leaves a run's folder: that of the best score if the recipe keeps it, else
    /// the newest.
    ///
    /// # Errors
    ///
    /// As [`restore`](Self::restore).
    pub fn restore_result(
        base: &Recipe,
        shape: [usize; 3],
        classes: Option<usize>,
        folder: &RunFolder,
        device: &Device,
    ) -> Result<Restored, TrainingError> {
        let newest = Self::restore(base, shape, classes, folder, device)?;
        match newest.state.kept_best(&newest.recipe) {
            Some(best) => {
                let checkpoint = folder.checkpoint(best.step);
                Self::at(&checkpoint, base, shape, classes, device)
            }
            None => Ok(newest),
        }
    }

    /// The state in a checkpoint, with the recipe as it was then.
    pub(super) fn at(
        checkpoint: &Checkpoint,
        base: &Recipe,
        shape: [usize; 3],
        classes: Option<usize>,
        device: &Device,
    ) -> Result<Restored, TrainingError> {
        let settings = checkpoint.position()?.adaptation.care.settings;
        let recipe = base.with(&settings)?;
        let mut state = Self::new(&recipe, shape, classes, device)?;
        let seconds = checkpoint.load(&mut state)?;
        Ok(Restored {
            state,
            recipe,
            seconds,
        })
    }

    /// Fresh networks of a recipe, with the step and the scores so far as they are.
    pub(super) fn draw_anew(&mut self, recipe: &Recipe) -> Result<(), NetError> {
        self.begin_with(self.fresh(recipe)?);
        Ok(())
    }

    /// The networks of a checkpoint, likewise; the recipe's are like them.
    pub(super) fn roll_back(
        &mut self,
        checkpoint: &Checkpoint,
        recipe: &Recipe,
    ) -> Result<(), TrainingError> {
        let mut earlier = self.fresh(recipe)?;
        checkpoint.load(&mut earlier)?;
        self.begin_with(earlier);
        Ok(())
    }

    /// A fresh state for the same images on the same device.
    fn fresh(&self, recipe: &Recipe) -> Result<Self, NetError> {
        let Target { shape, classes } = self.target;
        Self::new(recipe, shape, classes, &self.device.clone().inner())
    }

    fn begin_with(&mut self, other: Self) {
        let former = std::mem::replace(self, other);
        self.step = former.step;
        self.adaptation.standing = former.adaptation.standing;
        self.adaptation.care = former.adaptation.care;
    }

    /// The best score so far, if the recipe keeps its state.
    pub(super) fn kept_best(&self, recipe: &Recipe) -> Option<Best> {
        let best = self.adaptation.standing.best;
        best.filter(|_| recipe.training.keep_best)
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The scores during the run so far.
    pub fn standing(&self) -> &Standing {
        &self.adaptation.standing
    }

    /// The moving average of the generator, which is what leaves the trainer. Batch
    /// normalisations get the statistics of the averaged weights, which are no average of
    /// statistics (Izmailov et al. 2018, section 3.2).
    pub fn average(&self) -> Generator {
        let average = self.average.clone();
        if !average.needs_calibration() {
            return average;
        }
        let seed = Stream::Calibration.seed(self.seed);
        let latents = Latents::draw(seed, 0..CALIBRATED_ON, self.latent);
        let labels = self.every_class(0, latents.len());
        average.calibrated(
            tensor(&latents, &self.device).inner(),
            labels.map(Tensor::inner),
        )
    }

    /// Samples of the averaged generator; sample `i` is of class `i` modulo the classes.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Sheet`] if a value is not finite.
    pub fn sample(&self, latents: &Latents) -> Result<Samples, TrainingError> {
        self.sample_of(&self.average(), latents, 0)
    }

    /// Samples of a generator, the first one being of class `first` modulo the classes.
    pub(super) fn sample_of(
        &self,
        generator: &Generator,
        latents: &Latents,
        first: u64,
    ) -> Result<Samples, TrainingError> {
        let z = tensor(latents, &self.device).inner();
        let labels = self.every_class(first, latents.len()).map(Tensor::inner);
        let images = generator.sample(z, labels);
        let shape = images.dims();
        let values = floats(images)?;
        Samples::new(shape, values).map_err(TrainingError::Sheet)
    }

    /// How far the values of each layer of the fresh networks spread for their first batch.
    pub(super) fn scales(&self, real: &[f32]) -> Result<Vec<LayerScale>, NetError> {
        let [channels, height, width] = self.target.shape;
        let n = real.len() / (channels * height * width);
        let data = TensorData::new(real.to_vec(), [n, channels, height, width]);
        let real = Tensor::<4>::from_data(data, &self.device);
        let seed = Stream::Sheets.seed(self.seed);
        let latents = Latents::draw(seed, 0..n as u64, self.latent);
        let labels = || self.every_class(0, n);
        let z = tensor(&latents, &self.device);
        let mut scales = self.generator.scales(z, labels())?;
        scales.extend(self.critic.scales(real, labels())?);
        Ok(scales)
    }

    /// Whether every weight is finite.
    pub(super) fn is_finite(&self) -> Result<bool, TrainingError> {
        let device = self.device.clone().inner();
        let mut total = Total(Tensor::zeros([1], &device));
        self.generator.visit(&mut total);
        self.critic.visit(&mut total);
        self.average.visit(&mut total);
        Ok(scalar(&total.0)?.is_finite())
    }

    /// What the schedules say before the next step.
    pub(super) fn scheduled(&self, recipe: &Recipe) -> Scheduled {
        recipe.schedule.at(Position {
            progress: self.step as f64 / recipe.total_steps() as f64,
            images: self.step * recipe.images_per_step(),
            plateaus: self.adaptation.standing.plateaus,
        })
    }

    /// Labels `first`, `first + 1`, ... modulo the classes, if the networks take labels.
    fn every_class(&self, first: u64, n: usize) -> Option<Tensor<1, Int>> {
        let classes = self.target.classes? as u64;
        let labels: Vec<i64> = (first..first + n as u64)
            .map(|index| (index % classes) as i64)
            .collect();
        let data = TensorData::new(labels, [n]);
        Some(Tensor::from_data(data, &self.device))
    }
}

/// Whether either network is told the class of an image.
pub(super) fn is_conditional(recipe: &Recipe) -> bool {
    recipe.generator.classes != GeneratorClasses::None
        || recipe.critic.classes != CriticClasses::None
}

/// A sum over weights that is finite if and only if all of them are, or they are beyond use.
struct Total(Tensor<1>);

impl ModuleVisitor for Total {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0 = self.0.clone() + param.val().inner().abs().sum();
    }
}

/// Latents as a tensor `[n, latent]`.
pub(super) fn tensor(latents: &Latents, device: &Device) -> Tensor<2> {
    let shape = [latents.len(), latents.dim()];
    Tensor::from_data(TensorData::new(latents.values().to_vec(), shape), device)
}

/// The values of a tensor, in the order of its shape.
pub(super) fn floats<const D: usize>(values: Tensor<D>) -> Result<Vec<f32>, TrainingError> {
    values
        .try_into_vec_as::<f32>()
        .map_err(|error| TrainingError::Device(format!("{error:?}")))
}

pub(super) fn scalar(value: &Tensor<1>) -> Result<f64, TrainingError> {
    value
        .clone()
        .try_into_scalar::<f32>()
        .map(f64::from)
        .map_err(|error| TrainingError::Device(format!("{error:?}")))
}

pub(super) fn label_tensor(labels: &[usize], device: &Device) -> Tensor<1, Int> {
    let labels: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
    let shape = [labels.len()];
    Tensor::from_data(TensorData::new(labels, shape), device)
}
