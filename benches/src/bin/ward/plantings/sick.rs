//! Runs that were given a disease.

mod pictures;
mod points;
mod report;

use super::healthy::healthy;
use super::{Ground, Half, Images, Planting};

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Planting> {
    points::ALL.iter().chain(pictures::ALL).chain(report::ALL)
}

const fn sick(
    name: &'static str,
    condition: &'static str,
    half: Half,
    ground: Ground,
    settings: &'static [&'static str],
) -> Planting {
    Planting {
        condition: Some(condition),
        ..healthy(name, half, ground, settings)
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
