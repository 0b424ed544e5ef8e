//! Runs that were given a disease.

use super::Ground::{Clothes, Digits, Ring};
use super::Half::{Calibration, Report};
use super::{Ground, Half, Images, Planting};

pub(super) const ALL: &[Planting] = &[
    // One network is too fast, too large or too small for the other.
    sick(
        "ring-critic-rate-x100",
        "exploding-gradient",
        Calibration,
        Ring,
        &["critic.learning_rate=0.1"],
    ),
    sick(
        "clothes-critic-rate-x100",
        "exploding-gradient",
        Report,
        Clothes,
        &["critic.learning_rate=0.2"],
    ),
    sick(
        "digits-generator-rate-over-100",
        "discriminator-dominance",
        Report,
        Digits,
        &["generator.learning_rate=2e-5"],
    ),
    sick(
        "clothes-huge-critic",
        "discriminator-dominance",
        Calibration,
        Clothes,
        &[
            "critic.width=32",
            "critic.steps=4",
            "generator.width=4",
            "generator.learning_rate=2e-4",
        ],
    ),
    sick(
        "ring-critic-rate-over-100",
        "generator-dominance",
        Calibration,
        Ring,
        &["critic.learning_rate=1e-5"],
    ),
    sick(
        "ring-tiny-critic",
        "generator-dominance",
        Report,
        Ring,
        &["critic.width=2", "critic.depth=1"],
    ),
    sick(
        "clothes-critic-rate-over-100",
        "generator-dominance",
        Report,
        Clothes,
        &["critic.learning_rate=2e-5"],
    ),
    sick(
        "digits-tiny-critic",
        "generator-dominance",
        Calibration,
        Digits,
        &["critic.width=1", "critic.learning_rate=2e-4"],
    ),
    // The generator has nothing to learn from.
    sick(
        "ring-saturating",
        "vanishing-gradient",
        Calibration,
        Ring,
        &[
            "objective.loss=minimax",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
            "critic.steps=5",
        ],
    ),
    sick(
        "clothes-saturating",
        "vanishing-gradient",
        Report,
        Clothes,
        &[
            "objective.loss=minimax",
            "critic.steps=3",
            "generator.learning_rate=2e-4",
        ],
    ),
    sick(
        "ring-clip-1e-4",
        "vanishing-gradient",
        Report,
        Ring,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1e-4",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
    ),
    sick(
        "digits-clip-1e-4",
        "vanishing-gradient",
        Calibration,
        Digits,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1e-4",
            "critic.norm=none",
        ],
    ),
    sick(
        "ring-deep-sigmoid",
        "vanishing-gradient",
        Report,
        Ring,
        &[
            "critic.activation=sigmoid",
            "critic.depth=12",
            "critic.initial_bias=0",
        ],
    ),
    // Gradients without bound.
    sick(
        "ring-clip-1000",
        "exploding-gradient",
        Calibration,
        Ring,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1000",
            "critic.learning_rate=0.2",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
    ),
    sick(
        "clothes-clip-1000",
        "exploding-gradient",
        Report,
        Clothes,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1000",
            "critic.norm=none",
            "critic.learning_rate=0.02",
        ],
    ),
    sick(
        "digits-no-limit",
        "exploding-gradient",
        Calibration,
        Digits,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=10",
            "critic.norm=none",
        ],
    ),
    // Numbers beyond what can be computed with.
    sick(
        "ring-diverging",
        "divergence",
        Calibration,
        Ring,
        &["critic.learning_rate=1e5", "objective.loss=least-squares"],
    ),
    sick(
        "clothes-diverging",
        "divergence",
        Report,
        Clothes,
        &[
            "critic.learning_rate=1e6",
            "critic.norm=none",
            "objective.loss=least-squares",
        ],
    ),
    // Round and round.
    sick(
        "ring-momentum",
        "oscillation",
        Calibration,
        Ring,
        &[
            "generator.beta1=0.9",
            "critic.beta1=0.9",
            "generator.beta2=0.9",
            "generator.learning_rate=0.2",
            "critic.learning_rate=0.2",
        ],
    ),
    // Everything generated is alike, or a part of it is missing.
    sick(
        "ring-faint-latents",
        "mode-collapse",
        Calibration,
        Ring,
        &["generator.latent_scale=1e-4"],
    ),
    sick(
        "clothes-eager-generator",
        "generator-dominance",
        Report,
        Clothes,
        &[
            "generator.steps=8",
            "generator.norm=none",
            "objective.loss=hinge",
            "generator.learning_rate=5e-3",
        ],
    ),
    sick(
        "digits-eager-generator",
        "generator-dominance",
        Calibration,
        Digits,
        &[
            "generator.steps=8",
            "generator.norm=none",
            "objective.loss=hinge",
            "generator.learning_rate=5e-3",
        ],
    ),
    sick(
        "clothes-latent-1",
        "mode-dropping",
        Calibration,
        Clothes,
        &["generator.latent=1"],
    ),
    sick(
        "digits-latent-1",
        "mode-dropping",
        Report,
        Digits,
        &["generator.latent=1"],
    ),
    // Few images.
    few(
        100,
        "clothes-few-images",
        "discriminator-overfitting",
        Calibration,
        Clothes,
        &["critic.norm=none", "generator.learning_rate=1e-3"],
    ),
    few(
        100,
        "digits-few-images",
        "discriminator-overfitting",
        Report,
        Digits,
        &["critic.norm=none", "generator.learning_rate=1e-3"],
    ),
    few(
        16,
        "clothes-very-few-images",
        "memorisation",
        Calibration,
        Clothes,
        &[],
    ),
    few(
        16,
        "digits-very-few-images",
        "memorisation",
        Report,
        Digits,
        &[],
    ),
    // Too short, or too small.
    sick(
        "ring-short",
        "underfitting",
        Calibration,
        Ring,
        &[
            "training.length_images=51200",
            "training.log_interval_images=512",
            "schedule.step_interval_images=1800",
        ],
    ),
    sick(
        "clothes-short",
        "underfitting",
        Report,
        Clothes,
        &[
            "training.length_images=6400",
            "training.log_interval_images=64",
        ],
    ),
    sick(
        "digits-short",
        "underfitting",
        Calibration,
        Digits,
        &[
            "training.length_images=6400",
            "training.log_interval_images=64",
        ],
    ),
    sick(
        "ring-tiny-generator",
        "underfitting",
        Report,
        Ring,
        &["generator.width=3", "generator.depth=1"],
    ),
    // Weights that do not carry a signal.
    sick(
        "clothes-faint-weights",
        "bad-initialisation",
        Report,
        Clothes,
        &[
            "generator.norm=none",
            "critic.norm=none",
            "generator.initial_scale=1e-3",
            "critic.initial_scale=1e-3",
        ],
    ),
    sick(
        "ring-loud-weights",
        "bad-initialisation",
        Report,
        Ring,
        &["generator.initial_scale=5", "critic.initial_scale=5"],
    ),
    sick(
        "digits-loud-weights",
        "bad-initialisation",
        Calibration,
        Digits,
        &[
            "generator.norm=none",
            "critic.norm=none",
            "generator.initialiser=he",
            "critic.initialiser=he",
            "generator.initial_scale=5",
            "critic.initial_scale=5",
        ],
    ),
    // Real images are known by what they are made of.
    altered(
        Images::HalfRange,
        "clothes-half-range",
        "data-leak",
        Calibration,
        Clothes,
    ),
    altered(
        Images::Framed(4),
        "clothes-framed",
        "data-leak",
        Report,
        Clothes,
    ),
    altered(
        Images::HalfRange,
        "digits-half-range",
        "data-leak",
        Report,
        Digits,
    ),
    altered(
        Images::Framed(4),
        "digits-framed",
        "data-leak",
        Calibration,
        Digits,
    ),
    // Units that never answer.
    sick(
        "ring-dead-critic",
        "dead-units",
        Calibration,
        Ring,
        &[
            "critic.activation=relu",
            "critic.learning_rate=0.3",
            "critic.initial_bias=0",
        ],
    ),
    sick(
        "clothes-dead-generator",
        "dead-units",
        Report,
        Clothes,
        &["generator.norm=none", "generator.learning_rate=0.1"],
    ),
    sick(
        "digits-dead-critic",
        "dead-units",
        Calibration,
        Digits,
        &[
            "critic.norm=none",
            "critic.activation=relu",
            "critic.learning_rate=0.1",
        ],
    ),
    // The rates fall to nothing before anything is learned.
    sick(
        "ring-frozen",
        "stalled",
        Calibration,
        Ring,
        &["schedule.learning_rate=step", "schedule.step_factor=0.1"],
    ),
    sick(
        "clothes-frozen",
        "stalled",
        Report,
        Clothes,
        &[
            "schedule.learning_rate=step",
            "schedule.step_factor=0.1",
            "schedule.step_interval_images=3200",
        ],
    ),
    sick(
        "digits-frozen",
        "stalled",
        Calibration,
        Digits,
        &[
            "schedule.learning_rate=step",
            "schedule.step_factor=0.1",
            "schedule.step_interval_images=3200",
        ],
    ),
    sick(
        "ring-stopped-critic",
        "stalled",
        Report,
        Ring,
        &["critic.learning_rate=1e-9", "generator.learning_rate=1e-9"],
    ),
    sick(
        "digits-diverging",
        "divergence",
        Calibration,
        Digits,
        &[
            "critic.learning_rate=1e6",
            "critic.norm=none",
            "objective.loss=least-squares",
        ],
    ),
    sick(
        "ring-restless",
        "oscillation",
        Report,
        Ring,
        &[
            "generator.learning_rate=0.04",
            "critic.learning_rate=0.01",
            "schedule.learning_rate=constant",
        ],
    ),
    sick(
        "ring-restless-hinge",
        "oscillation",
        Report,
        Ring,
        &[
            "objective.loss=hinge",
            "generator.learning_rate=0.05",
            "critic.learning_rate=0.01",
            "schedule.learning_rate=constant",
        ],
    ),
    sick(
        "digits-faint-latents",
        "mode-collapse",
        Report,
        Digits,
        &["generator.latent_scale=1e-5", "generator.norm=none"],
    ),
    sick(
        "clothes-faint-latents",
        "mode-collapse",
        Report,
        Clothes,
        &["generator.latent_scale=1e-5", "generator.norm=none"],
    ),
    sick(
        "ring-diverging-generator",
        "divergence",
        Report,
        Ring,
        &["generator.learning_rate=1e30"],
    ),
    sick(
        "ring-small-generator",
        "underfitting",
        Calibration,
        Ring,
        &[
            "generator.width=8",
            "generator.depth=1",
            "generator.latent_scale=1",
            "generator.initial_bias=0",
        ],
    ),
    sick(
        "ring-dead-generator",
        "dead-units",
        Report,
        Ring,
        &[
            "generator.activation=relu",
            "generator.learning_rate=0.4",
            "generator.initial_bias=0",
        ],
    ),
];

const fn sick(
    name: &'static str,
    condition: &'static str,
    half: Half,
    ground: Ground,
    settings: &'static [&'static str],
) -> Planting {
    Planting {
        name,
        condition: Some(condition),
        half,
        ground,
        settings,
        images: Images::AsTheyAre,
    }
}

const fn few(
    images: usize,
    name: &'static str,
    condition: &'static str,
    half: Half,
    ground: Ground,
    settings: &'static [&'static str],
) -> Planting {
    Planting {
        images: Images::Few(images),
        ..sick(name, condition, half, ground, settings)
    }
}

const fn altered(
    images: Images,
    name: &'static str,
    condition: &'static str,
    half: Half,
    ground: Ground,
) -> Planting {
    Planting {
        images,
        ..sick(name, condition, half, ground, &[])
    }
}
