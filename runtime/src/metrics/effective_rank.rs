//! In how many directions features spread.

use faer::Mat;

use super::decompositions::{eigenvalues, lower_square};
use crate::error::{Error, Result};
use crate::features::Features;
use crate::moments::{centred, mean};

/// The effective rank of centred features: the exponential of the entropy of
/// their singular values, taken as shares of their sum (Roy and Vetterli, 2007,
/// definition 1).
///
/// It is `r` if the rows spread alike in `r` directions, 1 on a line, and 0 if all
/// rows are equal: how many ways a batch of samples differs in, at most `n − 1`.
/// Singular values come from the smaller Gram matrix: those below 10⁻⁷ of the
/// greatest are rounding and count as 0. Time is O(n d min(n, d)).
///
/// # Errors
///
/// [`Input`](crate::ErrorKind::Input) with fewer than two rows,
/// [`Numeric`](crate::ErrorKind::Numeric) if the eigenvalues do not converge.
///
/// ```
/// use gannet::{Features, metrics::effective_rank};
///
/// let cross = Features::new(4, 2, vec![1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0], None)?;
/// assert!((effective_rank(&cross)? - 2.0).abs() < 1e-12);
/// # Ok::<(), gannet::Error>(())
/// ```
pub fn effective_rank(set: &Features) -> Result<f64> {
    /// Eigenvalues of a Gram matrix are squares: this is 10⁻⁷ of the singular values.
    const ROUNDING: f64 = 1e-14;

    if set.len() < 2 {
        return Err(Error::input(format!(
            "an effective rank needs two rows at least, got {}",
            set.len()
        )));
    }
    let rows = centred(set.rows(), &mean(set.rows(), set.dim()));
    let gram: Mat<f64> = match set.len() <= set.dim() {
        true => lower_square(rows.as_ref()),
        false => lower_square(rows.transpose()),
    };
    let squares = eigenvalues(gram.as_ref(), None)?;
    let greatest = squares.iter().copied().fold(0.0, f64::max);
    let values = squares
        .iter()
        .filter(|&&square| square > ROUNDING * greatest);
    let values: Vec<f64> = values.map(|square| square.sqrt()).collect();
    let sum: f64 = values.iter().sum();
    if sum == 0.0 {
        return Ok(0.0);
    }
    let shares = values.iter().map(|value| value / sum);
    let entropy: f64 = shares.map(|share| -share * share.ln()).sum();
    Ok(entropy.exp())
}

#[cfg(test)]
mod tests;
