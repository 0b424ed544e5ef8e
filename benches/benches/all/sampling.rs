//! How fast packages draw: one image (latency) and 64 (throughput).

use std::hint::black_box;

use anyhow::Result;
use criterion::{Criterion, Throughput};
use gannet::Generator;

use crate::harness::{Options, time};
use crate::packages::Package;
use crate::summary::Summary;

/// The variable that names an ONNX Runtime library.
const LIBRARY: &str = "GANNET_ORT_LIBRARY";

/// Times each package on tract and, where there is a library, on ONNX Runtime.
pub(crate) fn measure(options: Options, packages: &[Package], summary: &mut Summary) -> Result<()> {
    let mut criterion = options.clock(50);
    let ort = std::env::var_os(LIBRARY).filter(|_| cfg!(feature = "ort"));
    for package in packages {
        let generator = Generator::open(&package.folder)?;
        draw(&mut criterion, "tract", package, &generator);
        #[cfg(feature = "ort")]
        if let Some(library) = &ort {
            let generator = Generator::builder(&package.folder)
                .engine(gannet::Engine::Ort)
                .library(library)
                .build()?;
            draw(&mut criterion, "ort", package, &generator);
        }
    }
    if ort.is_none() {
        let reason = format!(
            "ONNX Runtime needs `cargo bench --features ort` with {LIBRARY}=libonnxruntime.so"
        );
        summary.skip("sample/ort", &reason);
    }
    criterion.final_summary();
    Ok(())
}

fn draw(criterion: &mut Criterion, engine: &str, package: &Package, generator: &Generator) {
    let mut group = criterion.benchmark_group(format!("sample/{engine}/{}", package.name));
    for batch in [1, 64] {
        group.throughput(Throughput::Elements(batch));
        group.bench_function(batch.to_string(), |bencher| {
            time(bencher, || generator.sample(7, black_box(0..batch)));
        });
    }
    group.finish();
}
