//! Computes one metric of two arrays and says how long it took, for comparison with the same
//! metric elsewhere: `benches/peers/metrics.py` runs it.
//!
//! ```sh
//! cargo run --release --workspace --example metric -- kernel REAL.npy FAKE.npy
//! ```
#![allow(
    clippy::print_stdout,
    reason = "a program that exists to print a figure"
)]

use std::error::Error;
use std::time::Instant;

use gannet::metrics::{Boundary, frechet_from_moments, kernel_distance_in_subsets, neighbours};
use gannet::{Features, RealStats};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [metric, real, fake] = args.as_slice() else {
        return Err(
            "usage: metric frechet REAL.npz FAKE.npz, or kernel or neighbours REAL.npy FAKE.npy"
                .into(),
        );
    };
    let (value, seconds) = match metric.as_str() {
        "frechet" => {
            let (real, fake) = (RealStats::load(real)?, RealStats::load(fake)?);
            let began = Instant::now();
            let value = frechet_from_moments(real.mu(), real.sigma(), fake.mu(), fake.sigma())?;
            (format!("[{value}]"), began.elapsed())
        }
        "kernel" => {
            let (real, fake) = (features(real)?, features(fake)?);
            let began = Instant::now();
            let kid = kernel_distance_in_subsets(&real, &fake, 100, 1_000, 0)?;
            (format!("[{}]", kid.mean), began.elapsed())
        }
        "neighbours" => {
            let (real, fake) = (features(real)?, features(fake)?);
            let began = Instant::now();
            let of = neighbours(&real, &fake, 5, Boundary::Open)?;
            let values = format!(
                "[{}, {}, {}, {}]",
                of.precision, of.recall, of.density, of.coverage
            );
            (values, began.elapsed())
        }
        other => return Err(format!("no metric {other:?}").into()),
    };
    println!(
        "{{\"value\": {value}, \"seconds\": {}}}",
        seconds.as_secs_f64()
    );
    Ok(())
}

fn features(path: &str) -> gannet::Result<Features> {
    Features::read_npy(path, None)
}
