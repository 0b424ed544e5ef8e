//! Structural similarity between images of one generator.

use rayon::prelude::*;

use super::draws::Draws;
use crate::error::{Error, Result};
use crate::samples::Samples;

/// The sides of the Gaussian window and its standard deviation.
const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;

/// More pairs than any use asks for.
const MOST_PAIRS: usize = 1_000_000;

/// The exponents of the five scales, from fine to coarse.
const EXPONENTS: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// `(K L)²` with K of 0.01 and 0.03 and the range L of 8-bit images.
const C1: f64 = 0.01 * 255.0 * 0.01 * 255.0;
const C2: f64 = 0.03 * 255.0 * 0.03 * 255.0;

/// Similarity over pairs of images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MsSsim {
    /// The mean over the pairs: 1 if all images are equal, lower with variety.
    pub mean: f64,
    /// The population standard deviation over the pairs.
    pub std: f64,
    /// Pairs that were compared.
    pub pairs: usize,
    /// Scales that fit into the images: 5, or fewer for sides below 161. Only
    /// results of equal scales compare.
    pub scales: usize,
}

/// The multi-scale structural similarity (Wang et al., 2003, equation 7) of
/// `pairs` random pairs of different images, as a measure of variety (Odena et
/// al., 2017, who take pairs of one class: a mean above that of real images means
/// that a class has collapsed).
///
/// Images pass through 8 bits. Each channel is compared alone, and the channels'
/// similarities are averaged. The window is the Gaussian of 11 × 11 pixels, taken
/// only where it lies within the image; between scales, 2 × 2 pixels are averaged
/// (a side's odd last line with itself). A scale is used if the window fits: one
/// scale from 11 pixels on, two from 21, three from 41, four from 81, five from
/// 161. Of fewer than five, the exponents are divided by their sum, as in common
/// implementations. A negative mean of contrast and structure counts as 0, since
/// it has no real power.
///
/// Pair `i` is drawn with stream `i` of the use `ms ssim` ([seeds](super#seeds)):
/// an image of `n`, then one of the `n − 1` others. Time is O(pairs · c · h · w),
/// spread over the threads; memory is that of a few images for each thread.
///
/// ```
/// use gannet::{Latents, Samples, metrics::ms_ssim};
///
/// let noise = Latents::draw(7, 0..4, 12 * 12).values().to_vec();
/// let varied = ms_ssim(&Samples::new([4, 1, 12, 12], noise)?, 10, 0)?;
/// let same = ms_ssim(&Samples::new([4, 1, 12, 12], vec![0.5; 576])?, 10, 0)?;
/// assert!(varied.mean < 0.5 && (same.mean - 1.0).abs() < 1e-9);
/// assert_eq!(same.scales, 1); // The images are too small for more.
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) with fewer than two images, without pairs
/// or over a million, or with images smaller than the window.
pub fn ms_ssim(samples: &Samples, pairs: usize, seed: u64) -> Result<MsSsim> {
    let [n, _, height, width] = samples.shape();
    let scales = scales(height.min(width));
    if n < 2 || pairs == 0 || pairs > MOST_PAIRS || scales == 0 {
        return Err(Error::input(format!(
            "MS-SSIM needs two images at least of {WINDOW} x {WINDOW} pixels at least, and from 1 \
             to {MOST_PAIRS} pairs; got {pairs} pairs of {n} images of {height} x {width}"
        )));
    }
    let values: Vec<f64> = (0..pairs)
        .into_par_iter()
        .map(|pair| {
            let mut draws = Draws::new(seed, b"ms ssim ", pair as u64);
            let first = draws.below(n);
            let second = (first + 1 + draws.below(n - 1)) % n;
            similarity(samples, first, second, scales)
        })
        .collect();
    let count = pairs as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
    Ok(MsSsim {
        mean,
        std: variance.sqrt(),
        pairs,
        scales,
    })
}

/// How many times the window fits while the side is halved.
fn scales(side: usize) -> usize {
    std::iter::successors(Some(side), |side| Some(side.div_ceil(2)))
        .take(EXPONENTS.len())
        .take_while(|&side| side >= WINDOW)
        .count()
}

