//! Confidence intervals of all scores of a set.

use std::collections::BTreeMap;

use super::{Interval, ScoreOptions, Scores};
use crate::error::Result;
use crate::metrics::jackknife_each;

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

/// The seed of the groups, one for all scores.
const SEED: u64 = 0;

/// The intervals by the scores' names; `score` gives the scores that some of the
/// fakes have under [`options_without`].
pub(crate) fn intervals(
    scores: &Scores,
    fakes: usize,
    groups: usize,
    score: impl Fn(&[usize]) -> Result<Scores>,
) -> Result<BTreeMap<String, Interval>> {
    let intervals = jackknife_each(fakes, groups, LEVEL, SEED, |rows| {
        Ok(named(&score(rows)?).map(|(_, value)| value).collect())
    })?;
    let names = named(scores).map(|(name, _)| name.to_owned());
    let mut all: BTreeMap<_, _> = names.zip(intervals).collect();
    if let (Some(full), Some(mean), Some(std), Some(subsets)) = (
        all.get("kid_full"),
        scores.kid_mean,
        scores.kid_std,
        scores.protocol.kid_subsets,
    ) {
        // Given the rows, the mean is that of all rows and the chance of the draws.
        // A jackknife would draw anew each time and take that chance many times.
        let of_draws = std * std / subsets as f64;
        let error = (full.std_error * full.std_error + of_draws).sqrt();
        let interval = Interval::of(mean, error, LEVEL, groups);
        all.insert("kid_mean".to_owned(), interval);
    }
    Ok(all)
}

/// The options under which some of the fakes are scored.
pub(crate) fn options_without(scores: &Scores, options: &ScoreOptions) -> ScoreOptions {
    ScoreOptions {
        kid_subsets: 1,
        kid_subset_size: scores.protocol.kid_subset_size,
        ..*options
    }
}

/// The scores that are there and whose intervals a jackknife gives.
fn named(scores: &Scores) -> impl Iterator<Item = (&'static str, f64)> {
    [
        ("fid", Some(scores.fid)),
        ("is_mean", scores.is_mean),
        ("kid_full", scores.kid_full),
        ("precision", scores.precision),
        ("recall", scores.recall),
        ("density", scores.density),
        ("coverage", scores.coverage),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}
