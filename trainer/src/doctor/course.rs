//! A sign over the windows of a run.

use super::series::Bucket;

/// A sign's mean in each window of a run up to now; windows without a value have that of the
/// window before, NaN at first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    pub(super) means: Vec<f64>,
    /// The smallest and greatest value of each window.
    pub(super) ranges: Vec<(f64, f64)>,
}

impl Course {
    /// Of buckets, over `windows` equal parts of `total` steps, up to the step `last`.
    pub(super) fn new(buckets: &[Bucket], total: u64, last: u64, windows: usize) -> Self {
        let window = |step: u64| {
            let share = step.saturating_sub(1) as f64 / total as f64;
            ((share * windows as f64) as usize).min(windows - 1)
        };
        let now = window(last) + 1;
        let mut sums = vec![(0.0, 0_u64); now];
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); now];
        for bucket in buckets.iter().filter(|bucket| bucket.count > 0) {
            let at = window(bucket.last_step.min(last));
            sums[at].0 += bucket.sum;
            sums[at].1 += bucket.count;
            ranges[at].0 = bucket.min.min(ranges[at].0);
            ranges[at].1 = bucket.max.max(ranges[at].1);
        }
        let mut mean = f64::NAN;
        let mut range = (f64::NAN, f64::NAN);
        for (place, &(_, count)) in sums.iter().enumerate() {
            if count > 0 {
                range = ranges[place];
            }
            ranges[place] = range;
        }
        let means = sums.into_iter().map(|(sum, count)| {
            if count > 0 {
                mean = sum / count as f64;
            }
            mean
        });
        Self {
            means: means.collect(),
            ranges,
        }
    }
}

/// The median of the values that are not NaN; NaN if there is none.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