/// The mean over the channels of two images' similarity.
fn similarity(samples: &Samples, first: usize, second: usize, scales: usize) -> f64 {
    let [_, channels, height, width] = samples.shape();
    let (a, b) = (samples.quantised(first), samples.quantised(second));
    let planes = a
        .chunks_exact(height * width)
        .zip(b.chunks_exact(height * width));
    let sum: f64 = planes
        .map(|(a, b)| of_planes(Plane::of(a, width), Plane::of(b, width), scales))
        .sum();
    sum / channels as f64
}

fn of_planes(mut a: Plane, mut b: Plane, scales: usize) -> f64 {
    let used = &EXPONENTS[..scales];
    let total = if scales < EXPONENTS.len() {
        used.iter().sum()
    } else {
        1.0
    };
    let mut product = 1.0;
    for (scale, exponent) in used.iter().enumerate() {
        let (whole, contrast) = ssim(&a, &b);
        let last = scale + 1 == scales;
        let mean = if last { whole } else { contrast };
        product *= mean.max(0.0).powf(exponent / total);
        if !last {
            (a, b) = (a.halved(), b.halved());
        }
    }
    product
}

/// The means over all places of the window of SSIM and of its contrast and
/// structure part (Wang et al., 2004, equation 13).
fn ssim(a: &Plane, b: &Plane) -> (f64, f64) {
    let (mean_a, mean_b) = (a.smoothed(), b.smoothed());
    let square = |x: &Plane, y: &Plane| x.times(y).smoothed();
    let (aa, bb, ab) = (square(a, a), square(b, b), square(a, b));
    let (mut whole, mut part) = (0.0, 0.0);
    for (i, (&x, &y)) in mean_a.values.iter().zip(&mean_b.values).enumerate() {
        let variances = (aa.values[i] - x * x) + (bb.values[i] - y * y);
        let covariance = ab.values[i] - x * y;
        let contrast = (2.0 * covariance + C2) / (variances + C2);
        let luminance = (2.0 * x * y + C1) / (x * x + y * y + C1);
        whole += luminance * contrast;
        part += contrast;
    }
    let places = mean_a.values.len() as f64;
    (whole / places, part / places)
}

/// One channel, `[h, w]` row-major.
struct Plane {
    width: usize,
    values: Vec<f64>,
}

impl Plane {
    fn of(bytes: &[u8], width: usize) -> Self {
        Self {
            width,
            values: bytes.iter().map(|&byte| f64::from(byte)).collect(),
        }
    }

    fn times(&self, other: &Self) -> Self {
        let values = self.values.iter().zip(&other.values);
        Self {
            width: self.width,
            values: values.map(|(a, b)| a * b).collect(),
        }
    }

    /// The weighted mean over the window wherever it fits.
    fn smoothed(&self) -> Self {
        let window = window();
        let across: Vec<f64> = self
            .values
            .chunks_exact(self.width)
            .flat_map(|row| row.windows(WINDOW))
            .map(|values| values.iter().zip(&window).map(|(v, w)| v * w).sum())
            .collect();
        let width = self.width - (WINDOW - 1);
        let places = across.len() - (WINDOW - 1) * width;
        let values = (0..places)
            .map(|at| {
                let column = across[at..].iter().step_by(width);
                column.zip(&window).map(|(v, w)| v * w).sum()
            })
            .collect();
        Self { width, values }
    }

    /// The means of 2 × 2 pixels.
    fn halved(&self) -> Self {
        let height = self.values.len() / self.width;
        let width = self.width.div_ceil(2);
        let value = |y: usize, x: usize| {
            self.values[y.min(height - 1) * self.width + x.min(self.width - 1)]
        };
        let values = (0..height.div_ceil(2) * width)
            .map(|at| {
                let (y, x) = (at / width * 2, at % width * 2);
                let four = value(y, x) + value(y, x + 1) + value(y + 1, x) + value(y + 1, x + 1);
                four / 4.0
            })
            .collect();
        Self { width, values }
    }
}

/// The Gaussian over the window's side, of sum 1.
fn window() -> [f64; WINDOW] {
    let mut window = [0.0; WINDOW];
    for (i, weight) in window.iter_mut().enumerate() {
        let offset = i as f64 - (WINDOW / 2) as f64;
        *weight = (-offset * offset / (2.0 * SIGMA * SIGMA)).exp();
    }
    let sum: f64 = window.iter().sum();
    window.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests;
