//! What fresh seeds of a package are worth, as a measurement of criterion's.
//!
//! A measurement need not be time. Criterion reads a meter before and after a number of
//! iterations and divides the difference by that number; here each iteration scores a seed that
//! no other one has and advances the meter by the distance found, so that what criterion calls
//! the time of an iteration is the mean distance of those seeds. The seeds are the same in each
//! run of the benchmark: of an unchanged package it finds unchanged values.

mod measurement;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use criterion::{Criterion, SamplingMode};
use gannet::{FeatureNet, Generator, RealStats, Scorer, Scores};
use gannet_benches::output::narrate;
use gannet_trainer::repository;

use crate::harness::{Options, worked};
use crate::packages::Package;
use crate::summary::{Quality, Summary};
use measurement::{Distance, Meter};

/// The first seed; packages are exported and scored with seed 0.
const FIRST_SEED: u64 = 1_000;

/// Samples of criterion's, of two seeds each, when it is not quick.
const SAMPLES: usize = 10;

/// How long more seeds are scored when it is quick.
const QUICK: Duration = Duration::from_secs(4);

/// The side in pixels of what a feature network sees, above which it is slow.
const LARGE: usize = 64;

/// A score that is a distance from the real images.
struct Metric {
    name: &'static str,
    unit: &'static str,
    digits: usize,
    of: fn(&Scores) -> Option<f64>,
}

const METRICS: [Metric; 2] = [
    Metric {
        name: "frechet_distance",
        unit: "Fréchet distance",
        digits: 4,
        of: |scores| Some(scores.fid),
    },
    Metric {
        name: "kernel_distance",
        unit: "kernel distance",
        digits: 6,
        of: |scores| scores.kid_full,
    },
];

/// Measures each package against the statistics it ships with.
pub(crate) fn measure(options: Options, packages: &[Package], summary: &mut Summary) -> Result<()> {
    for package in packages {
        let judged = Judged::open(options, package)
            .with_context(|| format!("the package {}", package.name))?;
        let judged = match judged {
            Ok(judged) => judged,
            Err(reason) => {
                summary.skip(&format!("quality/{}", package.name), &reason);
                continue;
            }
        };
        let target = match options.quick {
            true => QUICK,
            // For two seeds a sample: one would leave time over, three would not fit.
            false => judged.time_of_a_seed()?.mul_f64(1.5 * SAMPLES as f64),
        };
        for metric in &METRICS {
            let quality = judged.measure(options, metric, target)?;
            summary.quality.extend(quality);
        }
    }
    Ok(())
}

/// A package with what judges it.
struct Judged<'a> {
    package: &'a Package,
    generator: Generator,
    scorer: Scorer,
    /// Samples of a seed.
    samples: u64,
}

impl<'a> Judged<'a> {
    /// The package with the shipped feature network of its statistics, or why it has none.
    fn open(options: Options, package: &'a Package) -> Result<Result<Self, String>> {
        let statistics = package.folder.join("real.npz");
        if !statistics.is_file() {
            return Ok(Err(
                "the package has no statistics of real images".to_owned()
            ));
        }
        let real = RealStats::load(&statistics)?;
        let Some(protocol) = real.protocol() else {
            return Ok(Err(
                "its statistics do not name a feature network".to_owned()
            ));
        };
        let Some(features) = repository::find_features(&protocol.extractor) else {
            let missing = format!("models/features has no {}.onnx", protocol.extractor);
            return Ok(Err(missing));
        };
        let net = FeatureNet::open(&features)?;
        let [_, height, width] = net.image_shape();
        let samples = match (options.quick, height.max(width) > LARGE) {
            (true, false) => 1_000,
            (true, true) => 100,
            (false, false) => 10_000,
            (false, true) => 1_000,
        };
        Ok(Ok(Self {
            package,
            generator: Generator::open(&package.folder)?,
            scorer: Scorer::new(net, real)?,
            samples,
        }))
    }

    /// How long scoring a seed takes.
    fn time_of_a_seed(&self) -> Result<Duration> {
        let began = Instant::now();
        self.scorer.score(&self.generator, self.samples, 0)?;
        Ok(began.elapsed())
    }

    /// Measures one metric, unless the command line leaves it out.
    fn measure(
        &self,
        options: Options,
        metric: &Metric,
        target: Duration,
    ) -> Result<Option<Quality>> {
        let meter = Meter::default();
        let scored: RefCell<Vec<(Scores, f64)>> = RefCell::default();
        let score_next = || -> Result<f64> {
            let mut scored = scored.borrow_mut();
            let seed = FIRST_SEED + scored.len() as u64;
            let scores = self.scorer.score(&self.generator, self.samples, seed)?;
            let value = (metric.of)(&scores).context("the statistics keep no feature rows")?;
            scored.push((scores, value));
            Ok(value)
        };

        let settings = Criterion::default()
            .with_measurement(Distance::new(metric.unit, metric.digits, &meter))
            .sample_size(SAMPLES)
            .warm_up_time(Duration::from_nanos(1));
        let mut criterion = options.criterion(settings);
        let mut group = criterion.benchmark_group(format!("quality/{}", metric.name));
        group.sampling_mode(SamplingMode::Flat);
        group.measurement_time(target);
        let id = format!("{}, {} samples", self.package.name, self.samples);
        group.bench_function(id, |bencher| {
            bencher.iter(|| meter.advance(worked(score_next())));
        });
        group.finish();
        criterion.final_summary();

        let scored = scored.into_inner();
        let Some((scores, _)) = scored.first().filter(|_| options.measures) else {
            return Ok(None);
        };
        let protocol = scores.to_string();
        narrate(&format!(
            "  seeds {FIRST_SEED} to {}, each: {}",
            FIRST_SEED + scored.len() as u64 - 1,
            protocol.lines().last().unwrap_or_default()
        ));
        let values: Vec<f64> = scored.iter().map(|(_, value)| *value).collect();
        let quality = Quality::of(
            &self.package.name,
            metric.name,
            scores.protocol.clone(),
            FIRST_SEED,
            values,
        );
        quality.map(Some)
    }
}
