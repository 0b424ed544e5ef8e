//! The values of one sign over a run, in bounded memory.

/// Buckets at most: when they are full, neighbours are merged.
const MOST: usize = 1024;

/// Values of consecutive steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bucket {
    pub(super) first_step: u64,
    pub(super) last_step: u64,
    /// Finite values.
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    /// Values that are NaN or infinite.
    pub(super) non_finite: u64,
}

impl Bucket {
    fn new(step: u64, value: f64) -> Self {
        let finite = value.is_finite();
        Self {
            first_step: step,
            last_step: step,
            count: finite.into(),
            sum: if finite { value } else { 0.0 },
            min: if finite { value } else { f64::INFINITY },
            max: if finite { value } else { f64::NEG_INFINITY },
            non_finite: (!finite).into(),
        }
    }

    fn take(&mut self, next: &Self) {
        self.last_step = next.last_step;
        self.count += next.count;
        self.sum += next.sum;
        self.min = self.min.min(next.min);
        self.max = self.max.max(next.max);
        self.non_finite += next.non_finite;
    }

    fn values(&self) -> u64 {
        self.count + self.non_finite
    }
}

/// A sign's values, each bucket of as many as any other but the last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    buckets: Vec<Bucket>,
    values_a_bucket: u64,
}

impl Series {
    pub(super) fn new() -> Self {
        Self {
            buckets: Vec::new(),
            values_a_bucket: 1,
        }
    }

    pub(super) fn push(&mut self, step: u64, value: f64) {
        let next = Bucket::new(step, value);
        match self.buckets.last_mut() {
            Some(last) if last.values() < self.values_a_bucket => last.take(&next),
            _ => self.buckets.push(next),
        }
        if self.buckets.len() > MOST {
            let pairs = self.buckets.chunks(2);
            self.buckets = pairs
                .map(|pair| {
                    let mut merged = pair[0];
                    pair[1..].iter().for_each(|next| merged.take(next));
                    merged
                })
                .collect();
            self.values_a_bucket *= 2;
        }
    }

    /// Forgets what is not before `step`, to a bucket.
    pub(super) fn rewind(&mut self, step: u64) {
        self.buckets.retain(|bucket| bucket.first_step < step);
    }

    pub(super) fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    pub(super) fn first_step(&self) -> Option<u64> {
        self.buckets.first().map(|bucket| bucket.first_step)
    }

    pub(super) fn last_step(&self) -> Option<u64> {
        self.buckets.last().map(|bucket| bucket.last_step)
    }

    /// Values of all buckets.
    pub(super) fn len(&self) -> u64 {
        self.buckets.iter().map(Bucket::values).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_million_values_take_a_thousand_buckets_and_lose_none() {
        let mut series = Series::new();
        for step in 0..10_000_000_u64 {
            let value = if step % 1000 == 7 {
                f64::NAN
            } else {
                (step % 10) as f64
            };
            series.push(step, value);
        }
        let buckets = series.buckets();
        assert!((MOST / 2..=MOST).contains(&buckets.len()));
        assert_eq!(series.len(), 10_000_000);
        assert_eq!(buckets.iter().map(|b| b.non_finite).sum::<u64>(), 10_000);
        assert_eq!(buckets.iter().map(|b| b.count).sum::<u64>(), 9_990_000);
        assert_eq!(buckets[0].first_step, 0);
        assert_eq!(series.last_step(), Some(9_999_999));
        assert!(buckets.windows(2).all(|b| b[0].last_step < b[1].first_step));
        assert!(buckets.iter().all(|b| (b.min, b.max) == (0.0, 9.0)));
    }

    #[test]
    fn what_is_measured_again_is_forgotten_first() {
        let mut series = Series::new();
        for step in 1..=10 {
            series.push(step, 1.0);
        }
        series.rewind(6);
        assert_eq!(series.last_step(), Some(5));
        assert_eq!(series.len(), 5);
    }
}
