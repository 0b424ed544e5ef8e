//! Confidence intervals of any metric.

use std::f64::consts::FRAC_PI_2;

use super::draws::Draws;
use crate::error::{Error, Result};
use crate::scores::Interval;

impl Interval {
    pub(crate) fn of(value: f64, std_error: f64, level: f64, groups: usize) -> Self {
        let reach = student_quantile(level, groups - 1) * std_error;
        Self {
            value,
            std_error,
            low: value - reach,
            high: value + reach,
            level,
            groups,
        }
    }
}

/// The confidence interval of a metric of `n` rows by the delete-a-group
/// jackknife (Kott, 2001): with `θᵢ` the metric without group `i` of `g`,
/// `se² = (g − 1)/g · Σ (θᵢ − mean θ)²`.
///
/// It speaks of the variance from one set of rows to another, not of a bias that
/// all sets of that size share, as the Fréchet distance has. (A bootstrap would
/// not do here: its repeated rows are at distance 0 from each other, which
/// spoils kernels and neighbours.)
///
/// `metric` gets the rows to look at, rising, and is called `g + 1` times: first
/// with all of them. The groups are parts of a shuffle, drawn from the use
/// `groups` ([seeds](super#seeds)), whose sizes differ by one row at most. 20 to
/// 50 groups are usual. For the uncertainty from two independent sets, take the
/// interval over either and add up the squares of the standard errors.
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) with fewer than two groups or fewer rows
/// than groups, or if the level is not between 0 and 1;
/// [`Numeric`](crate::ErrorKind::Numeric) if the metric is not finite; and what
/// `metric` returns.
///
/// ```
/// use gannet::{Features, metrics::{frechet_from_features, jackknife}};
///
/// # let real = Features::new(6, 1, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], None)?;
/// # let fake = real.clone();
/// let interval = jackknife(fake.len(), 3, 0.95, 0, |rows| {
///     frechet_from_features(&real, &fake.select(rows)?)
/// })?;
/// assert!(interval.low <= interval.value && interval.value <= interval.high);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn jackknife(
    n: usize,
    groups: usize,
    level: f64,
    seed: u64,
    mut metric: impl FnMut(&[usize]) -> Result<f64>,
) -> Result<Interval> {
    jackknife_each(n, groups, level, seed, |rows| Ok(vec![metric(rows)?]))
        .map(|intervals| intervals[0])
}

/// [`jackknife`] of several metrics that are computed together, the same ones
/// each time.
pub(crate) fn jackknife_each(
    n: usize,
    groups: usize,
    level: f64,
    seed: u64,
    mut metrics: impl FnMut(&[usize]) -> Result<Vec<f64>>,
) -> Result<Vec<Interval>> {
    if groups < 2 || n < groups || !(level > 0.0 && level < 1.0) {
        return Err(Error::input(format!(
            "a jackknife needs two groups at least, a row for each and a level between 0 and 1, \
             got {groups} groups, {n} rows and {level}"
        )));
    }
    let mut finite = |rows: &[usize]| {
        let values = metrics(rows)?;
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => Err(Error::numeric(format!(
                "a jackknife needs finite metrics, got {value} of {} rows",
                rows.len()
            ))),
        }
    };
    let whole = finite(&(0..n).collect::<Vec<_>>())?;
    let mut group_of = vec![0; n];
    for (at, row) in Draws::new(seed, b"groups  ", 0)
        .distinct(n, n)
        .into_iter()
        .enumerate()
    {
        group_of[row] = at % groups;
    }
    let without = (0..groups)
        .map(|group| {
            let kept: Vec<usize> = (0..n).filter(|&row| group_of[row] != group).collect();
            finite(&kept)
        })
        .collect::<Result<Vec<_>>>()?;
    let count = groups as f64;
    let interval = |(metric, &value): (usize, &f64)| {
        let values = || without.iter().map(|values| values[metric]);
        let mean = values().sum::<f64>() / count;
        let squares: f64 = values().map(|v| (v - mean) * (v - mean)).sum();
        let std_error = ((count - 1.0) / count * squares).sqrt();
        Interval::of(value, std_error, level, groups)
    };
    Ok(whole.iter().enumerate().map(interval).collect())
}

/// The `t` with `P(|T| < t) = level`, to the last digits, by halving.
fn student_quantile(level: f64, freedom: usize) -> f64 {
    // t = √ν tan θ, so that the whole line is θ in [0, π/2].
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..f64::MANTISSA_DIGITS {
        let middle = 0.5 * (low + high);
        if student_level(middle, freedom) < level {
            low = middle;
        } else {
            high = middle;
        }
    }
    (freedom as f64).sqrt() * (0.5 * (low + high)).tan()
}

/// `P(|T| < √ν tan θ)` of Student's distribution with `ν` degrees of freedom
/// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
fn student_level(angle: f64, freedom: usize) -> f64 {
    let (sin, cos) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    // cos θ + ⅔ cos³ θ + …, or 1 + ½ cos² θ + …, up to the power ν − 2.
    let mut term = if odd { cos } else { 1.0 };
    let mut sum = 0.0;
    let mut power = if odd { 1 } else { 0 };
    while power + 2 <= freedom {
        sum += term;
        power += 2;
        term *= cos * cos * (power - 1) as f64 / power as f64;
    }
    if odd {
        (angle + sin * sum) / FRAC_PI_2
    } else {
        sin * sum
    }
}

#[cfg(test)]
mod tests;
