//! How images are brought into the form that networks take.

use super::fit;
use crate::recipe::{self, Background};

/// What is done to images when they are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preparation {
    /// The side, in pixels, to which they are cropped and resized; without one they stay as they
    /// are.
    pub side: Option<usize>,
    /// What transparent ones are laid on, before anything else.
    pub background: Background,
}

impl Preparation {
    /// Crops and resizes to `side`, if there is one, and does nothing else.
    pub fn sized(side: Option<usize>) -> Self {
        Self {
            side,
            ..Self::default()
        }
    }

    /// What it does to image files, as sentences, each after a space.
    pub(super) fn describe(self) -> String {
        let mut sentences = match self.background {
            Background::None => String::new(),
            Background::Colour(_) => {
                format!(" Transparent images were laid on {}.", self.background)
            }
        };
        if let Some(side) = self.side {
            sentences += &format!(" {}", fit::describe(side));
        }
        sentences
    }
}

impl From<&recipe::Data> for Preparation {
    fn from(data: &recipe::Data) -> Self {
        Self {
            side: (data.size > 0).then_some(data.size),
            background: data.background,
        }
    }
}
