//! What the networks are built for.

use super::NetError;
use crate::recipe::{Architecture, Critic, CriticClasses, Generator, GeneratorClasses, Network};

/// The data that a generator imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// `[channels, height, width]`; points have `[dimensions, 1, 1]`.
    pub shape: [usize; 3],
    /// How many classes its labels name, if it has labels.
    pub classes: Option<usize>,
}

impl Target {
    /// Images or points `[channels, height, width]` without labels.
    pub fn unlabelled(shape: [usize; 3]) -> Self {
        Self {
            shape,
            classes: None,
        }
    }

    /// Whether it consists of points, which have no range, not of images in `[-1, 1]`.
    pub(super) fn is_points(&self) -> bool {
        self.shape[1..] == [1, 1]
    }

    /// The number of classes for a key that asks for them.
    pub(super) fn classes_for(
        &self,
        key: &'static str,
        got: &'static str,
    ) -> Result<usize, NetError> {
        self.classes
            .filter(|classes| *classes > 0)
            .ok_or(NetError::Classes { key, got })
    }
}

/// Whether a recipe's networks can be built for this data.
///
/// # Errors
///
/// [`NetError::Size`] if images do not fit an architecture, [`NetError::Classes`] if a network
/// wants classes that the data does not have.
pub fn check(generator: &Generator, critic: &Critic, target: Target) -> Result<(), NetError> {
    for network in [&generator.network, &critic.network] {
        if network.architecture != Architecture::Mlp {
            Pyramid::of(network, target)?;
        }
    }
    if generator.classes != GeneratorClasses::None {
        target.classes_for("generator.classes", generator.classes.name())?;
    }
    if critic.classes != CriticClasses::None {
        target.classes_for("critic.classes", critic.classes.name())?;
    }
    Ok(())
}

/// How a side is halved until a small base is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pyramid {
    pub(super) halvings: usize,
    /// The smallest side, 4 to 8.
    pub(super) base: usize,
}

impl Pyramid {
    /// The pyramid of an architecture: the convolutional one keeps a base of 8, the others
    /// halve it once more.
    ///
    /// A side of 28 gives `(2, 7)`, 32 gives `(2, 8)` or `(3, 4)`.
    pub(super) fn of(network: &Network, target: Target) -> Result<Self, NetError> {
        let [_, height, width] = target.shape;
        let largest = match network.architecture {
            Architecture::Convolutional => 8,
            _ => 7,
        };
        let mut base = height;
        let mut halvings = 0;
        while base >= 8 && base.is_multiple_of(2) && (base > largest || halvings == 0) {
            base /= 2;
            halvings += 1;
        }
        if height != width || !(4..=8).contains(&base) || halvings == 0 {
            return Err(NetError::Size {
                architecture: network.architecture.name(),
                height,
                width,
            });
        }
        Ok(Self { halvings, base })
    }
}
