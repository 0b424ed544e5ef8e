//! One step: updates of the critic, then of the generator.

use std::cell::RefCell;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor, TensorData};
use gannet::Latents;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::TrainingError;
use super::state::{State, scalar, tensor};
use super::update::Update;
use super::views::{Side, Views};
use crate::data::Batch;
use crate::nets::{Critic, Pass};
use crate::objective::{
    Labels, LeCam, clip_weights, gradient_penalty, interpolate, mean_sign, mirror, noise_std,
    orthogonal, perturb, squared_norms,
};
use crate::optim::{MeanGradients, blend, clip_norm, clip_value, ema_keep, with_beta2};
use crate::recipe::{Network, Recipe, Scheduled};
use crate::streams::Stream;

/// `beta2` moves in this many steps from its start to its end: each makes the optimisers anew.
const BETA2_STEPS: f64 = 100.0;

/// Steps from one adaptation of the augmentations to the next (Karras et al. 2020, section 3.1).
const ADAPTATION_STEPS: u64 = 4;

/// A part of a batch, whose gradients are found at once.
struct Part {
    real: Tensor<4>,
    labels: Option<Tensor<1, Int>>,
    latents: Tensor<2>,
    /// Numbers the random draws of a run.
    draw: u64,
}

/// What an update needs to know.
struct Round<'a> {
    recipe: &'a Recipe,
    scheduled: Scheduled,
    views: Views,
    /// Whether gradient penalties are evaluated.
    penalises: bool,
}

/// The critic's scores, and its gradients where they are asked for.
struct Scored {
    real: Tensor<2>,
    fake: Tensor<2>,
    real_gradient: Option<Tensor<4>>,
    fake_gradient: Option<Tensor<4>>,
}

