//! What can be done about a condition.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::objective::Policy;
use crate::recipe::{
    Activation, Course, CriticClasses, Initialisation, Loss, Network, Norm, Recipe,
};

/// What networks a treatment begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Beginning {
    /// Those that there are.
    Here,
    /// Those of the last checkpoint before the disease; fresh ones if it was there from the start.
    BeforeDisease,
    /// Fresh ones: the networks themselves are changed, or what the disease left is of no use.
    Fresh,
}

macro_rules! treatments {
    ($($(#[$doc:meta])* $treatment:ident = $name:literal, $begins:ident, $advice:literal;)*) => {
        /// A change of the recipe.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Treatment {
            $($(#[$doc])* $treatment,)*
        }

        impl Treatment {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$treatment,)*];

            /// The name, as `match-rates`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$treatment => $name,)* }
            }

            /// What to do, for people.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$treatment => $advice,)* }
            }

            /// What the networks begin it with.
            pub fn beginning(self) -> Beginning {
                match self { $(Self::$treatment => Beginning::$begins,)* }
            }
        }
    };
}

treatments! {
    /// Both rates equal: the higher one of those that are usual.
    MatchRates = "match-rates", BeforeDisease,
        "give both networks the same learning rate";
    /// Both rates a tenth, usual at most, and falling; no momentum beyond 0.5.
    LowerRates = "lower-rates", BeforeDisease,
        "lower both learning rates tenfold, to 1e-3 at least where they are beyond use, and let them fall over the run, with beta1 at most 0.5 and beta2 at least 0.99";
    /// The critic's rate a fifth.
    LowerCriticRate = "lower-critic-rate", BeforeDisease,
        "lower the critic's learning rate fivefold";
    /// The critic's rate fivefold.
    RaiseCriticRate = "raise-critic-rate", Here,
        "raise the critic's learning rate fivefold";
    /// Rates that fall over the whole run.
    AnnealRates = "anneal-rates", BeforeDisease,
        "let the learning rates fall over the whole run (cosine), neither sooner nor never";
    /// Rates and momenta beyond use as GANs are used to.
    UsualRates = "usual-rates", BeforeDisease,
        "set a learning rate beyond use (5e-5 to 1e-2) to 1e-3, with beta1 at most 0.5 and beta2 at least 0.99";
    /// A loss that does not saturate, without clipped weights: with the penalties that keep its
    /// critic in bounds, unless a batch normalisation excludes them, and at rates that it bears.
    ChangeObjective = "change-objective", BeforeDisease,
        "take the relativistic loss with R1 and R2, or the non-saturating one if the critic has a batch normalisation, at usual learning rates";
    /// R1 and R2.
    PenaliseCritic = "penalise-critic", Fresh,
        "penalise the critic's gradient (R1 and R2), without a batch normalisation in it";
    /// The gradients' norms are limited.
    ClipGradients = "clip-gradients", BeforeDisease,
        "limit the norm of both gradients to 1";
    /// He's initialisation with a scale of one, of networks without a normalisation.
    UsualInitialisation = "usual-initialisation", Fresh,
        "draw the first weights as He et al. 2015 do, with a scale of 1";
    /// Rectifiers with a slope on both sides.
    LeakyUnits = "leaky-units", Fresh,
        "take leaky rectifiers, which cannot die, and usual learning rates";
    /// The critic as large and as fast as the generator.
    LargerCritic = "larger-critic", Fresh,
        "make the critic as large as the generator, and as fast";
    /// The critic as small as the generator.
    SmallerCritic = "smaller-critic", Fresh,
        "make the critic as small as the generator";
    /// The generator as large and as fast as the critic.
    LargerGenerator = "larger-generator", Fresh,
        "make the generator as large as the critic, and as fast";
    /// One update of the generator a step.
    EqualTurns = "equal-turns", BeforeDisease,
        "one update of the generator a step, or fewer than of the critic";
    /// A latent of 64 at a scale of one.
    LargerLatent = "larger-latent", Fresh,
        "give the generator a latent of 64 values with a deviation of 1";
    /// Pairs of images are scored together.
    Pack = "pack", Fresh,
        "score two images together (PacGAN), so that the critic sees a lack of variety";
    /// The critic sees how images of a batch differ.
    MinibatchStd = "minibatch-std", Fresh,
        "show the critic how much the images of a batch differ (minibatch standard deviation)";
    /// Adaptive augmentation.
    Augment = "augment", BeforeDisease,
        "augment what the critic sees, real and generated (DiffAugment, adapted as ADA does)";
    /// One-sided smoothing.
    SmoothLabels = "smooth-labels", Here,
        "lower the critic's label of real images to 0.9";
    /// Noise on all images that fades over the run.
    InstanceNoise = "instance-noise", Here,
        "add noise (0.1) to all images that the critic sees, fading over the run";
    /// A longer average of the generator's weights.
    AverageWeights = "average-weights", Here,
        "average the generator's weights over a tenth of the run (EMA)";
    /// A batch of 64.
    LargerBatch = "larger-batch", Fresh,
        "take a batch of 64 images or more";
    /// A normalisation in the generator.
    NormaliseGenerator = "normalise-generator", Fresh,
        "put a batch normalisation into the generator";
    /// Four times the length, and a thousand steps.
    Prolong = "prolong", Here,
        "train four times as long, and a thousand steps at least";
    /// By hand: the range of the images.
    PrepareData = "prepare-data", Here,
        "bring the images to the generator's range of -1 to 1, without a padding that it cannot hit";
    /// By hand: more images.
    MoreImages = "more-images", Here,
        "train on more images";
    /// End here.
    Stop = "stop", Here,
        "stop: further training changes nothing";
}

