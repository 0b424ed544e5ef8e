//! How fast a shipped package draws.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use gannet::Generator;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/fashion-mnist");

fn main() -> gannet::Result<()> {
    // A missing or broken package is said here, before anything is measured.
    let generator = Generator::open(MODEL)?;

    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("open", |b| b.iter(|| Generator::open(MODEL)));
    let mut group = criterion.benchmark_group("sample");
    for batch in [1, 64] {
        generator.sample(7, 0..batch)?;
        group.throughput(Throughput::Elements(batch));
        group.bench_function(batch.to_string(), |b| {
            b.iter(|| generator.sample(7, black_box(0..batch)));
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
