//! The networks, their optimisers, and one update of both.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use gannet::{Latents, Samples};
use serde::{Deserialize, Serialize};

use super::{RunFolder, TrainingError};
use crate::nets::{Critic, Generator, Initialiser, NetError};
use crate::objective::{
    Labels, clip_weights, gradient_penalty, interpolate, squared_input_gradients,
};
use crate::optim::{blend, clip_norm, ema_keep, optimiser};
use crate::recipe::{Position, Recipe};
use crate::streams::Stream;

/// Everything that training changes.
pub struct State {
    pub(super) generator: Generator,
    pub(super) critic: Critic,
    /// The moving average of the generator, which is what leaves the trainer.
    pub(super) average: Generator,
    pub(super) generator_optimizer: ModuleOptimizer,
    pub(super) critic_optimizer: ModuleOptimizer,
    pub(super) step: u64,
    shape: [usize; 3],
    device: Device,
}

/// What one step measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// The critic's adversarial loss, penalties not included.
    pub critic_loss: f64,
    /// The generator's loss.
    pub generator_loss: f64,
    /// Mean score of the real images.
    pub real_score: f64,
    /// Mean score of the generated images.
    pub fake_score: f64,
    /// `E[‖∇ₓD‖²]` on real images, in steps that evaluate the penalties.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r1: Option<f64>,
    /// The same on generated images.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r2: Option<f64>,
    /// `E[(‖∇ₓD‖ − 1)²]` on interpolates, in steps that evaluate the gradient penalty.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gradient_penalty: Option<f64>,
    /// Both learning rates are multiplied by this.
    pub learning_rate_factor: f64,
}

impl Update {
    pub(super) fn is_finite(&self) -> bool {
        let penalties = [self.r1, self.r2, self.gradient_penalty];
        let penalties: f64 = penalties.into_iter().flatten().sum();
        (self.critic_loss + self.generator_loss + penalties).is_finite()
    }
}

impl State {
    /// Fresh networks for images of `[channels, height, width]`.
    pub(super) fn new(
        recipe: &Recipe,
        shape: [usize; 3],
        device: &Device,
    ) -> Result<Self, NetError> {
        let device = device.clone().autodiff();
        let mut init = Initialiser::new(Stream::GeneratorWeights.seed(recipe.seed), &device);
        let (latent, width) = (recipe.generator.latent, recipe.generator.network.width);
        let generator = Generator::new(&mut init, latent, width, shape)?;
        let mut init = Initialiser::new(Stream::CriticWeights.seed(recipe.seed), &device);
        let critic = Critic::new(&mut init, recipe.critic.network.width, shape)?;
        Ok(Self {
            average: generator.valid(),
            generator,
            critic,
            generator_optimizer: optimiser(&recipe.generator.network),
            critic_optimizer: optimiser(&recipe.critic.network),
            step: 0,
            shape,
            device,
        })
    }

