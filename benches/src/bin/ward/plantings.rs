//! The runs of the ward.

/// What a run is trained on, and the recipe that is healthy there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Points: the recipe `ring`.
    Ring,
    /// Images: the recipe `fashion-mnist-quick`.
    Clothes,
}

/// What is done to the images before the run sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Images {
    /// Nothing.
    AsTheyAre,
    /// Only so many are left to train on.
    Few(usize),
    /// Their values lie in [0, 1] instead of [-1, 1].
    HalfRange,
    /// A frame of this many pixels is 0.
    Framed(usize),
}

/// A run, sick or healthy.
#[derive(Debug)]
pub(crate) struct Planting {
    pub(crate) name: &'static str,
    /// The condition that the run was given, if it is not healthy.
    pub(crate) condition: Option<&'static str>,
    pub(crate) ground: Ground,
    pub(crate) settings: &'static [&'static str],
    pub(crate) images: Images,
}

impl Planting {
    /// The healthy run that differs in what makes this one sick alone.
    pub(crate) fn twin(&self) -> &'static Self {
        match self.ground {
            Ground::Ring => &RING,
            Ground::Clothes => &CLOTHES,
        }
    }
}

const RING: Planting = healthy("ring", Ground::Ring, &[]);
const CLOTHES: Planting = healthy("clothes", Ground::Clothes, &[]);

/// All runs, healthy ones first.
pub(crate) const ALL: &[Planting] = &[
    RING,
    healthy("ring-hinge", Ground::Ring, &["objective.loss=hinge"]),
    healthy(
        "ring-non-saturating",
        Ground::Ring,
        &["objective.loss=non-saturating"],
    ),
    healthy("ring-packed", Ground::Ring, &["critic.packing=2"]),
    healthy(
        "ring-slower",
        Ground::Ring,
        &["generator.learning_rate=2e-3"],
    ),
    CLOTHES,
    healthy("clothes-hinge", Ground::Clothes, &["objective.loss=hinge"]),
    healthy(
        "clothes-non-saturating",
        Ground::Clothes,
        &["objective.loss=non-saturating"],
    ),
    healthy(
        "clothes-mirrored",
        Ground::Clothes,
        &["augment.mirror=true"],
    ),
    healthy(
        "clothes-steeper",
        Ground::Clothes,
        &["objective.r1_gamma=0.1", "objective.r2_gamma=0.1"],
    ),
    sick(
        "ring-critic-rate-x100",
        "discriminator-dominance",
        Ground::Ring,
        &["critic.learning_rate=0.1"],
    ),
    sick(
        "ring-critic-rate-over-100",
        "generator-dominance",
        Ground::Ring,
        &["critic.learning_rate=1e-5"],
    ),
    sick(
        "ring-tiny-critic",
        "generator-dominance",
        Ground::Ring,
        &["critic.width=2", "critic.depth=1"],
    ),
    sick(
        "ring-saturating",
        "vanishing-gradient",
        Ground::Ring,
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
        Ground::Ring,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1e-4",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
    ),
    sick(
        "ring-clip-1000",
        "exploding-gradient",
        Ground::Ring,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1000",
            "critic.learning_rate=0.2",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
    ),
    sick(
        "ring-generator-rate-x100",
        "exploding-gradient",
        Ground::Ring,
        &["generator.learning_rate=0.4"],
    ),
    sick(
        "ring-momentum",
        "oscillation",
        Ground::Ring,
        &[
            "generator.beta1=0.9",
            "critic.beta1=0.9",
            "generator.beta2=0.9",
            "generator.learning_rate=0.2",
            "critic.learning_rate=0.2",
        ],
    ),
    sick(
        "ring-short",
        "underfitting",
        Ground::Ring,
        &["training.length_images=25600"],
    ),
    sick(
        "clothes-critic-rate-x100",
        "discriminator-dominance",
        Ground::Clothes,
        &["critic.learning_rate=0.1"],
    ),
    sick(
        "clothes-critic-rate-over-100",
        "generator-dominance",
        Ground::Clothes,
        &["critic.learning_rate=1e-5"],
    ),
    sick(
        "clothes-tiny-critic",
        "generator-dominance",
        Ground::Clothes,
        &["critic.width=1"],
    ),
    sick(
        "clothes-latent-1",
        "mode-dropping",
        Ground::Clothes,
        &["generator.latent=1"],
    ),
    sick(
        "clothes-saturating",
        "vanishing-gradient",
        Ground::Clothes,
        &[
            "objective.loss=minimax",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
            "critic.steps=3",
        ],
    ),
    sick(
        "clothes-clip-1e-4",
        "vanishing-gradient",
        Ground::Clothes,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1e-4",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
    ),
    sick(
        "clothes-clip-1000",
        "exploding-gradient",
        Ground::Clothes,
        &[
            "objective.loss=wasserstein",
            "objective.weight_clip=1000",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
    ),
    sick(
        "clothes-short",
        "underfitting",
        Ground::Clothes,
        &["training.length_images=6400"],
    ),
    Planting {
        images: Images::Few(200),
        ..sick(
            "clothes-few-images",
            "discriminator-overfitting",
            Ground::Clothes,
            &[],
        )
    },
    Planting {
        images: Images::HalfRange,
        ..sick("clothes-half-range", "data-leak", Ground::Clothes, &[])
    },
    Planting {
        images: Images::Framed(2),
        ..sick("clothes-framed", "data-leak", Ground::Clothes, &[])
    },
];

const fn healthy(
    name: &'static str,
    ground: Ground,
    settings: &'static [&'static str],
) -> Planting {
    Planting {
        name,
        condition: None,
        ground,
        settings,
        images: Images::AsTheyAre,
    }
}

const fn sick(
    name: &'static str,
    condition: &'static str,
    ground: Ground,
    settings: &'static [&'static str],
) -> Planting {
    Planting {
        condition: Some(condition),
        ..healthy(name, ground, settings)
    }
}
