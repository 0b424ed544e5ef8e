//! Divergences between distributions over finitely many bins.

/// `KL(p ‖ q) = Σ p ln(p / q)` with `0 ln 0 = 0`; `q` must not be 0 where `p` is not.
pub(super) fn kullback_leibler(p: &[f64], q: &[f64]) -> f64 {
    p.iter()
        .zip(q)
        .filter(|&(&p, _)| p > 0.0)
        .map(|(p, q)| p * (p / q).ln())
        .sum::<f64>()
        // What rounding took below 0 is 0.
        .max(0.0)
}

/// `½ KL(p ‖ m) + ½ KL(q ‖ m)` with `m` halfway between: from 0 to `ln 2`.
pub(super) fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    let middle: Vec<f64> = p.iter().zip(q).map(|(p, q)| 0.5 * (p + q)).collect();
    0.5 * (kullback_leibler(p, &middle) + kullback_leibler(q, &middle))
}

/// Counts as shares of their sum, which is not 0.
pub(super) fn shares(counts: &[u64]) -> Vec<f64> {
    let total = counts.iter().sum::<u64>() as f64;
    counts.iter().map(|&count| count as f64 / total).collect()
}

#[cfg(test)]
mod tests;
