//! Updates of either network.

use std::cell::RefCell;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::TrainingError;
use super::state::{State, floats, scalar};
use super::step::{Part, Round};
use super::update::Update;
use super::views::Side;
use super::vitals::{ImageVitals, ScoreVitals, Watched};
use crate::nets::{Critic, Pass, Seen};
use crate::objective::{
    Labels, LeCam, clip_weights, gradient_penalty, interpolate, mean_sign, orthogonal, perturb,
    squared_norms,
};
use crate::optim::{MeanGradients, clip_norm, clip_value};
use crate::recipe::{Network, Recipe};
use crate::streams::Stream;

/// The critic's scores, and its gradients where they are asked for.
struct Scored {
    real: Tensor<2>,
    fake: Tensor<2>,
    real_gradient: Option<Tensor<4>>,
    fake_gradient: Option<Tensor<4>>,
}

impl State {
    /// One update of the critic. Returns the generator's images with their graph, if they are
    /// of the whole batch.
    pub(super) fn update_critic(
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
            let seen = Seen::default();
            let pass = Pass::plain().watched(round.glance.map(|_| &seen));
            let (latents, labels) = (part.latents.clone(), part.labels.clone());
            let fake = self.generator.forward(latents, labels, &pass);
            if let Some(vitals) = &mut update.vitals {
                vitals.generator.dead_units = seen.dead_share()?;
            }
            let loss = self.critic_loss(round, part, fake.clone().inner(), update)?;
            mean.add(
                &self.critic,
                GradientsParams::from_grads(loss.backward(), &self.critic),
            );
            made = (parts.len() == 1).then_some(fake);
        }
        let network = &recipe.critic.network;
        let gradients = mean.take(&self.critic);
        let vitals = update.vitals.as_mut();
        let watched = vitals.map(|vitals| {
            (
                vitals,
                Watched::new(&self.critic, &gradients, round.wants(true)),
            )
        });
        let gradients = limited(gradients, &self.critic, network);
        let rate = network.learning_rate * round.scheduled.learning_rate;
        self.critic = self
            .critic_optimizer
            .step(rate, self.critic.clone(), gradients);
        if recipe.objective.weight_clip > 0.0 {
            self.critic = clip_weights(self.critic.clone(), recipe.objective.weight_clip);
        }
        if let Some((vitals, watched)) = watched {
            watched.updated(&self.critic, &mut vitals.critic)?;
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
        if let Some(vitals) = &mut update.vitals {
            vitals.real = ImageVitals::new(&part.real)?;
            vitals.fake = ImageVitals::new(&fake)?;
            if let Some(glance) = round.glance {
                let bins = &mut self.adaptation.bins;
                (vitals.cover, vitals.copies) = glance.at(&floats(fake.clone())?, bins);
            }
        }
        let real = views.of(part.real.clone(), Side::Real, part.draw);
        let fake = views.of(fake, Side::Fake, part.draw);
        let random = self.dropout(recipe, part.draw);
        let pass = Pass::training(&random);
        let wanted =
            [objective.r1_gamma, objective.r2_gamma].map(|gamma| round.penalises && gamma > 0.0);
        let seen = Seen::default();
        let scored = score(
            &self.critic,
            &real,
            &fake,
            part.labels.as_ref(),
            wanted,
            &pass.watched(round.glance.map(|_| &seen)),
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
        if let Some(vitals) = &mut update.vitals {
            let held_out = self.held_out_scores(round, part);
            let (real, fake) = (&scored.real, &scored.fake);
            vitals.scores = ScoreVitals::new(objective.loss, real, fake, held_out)?;
            let is_thorough = round.glance.is_some_and(|glance| glance.is_thorough);
            vitals.observe(&seen, real.dims()[0], is_thorough)?;
        }
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

    /// The scores `[n, 1]` of the watch's held-out images, seen as those of the part are.
    fn held_out_scores(&self, round: &Round<'_>, part: &Part) -> Option<Tensor<2>> {
        let (images, labels) = round.glance?.watch.held_out.clone()?;
        let images = round.views.of(images, Side::Real, part.draw);
        let random = self.dropout(round.recipe, part.draw);
        let critic = self.critic.valid();
        Some(critic.forward(images, labels, &Pass::training(&random)))
    }

    fn norm_errors(&self, images: Tensor<4>, part: &Part, pass: &Pass<'_>) -> Tensor<1> {
        let trace = self.critic.trace(images, part.labels.clone(), pass);
        gradient_penalty(self.critic.input_gradient(&trace))
    }

    pub(super) fn update_generator(
        &mut self,
        round: &Round<'_>,
        parts: &[Part],
        mut made: Option<Tensor<4>>,
        update: &mut Update,
    ) -> Result<(), TrainingError> {
        let Round { recipe, views, .. } = round;
        let frozen = self.critic.clone().no_grad();
        let mut mean = MeanGradients::new();
        let mut total = 0.0;
        for part in parts {
            let fake = made.take().unwrap_or_else(|| {
                let (latents, labels) = (part.latents.clone(), part.labels.clone());
                self.generator.forward(latents, labels, &Pass::plain())
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
        update.generator_loss = total / parts.len() as f64;
        let network = &recipe.generator.network;
        let gradients = mean.take(&self.generator);
        let vitals = update.vitals.as_mut();
        let watched = vitals.map(|vitals| {
            (
                vitals,
                Watched::new(&self.generator, &gradients, round.wants(false)),
            )
        });
        let gradients = limited(gradients, &self.generator, network);
        let rate = network.learning_rate * round.scheduled.learning_rate;
        self.generator = self
            .generator_optimizer
            .step(rate, self.generator.clone(), gradients);
        if let Some((vitals, watched)) = watched {
            watched.updated(&self.generator, &mut vitals.generator)?;
        }
        Ok(())
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
