//! The Fréchet distance of infinitely many fakes (FD∞).

use rayon::prelude::*;

use super::draws::Draws;
use super::frechet::FittedRows;
use crate::error::{Error, Result};
use crate::features::Features;

/// Numbers of fakes at which the distance is computed, as in the paper.
const SIZES: usize = 15;

/// The Fréchet distance extrapolated to infinitely many fakes.
#[derive(Clone, Debug, PartialEq)]
pub struct FrechetLimit {
    /// The distance at `1/N = 0`.
    pub value: f64,
    /// The standard error of `value` as the intercept of the fitted line. It
    /// speaks of the fit alone: the points share rows, and the real rows are
    /// taken as they are.
    pub std_error: f64,
    /// The rise of the distance per `1/N`.
    pub slope: f64,
    /// The numbers of fakes, rising.
    pub sizes: Vec<usize>,
    /// The distance at each of them.
    pub distances: Vec<f64>,
}

/// The Fréchet distance of infinitely many fakes (Chong and Forsyth, 2020,
/// FID∞): the distance at 15 evenly spaced numbers of fakes from `smallest`
/// to all, and a straight line in `1/N` through them, carried on to 0.
///
/// The distance of finitely many fakes is too large by about `slope / N`, and
/// by how much depends on the generator; the limit does away with that. The
/// paper takes a tenth of the fakes, 5,000, for `smallest`. What finitely many
/// *real* rows add stays in.
///
/// Features are `[m, d]` and `[n, d]`. The fakes of size number `i` are drawn
/// without replacement with stream `i` of the use `fd limit`
/// ([seeds](super#seeds)). Time is that of 15 Fréchet distances, which are
/// spread over the threads; memory is that of one for each thread.
///
/// ```
/// use gannet::{Features, Latents, metrics::frechet_limit};
///
/// let rows = |seed| Features::new(90, 2, Latents::draw(seed, 0..90, 2).values().to_vec(), None);
/// let limit = frechet_limit(&rows(1)?, &rows(2)?, 20, 0)?;
/// // Few fakes seem further away than they are.
/// assert_eq!((limit.sizes.len(), limit.sizes[0]), (15, 20));
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) unless the dimensions are equal, there are
/// two real rows, `smallest` is 2 at least, and there are 14 more fakes than
/// that.
pub fn frechet_limit(
    real: &Features,
    fake: &Features,
    smallest: usize,
    seed: u64,
) -> Result<FrechetLimit> {
    let enough =
        smallest >= 2 && real.len() >= 2 && fake.len() >= smallest.saturating_add(SIZES - 1);
    if real.dim() != fake.dim() || !enough {
        return Err(Error::input(format!(
            "the limit of the Fréchet distance needs equal dimensions, two real rows and {SIZES} \
             different numbers of fakes from {smallest} on, of which the first must be 2 at \
             least; got [{}, {}] and [{}, {}]",
            real.len(),
            real.dim(),
            fake.len(),
            fake.dim()
        )));
    }
    let span = fake.len() - smallest;
    let sizes: Vec<usize> = (0..SIZES)
        .map(|i| smallest + span * i / (SIZES - 1))
        .collect();
    let real = FittedRows::of(real);
    let distances = sizes
        .par_iter()
        .enumerate()
        .map(|(i, &size)| {
            let rows = Draws::new(seed, b"fd limit", i as u64).distinct(fake.len(), size);
            real.distance(&FittedRows::of(&fake.select(&rows)?))
        })
        .collect::<Result<Vec<f64>>>()?;
    let inverse: Vec<f64> = sizes.iter().map(|&size| 1.0 / size as f64).collect();
    let line = Line::through(&inverse, &distances);
    Ok(FrechetLimit {
        value: line.intercept,
        std_error: line.std_error,
        slope: line.slope,
        sizes,
        distances,
    })
}

/// The straight line of least squares and the standard error of its intercept.
struct Line {
    intercept: f64,
    slope: f64,
    std_error: f64,
}

impl Line {
    /// Fits three points at least with different `x`.
    fn through(x: &[f64], y: &[f64]) -> Self {
        let n = x.len() as f64;
        let (x_mean, y_mean) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let spread: f64 = x.iter().map(|x| (x - x_mean) * (x - x_mean)).sum();
        let joint: f64 = x
            .iter()
            .zip(y)
            .map(|(x, y)| (x - x_mean) * (y - y_mean))
            .sum();
        let slope = joint / spread;
        let intercept = y_mean - slope * x_mean;
        let residual: f64 = x
            .iter()
            .zip(y)
            .map(|(x, y)| (y - intercept - slope * x).powi(2))
            .sum();
        let variance = residual / (n - 2.0);
        Self {
            intercept,
            slope,
            std_error: (variance * (1.0 / n + x_mean * x_mean / spread)).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests;
