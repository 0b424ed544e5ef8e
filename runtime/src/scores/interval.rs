//! The uncertainty of a score.

use serde::{Deserialize, Serialize};

/// A metric with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The metric of all rows.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
    /// The lower end: `value − t · std_error`, with Student's `t` of `groups − 1`
    /// degrees of freedom.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The confidence that the interval holds the metric of the distribution.
    pub level: f64,
    /// Groups of rows, each of which was left out once.
    pub groups: usize,
}
