//! What is known of a run.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Sign;
use super::course::Course;
use super::series::Series;

/// The signs of a run from its first step on, in bounded memory: about 50 kB a sign, whatever
/// the run's length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    series: BTreeMap<Sign, Series>,
    planned_steps: Option<u64>,
    rewinds: u64,
}

impl History {
    /// An empty history of a run whose length is not known.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty history of a run that is meant to take so many steps: shares of the run are
    /// those of its planned length.
    pub fn of_steps(planned: u64) -> Self {
        Self {
            planned_steps: Some(planned.max(1)),
            ..Self::default()
        }
    }

    /// Says how many steps the run was meant to take.
    pub fn plan(&mut self, steps: u64) {
        self.planned_steps = Some(steps.max(1));
    }

    /// Takes in one value, which may be NaN or infinite.
    ///
    /// Steps ascend. One that is smaller than a former one of the same sign begins a part that
    /// is told anew, as after a run was taken up from a checkpoint: what is not before it is
    /// forgotten, and [`rewinds`](Self::rewinds) counts it.
    pub fn observe(&mut self, step: u64, sign: Sign, value: f64) {
        let series = self.series.entry(sign).or_insert_with(Series::new);
        if series.last_step().is_some_and(|last| step < last) {
            series.rewind(step);
            self.rewinds += 1;
        }
        series.push(step, value);
    }

    /// Forgets what is known of `step` and later ones, to a bucket: the run goes on before them.
    /// [`rewinds`](Self::rewinds) counts it if there was any.
    pub fn restart(&mut self, step: u64) {
        let mut is_rewound = false;
        for series in self.series.values_mut() {
            if series.last_step().is_some_and(|last| step <= last) {
                series.rewind(step);
                is_rewound = true;
            }
        }
        self.rewinds += u64::from(is_rewound);
    }

    /// Takes in a line of `metrics.jsonl`. Returns whether it has a step.
    pub fn observe_record(&mut self, record: &Value) -> bool {
        let Some(step) = record.get("step").and_then(Value::as_u64) else {
            return false;
        };
        for &sign in Sign::ALL {
            if let Some(value) = sign.of_record(record) {
                self.observe(step, sign, value);
            }
        }
        true
    }

    /// How often a sign's steps went back.
    pub fn rewinds(&self) -> u64 {
        self.rewinds
    }

    /// The signs of which there is a value.
    pub fn signs(&self) -> impl Iterator<Item = Sign> {
        self.series.keys().copied()
    }

    /// Whether a sign has a value.
    pub fn has(&self, sign: Sign) -> bool {
        self.series.contains_key(&sign)
    }

    /// The first step of any sign; 0 if there is none.
    pub(super) fn first_step(&self) -> u64 {
        let first = self.series.values().filter_map(Series::first_step);
        first.min().unwrap_or(0)
    }

    /// The last step of any sign; 0 if there is none.
    pub fn last_step(&self) -> u64 {
        let last = self.series.values().filter_map(Series::last_step);
        last.max().unwrap_or(0)
    }

    /// The steps of the whole run: planned, or what there is.
    pub fn total_steps(&self) -> u64 {
        self.planned_steps.unwrap_or(0).max(self.last_step()).max(1)
    }

    /// Whether the run's length is known.
    pub(super) fn is_planned(&self) -> bool {
        self.planned_steps.is_some()
    }

    /// Values that are NaN or infinite, and the step of the first of them, to a bucket.
    pub(super) fn non_finite(&self, sign: Sign) -> Option<(u64, u64)> {
        let buckets = self.series.get(&sign)?.buckets();
        let first = buckets.iter().find(|bucket| bucket.non_finite > 0)?;
        let count = buckets.iter().map(|bucket| bucket.non_finite).sum();
        Some((count, first.first_step))
    }

    /// The most values of any sign.
    pub(super) fn lines(&self) -> u64 {
        self.series.values().map(Series::len).max().unwrap_or(0)
    }

    /// The course of a sign over equal windows of the whole run, up to the last step.
    pub(super) fn course(&self, sign: Sign, windows: usize) -> Option<Course> {
        let series = self.series.get(&sign)?;
        let (total, last) = (self.total_steps(), self.last_step());
        Some(Course::new(series.buckets(), total, last, windows))
    }
}