    /// The state in a run's newest checkpoint with the seconds trained, or a fresh one.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Checkpoint`] names what cannot be read, [`TrainingError::Net`] images
    /// that do not fit the networks.
    pub fn restore(
        recipe: &Recipe,
        shape: [usize; 3],
        folder: &RunFolder,
        device: &Device,
    ) -> Result<(Self, f64), TrainingError> {
        let mut state = Self::new(recipe, shape, device)?;
        let seconds = match folder.newest_checkpoint()? {
            Some(checkpoint) => checkpoint.load(&mut state)?,
            None => 0.0,
        };
        Ok((state, seconds))
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The moving average of the generator.
    pub fn average(&self) -> &Generator {
        &self.average
    }

    /// Samples of the moving average.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Sheet`] if a value is not finite.
    pub fn sample(&self, latents: &Latents) -> Result<Samples, TrainingError> {
        let z = latents_on(latents, &self.device).inner();
        let images = self.average.forward(z);
        let shape = images.dims();
        let values = images
            .try_into_vec_as::<f32>()
            .map_err(|error| TrainingError::Device(format!("{error:?}")))?;
        Samples::new(shape, values).map_err(TrainingError::Sheet)
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

    /// One step: the critic on `real` images, then the generator against the new critic.
    ///
    /// `real` is `[n, c, h, w]` in `[-1, 1]`, flat. The latents are those of this step, so that
    /// a step depends on the state and its number alone.
    pub(super) fn update(
        &mut self,
        recipe: &Recipe,
        real: Vec<f32>,
    ) -> Result<Update, TrainingError> {
        let batch = recipe.training.batch_images;
        let [channels, height, width] = self.shape;
        let data = TensorData::new(real, [batch, channels, height, width]);
        let real = Tensor::<4>::from_data(data, &self.device.clone().inner());
        let first = self.step * batch as u64;
        let latents = Latents::draw(
            Stream::Latents.seed(recipe.seed),
            first..first + batch as u64,
            recipe.generator.latent,
        );
        let fake = self.generator.forward(latents_on(&latents, &self.device));
        let progress = self.step as f64 / recipe.total_steps() as f64;
        let scheduled = recipe.schedule.at(Position {
            progress,
            images: first,
            plateaus: 0,
        });
        let factor = scheduled.learning_rate;

        let mut update = self.update_critic(recipe, real.clone(), fake.clone(), factor)?;
        update.generator_loss = self.update_generator(recipe, real, fake, factor)?;

        self.step += 1;
        let seen = self.step * batch as u64;
        let keep = ema_keep(recipe.training.ema_half_life_images, seen, batch);
        let average = self.average.clone();
        self.average = blend(average, &self.generator, keep);
        Ok(update)
    }

    fn update_critic(
        &mut self,
        recipe: &Recipe,
        real: Tensor<4>,
        fake: Tensor<4>,
        factor: f64,
    ) -> Result<Update, TrainingError> {
        let batch = recipe.training.batch_images;
        let fake = fake.inner();
        let both = Tensor::cat(vec![real.clone(), fake.clone()], 0).autodiff();
        let trace = self.critic.trace(both);
        let real_scores = trace.scores.clone().narrow(0, 0, batch);
        let fake_scores = trace.scores.clone().narrow(0, batch, batch);
        let objective = &recipe.objective;
        let adversarial = objective.loss.critic_loss(
            real_scores.clone(),
            fake_scores.clone(),
            Labels {
                real_smoothing: objective.label_smoothing,
                fake_smoothing: objective.fake_label_smoothing,
                ..Labels::default()
            },
        );

        let mut loss = adversarial.clone();
        let (mut r1, mut r2, mut errors_of_norms) = (None, None, None);
        let interval = objective.penalty_interval_steps;
        let due = self.step.is_multiple_of(interval);
        if due && (objective.r1_gamma > 0.0 || objective.r2_gamma > 0.0) {
            let gradients = squared_input_gradients(self.critic.input_gradient(&trace));
            r1 = Some(scalar(&gradients.real)?);
            r2 = Some(scalar(&gradients.fake)?);
            loss = gradients.penalise(loss, objective.r1_gamma, objective.r2_gamma, interval);
        }
        if due && objective.gradient_penalty > 0.0 {
            let seed = Stream::Interpolates.seed(recipe.seed);
            let between = interpolate(real, fake, seed, self.step).autodiff();
            let trace = self.critic.trace(between);
            let errors = gradient_penalty(self.critic.input_gradient(&trace));
            errors_of_norms = Some(scalar(&errors)?);
            loss = loss + errors * (interval as f64 * objective.gradient_penalty);
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &self.critic);
        let gradients = clip_norm(
            gradients,
            &self.critic,
            recipe.critic.network.gradient_clip_norm,
        );
        let rate = recipe.critic.network.learning_rate * factor;
        self.critic = self
            .critic_optimizer
            .step(rate, self.critic.clone(), gradients);
        if objective.weight_clip > 0.0 {
            self.critic = clip_weights(self.critic.clone(), objective.weight_clip);
        }
        Ok(Update {
            critic_loss: scalar(&adversarial)?,
            generator_loss: 0.0,
            real_score: scalar(&real_scores.mean())?,
            fake_score: scalar(&fake_scores.mean())?,
            r1,
            r2,
            gradient_penalty: errors_of_norms,
            learning_rate_factor: factor,
        })
    }

    fn update_generator(
        &mut self,
        recipe: &Recipe,
        real: Tensor<4>,
        fake: Tensor<4>,
        factor: f64,
    ) -> Result<f64, TrainingError> {
        let real_scores = || self.critic.valid().forward(real).autodiff();
        let fake_scores = self.critic.clone().no_grad().forward(fake);
        let loss = recipe
            .objective
            .loss
            .generator_loss(real_scores, fake_scores);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.generator);
        let longest = recipe.generator.network.gradient_clip_norm;
        let gradients = clip_norm(gradients, &self.generator, longest);
        let rate = recipe.generator.network.learning_rate * factor;
        self.generator = self
            .generator_optimizer
            .step(rate, self.generator.clone(), gradients);
        scalar(&loss)
    }
}

/// A sum over weights that is finite if and only if all of them are, or they are beyond use.
struct Total(Tensor<1>);

impl ModuleVisitor for Total {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0 = self.0.clone() + param.val().inner().abs().sum();
    }
}

/// Latents as a tensor `[n, latent]`.
fn latents_on(latents: &Latents, device: &Device) -> Tensor<2> {
    let shape = [latents.len(), latents.dim()];
    Tensor::from_data(TensorData::new(latents.values().to_vec(), shape), device)
}

fn scalar(value: &Tensor<1>) -> Result<f64, TrainingError> {
    value
        .clone()
        .try_into_scalar::<f32>()
        .map(f64::from)
        .map_err(|error| TrainingError::Device(format!("{error:?}")))
}
