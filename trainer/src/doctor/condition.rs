//! The conditions that the doctor knows.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::conditions;

macro_rules! conditions {
    ($($(#[$doc:meta])* $condition:ident = $name:literal;)*) => {
        /// A failure of a training run. Those that explain others come first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Condition {
            $($(#[$doc])* $condition,)*
        }

        impl Condition {
            /// All of them, those that explain others first.
            pub const ALL: &'static [Self] = &[$(Self::$condition,)*];

            /// The name, as `mode-collapse`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$condition => $name,)* }
            }
        }
    };
}

conditions! {
    /// Real and generated images are told apart by range, padding or exact values.
    DataLeak = "data-leak";
    /// The first weights carry no signal, or too much of it.
    BadInitialisation = "bad-initialisation";
    /// A loss, a gradient or a weight is not finite.
    Divergence = "divergence";
    /// Gradients or scores grow beyond use.
    ExplodingGradient = "exploding-gradient";
    /// Units answer to nothing.
    DeadUnits = "dead-units";
    /// The generator gets no gradient to learn from.
    VanishingGradient = "vanishing-gradient";
    /// The rates are too small for any progress, or there is none to be made.
    Stalled = "stalled";
    /// The generator repeats its training images.
    Memorisation = "memorisation";
    /// The critic knows its training images by heart.
    DiscriminatorOverfitting = "discriminator-overfitting";
    /// The critic is far ahead.
    DiscriminatorDominance = "discriminator-dominance";
    /// The critic is far behind.
    GeneratorDominance = "generator-dominance";
    /// The networks chase each other.
    Oscillation = "oscillation";
    /// Everything generated is alike.
    ModeCollapse = "mode-collapse";
    /// A part of the real images is not generated.
    ModeDropping = "mode-dropping";
    /// Stopped too early, or too small.
    Underfitting = "underfitting";
}

impl Condition {
    /// Whether it brings the other about.
    pub fn explains(self, other: Self) -> bool {
        conditions::explains(self, other)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Self::ALL
            .iter()
            .copied()
            .find(|condition| condition.name() == name);
        found.ok_or_else(|| D::Error::custom(format!("no condition is called {name:?}")))
    }
}
