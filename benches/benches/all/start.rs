//! From a package's folder to its first sample: opening it, drawing one image in a program that
//! runs already, and a whole process that does no more.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use gannet::Generator;

use crate::harness::{Options, time};
use crate::packages::Package;

/// The process.
const PROGRAM: &str = env!("CARGO_BIN_EXE_first-sample");

/// Times the three for each package.
pub(crate) fn measure(options: Options, packages: &[Package]) {
    let mut criterion = options.clock(20);
    for Package { name, folder } in packages {
        let mut group = criterion.benchmark_group(format!("start/{name}"));
        group.bench_function("open", |bencher| time(bencher, || Generator::open(folder)));
        group.bench_function("first sample", |bencher| {
            time(bencher, || Generator::open(folder)?.sample(7, 0..1));
        });
        group.bench_function("process", |bencher| time(bencher, || run(folder)));
        group.finish();
    }
    criterion.final_summary();
}

fn run(folder: &Path) -> Result<()> {
    let status = Command::new(PROGRAM).arg(folder).status()?;
    ensure!(status.success(), "{PROGRAM} {}: {status}", folder.display());
    Ok(())
}
