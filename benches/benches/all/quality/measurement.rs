//! A distance in the place of time.

use std::cell::Cell;
use std::rc::Rc;

use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter};

/// The sum of what was measured so far, as a clock is of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Rc<Cell<f64>>);

impl Meter {
    /// Adds a value.
    pub(super) fn advance(&self, value: f64) {
        self.0.set(self.0.get() + value);
    }
}

/// What a meter advances by, in units of a distance.
pub(super) struct Distance {
    meter: Meter,
    format: Format,
}

impl Distance {
    /// Reads `meter`; values are printed with the unit's name and so many digits.
    pub(super) fn new(unit: &'static str, digits: usize, meter: &Meter) -> Self {
        Self {
            meter: meter.clone(),
            format: Format { unit, digits },
        }
    }
}

impl Measurement for Distance {
    type Intermediate = f64;
    type Value = f64;

    fn start(&self) -> f64 {
        self.meter.0.get()
    }

    fn end(&self, start: f64) -> f64 {
        self.meter.0.get() - start
    }

    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &self.format
    }
}

struct Format {
    unit: &'static str,
    digits: usize,
}

impl ValueFormatter for Format {
    fn format_value(&self, value: f64) -> String {
        let Self { unit, digits } = self;
        format!("{value:.digits$} {unit}")
    }

    fn scale_values(&self, _typical: f64, _values: &mut [f64]) -> &'static str {
        self.unit
    }

    fn scale_throughputs(
        &self,
        _typical: f64,
        _throughput: &Throughput,
        _values: &mut [f64],
    ) -> &'static str {
        self.unit
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        self.unit
    }
}
