//! `target/quality.json`: what this call of `cargo bench` measured, and nothing else.
//!
//! Qualities are collected while they are measured: every seed that was scored counts, those of
//! criterion's warm-up too. Times are criterion's own estimates, read from the files that it
//! wrote since the program began; a benchmark that did not run has none.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use gannet::Protocol;
use gannet::metrics::jackknife;
use gannet_benches::output::narrate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::harness::Options;

/// The level of all intervals.
const LEVEL: f64 = 0.95;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Summary {
    options: Options,
    began: SystemTime,
    pub(crate) quality: Vec<Quality>,
    skipped: Vec<Skipped>,
}

/// What a package is worth by one metric.
#[derive(Debug, Serialize)]
pub(crate) struct Quality {
    package: String,
    metric: &'static str,
    mean: f64,
    /// Of the mean over seeds, by Student's t; none of a single seed.
    interval: Option<Bounds>,
    /// Samples of each seed.
    n: u64,
    seeds: Vec<u64>,
    /// Of each seed.
    values: Vec<f64>,
    protocol: Protocol,
}

impl Quality {
    /// Sums up the values of the seeds that follow `first`.
    ///
    /// # Errors
    ///
    /// If a value is not finite.
    pub(crate) fn of(
        package: &str,
        metric: &'static str,
        mut protocol: Protocol,
        first: u64,
        values: Vec<f64>,
    ) -> Result<Self> {
        protocol.seed = None;
        let count = values.len();
        let mean = |rows: &[usize]| {
            Ok(rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64)
        };
        let interval = match count {
            0 | 1 => None,
            // Of a mean, leaving out one at a time gives the usual standard error.
            _ => Some(jackknife(count, count, LEVEL, 0, mean)?),
        };
        let all: Vec<usize> = (0..count).collect();
        Ok(Self {
            package: package.to_owned(),
            metric,
            mean: mean(&all)?,
            interval: interval.map(|interval| Bounds {
                low: interval.low,
                high: interval.high,
                level: interval.level,
            }),
            n: protocol.fake_count,
            seeds: (first..).take(count).collect(),
            protocol,
            values,
        })
    }
}

#[derive(Debug, Serialize)]
struct Bounds {
    low: f64,
    high: f64,
    level: f64,
}

#[derive(Debug, Serialize)]
struct Skipped {
    benchmark: String,
    reason: String,
}

/// The time of one iteration.
#[derive(Debug, Serialize)]
struct Speed {
    benchmark: String,
    unit: &'static str,
    mean: f64,
    /// Of the mean, by criterion's bootstrap; none of what ran once.
    interval: Option<Bounds>,
    /// What one iteration makes or reads, as criterion writes it.
    throughput: Value,
}

/// A benchmark in `benchmark.json`.
#[derive(Debug, Deserialize)]
struct Named {
    full_id: String,
    throughput: Value,
}

/// `estimates.json`.
#[derive(Debug, Deserialize)]
struct Estimates {
    mean: Estimate,
}

#[derive(Debug, Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: ConfidenceInterval,
}

#[derive(Debug, Deserialize)]
struct ConfidenceInterval {
    confidence_level: f64,
    lower_bound: f64,
    upper_bound: f64,
}

impl Summary {
    pub(crate) fn begin(options: Options) -> Self {
        Self {
            options,
            began: SystemTime::now(),
            quality: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Says that a benchmark cannot run here, and keeps that.
    pub(crate) fn skip(&mut self, benchmark: &str, reason: &str) {
        narrate(&format!("SKIPPED: {benchmark}: {reason}"));
        self.skipped.push(Skipped {
            benchmark: benchmark.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Writes the file in the place of the one before, unless nothing was to be measured.
    ///
    /// # Errors
    ///
    /// If criterion's files cannot be read or this one not be written.
    pub(crate) fn write(&self) -> Result<()> {
        if !self.options.measures {
            return Ok(());
        }
        let target = target()?;
        let mut speed = Vec::new();
        let criterion = std::env::var_os("CRITERION_HOME")
            .map_or_else(|| target.join("criterion"), PathBuf::from);
        self.collect(&criterion, &mut speed)?;
        speed.sort_by(|a, b| a.benchmark.cmp(&b.benchmark));
        let summary = serde_json::json!({
            "gannet": env!("CARGO_PKG_VERSION"),
            "arguments": std::env::args().skip(1).collect::<Vec<_>>(),
            "quick": self.options.quick,
            "finished_unix_seconds": SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
            "quality": self.quality,
            "speed": speed,
            "skipped": self.skipped,
        });
        let path = target.join("quality.json");
        gannet::durable::write_file(&path, format!("{summary:#}\n").as_bytes())?;
        narrate(&format!(
            "{}: {} qualities, {} times",
            path.display(),
            self.quality.len(),
            speed.len()
        ));
        Ok(())
    }

    /// Adds the times below `folder` that were written since the program began.
    fn collect(&self, folder: &Path, speed: &mut Vec<Speed>) -> Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                continue;
            }
            let path = entry.path();
            let named = path.join("benchmark.json");
            if entry.file_name() != "new" || !named.is_file() {
                self.collect(&path, speed)?;
                continue;
            }
            // Criterion writes it last.
            if named.metadata()?.modified()? < self.began {
                continue;
            }
            let named: Named = read(&named)?;
            if !named.full_id.starts_with("quality/") {
                let estimates: Estimates = read(&path.join("estimates.json"))?;
                speed.push(Speed::of(named, &estimates.mean));
            }
        }
        Ok(())
    }
}

impl Speed {
    fn of(named: Named, mean: &Estimate) -> Self {
        let interval = &mean.confidence_interval;
        let width = interval.upper_bound - interval.lower_bound;
        // Of a single run criterion makes two that differ in the last bit.
        let measured = width > 1e-12 * mean.point_estimate;
        Self {
            benchmark: named.full_id,
            unit: "ns",
            mean: mean.point_estimate,
            interval: measured.then_some(Bounds {
                low: interval.lower_bound,
                high: interval.upper_bound,
                level: interval.confidence_level,
            }),
            throughput: named.throughput,
        }
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

/// Cargo's target folder: the one above this program where criterion writes, or three above it.
fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let with_criterion = program
        .ancestors()
        .find(|folder| folder.join("criterion").is_dir());
    let target = with_criterion.or_else(|| program.ancestors().nth(3));
    Ok(target
        .context("the program lies in no target folder")?
        .to_owned())
}