/// A rate that any optimiser here is used to, Adam first of all.
const USUAL_RATE: f64 = 1e-3;

/// A strength of R1 and R2 that small images bear.
const USUAL_GAMMA: f64 = 0.1;

/// Steps of a run that was too short, at least.
const LEAST_STEPS: u64 = 1_000;

/// Rates at which networks learn at all, and do not blow up.
const USUAL_RATES: std::ops::RangeInclusive<f64> = 5e-5..=1e-2;

impl Treatment {
    /// The settings `KEY=VALUE` that make the change, each one that differs from the recipe's
    /// own. None if the recipe has it already, or a person must do it.
    pub fn settings(self, recipe: &Recipe) -> Vec<String> {
        let mut changed = recipe.clone();
        self.change(&mut changed);
        changed.settings_from(recipe).unwrap_or_default()
    }

    fn change(self, recipe: &mut Recipe) {
        let generator = recipe.generator.network.clone();
        let critic = recipe.critic.network.clone();
        match self {
            Self::MatchRates => {
                let rates = [generator.learning_rate, critic.learning_rate];
                let usual = rates.into_iter().filter(|rate| is_usual(*rate));
                let rate = usual.reduce(f64::max).unwrap_or(USUAL_RATE);
                both(recipe, |network| network.learning_rate = rate);
            }
            Self::LowerRates => {
                both(recipe, |network| {
                    network.learning_rate = match is_usual(network.learning_rate) {
                        true => network.learning_rate / 10.0,
                        false => USUAL_RATE.min(network.learning_rate),
                    };
                    take_usual_momenta(network);
                });
                if recipe.schedule.learning_rate == Course::Constant {
                    recipe.schedule.learning_rate = Course::Cosine;
                }
            }
            Self::LowerCriticRate => recipe.critic.network.learning_rate /= 5.0,
            Self::RaiseCriticRate => {
                let raised = 5.0 * critic.learning_rate;
                if is_usual(raised) {
                    recipe.critic.network.learning_rate = raised;
                }
            }
            Self::AnnealRates => recipe.schedule.learning_rate = Course::Cosine,
            Self::UsualRates => both(recipe, |network| {
                take_usual_rate(network);
                take_usual_momenta(network);
            }),
            Self::ChangeObjective => {
                let objective = &mut recipe.objective;
                objective.weight_clip = 0.0;
                if critic.norm == Norm::Batch {
                    objective.loss = Loss::NonSaturating;
                } else {
                    objective.loss = Loss::Relativistic;
                    objective.gradient_penalty = 0.0;
                    objective.r1_gamma = objective.r1_gamma.max(USUAL_GAMMA);
                    objective.r2_gamma = objective.r2_gamma.max(USUAL_GAMMA);
                }
                both(recipe, take_usual_rate);
            }
            Self::PenaliseCritic => {
                let objective = &mut recipe.objective;
                if objective.loss == Loss::Minimax {
                    objective.loss = Loss::NonSaturating;
                }
                objective.weight_clip = 0.0;
                objective.r1_gamma = (10.0 * objective.r1_gamma).max(USUAL_GAMMA);
                objective.r2_gamma = (10.0 * objective.r2_gamma).max(USUAL_GAMMA);
                if critic.norm == Norm::Batch {
                    recipe.critic.network.norm = Norm::None;
                    recipe.critic.network.initialiser = Initialisation::He;
                }
            }
            Self::ClipGradients => both(recipe, |network| network.gradient_clip_norm = 1.0),
            Self::UsualInitialisation => both(recipe, |network| {
                network.initial_scale = 1.0;
                if network.norm == Norm::None {
                    network.initialiser = Initialisation::He;
                }
            }),
            Self::LeakyUnits => both(recipe, |network| {
                if matches!(network.activation, Activation::Relu | Activation::Sigmoid) {
                    network.activation = Activation::LeakyRelu;
                }
                take_usual_rate(network);
            }),
            Self::LargerCritic => grow(&mut recipe.critic.network, &generator),
            Self::SmallerCritic => {
                recipe.critic.network.width = critic.width.min(generator.width);
            }
            Self::LargerGenerator => grow(&mut recipe.generator.network, &critic),
            Self::EqualTurns => recipe.generator.network.steps = 1,
            Self::LargerLatent => {
                let generator = &mut recipe.generator;
                if generator.latent_scale < 1.0 {
                    generator.latent_scale = 1.0;
                }
                if recipe.data.path.is_none() || generator.latent == 1 {
                    generator.latent = generator.latent.max(64);
                }
            }
            Self::Pack => {
                if recipe.critic.classes == CriticClasses::None {
                    recipe.critic.packing = recipe.critic.packing.max(2);
                }
            }
            Self::MinibatchStd => recipe.critic.minibatch_std = true,
            Self::Augment => {
                if recipe.augment.policy.is_empty() {
                    recipe.augment.policy = Policy::every();
                    recipe.augment.adaptive_target = 0.0;
                    recipe.augment.probability = 0.6;
                }
            }
            Self::SmoothLabels => {
                if recipe.objective.loss.has_labels() {
                    recipe.objective.label_smoothing = 0.1;
                }
            }
            Self::InstanceNoise => {
                recipe.objective.instance_noise = recipe.objective.instance_noise.max(0.1);
                recipe.objective.instance_noise_images = recipe.training.length_images;
            }
            Self::AverageWeights => {
                let tenth = recipe.training.length_images as f64 / 10.0;
                let half_life = &mut recipe.training.ema_half_life_images;
                *half_life = half_life.max(tenth);
            }
            Self::LargerBatch => {
                recipe.training.batch_images = recipe.training.batch_images.max(64);
            }
            Self::NormaliseGenerator => {
                if recipe.generator.network.norm == Norm::None {
                    recipe.generator.network.norm = Norm::Batch;
                }
            }
            Self::Prolong => {
                let least = LEAST_STEPS * recipe.images_per_step();
                let length = &mut recipe.training.length_images;
                *length = (4 * *length).max(least);
            }
            Self::PrepareData | Self::MoreImages | Self::Stop => {}
        }
    }
}

fn is_usual(rate: f64) -> bool {
    USUAL_RATES.contains(&rate)
}

fn take_usual_rate(network: &mut Network) {
    if !is_usual(network.learning_rate) {
        network.learning_rate = USUAL_RATE;
    }
}

/// Radford et al. 2016 and Karras et al. 2018: more of the first, or less of the second, overshoots.
fn take_usual_momenta(network: &mut Network) {
    network.beta1 = network.beta1.min(0.5);
    network.beta2 = network.beta2.max(0.99);
}

fn both(recipe: &mut Recipe, change: impl Fn(&mut Network)) {
    change(&mut recipe.generator.network);
    change(&mut recipe.critic.network);
}

fn grow(network: &mut Network, other: &Network) {
    network.width = network.width.max(other.width);
    network.depth = network.depth.max(other.depth);
    network.learning_rate = network.learning_rate.max(other.learning_rate);
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Treatment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Treatment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Self::ALL
            .iter()
            .copied()
            .find(|treatment| treatment.name() == name);
        found.ok_or_else(|| D::Error::custom(format!("no treatment is called {name:?}")))
    }
}
