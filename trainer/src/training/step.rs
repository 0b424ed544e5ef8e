//! One step: updates of the critic, then of the generator.

use burn::tensor::{Int, Tensor, TensorData};
use gannet::Latents;

use super::TrainingError;
use super::state::{State, label_tensor, tensor};
use super::update::Update;
use super::views::Views;
use super::vitals::{Glance, Vitals, Wants};
use crate::data::Batch;
use crate::objective::{Adaptive, mirror, noise_std};
use crate::optim::{blend, ema_keep, with_beta2};
use crate::recipe::{Network, Recipe, Scheduled};
use crate::streams::Stream;

/// `beta2` moves in this many steps from its start to its end: each makes the optimisers anew.
const BETA2_STEPS: f64 = 100.0;

/// A part of a batch, whose gradients are found at once.
pub(super) struct Part {
    pub(super) real: Tensor<4>,
    pub(super) labels: Option<Tensor<1, Int>>,
    pub(super) latents: Tensor<2>,
    /// Numbers the random draws of a run.
    pub(super) draw: u64,
}

/// What an update needs to know.
pub(super) struct Round<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) scheduled: Scheduled,
    pub(super) views: Views,
    /// Whether gradient penalties are evaluated.
    pub(super) penalises: bool,
    pub(super) glance: Option<Glance<'a>>,
}

impl Round<'_> {
    /// What is wanted of the critic, or of the generator, beside the usual signs.
    pub(super) fn wants(&self, of_critic: bool) -> Wants {
        Wants {
            weight_rank: of_critic && self.glance.is_some_and(|glance| glance.is_thorough),
            layers: self.recipe.training.log_layers,
        }
    }
}

impl State {
    /// One step on `batches`, one for each of the critic's updates.
    ///
    /// Latents and all other random numbers are those of this step, so that it depends on the
    /// state and its number alone. A step that is watched takes the vital signs, and changes
    /// the state as any other.
    pub(super) fn update(
        &mut self,
        recipe: &Recipe,
        batches: Vec<Batch>,
        glance: Option<Glance<'_>>,
    ) -> Result<Update, TrainingError> {
        let scheduled = self.scheduled(recipe);
        let round = Round {
            recipe,
            scheduled,
            views: self.views(recipe),
            penalises: self
                .step
                .is_multiple_of(recipe.objective.penalty_interval_steps),
            glance,
        };
        self.set_beta2(recipe, scheduled.beta2);

        let mut update = Update {
            learning_rate_factor: scheduled.learning_rate,
            augment_probability: self
                .adaptation
                .augment
                .as_ref()
                .map(|adaptive| adaptive.probability),
            ..Update::default()
        };
        let (mut parts, mut made) = (Vec::new(), None);
        let turns = batches.len();
        for (turn, batch) in batches.into_iter().enumerate() {
            update.vitals = (glance.is_some() && turn + 1 == turns).then(Vitals::default);
            parts = self.parts(recipe, turn as u64, batch);
            made = self.update_critic(&round, &parts, &mut update)?;
        }
        for turn in 0..recipe.generator.network.steps as u64 {
            if turn > 0 {
                self.redraw(recipe, turn, &mut parts);
            }
            self.update_generator(&round, &parts, made.take(), &mut update)?;
        }

        self.step += 1;
        let images = recipe.images_per_step();
        let half_life = recipe.training.ema_half_life_images * scheduled.ema_half_life;
        let keep = ema_keep(half_life, self.step * images, images as usize);
        self.average = blend(self.average.clone(), &self.generator, keep);
        if let Some(adaptive) = &mut self.adaptation.augment
            && self.step.is_multiple_of(Adaptive::INTERVAL_STEPS)
        {
            let augment = &recipe.augment;
            adaptive.adapt(augment.adaptive_target, augment.adaptive_speed_images);
        }
        Ok(update)
    }

    fn views(&self, recipe: &Recipe) -> Views {
        let objective = &recipe.objective;
        let adapted = self.adaptation.augment.as_ref();
        Views {
            policy: recipe.augment.policy.clone(),
            probability: adapted
                .map_or(recipe.augment.probability, |adaptive| adaptive.probability),
            noise: noise_std(
                objective.instance_noise,
                objective.instance_noise_images,
                self.step * recipe.images_per_step(),
            ),
            seed: recipe.seed,
        }
    }

    fn set_beta2(&mut self, recipe: &Recipe, left: f64) {
        let left = (left * BETA2_STEPS).round() / BETA2_STEPS;
        if left == self.beta2_left {
            return;
        }
        self.beta2_left = left;
        let end = recipe.schedule.beta2_final;
        let beta2 = |network: &Network| end + (network.beta2 - end) * left;
        let (generator, critic) = (&recipe.generator.network, &recipe.critic.network);
        self.generator_optimizer =
            with_beta2(&self.generator_optimizer, generator, beta2(generator));
        self.critic_optimizer = with_beta2(&self.critic_optimizer, critic, beta2(critic));
    }

    /// The parts of a batch for the critic's update number `turn` of this step.
    fn parts(&self, recipe: &Recipe, turn: u64, batch: Batch) -> Vec<Part> {
        let Batch { mut images, labels } = batch;
        let number = self.step * recipe.critic.network.steps as u64 + turn;
        if recipe.augment.mirror {
            let seed = Stream::Mirrors.seed(recipe.seed);
            mirror(&mut images, self.target.shape, seed, number);
        }
        let parts = recipe.training.accumulation;
        let size = recipe.training.batch_images / parts;
        let first = number * recipe.training.batch_images as u64;
        let plain = self.device.clone().inner();
        let [channels, height, width] = self.target.shape;
        let labels = labels.filter(|_| self.target.classes.is_some());
        images
            .chunks_exact(size * channels * height * width)
            .enumerate()
            .map(|(index, images)| {
                let data = TensorData::new(images.to_vec(), [size, channels, height, width]);
                Part {
                    real: Tensor::from_data(data, &plain),
                    labels: labels
                        .as_ref()
                        .map(|labels| label_tensor(&labels[index * size..][..size], &self.device)),
                    latents: self.latents(
                        recipe,
                        Stream::Latents,
                        first + (index * size) as u64,
                        size,
                    ),
                    draw: self.draw(recipe, turn, index),
                }
            })
            .collect()
    }

    /// Fresh random numbers for the generator's update number `turn` of this step.
    fn redraw(&self, recipe: &Recipe, turn: u64, parts: &mut [Part]) {
        let further = recipe.generator.network.steps as u64 - 1;
        let mut first = (self.step * further + turn - 1) * recipe.training.batch_images as u64;
        for (index, part) in parts.iter_mut().enumerate() {
            let [size, ..] = part.real.dims();
            part.latents = self.latents(recipe, Stream::FurtherLatents, first, size);
            part.draw = self.draw(recipe, recipe.critic.network.steps as u64 - 1 + turn, index);
            first += size as u64;
        }
    }

    fn latents(&self, recipe: &Recipe, stream: Stream, first: u64, n: usize) -> Tensor<2> {
        let range = first..first + n as u64;
        let latents = Latents::draw(stream.seed(recipe.seed), range, recipe.generator.latent);
        tensor(&latents, &self.device)
    }

    /// The number of a part's random draws in the run.
    fn draw(&self, recipe: &Recipe, turn: u64, part: usize) -> u64 {
        let turns = (recipe.critic.network.steps + recipe.generator.network.steps) as u64 - 1;
        (self.step * turns + turn) * recipe.training.accumulation as u64 + part as u64
    }
}
