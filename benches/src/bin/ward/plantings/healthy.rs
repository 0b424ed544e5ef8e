//! Runs that nothing ails.

use super::Ground::{Clothes, Digits, Ring};
use super::Half::{Calibration, Report};
use super::{Ground, Half, Images, Planting};

pub(super) const RING: Planting = healthy("ring", Calibration, Ring, &[]);
pub(super) const CLOTHES: Planting = healthy("clothes", Calibration, Clothes, &[]);
/// A critic without batch normalisation, which penalties and clipped weights exclude.
pub(super) const PLAIN_CLOTHES: Planting =
    healthy("clothes-plain", Report, Clothes, &["critic.norm=none"]);
pub(super) const PLAIN_DIGITS: Planting =
    healthy("digits-plain", Calibration, Digits, &["critic.norm=none"]);
pub(super) const DIGITS: Planting = healthy("digits", Report, Digits, &[]);

const UNPENALISED: [&str; 2] = ["objective.r1_gamma=0", "objective.r2_gamma=0"];

pub(super) const ALL: &[Planting] = &[
    RING,
    healthy("ring-hinge", Report, Ring, &["objective.loss=hinge"]),
    healthy(
        "ring-non-saturating",
        Calibration,
        Ring,
        &["objective.loss=non-saturating"],
    ),
    healthy(
        "ring-glorot",
        Report,
        Ring,
        &["generator.initialiser=glorot", "critic.initialiser=glorot"],
    ),
    healthy(
        "ring-average",
        Calibration,
        Ring,
        &["objective.loss=relativistic-average"],
    ),
    healthy("ring-packed", Report, Ring, &["critic.packing=2"]),
    healthy(
        "ring-slower",
        Calibration,
        Ring,
        &["generator.learning_rate=2e-3"],
    ),
    healthy(
        "ring-longer",
        Report,
        Ring,
        &["training.length_images=768000"],
    ),
    healthy("ring-two-turns", Calibration, Ring, &["critic.steps=2"]),
    healthy(
        "ring-cosine",
        Report,
        Ring,
        &["schedule.learning_rate=cosine"],
    ),
    healthy(
        "ring-wasserstein",
        Calibration,
        Ring,
        &[
            "objective.loss=wasserstein",
            UNPENALISED[0],
            UNPENALISED[1],
            "objective.gradient_penalty=1",
        ],
    ),
    healthy(
        "ring-larger-batch",
        Report,
        Ring,
        &[
            "training.batch_images=512",
            "training.length_images=1024000",
        ],
    ),
    CLOTHES,
    PLAIN_CLOTHES,
    healthy("clothes-hinge", Report, Clothes, &["objective.loss=hinge"]),
    healthy(
        "clothes-least-squares",
        Calibration,
        Clothes,
        &["objective.loss=least-squares"],
    ),
    healthy(
        "clothes-mirrored",
        Report,
        Clothes,
        &["augment.mirror=true"],
    ),
    healthy(
        "clothes-relativistic",
        Calibration,
        Clothes,
        &["objective.loss=relativistic"],
    ),
    healthy(
        "clothes-longer",
        Report,
        Clothes,
        &["training.length_images=96000"],
    ),
    healthy(
        "clothes-smoothed",
        Calibration,
        Clothes,
        &["objective.label_smoothing=0.1"],
    ),
    healthy(
        "clothes-noise",
        Report,
        Clothes,
        &["objective.instance_noise=0.05"],
    ),
    healthy(
        "clothes-wider",
        Calibration,
        Clothes,
        &["generator.width=24", "critic.width=24"],
    ),
    healthy(
        "clothes-slower",
        Report,
        Clothes,
        &["generator.learning_rate=1e-3", "critic.learning_rate=1e-3"],
    ),
    healthy(
        "clothes-augmented",
        Calibration,
        Clothes,
        &["augment.policy=translation"],
    ),
    healthy(
        "clothes-latent-32",
        Report,
        Clothes,
        &["generator.latent=32"],
    ),
    DIGITS,
    PLAIN_DIGITS,
    healthy(
        "digits-hinge",
        Calibration,
        Digits,
        &["objective.loss=hinge"],
    ),
    healthy(
        "digits-least-squares",
        Report,
        Digits,
        &["objective.loss=least-squares"],
    ),
    healthy(
        "digits-relativistic",
        Calibration,
        Digits,
        &["objective.loss=relativistic"],
    ),
    healthy(
        "digits-longer",
        Report,
        Digits,
        &["training.length_images=96000"],
    ),
    healthy(
        "digits-slower",
        Calibration,
        Digits,
        &["generator.learning_rate=1e-3", "critic.learning_rate=1e-3"],
    ),
    healthy(
        "digits-smoothed",
        Report,
        Digits,
        &["objective.label_smoothing=0.1"],
    ),
    healthy(
        "digits-wider",
        Calibration,
        Digits,
        &["generator.width=24", "critic.width=24"],
    ),
    healthy(
        "digits-noise",
        Report,
        Digits,
        &["objective.instance_noise=0.05"],
    ),
    healthy("digits-packed", Calibration, Digits, &["critic.packing=2"]),
    healthy("digits-latent-32", Report, Digits, &["generator.latent=32"]),
];

pub(super) const fn healthy(
    name: &'static str,
    half: Half,
    ground: Ground,
    settings: &'static [&'static str],
) -> Planting {
    Planting {
        name,
        condition: None,
        half,
        ground,
        settings,
        images: Images::AsTheyAre,
    }
}
