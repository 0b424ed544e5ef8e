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
use std::fs;
use std::time::{Duration, Instant};

use faer::{Accum, Mat, Par, linalg::matmul::matmul, traits::ComplexField};
use gannet::metrics::{Boundary, frechet_from_moments, kernel_distance_in_subsets, neighbours};
use gannet::{Features, RealStats};

const USAGE: &str = "usage: metric frechet REAL.npz FAKE.npz, metric kernel|neighbours REAL.npy \
                     FAKE.npy, or metric peak";

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["frechet", real, fake] => {
            let (real, fake) = (RealStats::load(real)?, RealStats::load(fake)?);
            measure(|| {
                let value = frechet_from_moments(real.mu(), real.sigma(), fake.mu(), fake.sigma())?;
                Ok(format!("[{value}]"))
            })
        }
        ["kernel" | "kernel-5000", real, fake] => {
            let (real, fake) = (features(real)?, features(fake)?);
            measure(|| {
                let kid = kernel_distance_in_subsets(&real, &fake, 100, 1_000, 0)?;
                Ok(format!("[{}]", kid.mean))
            })
        }
        ["neighbours", real, fake] => {
            let (real, fake) = (features(real)?, features(fake)?);
            measure(|| {
                let of = neighbours(&real, &fake, 5, Boundary::Open)?;
                Ok(format!(
                    "[{}, {}, {}, {}]",
                    of.precision, of.recall, of.density, of.coverage
                ))
            })
        }
        ["peak"] => {
            println!(
                "faer, 32 bits: {:.0} GFLOP/s",
                products_a_second::<f32>() / 1e9
            );
            println!(
                "faer, 64 bits: {:.0} GFLOP/s",
                products_a_second::<f64>() / 1e9
            );
            Ok(())
        }
        _ => Err(USAGE.into()),
    }
}

fn features(path: &str) -> gannet::Result<Features> {
    Features::read_npy(path, None)
}

/// Prints a value, how long it took and, where Linux tells, what memory that added.
fn measure(metric: impl FnOnce() -> gannet::Result<String>) -> Result<(), Box<dyn Error>> {
    // Forgets the peak of the loading.
    let counted = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = resident("VmRSS:");
    let began = Instant::now();
    let value = metric()?;
    let seconds = began.elapsed().as_secs_f64();
    let added = resident("VmHWM:")
        .zip(before)
        .filter(|_| counted)
        .map_or("null".to_owned(), |(peak, before)| {
            (peak - before).to_string()
        });
    println!("{{\"value\": {value}, \"seconds\": {seconds}, \"added\": {added}}}");
    Ok(())
}

/// A line of the process's status, in bytes.
fn resident(line: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|text| text.strip_prefix(line))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(1024 * kilobytes)
}

/// Operations a second of a product of 2048 × 2048 matrices, on all threads.
fn products_a_second<T: ComplexField>() -> f64 {
    const DIM: usize = 2048;
    let a = Mat::<T>::from_fn(DIM, DIM, |i, j| {
        faer::traits::math_utils::from_f64((i * j % 7) as f64)
    });
    let mut product = Mat::<T>::zeros(DIM, DIM);
    let best = (0..5)
        .map(|_| {
            let began = Instant::now();
            let one = faer::traits::math_utils::one();
            matmul(product.as_mut(), Accum::Replace, &a, &a, one, Par::rayon(0));
            began.elapsed()
        })
        .min()
        .unwrap_or(Duration::MAX);
    2.0 * (DIM as f64).powi(3) / best.as_secs_f64()
}
