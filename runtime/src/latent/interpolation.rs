//! Between latents: along a line, or along a great circle.

use super::Latents;
use crate::error::{Error, Result};

/// Directions that differ by less (in radians) are taken as one: the arc between
/// them is a line to the last bit of an `f32`.
const SAME_DIRECTION: f64 = 1e-6;

/// How to go from one latent to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Interpolation {
    /// Along a line, [`Latents::lerp`].
    Linear,
    /// Along a great circle, [`Latents::slerp`].
    #[default]
    Spherical,
}

impl Latents {
    /// Goes the share `t` of the straight way to `to`, row by row:
    /// `(1 − t) · a + t · b`.
    ///
    /// Halfway between two normal latents lies a vector shorter by `√2` than either,
    /// such as a generator never saw; [`slerp`](Self::slerp) keeps the length.
    ///
    /// ```
    /// use gannet::Latents;
    ///
    /// let a = Latents::from_values(2, vec![1.0, 0.0])?;
    /// let b = Latents::from_values(2, vec![0.0, 1.0])?;
    /// assert_eq!(a.lerp(&b, 0.25)?.values(), [0.75, 0.25]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the two differ in number or dimension, or
    /// `t` is not finite; [`Numeric`](crate::ErrorKind::Numeric) if a value leaves the
    /// range of an `f32`, as with a huge `t`.
    pub fn lerp(&self, to: &Self, t: f64) -> Result<Self> {
        self.between(to, t, |a, b, t| Ok(line(a, b, t)))
    }

    /// Goes the share `t` of the way to `to` along a great circle, row by row
    /// (Shoemake, 1985; for latents, White, 2016):
    ///
    /// `sin((1 − t) · ω) / sin ω · a + sin(t · ω) / sin ω · b`, where `ω` is the angle
    /// between `a` and `b`, `acos(a · b / (|a| |b|))`.
    ///
    /// The lengths may differ, as those of two normal latents do by a little. Where
    /// the directions are the same, it is [`lerp`](Self::lerp), the limit of the
    /// formula. It is computed in `f64` through musl's libm, the same on every
    /// platform.
    ///
    /// ```
    /// use gannet::Latents;
    ///
    /// let a = Latents::from_values(2, vec![1.0, 0.0])?;
    /// let b = Latents::from_values(2, vec![0.0, 1.0])?;
    /// let half = std::f32::consts::FRAC_1_SQRT_2;
    /// assert_eq!(a.slerp(&b, 0.5)?.values(), [half, half]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`lerp`](Self::lerp), and [`Input`](crate::ErrorKind::Input) if a latent is
    /// all zeros, or two are opposite: no great circle is nearer than the others.
    pub fn slerp(&self, to: &Self, t: f64) -> Result<Self> {
        self.between(to, t, arc)
    }

    /// The way through all rows in their order, with `steps` steps from each to the
    /// next: `[(len − 1) · steps + 1, dim]`, the rows themselves among them.
    ///
    /// ```
    /// use gannet::{Interpolation, Latents};
    ///
    /// let corners = Latents::draw(7, 0..3, 64);
    /// let path = corners.path(8, Interpolation::Spherical)?;
    /// assert_eq!(path.len(), 17);
    /// assert_eq!(path.values()[8 * 64..][..64], corners.values()[64..][..64]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`slerp`](Self::slerp), and [`Input`](crate::ErrorKind::Input) with fewer than
    /// two rows or without a step.
    pub fn path(&self, steps: usize, interpolation: Interpolation) -> Result<Self> {
        if self.len() < 2 || steps == 0 {
            return Err(Error::input(format!(
                "a path needs two latents and a step at least, got {} latents and {steps} steps",
                self.len()
            )));
        }
        let way = match interpolation {
            Interpolation::Linear => |a: &[f32], b: &[f32], t| Ok(line(a, b, t)),
            Interpolation::Spherical => arc,
        };
        let rows: Vec<&[f32]> = self.values.chunks_exact(self.dim).collect();
        let mut values = Vec::new();
        for pair in rows.windows(2) {
            values.extend_from_slice(pair[0]);
            for step in 1..steps {
                values.extend(way(pair[0], pair[1], step as f64 / steps as f64)?);
            }
        }
        values.extend_from_slice(rows[rows.len() - 1]);
        Self::from_values(self.dim, values)
    }

    fn between(
        &self,
        to: &Self,
        t: f64,
        way: impl Fn(&[f32], &[f32], f64) -> Result<Vec<f32>>,
    ) -> Result<Self> {
        let shapes = [self, to].map(|latents| [latents.len(), latents.dim]);
        if shapes[0] != shapes[1] || !t.is_finite() {
            return Err(Error::input(format!(
                "an interpolation needs latents of one shape and a finite share, got {:?} and \
                 {:?} and the share {t}",
                shapes[0], shapes[1]
            )));
        }
        let mut values = Vec::with_capacity(self.values.len());
        let dim = self.dim.max(1);
        for (a, b) in self.values.chunks(dim).zip(to.values.chunks(dim)) {
            values.extend(way(a, b, t)?);
        }
        if values.is_empty() {
            return Ok(self.clone());
        }
        Self::from_values(self.dim, values)
    }
}

/// `(1 − t) · a + t · b`.
fn line(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    blend(a, b, [1.0 - t, t])
}

fn arc(a: &[f32], b: &[f32], t: f64) -> Result<Vec<f32>> {
    let (length_a, length_b) = (dot(a, a), dot(b, b));
    if length_a == 0.0 || length_b == 0.0 {
        return Err(Error::input(
            "a latent of zeros has no direction to go along a great circle from or to: \
             interpolate along a line",
        ));
    }
    let cosine = dot(a, b) / libm::sqrt(length_a * length_b);
    let angle = libm::acos(cosine.clamp(-1.0, 1.0));
    if angle < SAME_DIRECTION {
        return Ok(line(a, b, t));
    }
    let sine = libm::sin(angle);
    if sine < SAME_DIRECTION {
        return Err(Error::input(
            "two opposite latents have no one great circle between them: interpolate along a \
             line, or through a third",
        ));
    }
    let weight = |share: f64| libm::sin(share * angle) / sine;
    Ok(blend(a, b, [weight(1.0 - t), weight(t)]))
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| f64::from(a) * f64::from(b))
        .sum()
}

fn blend(a: &[f32], b: &[f32], weights: [f64; 2]) -> Vec<f32> {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| (weights[0] * f64::from(a) + weights[1] * f64::from(b)) as f32)
        .collect()
}

#[cfg(test)]
mod tests;
