//! Placeholder.

mod contract;
mod digest;
pub mod durable;
mod engine;
mod error;
mod features;
mod generator;
mod latent;
pub mod metrics;
mod moments;
mod npy;
mod package;
mod samples;
mod scorer;
mod stats;

pub use contract::Contract;
pub use digest::digest_file;
pub use error::{Error, ErrorKind, Result};
pub use features::{FeatureNet, Features, Logits};
pub use generator::{Generator, GeneratorBuilder};
pub use latent::Latents;
pub use package::{Manifest, PackagedFile, Provenance};
pub use samples::Samples;
pub use scorer::{Protocol, Scorer, Scores};
pub use stats::{RealStats, StatsCollector, StatsProtocol};
