//! Seeded latents: sample `i` of a seed is the same everywhere.

mod interpolation;

use std::f64::consts::TAU;
use std::ops::Range;
use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::arrays;
use crate::error::{Error, Result};
pub use interpolation::Interpolation;

/// Separates latents from every other use of the same seed.
const DOMAIN: &[u8; 16] = b"gannet/latents/1";

/// Below this truncation a value takes over a hundred draws on average.
const SMALLEST_LIMIT: f64 = 0.01;

/// Latent vectors, `[len, dim]` row-major, each value of a standard normal
/// distribution (or of the caller's choosing).
///
/// # The algorithm
///
/// Sample `i` of a seed is a pure function of `(seed, i)`: independent of
/// batch size, thread count, engine and platform. To reproduce it elsewhere:
///
/// 1. **Key.** ChaCha with 8 rounds, as D. J. Bernstein defined it (64-bit
///    block counter in words 12 and 13, 64-bit stream number in words 14 and
///    15, low word first). The 32 key bytes are the seed as 8 little-endian
///    bytes, the 16 ASCII bytes `gannet/latents/1`, and 8 zero bytes.
/// 2. **Stream.** The stream number is the sample index; the block counter
///    starts at 0. The key stream is read as consecutive little-endian `u64`
///    (the first word of each pair is the low half).
/// 3. **Uniforms.** From two consecutive `u64`, `a` and then `b`:
///    `u = ((a >> 11) + 1) · 2⁻⁵³`, in `(0, 1]`, and `v = (b >> 11) · 2⁻⁵³`, in
///    `[0, 1)`.
/// 4. **Normals** (Box and Muller, 1958), in `f64` with the `log`, `cos` and
///    `sin` of musl's libm: `r = √(−2 ln u)`, then first `r · cos(2π v)` and
///    second `r · sin(2π v)`. Each is rounded to `f32`.
/// 5. **Order.** A sample takes its `dim` values in that order. The second
///    value of the last pair is dropped if `dim` is odd. With a truncation,
///    values with `|z| > limit` (compared after the rounding to `f32`) are
///    passed over and the same stream goes on.
///
/// Test vectors and an independent implementation in Python stand in the
/// crate's `tests/vectors`.
///
/// ```
/// use gannet::Latents;
///
/// let all = Latents::draw(7, 0..100, 64);
/// let tail = Latents::draw(7, 60..100, 64);
/// assert_eq!(all.values()[60 * 64..], tail.values()[..]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Latents {
    dim: usize,
    values: Vec<f32>,
}

impl Latents {
    /// Draws the samples `indices` of `seed`, each of `dim` standard normal
    /// values, as many as memory holds; [`Generator::sample`](crate::Generator::sample)
    /// sets a bound.
    pub fn draw(seed: u64, indices: Range<u64>, dim: usize) -> Self {
        let values = indices
            .flat_map(|index| Normals::new(seed, index).take(dim))
            .collect();
        Self { dim, values }
    }

    /// Draws as [`draw`](Self::draw), but redraws every value beyond `limit`
    /// from the sample's own stream, so that `|z| <= limit`.
    ///
    /// This is the truncation trick of BigGAN (Brock et al., 2019, section
    /// 3.1): a smaller limit gives more typical and less varied samples.
    ///
    /// ```
    /// use gannet::Latents;
    ///
    /// let latents = Latents::truncated(7, 0..100, 64, 0.5)?;
    /// assert!(latents.values().iter().all(|z| z.abs() <= 0.5));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) unless `limit` is at least 0.01.
    pub fn truncated(seed: u64, indices: Range<u64>, dim: usize, limit: f64) -> Result<Self> {
        Self::check_limit(limit)?;
        let values = indices
            .flat_map(|index| {
                Normals::new(seed, index)
                    .filter(|&z| f64::from(z).abs() <= limit)
                    .take(dim)
            })
            .collect();
        Ok(Self { dim, values })
    }

    /// Refuses a limit that [`truncated`](Self::truncated) does not take.
    pub(crate) fn check_limit(limit: f64) -> Result<()> {
        match limit >= SMALLEST_LIMIT {
            true => Ok(()),
            false => Err(Error::input(format!(
                "the truncation limit must be at least {SMALLEST_LIMIT}, got {limit}"
            ))),
        }
    }

    /// Takes latents of the caller's own making, `[n, dim]` row-major.
    ///
    /// ```
    /// use gannet::Latents;
    ///
    /// let latents = Latents::from_values(2, vec![0.0, 1.0, 2.0, 3.0])?;
    /// assert_eq!((latents.len(), latents.dim()), (2, 2));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if `dim` is 0 or does not divide the
    /// number of values, [`Numeric`](crate::ErrorKind::Numeric) if one is not
    /// finite.
    pub fn from_values(dim: usize, values: Vec<f32>) -> Result<Self> {
        if dim == 0 || !values.len().is_multiple_of(dim) {
            return Err(Error::input(format!(
                "latents of dimension {dim} need a multiple of {dim} values, got {}",
                values.len()
            )));
        }
        if let Some(at) = values.iter().position(|z| !z.is_finite()) {
            return Err(Error::numeric(format!(
                "latent {}, value {}: expected a finite number, got {}",
                at / dim,
                at % dim,
                values[at]
            )));
        }
        Ok(Self { dim, values })
    }

    /// Reads a NumPy array `[len, dim]` of numbers from `file.npy`, `file.npz` or
    /// `file.npz:name`; values are kept in 32 bits.
    ///
    /// ```
    /// use gannet::{Latents, Samples};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("z.npy");
    /// # Samples::new([2, 1, 1, 3], vec![0.5; 6])?.write_npy(&path)?;
    /// // An array of another shape is refused.
    /// let error = Latents::read_npy(&path).unwrap_err();
    /// assert!(error.to_string().contains("[2, 1, 1, 3]"));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be read,
    /// [`Format`](crate::ErrorKind::Format) if it is no such array,
    /// [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let (name, [_, dim], values) = arrays::read_matrix(path)?;
        if dim == 0 {
            return Err(Error::format(format!(
                "{name}: expected the shape [len, dim], got latents without a value"
            )));
        }
        Self::from_values(dim, values).map_err(|error| error.of_file(path))
    }

    /// The values, `[len, dim]` row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The number of latent vectors.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.dim).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length of one latent vector.
    pub fn dim(&self) -> usize {
        self.dim
    }
}

/// The endless sequence of standard normal values of one sample.
struct Normals {
    stream: ChaCha8Rng,
    second: Option<f32>,
}

impl Normals {
    fn new(seed: u64, index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..24].copy_from_slice(DOMAIN);
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(index);
        Self {
            stream,
            second: None,
        }
    }
}

impl Iterator for Normals {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if let Some(second) = self.second.take() {
            return Some(second);
        }
        const SCALE: f64 = 1.0 / (1_u64 << 53) as f64;
        let u = ((self.stream.next_u64() >> 11) + 1) as f64 * SCALE;
        let v = (self.stream.next_u64() >> 11) as f64 * SCALE;
        let radius = libm::sqrt(-2.0 * libm::log(u));
        self.second = Some((radius * libm::sin(TAU * v)) as f32);
        Some((radius * libm::cos(TAU * v)) as f32)
    }
}

#[cfg(test)]
mod tests;
