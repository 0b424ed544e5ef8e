//! The Inception Score.

use crate::error::{Error, Result};
use crate::features::{Logits, check_matrix};

/// The Inception Score over several splits of the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InceptionScore {
    /// The mean over the splits: from 1 to the number of classes.
    pub mean: f64,
    /// The population standard deviation over the splits.
    pub std: f64,
}

/// The Inception Score (Salimans et al., 2016, section 4):
/// `exp(mean KL(p(y|x) ‖ p(y)))`, computed in each of `splits` consecutive
/// parts of the samples in the order given, then averaged.
///
/// With a classifier other than Inception the result is not comparable with a
/// published score.
///
/// ```
/// use gannet::{Logits, metrics::inception_score};
///
/// // Sure of two classes in turn: a score of 2.
/// let values = vec![50.0, 0.0, 0.0, 50.0];
/// let score = inception_score(&Logits { classes: 2, values }, 1)?;
/// assert!((score.mean - 2.0).abs() < 1e-9);
/// # Ok::<(), gannet::Error>(())
/// ```
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) with no split or fewer rows than splits, or
/// if the sizes do not fit; [`Numeric`](crate::ErrorKind::Numeric) if a logit is
/// not finite.
pub fn inception_score(logits: &Logits, splits: usize) -> Result<InceptionScore> {
    let n = logits.values.len().checked_div(logits.classes).unwrap_or(0);
    check_matrix("logits", n, logits.classes, &logits.values)?;
    if splits == 0 || n < splits {
        return Err(Error::input(format!(
            "an Inception Score of {splits} splits needs a split, and a row of logits in each; \
             got {n} rows"
        )));
    }
    let scores: Vec<f64> = (0..splits)
        .map(|i| {
            let rows = i * n / splits * logits.classes..(i + 1) * n / splits * logits.classes;
            score(&logits.values[rows], logits.classes)
        })
        .collect();
    let count = splits as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let variance = scores.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / count;
    Ok(InceptionScore {
        mean,
        std: variance.sqrt(),
    })
}

fn score(logits: &[f32], classes: usize) -> f64 {
    let logs: Vec<f64> = logits.chunks_exact(classes).flat_map(log_softmax).collect();
    let n = (logs.len() / classes) as f64;
    let mut marginal = vec![0.0; classes];
    for row in logs.chunks_exact(classes) {
        for (marginal, log) in marginal.iter_mut().zip(row) {
            *marginal += log.exp() / n;
        }
    }
    let divergence: f64 = logs
        .chunks_exact(classes)
        .flat_map(|row| row.iter().zip(&marginal))
        // The limit of p log p at 0 is 0. The marginal is 0 first: it is divided by n.
        .filter(|(log, marginal)| log.exp() > 0.0 && **marginal > 0.0)
        .map(|(log, marginal)| log.exp() * (log - marginal.ln()))
        .sum();
    (divergence / n).exp()
}

fn log_softmax(row: &[f32]) -> Vec<f64> {
    let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let shifted: Vec<f64> = row
        .iter()
        .map(|&v| f64::from(v) - f64::from(highest))
        .collect();
    let total = shifted.iter().map(|v| v.exp()).sum::<f64>().ln();
    shifted.into_iter().map(|v| v - total).collect()
}

#[cfg(test)]
mod tests;
