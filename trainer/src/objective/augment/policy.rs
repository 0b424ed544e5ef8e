//! Which distortions there are, and their names.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::proposal;

/// A kind of distortion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Brightness, saturation and contrast.
    Color,
    /// A shift that fills with 0, which is grey.
    Translation,
    /// A rectangle of 0.
    Cutout,
}

/// Distortions in the order in which they are applied; as text, their names with commas between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Policy(Vec<Operation>);

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// A name of nothing.
    #[error(
        "`augment.policy`: no augmentation is called {got:?}: expected some of {}, separated by commas, or nothing{}",
        Policy::NAMES.join(", "),
        proposal(got, Policy::NAMES.iter().copied())
    )]
    Unknown {
        /// The name.
        got: String,
    },
    /// A name that comes twice.
    #[error("`augment.policy`: {got:?} is named twice: name each once")]
    Twice {
        /// The name.
        got: String,
    },
}

impl Policy {
    /// The names of the operations, in DiffAugment's order.
    pub const NAMES: &'static [&'static str] = &["color", "translation", "cutout"];

    /// All operations.
    pub fn every() -> Self {
        Self(vec![
            Operation::Color,
            Operation::Translation,
            Operation::Cutout,
        ])
    }

    /// Reads names separated by commas, such as `color,translation,cutout`; spaces around a name
    /// do not matter, and an empty text is no augmentation.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] with the name that is unknown or comes twice.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        if text.trim().is_empty() {
            return Ok(policy);
        }
        for name in text.split(',').map(str::trim) {
            let got = || name.to_owned();
            let operation = match name {
                "color" => Operation::Color,
                "translation" => Operation::Translation,
                "cutout" => Operation::Cutout,
                _ => return Err(PolicyError::Unknown { got: got() }),
            };
            if policy.0.contains(&operation) {
                return Err(PolicyError::Twice { got: got() });
            }
            policy.0.push(operation);
        }
        Ok(policy)
    }

    /// The operations in order.
    pub fn operations(&self) -> &[Operation] {
        &self.0
    }

    /// Whether images stay as they are.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for Policy {
    type Error = PolicyError;

    fn try_from(text: String) -> Result<Self, PolicyError> {
        Self::parse(&text)
    }
}

impl From<Policy> for String {
    fn from(policy: Policy) -> Self {
        let name = |operation: &Operation| match operation {
            Operation::Color => "color",
            Operation::Translation => "translation",
            Operation::Cutout => "cutout",
        };
        let names: Vec<_> = policy.0.iter().map(name).collect();
        names.join(",")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use super::*;

    #[test]
    fn a_policy_is_its_names_in_their_order() {
        assert!(Policy::parse("").unwrap().is_empty());
        assert!(Policy::parse("  ").unwrap().is_empty());
        let all = Policy::parse("cutout, color,translation").unwrap();
        let expected = [Operation::Cutout, Operation::Color, Operation::Translation];
        assert_eq!(all.operations(), expected);
        for name in Policy::NAMES {
            assert_eq!(Policy::parse(name).unwrap().operations().len(), 1);
        }
    }

    #[test]
    fn other_names_are_refused_with_those_there_are() {
        for (text, named) in [
            ("color,colour", "colour"),
            ("color,", ""),
            ("Cutout", "Cutout"),
        ] {
            let error = Policy::parse(text).unwrap_err();
            let got = named.to_owned();
            assert_eq!(error, PolicyError::Unknown { got });
            let message = error.to_string();
            assert!(message.contains("color, translation, cutout"), "{message}");
        }
        let error = Policy::parse("color,cutout,color").unwrap_err();
        let got = "color".to_owned();
        assert_eq!(error, PolicyError::Twice { got });
    }
}
