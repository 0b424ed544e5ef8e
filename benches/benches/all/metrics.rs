//! How long each metric takes, on features drawn from a normal distribution: that depends on
//! their number and dimension, not on what they mean.

use criterion::Criterion;
use gannet::metrics::{
    Bins, Boundary, Mode, birthday, class_modes, diversity_ratio, frechet_from_features,
    frechet_from_moments, frechet_limit, inception_score, jackknife, kernel_distance,
    kernel_distance_in_subsets, memorisation, modes_of_mixture, ms_ssim, neighbours,
    predicted_classes,
};
use gannet::{Features, Latents, Logits, Samples};

use crate::harness::{self, Options};

/// Times every metric.
pub(crate) fn measure(options: Options) -> gannet::Result<()> {
    let mut metrics = Metrics(options.clock(10));
    frechet(&mut metrics)?;
    inception(&mut metrics)?;
    precision_and_recall(&mut metrics)?;
    kernel(&mut metrics)?;
    modes(&mut metrics)?;
    variety(&mut metrics)?;
    copies(&mut metrics)?;
    metrics.0.final_summary();
    Ok(())
}

struct Metrics(Criterion);

impl Metrics {
    fn time<T>(&mut self, name: &str, metric: impl Fn() -> gannet::Result<T>) {
        let name = format!("metric/{name}");
        self.0
            .bench_function(&name, |bencher| harness::time(bencher, &metric));
    }
}

fn frechet(metrics: &mut Metrics) -> gannet::Result<()> {
    for dim in [128, 2048] {
        let mean = vec![0.0; dim];
        let (real, fake) = (covariance(dim, 8.0), covariance(dim, 16.0));
        metrics.time(&format!("frechet_from_moments/{dim}"), || {
            frechet_from_moments(&mean, &real, &mean, &fake)
        });
    }
    let (real, fake) = (noise(1, 1_000, 2048)?, noise(2, 1_000, 2048)?);
    metrics.time("frechet_from_features/1000x2048", || {
        frechet_from_features(&real, &fake)
    });
    let (real, fake) = (noise(1, 1_000, 128)?, noise(2, 1_000, 128)?);
    metrics.time("frechet_limit/1000x128", || {
        frechet_limit(&real, &fake, 100, 0)
    });
    Ok(())
}

fn inception(metrics: &mut Metrics) -> gannet::Result<()> {
    let logits = Logits {
        classes: 10,
        values: Latents::draw(3, 0..10_000, 10).values().to_vec(),
    };
    metrics.time("inception_score/10000x10", || inception_score(&logits, 10));
    metrics.time("class_modes/10000x10", || {
        class_modes(&predicted_classes(&[&logits])?, &[0.1; 10])
    });
    Ok(())
}

fn precision_and_recall(metrics: &mut Metrics) -> gannet::Result<()> {
    for (count, dim) in [(1_000, 128), (4_000, 128), (4_000, 2048)] {
        let (real, fake) = (noise(4, count, dim)?, noise(5, count, dim)?);
        metrics.time(&format!("neighbours/{count}x{dim}"), || {
            neighbours(&real, &fake, 3, Boundary::default())
        });
    }
    Ok(())
}

fn kernel(metrics: &mut Metrics) -> gannet::Result<()> {
    for dim in [128, 2048] {
        let (real, fake) = (noise(6, 2_000, dim)?, noise(7, 2_000, dim)?);
        metrics.time(&format!("kernel_distance/2000x{dim}"), || {
            kernel_distance(&real, &fake)
        });
        metrics.time(
            &format!("kernel_distance/100 subsets of 1000x{dim}"),
            || kernel_distance_in_subsets(&real, &fake, 100, 1_000, 0),
        );
    }
    let (real, fake) = (noise(6, 500, 64)?, noise(7, 500, 64)?);
    metrics.time("jackknife/20 groups of kernel_distance/500x64", || {
        jackknife(fake.len(), 20, 0.95, 0, |rows| {
            kernel_distance(&real, &fake.select(rows)?)
        })
    });
    Ok(())
}

fn modes(metrics: &mut Metrics) -> gannet::Result<()> {
    let points = noise(8, 10_000, 2)?;
    let grid = (0..25)
        .map(|i| Mode::round(vec![f64::from(i % 5) - 2.0, f64::from(i / 5) - 2.0], 0.05))
        .collect::<gannet::Result<Vec<_>>>()?;
    metrics.time("modes_of_mixture/10000x2 over 25", || {
        modes_of_mixture(&points, &grid)
    });
    let (real, fake) = (noise(9, 2_000, 64)?, noise(10, 2_000, 64)?);
    metrics.time("bins/fit 20 to 2000x64", || {
        Bins::fit(real.rows(), real.dim(), 20, 0)
    });
    let bins = Bins::fit(real.rows(), real.dim(), 20, 0)?;
    metrics.time("bins/compare 20 of 2000x64", || {
        bins.compare(fake.rows(), 0.05)
    });
    Ok(())
}

fn variety(metrics: &mut Metrics) -> gannet::Result<()> {
    let (real, fake) = (noise(11, 1_000, 128)?, noise(12, 1_000, 128)?);
    metrics.time("diversity_ratio/1000x128", || diversity_ratio(&real, &fake));
    metrics.time("birthday/10 batches of 100x128", || birthday(&fake, 100, 0));
    let pixels = Latents::draw(13, 0..64, 3 * 32 * 32).values().to_vec();
    let images = Samples::new([64, 3, 32, 32], pixels)?;
    metrics.time("ms_ssim/100 pairs of 3x32x32", || ms_ssim(&images, 100, 0));
    Ok(())
}

fn copies(metrics: &mut Metrics) -> gannet::Result<()> {
    let (training, fake) = (noise(14, 2_000, 128)?, noise(15, 1_000, 128)?);
    metrics.time("memorisation/2000x128 against 1000x128", || {
        memorisation(&training, &fake)
    });
    Ok(())
}

/// Standard normal features, `[count, dim]`.
fn noise(seed: u64, count: u64, dim: usize) -> gannet::Result<Features> {
    let values = Latents::draw(seed, 0..count, dim).values().to_vec();
    Features::new(count as usize, dim, values, None)
}

/// The covariance of an exponential correlation, positive definite, `[dim, dim]`.
fn covariance(dim: usize, length: f64) -> Vec<f64> {
    let entry = |index: usize| {
        let distance = (index / dim).abs_diff(index % dim) as f64;
        (-distance / length).exp()
    };
    (0..dim * dim).map(entry).collect()
}