impl State {
    /// One step on `batches`, one for each of the critic's updates.
    ///
    /// Latents and all other random numbers are those of this step, so that it depends on the
    /// state and its number alone.
    pub(super) fn update(
        &mut self,
        recipe: &Recipe,
        batches: Vec<Batch>,
    ) -> Result<Update, TrainingError> {
        let scheduled = self.scheduled(recipe);
        let round = Round {
            recipe,
            scheduled,
            views: self.views(recipe),
            penalises: self
                .step
                .is_multiple_of(recipe.objective.penalty_interval_steps),
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
        for (turn, batch) in batches.into_iter().enumerate() {
            parts = self.parts(recipe, turn as u64, batch);
            made = self.update_critic(&round, &parts, &mut update)?;
        }
        for turn in 0..recipe.generator.network.steps as u64 {
            if turn > 0 {
                self.redraw(recipe, turn, &mut parts);
            }
            update.generator_loss = self.update_generator(&round, &parts, made.take())?;
        }

        self.step += 1;
        let images = recipe.images_per_step();
        let half_life = recipe.training.ema_half_life_images * scheduled.ema_half_life;
        let keep = ema_keep(half_life, self.step * images, images as usize);
        self.average = blend(self.average.clone(), &self.generator, keep);
        if let Some(adaptive) = &mut self.adaptation.augment
            && self.step.is_multiple_of(ADAPTATION_STEPS)
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
                    labels: labels.as_ref().map(|labels| {
                        let labels = labels[index * size..][..size]
                            .iter()
                            .map(|&label| label as i64);
                        let data = TensorData::new(labels.collect::<Vec<_>>(), [size]);
                        Tensor::from_data(data, &self.device)
                    }),
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

    /// One update of the critic. Returns the generator's images with their graph, if they are
    /// of the whole batch.
    fn update_critic(
        &mut self,
        round: &Round<'_>,
        parts: &[Part],
        update: &mut Update,
    ) -> Result<Option<Tensor<4>>, TrainingError> {
        let recipe = round.recipe;
        if recipe.critic.spectral_norm {
            self.critic = self.critic.clone().renew_spectral();
        }
        let mut mean = MeanGradients::new();
        let mut made = None;
        for part in parts {
            let fake = self
                .generator
                .forward(part.latents.clone(), part.labels.clone());
            let loss = self.critic_loss(round, part, fake.clone().inner(), update)?;
            mean.add(
                &self.critic,
                GradientsParams::from_grads(loss.backward(), &self.critic),
            );
            made = (parts.len() == 1).then_some(fake);
        }
        let network = &recipe.critic.network;
        let gradients = limited(mean.take(&self.critic), &self.critic, network);
        let rate = network.learning_rate * round.scheduled.learning_rate;
        self.critic = self
            .critic_optimizer
            .step(rate, self.critic.clone(), gradients);
        if recipe.objective.weight_clip > 0.0 {
            self.critic = clip_weights(self.critic.clone(), recipe.objective.weight_clip);
        }
        Ok(made)
    }

    /// What the critic minimises on one part.
    fn critic_loss(
        &mut self,
        round: &Round<'_>,
        part: &Part,
        fake: Tensor<4>,
        update: &mut Update,
    ) -> Result<Tensor<1>, TrainingError> {
        let Round {
            recipe,
            views,
            scheduled,
            ..
        } = round;
        let objective = &recipe.objective;
        let real = views.of(part.real.clone(), Side::Real, part.draw);
        let fake = views.of(fake, Side::Fake, part.draw);
        let random = self.dropout(recipe, part.draw);
        let pass = Pass::training(&random);
        let wanted =
            [objective.r1_gamma, objective.r2_gamma].map(|gamma| round.penalises && gamma > 0.0);
        let scored = score(
            &self.critic,
            &real,
            &fake,
            part.labels.as_ref(),
            wanted,
            &pass,
        );
        let labels = Labels {
            seed: Stream::LabelFlips.seed(recipe.seed),
            step: part.draw,
            ..objective.labels()
        };
        let adversarial =
            objective
                .loss
                .critic_loss(scored.real.clone(), scored.fake.clone(), labels);

        let interval = objective.penalty_interval_steps as f64 * scheduled.penalty;
        let mut loss = adversarial.clone();
        for (gradient, gamma, measured) in [
            (scored.real_gradient, objective.r1_gamma, &mut update.r1),
            (scored.fake_gradient, objective.r2_gamma, &mut update.r2),
        ] {
            if let Some(gradient) = gradient {
                let squared = squared_norms(gradient).mean();
                *measured = Some(scalar(&squared)?);
                loss = loss + squared * (0.5 * interval * gamma);
            }
        }
        if round.penalises && objective.gradient_penalty > 0.0 {
            let seed = Stream::Interpolates.seed(recipe.seed);
            let between = interpolate(real.clone(), fake.clone(), seed, part.draw).autodiff();
            let errors = self.norm_errors(between, part, &pass);
            update.gradient_penalty = Some(scalar(&errors)?);
            loss = loss + errors * (interval * objective.gradient_penalty);
        }
        if round.penalises && objective.dragan > 0.0 {
            let seed = Stream::Perturbations.seed(recipe.seed);
            let around = perturb(real, seed, part.draw).autodiff();
            let errors = self.norm_errors(around, part, &pass);
            update.dragan = Some(scalar(&errors)?);
            loss = loss + errors * (interval * objective.dragan);
        }
        let (real_mean, fake_mean) = (scored.real.clone().mean(), scored.fake.clone().mean());
        update.critic_loss = scalar(&adversarial)?;
        update.real_score = scalar(&real_mean)?;
        update.fake_score = scalar(&fake_mean)?;
        if objective.lecam > 0.0 {
            let lecam = self.adaptation.lecam.get_or_insert_with(LeCam::default);
            lecam.observe(update.real_score, update.fake_score);
            loss = loss + lecam.penalty(scored.real.clone(), scored.fake.clone()) * objective.lecam;
        }
        if objective.orthogonal > 0.0 {
            let penalty = orthogonal(self.critic.weight_matrices());
            loss = penalty.map_or(loss.clone(), |penalty| {
                loss + penalty * objective.orthogonal
            });
        }
        if let Some(adaptive) = &mut self.adaptation.augment {
            let images = scored.real.dims()[0] as u64;
            adaptive.observe(scalar(&mean_sign(scored.real.inner()))?, images);
        }
        Ok(loss)
    }

    fn norm_errors(&self, images: Tensor<4>, part: &Part, pass: &Pass<'_>) -> Tensor<1> {
        let trace = self.critic.trace(images, part.labels.clone(), pass);
        gradient_penalty(self.critic.input_gradient(&trace))
    }

    fn update_generator(
        &mut self,
        round: &Round<'_>,
        parts: &[Part],
        mut made: Option<Tensor<4>>,
    ) -> Result<f64, TrainingError> {
        let Round { recipe, views, .. } = round;
        let frozen = self.critic.clone().no_grad();
        let mut mean = MeanGradients::new();
        let mut total = 0.0;
        for part in parts {
            let fake = made.take().unwrap_or_else(|| {
                self.generator
                    .forward(part.latents.clone(), part.labels.clone())
            });
            let random = self.dropout(recipe, part.draw);
            let pass = Pass::training(&random);
            let real_scores = || {
                let real = views.of(part.real.clone(), Side::Real, part.draw);
                let labels = part.labels.clone().map(Tensor::inner);
                self.critic.valid().forward(real, labels, &pass).autodiff()
            };
            let fake = views.of(fake, Side::Fake, part.draw);
            let fake_scores = frozen.forward(fake, part.labels.clone(), &pass);
            let loss = recipe
                .objective
                .loss
                .generator_loss(real_scores, fake_scores);
            total += scalar(&loss)?;
            let gradients = GradientsParams::from_grads(loss.backward(), &self.generator);
            mean.add(&self.generator, gradients);
        }
        let network = &recipe.generator.network;
        let gradients = limited(mean.take(&self.generator), &self.generator, network);
        let rate = network.learning_rate * round.scheduled.learning_rate;
        self.generator = self
            .generator_optimizer
            .step(rate, self.generator.clone(), gradients);
        Ok(total / parts.len() as f64)
    }

    fn dropout(&self, recipe: &Recipe, draw: u64) -> RefCell<ChaCha8Rng> {
        let mut random = ChaCha8Rng::seed_from_u64(Stream::Dropout.seed(recipe.seed));
        random.set_stream(draw);
        RefCell::new(random)
    }
}

/// The gradients of a network within the recipe's limits.
fn limited<M: Module>(
    gradients: GradientsParams,
    module: &M,
    network: &Network,
) -> GradientsParams {
    let gradients = clip_value(gradients, module, network.gradient_clip_value);
    clip_norm(gradients, module, network.gradient_clip_norm)
}

/// The critic's scores of `real` and `fake`, with the input gradients that are `wanted` of
/// either.
///
/// Both are scored in one pass, unless a score depends on the batch it is in, or only one side's
/// gradient is wanted.
fn score(
    critic: &Critic,
    real: &Tensor<4>,
    fake: &Tensor<4>,
    labels: Option<&Tensor<1, Int>>,
    wanted: [bool; 2],
    pass: &Pass<'_>,
) -> Scored {
    let gradient = |images: Tensor<4>, labels: Option<Tensor<1, Int>>, wanted: bool| {
        if !wanted {
            return (critic.forward(images, labels, pass), None);
        }
        let trace = critic.trace(images, labels, pass);
        let gradient = critic.input_gradient(&trace);
        (trace.scores, Some(gradient))
    };
    if critic.mixes_a_batch() || wanted[0] != wanted[1] {
        let side = |images: &Tensor<4>, wanted| {
            gradient(images.clone().autodiff(), labels.cloned(), wanted)
        };
        let (real, real_gradient) = side(real, wanted[0]);
        let (fake, fake_gradient) = side(fake, wanted[1]);
        return Scored {
            real,
            fake,
            real_gradient,
            fake_gradient,
        };
    }
    let both = Tensor::cat(vec![real.clone(), fake.clone()], 0).autodiff();
    let labels = labels.map(|labels| Tensor::cat(vec![labels.clone(), labels.clone()], 0));
    let (scores, gradients) = gradient(both, labels, wanted[0]);
    let [n, _] = scores.dims();
    let half = n / 2;
    let side = |first| {
        gradients
            .clone()
            .map(|gradients| gradients.narrow(0, first, half))
    };
    Scored {
        real: scores.clone().narrow(0, 0, half),
        fake: scores.narrow(0, half, half),
        real_gradient: side(0),
        fake_gradient: side(half),
    }
}
