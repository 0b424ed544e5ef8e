//! What a forward pass needs to know beside its input.

use std::cell::RefCell;

use rand_chacha::ChaCha8Rng;

use super::Seen;

/// The mode of a forward pass.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a> {
    /// Where dropout draws its masks; without, nothing is dropped.
    pub(super) random: Option<&'a RefCell<ChaCha8Rng>>,
    /// Whether a batch normalisation reads its stored statistics or measures the batch's.
    pub(super) stored: bool,
    /// Who watches.
    pub(super) seen: Option<&'a Seen>,
}

impl<'a> Pass<'a> {
    /// Batch statistics, no dropout.
    pub fn plain() -> Self {
        Self {
            random: None,
            stored: false,
            seen: None,
        }
    }

    /// Batch statistics, and dropout with masks drawn from `random`.
    pub fn training(random: &'a RefCell<ChaCha8Rng>) -> Self {
        Self {
            random: Some(random),
            stored: false,
            seen: None,
        }
    }

    /// The same pass, with what it shows put into `seen` if there is one.
    pub fn watched(self, seen: Option<&'a Seen>) -> Self {
        Self { seen, ..self }
    }

    /// Stored statistics, no dropout: every image depends on its own input alone.
    pub(super) fn inference() -> Self {
        Self {
            random: None,
            stored: true,
            seen: None,
        }
    }
}
