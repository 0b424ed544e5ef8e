//! Embed a GAN generator: load it, draw reproducible samples, score them.
//!
//! gannet runs a generator from an ONNX file or from a package that the `gannet`
//! program exported. It is pure Rust and has no network access, no command line
//! and no global state; it neither prints nor exits. (Rayon's global thread pool
//! is used where no own one was asked for.)
//!
//! # Load and sample
//!
//! ```no_run
//! use gannet::Generator;
//!
//! let generator = Generator::open("models/fashion-mnist")?;
//! let samples = generator.sample(7, 0..64)?; // [64, c, h, w] in [-1, 1]
//! samples.write_grid("grid.png", 8)?;
//! let pixels: Vec<u8> = samples.quantised(0); // [c, h, w] in 0..=255
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! [`Generator::open`] takes a package folder or a bare `.onnx` file. What goes in
//! and comes out is the [`Contract`]: read from the file's metadata and checked
//! against its graph, or inferred from the graph. [`Samples`] are written as PNG
//! or NumPy arrays.
//!
//! # Seeds
//!
//! Sample `i` of a seed is a pure function of the generator, the seed and `i`.
//! Its latent is the same on every platform, in every batch and at any thread
//! count; [`Latents`] states the algorithm so that another language can repeat it,
//! and takes latents of one's own; truncation is [`Draw::truncation`].
//! The image is the same on the same machine whatever the threads; between
//! processors it may differ in the last bits, as their arithmetic instructions do.
//!
//! # Score
//!
//! ```no_run
//! use gannet::{FeatureNet, Generator, Manifest, Scorer};
//!
//! let package = "models/fashion-mnist";
//! let scorer = Scorer::new(
//!     FeatureNet::open("models/features/fashion-mnist.onnx")?,
//!     Manifest::read(package)?.real_stats(package)?,
//! )?;
//! let generator = Generator::open(package)?;
//! let scores = scorer.score(&generator, 10_000, 0)?;
//! let table = scores.to_string();
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! A [`FeatureNet`] turns images into [`Features`]; [`RealStats`] keep what is
//! needed of the real images, are collected in one pass and merge over shards; a
//! [`Scorer`] compares. [`Scores`] carry their [`Protocol`]: numbers made under
//! different protocols do not compare. In particular a Fréchet distance on other
//! features than those of FID's Inception network is **not comparable with a
//! published FID**. Images of any size score with a network that declares how they
//! are resized ([`Resize`]). The [`metrics`] can also be had one by one.
//!
//! # Packages
//!
//! A package is a folder of `generator.onnx`, `real.npz`, `CARD.md`, `samples.png`
//! and `manifest.toml`. The [`Manifest`] holds the contract, the size and SHA-256
//! of each file, where the generator came from, and its scores. A file is checked
//! against them where it is used: the generator by [`Generator::open`], the
//! statistics by [`Manifest::real_stats`], all listed files by
//! [`Manifest::verify`]; [`RealStats::load`] and [`FeatureNet::open`] know of no
//! manifest and check no digest.
//!
//! # Threads
//!
//! All types are `Send + Sync` and everything works through shared references.
//! Each image is computed alone and images are spread over rayon's global pool,
//! or over a pool of the generator's own:
//! [`Generator::builder(path).threads(n)`](GeneratorBuilder::threads).
//!
//! # Errors
//!
//! Every fallible function returns the one [`Error`], which has a
//! [`kind`](Error::kind) for programs, a message for people (what, where, expected,
//! got, how to mend it) and a [`source`](std::error::Error::source). Files are
//! written whole or not at all ([`durable`]).
//!
//! Hostile files: a network is read up to 1 GiB and a manifest up to 1 MiB; the
//! arrays of statistics are inflated within bounds that their dimension sets, 2 GiB
//! at most; the header of an array is checked before it is parsed. An `.npy` of
//! samples, features or latents is read whole, whatever its size; one in an `.npz` is
//! inflated to 256 MiB or 64 times its archive's size, whichever is more, and refused
//! if it is larger. Data outside an ONNX file are not followed, and a panic of its
//! loader becomes an error. For the last, the program must be built with unwinding,
//! which is the default; its panic hook still sees the panic. A network may
//! legitimately ask for much memory or time; gannet does not limit those.

mod archive;
mod arrays;
mod cancel;
mod contract;
mod digest;
pub mod durable;
mod engine;
mod error;
mod features;
mod gate;
mod generator;
mod golden;
mod latent;
pub mod metrics;
mod moments;
mod npy;
mod package;
mod resize;
mod samples;
mod scorer;
mod scores;
mod stats;
#[cfg(test)]
mod testing;

pub use cancel::Cancel;
pub use contract::{Contract, Interpretation, Layout, PixelRange};
pub use digest::digest_file;
pub use engine::{Assignment, Engine, EngineInfo, Fallback, Provider};
pub use error::{Error, ErrorKind, Result};
pub use features::{FeatureNet, Features, Logits};
pub use gate::{Bound, Check, Limits, Verdict};
pub use generator::{Batches, Draw, Generator, GeneratorBuilder, Source};
pub use golden::{Golden, Verification};
pub use latent::{Interpolation, Latents};
pub use package::{Manifest, PackagedFile, Provenance};
pub use resize::Resize;
pub use samples::Samples;
pub use scorer::Scorer;
pub use scores::{Protocol, ScoreOptions, Scores};
pub use stats::{RealStats, StatsCollector, StatsProtocol};
