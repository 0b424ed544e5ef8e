//! Axes: from values to places, and the ticks between.

/// Ticks nearer to each other than this share of an axis have labels that overlap.
const CROWDED: f64 = 0.075;

/// How values are spread over an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Equal differences, equal distances.
    Linear,
    /// Equal ratios, equal distances; only positive values have a place.
    Log,
    /// Linear about 0, logarithmic from 1 on, on both sides: `sign(v) · log₁₀(1 + |v|)`.
    Symlog,
}

impl Scale {
    /// Linear, unless the largest value dwarfs those in the middle.
    pub(super) fn for_values(values: &[f64]) -> Self {
        let mut sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
        sizes.retain(|size| size.is_finite());
        sizes.sort_unstable_by(f64::total_cmp);
        let middle = sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
        let largest = sizes.last().copied().unwrap_or(0.0);
        match largest > 10.0 && largest > 20.0 * middle {
            true => Self::Symlog,
            false => Self::Linear,
        }
    }

    fn forward(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
            Self::Symlog => value.signum() * value.abs().ln_1p() / std::f64::consts::LN_10,
        }
    }

    fn has(self, value: f64) -> bool {
        value.is_finite() && (self != Self::Log || value > 0.0)
    }
}

/// An axis over a range of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    scale: Scale,
    /// The ends, on the scale.
    low: f64,
    high: f64,
}

impl Axis {
    /// An axis that has room for all values that the scale can show, with a margin.
    pub(super) fn around(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let ends = values
            .filter(|&value| scale.has(value))
            .map(|value| scale.forward(value))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
        let (low, high) = match ends {
            (low, high) if low > high => (0.0, 1.0),
            (low, high) if high - low <= 1e-9 * high.abs().max(low.abs()) => {
                let room = if high == 0.0 { 1.0 } else { 0.25 * high.abs() };
                (low - room, high + room)
            }
            ends => ends,
        };
        let margin = 0.05 * (high - low);
        Self {
            scale,
            low: low - margin,
            high: high + margin,
        }
    }

    /// A linear axis from `low` to `high`, to the point.
    pub(super) fn exactly(low: f64, high: f64) -> Self {
        Self {
            scale: Scale::Linear,
            low,
            high: if high > low { high } else { low + 1.0 },
        }
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper. Nowhere, if the scale has no place
    /// for it.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        self.scale
            .has(value)
            .then(|| (self.scale.forward(value) - self.low) / (self.high - self.low))
    }

    /// The value at the upper end of a linear axis.
    pub(super) fn high_end(&self) -> f64 {
        self.high
    }

    /// About `count` values to be marked, with their labels, in ascending order.
    pub(super) fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Linear => self.linear_ticks(count),
            Scale::Log => self.log_ticks(count),
            Scale::Symlog => self.symlog_ticks(count),
        }
    }

    fn linear_ticks(&self, count: usize) -> Vec<(f64, String)> {
        let step = nice_step((self.high - self.low) / count.max(1) as f64);
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        if !(first.is_finite() && last.is_finite() && last - first < 100.0) {
            return Vec::new();
        }
        let places = first as i64..=last as i64;
        places
            .map(|place| place as f64 * step)
            .map(|value| (value, label(value, step)))
            .collect()
    }

    fn log_ticks(&self, count: usize) -> Vec<(f64, String)> {
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        let decades = last - first + 1;
        if decades < 2 {
            // Within a decade 1, 2 and 5, or equal steps.
            let low = self.low.floor() as i32;
            let fine = (low..=low + 2)
                .flat_map(|exponent| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(exponent)));
            let fine: Vec<f64> = fine.filter(|&value| self.shows(value)).collect();
            if fine.len() > 1 {
                return fine
                    .into_iter()
                    .map(|value| (value, label(value, value)))
                    .collect();
            }
            let linear = Self::exactly(10_f64.powf(self.low), 10_f64.powf(self.high));
            return linear.linear_ticks(count);
        }
        let stride = (decades as usize).div_ceil(count.max(1)).max(1);
        (first..=last)
            .filter(|exponent| exponent.rem_euclid(stride as i32) == 0)
            .map(|exponent| (10_f64.powi(exponent), power(exponent)))
            .collect()
    }

    fn symlog_ticks(&self, count: usize) -> Vec<(f64, String)> {
        let most = self.low.abs().max(self.high.abs()).floor() as i32;
        let decades = self.high.max(0.0).floor() - self.low.min(0.0).ceil();
        // Three ticks would look like those of a linear axis.
        let stride = (decades as usize).div_ceil((count + 2).max(1)).max(1);
        let mut ticks = vec![(0.0, "0".to_owned())];
        // From the largest down, as the small ones crowd about 0.
        let exponents = (0..=most).rev();
        for exponent in exponents.filter(|exponent| exponent.rem_euclid(stride as i32) == 0) {
            let (value, label) = (10_f64.powi(exponent), power(exponent));
            ticks.push((-value, format!("−{label}")));
            ticks.push((value, label));
        }
        let mut taken: Vec<f64> = Vec::new();
        ticks.retain(|(value, _)| {
            let place = self.place(*value).unwrap_or(f64::NAN);
            let is_free = taken.iter().all(|other| (place - other).abs() > CROWDED);
            let is_kept = is_free && (0.0..=1.0).contains(&place);
            taken.extend(is_kept.then_some(place));
            is_kept
        });
        ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
        if ticks.len() < 2 {
            let value = |place: f64| place.signum() * (10_f64.powf(place.abs()) - 1.0);
            return Self::exactly(value(self.low), value(self.high)).linear_ticks(count);
        }
        ticks
    }

    fn shows(&self, value: f64) -> bool {
        self.place(value)
            .is_some_and(|place| (0.0..=1.0).contains(&place))
    }
}

/// The next of 1, 2, 5, 10, … times a power of ten.
fn nice_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter();
    let digit = digit
        .into_iter()
        .find(|digit| digit * power >= least * (1.0 - 1e-9));
    digit.unwrap_or(10.0) * power
}

/// A value of an axis whose ticks are `step` apart.
fn label(value: f64, step: f64) -> String {
    let value = if value.abs() < 1e-9 * step {
        0.0
    } else {
        value
    };
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    let decimals = (-step.log10()).ceil().clamp(0.0, 12.0) as usize;
    match size {
        _ if size == 0.0 => "0".to_owned(),
        _ if size >= 1e6 && step >= 1e5 => format!("{sign}{}M", short(size / 1e6)),
        _ if size >= 1e3 && step >= 100.0 => format!("{sign}{}k", short(size / 1e3)),
        _ if size < 1e-3 => format!("{sign}{size:.0e}"),
        _ => format!("{sign}{size:.decimals$}"),
    }
}

fn short(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}

/// A power of ten.
fn power(exponent: i32) -> String {
    match exponent {
        0..=3 => format!("{}", 10_i64.pow(exponent.unsigned_abs())),
        -3..=-1 => format!("{}", 10_f64.powi(exponent)),
        _ => {
            let digits = exponent.to_string();
            let raised = digits.chars().map(|digit| match digit {
                '-' => '⁻',
                '1' => '¹',
                '2' => '²',
                '3' => '³',
                '4' => '⁴',
                '5' => '⁵',
                '6' => '⁶',
                '7' => '⁷',
                '8' => '⁸',
                '9' => '⁹',
                _ => '⁰',
            });
            format!("10{}", raised.collect::<String>())
        }
    }
}
