//! Points of the plane whose distribution is known.

use std::f64::consts::{PI, TAU};
use std::ops::Range;

use gannet::Latents;
use gannet::metrics::Mode;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{DataError, Dataset, Split};
use crate::text::proposal;

/// The points of a data set are drawn with this seed, so that a name means the
/// same points in every run.
const SEED: u64 = 0;

/// Points to train on, as in PacGAN (Lin et al., 2018, section 4.1).
const TRAINING: u64 = 100_000;

/// Points held out: the next ones of the same seed.
const HELD_OUT: u64 = 20_000;

/// A distribution in the plane, the data set `toy:NAME`.
///
/// Point `i` of a seed is a pure function of both. Networks see points divided by
/// [`scale`](Self::scale).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toy {
    /// Eight Gaussians of standard deviation 0.01, equally spaced on a circle of
    /// radius 1 (PacGAN's 2D-ring).
    Ring,
    /// Twenty-five Gaussians of standard deviation 0.05 at the points of
    /// {-4, -2, 0, 2, 4}² (PacGAN's 2D-grid).
    Grid,
    /// Two arms of three quarters of a turn, opposite each other: a point at
    /// radius `r`, uniform in [0, 1], has the angle `1.5 π r` (plus π in the second
    /// arm), and a Gaussian of standard deviation 0.02 about it.
    Spiral,
    /// Two half circles of radius 1 about (-0.5, -0.25) and (0.5, 0.25), uniform in
    /// the angle, with a Gaussian of standard deviation 0.05: scikit-learn's
    /// `make_moons` moved so that its centre is the origin.
    Moons,
}

impl Toy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ring, Self::Grid, Self::Spiral, Self::Moons];

    /// The name, as in `data.path = "toy:NAME"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Grid => "grid",
            Self::Spiral => "spiral",
            Self::Moons => "moons",
        }
    }

    /// The toy of a name.
    ///
    /// # Errors
    ///
    /// [`DataError::UnknownToy`] if there is none.
    pub fn named(name: &str) -> Result<Self, DataError> {
        let found = Self::ALL.into_iter().find(|toy| toy.name() == name);
        found.ok_or_else(|| DataError::UnknownToy {
            got: name.to_owned(),
            known: Self::ALL
                .map(|toy| format!("toy:{}", toy.name()))
                .join(", "),
            hint: proposal(name, Self::ALL.map(Self::name)),
        })
    }

    /// What its coordinates are divided by for the networks, so that they lie
    /// within [-2, 2] and spread about as normal values do.
    pub fn scale(self) -> f64 {
        match self {
            Self::Ring | Self::Spiral => 1.25,
            Self::Grid => 2.5,
            Self::Moons => 2.0,
        }
    }

    /// How many classes its points have: the Gaussians, the arms or the moons.
    pub fn classes(self) -> u16 {
        match self {
            Self::Ring => 8,
            Self::Grid => 25,
            Self::Spiral | Self::Moons => 2,
        }
    }

    /// The standard deviation about a centre.
    fn deviation(self) -> f64 {
        match self {
            Self::Ring => 0.01,
            Self::Grid => 0.05,
            Self::Spiral => 0.02,
            Self::Moons => 0.05,
        }
    }

    /// The Gaussians of the ring or the grid, in the toy's own coordinates, for
    /// [`modes_of_mixture`](gannet::metrics::modes_of_mixture); none of the others.
    pub fn modes(self) -> gannet::Result<Vec<Mode>> {
        let classes = match self {
            Self::Ring | Self::Grid => self.classes(),
            Self::Spiral | Self::Moons => 0,
        };
        (0..classes)
            .map(|class| Mode::round(self.centre(class, 0.0).to_vec(), self.deviation()))
            .collect()
    }

    /// Draws the points `indices` of a seed in the toy's own coordinates, `[n, 2]`,
    /// and the class of each.
    ///
    /// The class is uniform. It and the place along an arm or a moon come from
    /// ChaCha8, one stream a point, the two deviates from [`Latents`].
    pub fn draw(self, seed: u64, indices: Range<u64>) -> (Vec<f32>, Vec<u16>) {
        let noise = Latents::draw(seed, indices.clone(), 2);
        let (mut points, mut classes) = (Vec::new(), Vec::new());
        for (index, noise) in indices.zip(noise.values().chunks_exact(2)) {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(index);
            // The bias of the multiply-shift reduction is below 25 / 2⁶⁴.
            let draw = u128::from(random.next_u64()) * u128::from(self.classes());
            let class = (draw >> 64) as u16;
            let along = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            let centre = self.centre(class, along);
            for (centre, &noise) in centre.iter().zip(noise) {
                points.push((centre + self.deviation() * f64::from(noise)) as f32);
            }
            classes.push(class);
        }
        (points, classes)
    }

    /// The centre of a class, at `along` in [0, 1) of it if it is a curve.
    fn centre(self, class: u16, along: f64) -> [f64; 2] {
        // libm's are the same on every platform.
        let at = |radius: f64, angle: f64| [radius * libm::cos(angle), radius * libm::sin(angle)];
        let number = f64::from(class);
        match self {
            Self::Ring => at(1.0, TAU * number / 8.0),
            Self::Grid => [f64::from(class / 5), f64::from(class % 5)].map(|i| 2.0 * i - 4.0),
            Self::Spiral => at(along, PI * (1.5 * along + number)),
            Self::Moons => {
                // The second moon is the first turned half round the origin.
                let [x, y] = at(1.0, PI * along);
                let [x, y] = [x - 0.5, y - 0.25];
                if class == 0 { [x, y] } else { [-x, -y] }
            }
        }
    }

    /// The data set.
    pub(super) fn split(self) -> Result<Split, DataError> {
        let part = |indices| {
            let (points, classes) = self.draw(SEED, indices);
            let scale = self.scale() as f32;
            let points = points.iter().map(|value| value / scale).collect();
            Dataset::of_points(format!("toy-{}", self.name()), points, classes)
        };
        Ok(Split {
            training: part(0..TRAINING)?,
            held_out: part(TRAINING..TRAINING + HELD_OUT)?,
            rule: format!(
                "They are points of toy:{} divided by {}; the last ones drawn are held out.",
                self.name(),
                self.scale()
            ),
        })
    }
}

#[cfg(test)]
mod tests;
