//! Everything that gannet measures of itself with criterion: `cargo bench`.
//!
//! - `quality`: what fresh seeds of each package in `models/` are worth. Not time is measured
//!   but a distance, so that criterion's statistics and plots speak of quality.
//! - `sample`, `start`: latency, throughput, and the time to the first sample.
//! - `metric`: each metric on features drawn from a normal distribution.
//! - `train`, `export`: a step of training, the ONNX file.
//!
//! `cargo bench -- --quick` takes minutes, `cargo bench -- REGEX` measures what it names, and
//! both write `target/quality.json` ([`summary`]). As in the program `gannet`, memory comes from
//! mimalloc and the thread that calls is one of the pool's.

mod harness;
mod metrics;
mod packages;
mod quality;
mod sampling;
mod start;
mod summary;
mod training;

use anyhow::Result;

use harness::Options;
use summary::Summary;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    gannet_trainer::threads::enlist();
    let options = Options::of_arguments();
    let mut summary = Summary::begin(options);
    let packages = packages::find()?;
    quality::measure(options, &packages, &mut summary)?;
    sampling::measure(options, &packages, &mut summary)?;
    start::measure(options, &packages);
    metrics::measure(options)?;
    training::measure(options);
    summary.write()
}
