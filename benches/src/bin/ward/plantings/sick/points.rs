//! Of the half that rules are made for, on points.

use super::super::Ground::Ring;
use super::super::Half::Calibration;
use super::super::Planting;
use super::sick;

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
        "ring-critic-rate-over-100",
        "generator-dominance",
        Calibration,
        Ring,
        &["critic.learning_rate=1e-5"],
    ),
    sick(
        "ring-tiny-critic",
        "generator-dominance",
        Calibration,
        Ring,
        &["critic.width=2", "critic.depth=1"],
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
        "ring-clip-1e-4",
        "vanishing-gradient",
        Calibration,
        Ring,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1e-4",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
    ),
    sick(
        "ring-deep-sigmoid",
        "vanishing-gradient",
        Calibration,
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
    // Numbers beyond what can be computed with.
    sick(
        "ring-diverging",
        "divergence",
        Calibration,
        Ring,
        &["critic.learning_rate=1e5", "objective.loss=least-squares"],
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
        "ring-tiny-generator",
        "underfitting",
        Calibration,
        Ring,
        &["generator.width=3", "generator.depth=1"],
    ),
    // Weights that do not carry a signal.
    sick(
        "ring-loud-weights",
        "bad-initialisation",
        Calibration,
        Ring,
        &["generator.initial_scale=5", "critic.initial_scale=5"],
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
    // The rates fall to nothing before anything is learned.
    sick(
        "ring-frozen",
        "stalled",
        Calibration,
        Ring,
        &["schedule.learning_rate=step", "schedule.step_factor=0.1"],
    ),
    sick(
        "ring-stopped-critic",
        "stalled",
        Calibration,
        Ring,
        &["critic.learning_rate=1e-9", "generator.learning_rate=1e-9"],
    ),
    sick(
        "ring-restless",
        "oscillation",
        Calibration,
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
        Calibration,
        Ring,
        &[
            "objective.loss=hinge",
            "generator.learning_rate=0.05",
            "critic.learning_rate=0.01",
            "schedule.learning_rate=constant",
        ],
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
        Calibration,
        Ring,
        &[
            "generator.activation=relu",
            "generator.learning_rate=0.4",
            "generator.initial_bias=0",
        ],
    ),
    sick(
        "ring-dead-critic-hinge",
        "dead-units",
        Calibration,
        Ring,
        &[
            "objective.loss=hinge",
            "critic.activation=relu",
            "critic.learning_rate=0.3",
            "critic.initial_bias=0",
        ],
    ),
    sick(
        "ring-short-hinge",
        "underfitting",
        Calibration,
        Ring,
        &[
            "objective.loss=hinge",
            "training.length_images=51200",
            "training.log_interval_images=512",
            "schedule.step_interval_images=1800",
        ],
    ),
];
