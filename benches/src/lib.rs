//! Benchmarks of gannet, run with `cargo bench -p gannet-benches`; nothing here is
//! of use elsewhere.
//!
//! - `sampling`: from a package to images: opening it, one image (latency), a
//!   batch of 64 (throughput). Needs `models/fashion-mnist`.
//! - `metrics`: each metric on features drawn from a normal distribution. How
//!   long a metric takes depends on the number and dimension of the features,
//!   not on what they mean.
//!
//! The programs `quality` and `ward` train; each begins with what it does.

pub mod output;
pub mod samples;
