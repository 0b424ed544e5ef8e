//! The runs of the ward.

mod healthy;
mod sick;

/// What a run is trained on, and the settings that are healthy there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Points: the recipe `ring`, a quarter as long.
    Ring,
    /// Fashion-MNIST: the recipe `dcgan`, a fourth as large and faster.
    Clothes,
    /// The same of MNIST.
    Digits,
}

/// What is done to the images before the run sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Images {
    /// Nothing.
    AsTheyAre,
    /// Only so many are left to train on.
    Few(usize),
    /// Their values span this part of the range above 0: [0, 1] instead of [-1, 1] for 2.
    Narrowed(u8),
    /// A frame of this many pixels is 0. They are judged by such images.
    Framed(usize),
}

/// Which half of the ward a run is in: rules are made for one and judged by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Calibration,
    Report,
}

/// A run, sick or healthy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planting {
    pub(crate) name: &'static str,
    /// The condition that the run was given, if it is not healthy.
    pub(crate) condition: Option<&'static str>,
    pub(crate) half: Half,
    pub(crate) ground: Ground,
    pub(crate) settings: &'static [&'static str],
    pub(crate) images: Images,
}

impl Planting {
    /// The healthy run that differs in what makes this one sick alone.
    pub(crate) fn twin(&self) -> &'static Self {
        let is_plain = self.settings.contains(&"critic.norm=none");
        match (self.ground, is_plain) {
            (Ground::Ring, _) => &healthy::RING,
            (Ground::Clothes, false) => &healthy::CLOTHES,
            (Ground::Clothes, true) => &healthy::PLAIN_CLOTHES,
            (Ground::Digits, false) => &healthy::DIGITS,
            (Ground::Digits, true) => &healthy::PLAIN_DIGITS,
        }
    }

    /// All runs, healthy ones first.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        healthy::ALL.iter().chain(sick::all())
    }
}
