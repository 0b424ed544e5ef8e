//! How long each metric takes. Each is computed once first, so that an error is
//! reported and not timed.

use criterion::{BenchmarkId, Criterion};
use gannet::metrics::{
    Boundary, frechet_from_features, frechet_from_moments, inception_score, neighbours,
};
use gannet::{Features, Latents, Logits};

fn main() -> gannet::Result<()> {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    frechet(&mut criterion)?;
    inception(&mut criterion)?;
    precision_and_recall(&mut criterion)?;
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
