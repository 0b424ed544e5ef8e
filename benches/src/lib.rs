//! Benchmarks of gannet; nothing here is of use elsewhere.
//!
//! `cargo bench` measures quality and speed with criterion (`benches/all`). The programs
//! `quality` and `ward` train; each begins with what it does.

pub mod output;
pub mod samples;
