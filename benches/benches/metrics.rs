//! How long each metric takes. Each is computed once first, so that an error is
//! reported and not timed.

use criterion::{BenchmarkId, Criterion};
use gannet::metrics::{
    Bins, Boundary, Mode, birthday, diversity_ratio, frechet_from_features, frechet_from_moments,
    frechet_limit, inception_score, jackknife, kernel_distance, kernel_distance_in_subsets,
    memorisation, modes_of_mixture, ms_ssim, neighbours,
};
use gannet::{Features, Latents, Logits, Samples};

fn main() -> gannet::Result<()> {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    frechet(&mut criterion)?;
    inception(&mut criterion)?;
    precision_and_recall(&mut criterion)?;
    kernel(&mut criterion)?;
    modes(&mut criterion)?;
    variety(&mut criterion)?;
    copies(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn frechet(criterion: &mut Criterion) -> gannet::Result<()> {
    let mut group = criterion.benchmark_group("frechet_from_moments");
    for dim in [128, 2048] {
        let mean = vec![0.0; dim];
        let (real, fake) = (covariance(dim, 8.0), covariance(dim, 16.0));
        frechet_from_moments(&mean, &real, &mean, &fake)?;
        group.bench_function(BenchmarkId::from_parameter(dim), |b| {
            b.iter(|| frechet_from_moments(&mean, &real, &mean, &fake));
        });
    }
    group.finish();

    let (real, fake) = (noise(1, 1_000, 2048)?, noise(2, 1_000, 2048)?);
    frechet_from_features(&real, &fake)?;
    criterion.bench_function("frechet_from_features/1000x2048", |b| {
        b.iter(|| frechet_from_features(&real, &fake));
    });

    let (real, fake) = (noise(1, 1_000, 128)?, noise(2, 1_000, 128)?);
    criterion.bench_function("frechet_limit/1000x128", |b| {
        b.iter(|| frechet_limit(&real, &fake, 100, 0));
    });
    Ok(())
}

fn inception(criterion: &mut Criterion) -> gannet::Result<()> {
    let logits = Logits {
        classes: 10,
        values: Latents::draw(3, 0..10_000, 10).values().to_vec(),
    };
    inception_score(&logits, 10)?;
    criterion.bench_function("inception_score/10000x10", |b| {
        b.iter(|| inception_score(&logits, 10));
    });
    Ok(())
}

fn precision_and_recall(criterion: &mut Criterion) -> gannet::Result<()> {
    let mut group = criterion.benchmark_group("neighbours");
    for count in [1_000, 4_000] {
        let (real, fake) = (noise(4, count, 128)?, noise(5, count, 128)?);
        neighbours(&real, &fake, 3, Boundary::default())?;
        group.bench_function(format!("{count}x128"), |b| {
            b.iter(|| neighbours(&real, &fake, 3, Boundary::default()));
        });
    }
    group.finish();
    Ok(())
}

fn kernel(criterion: &mut Criterion) -> gannet::Result<()> {
    let mut group = criterion.benchmark_group("kernel_distance");
    for dim in [128, 2048] {
        let (real, fake) = (noise(6, 2_000, dim)?, noise(7, 2_000, dim)?);
        group.bench_function(format!("2000x{dim}"), |b| {
            b.iter(|| kernel_distance(&real, &fake));
        });
        group.bench_function(format!("4 subsets of 1000x{dim}"), |b| {
            b.iter(|| kernel_distance_in_subsets(&real, &fake, 4, 1_000, 0));
        });
    }
    group.finish();

    let (real, fake) = (noise(6, 500, 64)?, noise(7, 500, 64)?);
    criterion.bench_function("jackknife/20 groups of kernel_distance/500x64", |b| {
        b.iter(|| {
            jackknife(fake.len(), 20, 0.95, 0, |rows| {
                kernel_distance(&real, &fake.select(rows)?)
            })
        });
    });
    Ok(())
}

fn modes(criterion: &mut Criterion) -> gannet::Result<()> {
    let points = noise(8, 10_000, 2)?;
    let grid = (0..25)
        .map(|i| Mode::round(vec![f64::from(i % 5) - 2.0, f64::from(i / 5) - 2.0], 0.05))
        .collect::<gannet::Result<Vec<_>>>()?;
    criterion.bench_function("modes_of_mixture/10000x2 over 25", |b| {
        b.iter(|| modes_of_mixture(&points, &grid));
    });

    let (real, fake) = (noise(9, 2_000, 64)?, noise(10, 2_000, 64)?);
    let mut group = criterion.benchmark_group("bins");
    group.bench_function("fit 20 to 2000x64", |b| {
        b.iter(|| Bins::fit(real.rows(), real.dim(), 20, 0));
    });
    let bins = Bins::fit(real.rows(), real.dim(), 20, 0)?;
    group.bench_function("compare 20 of 2000x64", |b| {
        b.iter(|| bins.compare(fake.rows(), 0.05));
    });
    group.finish();
    Ok(())
}

fn variety(criterion: &mut Criterion) -> gannet::Result<()> {
    let (real, fake) = (noise(11, 1_000, 128)?, noise(12, 1_000, 128)?);
    criterion.bench_function("diversity_ratio/1000x128", |b| {
        b.iter(|| diversity_ratio(&real, &fake));
    });
    criterion.bench_function("birthday/10 batches of 100x128", |b| {
        b.iter(|| birthday(&fake, 100, 0));
    });
    let pixels = Latents::draw(13, 0..64, 3 * 32 * 32).values().to_vec();
    let images = Samples::new([64, 3, 32, 32], pixels)?;
    criterion.bench_function("ms_ssim/100 pairs of 3x32x32", |b| {
        b.iter(|| ms_ssim(&images, 100, 0));
    });
    Ok(())
}

fn copies(criterion: &mut Criterion) -> gannet::Result<()> {
    let (training, fake) = (noise(14, 2_000, 128)?, noise(15, 1_000, 128)?);
    criterion.bench_function("memorisation/2000x128 against 1000x128", |b| {
        b.iter(|| memorisation(&training, &fake));
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
