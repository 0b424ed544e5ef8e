//! Confidence intervals of all scores of a set.

use std::collections::BTreeMap;

use super::Scores;
use crate::error::Result;
use crate::metrics::{Interval, jackknife_each};

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

/// The seed of the groups, one for all scores.
const SEED: u64 = 0;

/// The intervals by the scores' names; `score` gives the scores that some of the
/// fakes have.
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
    Ok(names.zip(intervals).collect())
}

/// The scores that are there.
fn named(scores: &Scores) -> impl Iterator<Item = (&'static str, f64)> {
    [
        ("fid", Some(scores.fid)),
        ("is_mean", scores.is_mean),
        ("kid_mean", scores.kid_mean),
        ("kid_full", scores.kid_full),
        ("precision", scores.precision),
        ("recall", scores.recall),
        ("density", scores.density),
        ("coverage", scores.coverage),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}
