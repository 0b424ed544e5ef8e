//! Embed a GAN generator: load it, draw reproducible samples, score them.
//!
//! gannet runs a generator from an ONNX file or from a package that the `gannet`
//! program exported. It is pure Rust and has no network access, no command line
//! and no global state; it neither prints nor exits. (Rayon's global thread pool
//! is used where no own one was asked for, and [ONNX Runtime](#engines) keeps state of its own.)
//!
//! # Load and sample
//!
//! ```
//! use gannet::Generator;
//!
//! # std::env::set_current_dir("..").unwrap();
//! # let folder = tempfile::tempdir().unwrap();
//! # let grid = folder.path().join("grid.png");
//! let generator = Generator::open("models/fashion-mnist")?;
//! let samples = generator.sample(7, 0..64)?; // [64, 1, 28, 28] in [-1, 1]
//! samples.write_grid(&grid, 8)?;
//! let pixels: Vec<u8> = samples.quantised(0); // [1, 28, 28] in 0..=255
//! # assert_eq!(pixels.len(), 28 * 28);
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! [`Generator::open`] takes a package folder or a bare `.onnx` file;
//! [`Generator::builder`] takes bytes and readers too ([`Source`]), and options.
//! [`Generator::warm_up`] makes the first sample as quick as the others.
//!
//! # Seeds
//!
//! Sample `i` of a seed is a pure function of the generator, the seed and `i`.
//! Its latent is the same on every platform, in every batch and at any thread
//! count; [`Latents`] states the algorithm so that another language can repeat it.
//! The image is the same on the same machine whatever the threads; between
//! processors it may differ in the last bits, as their arithmetic instructions do.
//!
//! # Classes, truncation, interpolation
//!
//! A [`Draw`] says what is wanted beyond a seed and a range; latents of one's own go
//! through [`Generator::generate`], and those between others come from
//! [`Latents::path`], [`lerp`](Latents::lerp) and [`slerp`](Latents::slerp).
//!
//! ```
//! use gannet::{Draw, Generator, Interpolation, Latents};
//!
//! # std::env::set_current_dir("..").unwrap();
//! let generator = Generator::open("models/fashion-mnist")?;
//! let typical = generator.draw(&Draw::new(7, 0..8).truncation(0.7))?;
//! let two = Latents::draw(7, 0..2, generator.contract().latent);
//! let morph = generator.generate(&two.path(7, Interpolation::Spherical)?)?;
//! assert_eq!((typical.len(), morph.len()), (8, 8));
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! # A million samples
//!
//! [`Generator::batches`] streams them in the memory of one batch, into what you like, or
//! into a [folder of PNG](Batches::write_png_folder) or an [array](Batches::write_npy). A
//! [`Cancel`] stops it from another thread.
//!
//! ```
//! use gannet::{Draw, Generator};
//!
//! # std::env::set_current_dir("..").unwrap();
//! let generator = Generator::open("models/fashion-mnist")?;
//! let mut sum = 0.0;
//! for samples in generator.batches(Draw::new(7, 0..100), 64)? {
//!     sum += samples?.values().iter().sum::<f32>();
//! }
//! assert!(sum < 0.0); // More black than white.
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! # Images
//!
//! [`Samples`] are slices with a shape, written as PNG (one, a [grid](Samples::write_grid),
//! a [folder](Samples::write_png_folder)) or as NumPy arrays; grey or colour. With the
//! feature `image` they turn into images of the crate of that name.
//!
//! # Anyone's generator
//!
//! A bare ONNX file needs one float input `[batch, d]` or `[batch, d, 1, 1]`, perhaps an
//! integer input for a label, and an output `[batch, c, h, w]` or `[batch, h, w, c]`; the
//! batch may be fixed. Where its channels stand and what its numbers mean is inferred from
//! sizes and last operators, and [`Generator::interpretation`] gives the reasons; or the
//! [builder](GeneratorBuilder::layout) is told. What cannot be told is an error that lists
//! the inputs and outputs and says what to give. Samples always leave as `[n, c, h, w]` in
//! `[-1, 1]`.
//!
//! ```
//! use gannet::{Generator, PixelRange};
//!
//! # std::env::set_current_dir("..").unwrap();
//! let generator = Generator::builder("models/fashion-mnist/generator.onnx")
//!     .range(PixelRange::Signed) // [0, 1] and [0, 255] are the others.
//!     .build()?;
//! for reason in &generator.interpretation().reasons {
//!     assert!(!reason.is_empty()); // Such as "layout: … → NCHW".
//! }
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! # Check what runs
//!
//! A package carries a few latents with the images that its generator made of them where it
//! was exported. [`Generator::verify`] draws them again, in milliseconds, and catches a
//! driver, library or provider that computes something else.
//!
//! ```
//! # std::env::set_current_dir("..").unwrap();
//! let generator = gannet::Generator::open("models/fashion-mnist")?;
//! let verification = generator.verify()?;
//! assert!(verification.largest_difference <= verification.tolerance);
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! # Score
//!
//! ```
//! use gannet::{FeatureNet, Generator, Limits, Manifest, Scorer};
//!
//! # std::env::set_current_dir("..").unwrap();
//! let package = "models/fashion-mnist";
//! let scorer = Scorer::new(
//!     FeatureNet::open("models/features/fashion-mnist.onnx")?,
//!     Manifest::read(package)?.real_stats(package)?,
//! )?;
//! let generator = Generator::open(package)?;
//! let scores = scorer.score(&generator, 300, 0)?; // 10,000 for scores that compare.
//! let table = scores.to_string();
//! # assert!(table.contains("Fréchet"));
//! // The same as a check for a release or a start:
//! let limits = Limits { fid: Some(5.0), samples: 300, ..Limits::default() };
//! assert!(scorer.gate(&generator, &limits)?.passed());
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
//! A package is a folder of `generator.onnx`, `real.npz`, `golden.npz`, `CARD.md`,
//! `samples.png` and `manifest.toml`. The [`Manifest`] holds the contract, the size and
//! SHA-256 of each file, where the generator came from, and its scores. A file is checked
//! against them where it is used: the generator by [`Generator::open`], the
//! statistics by [`Manifest::real_stats`], the golden samples by [`Generator::verify`], all
//! listed files by [`Manifest::verify`]; [`RealStats::load`], [`Golden::load`] and
//! [`FeatureNet::open`] know of no manifest and check no digest.
//!
//! # Threads
//!
//! All types are `Send + Sync` and everything works through shared references.
//! Each image is computed alone and images are spread over rayon's global pool,
//! or over a pool of the generator's own:
//! [`Generator::builder(path).threads(n)`](GeneratorBuilder::threads).
//!
//! # Engines
//!
//! | Feature | What |
//! |---|---|
//! | `tract` (default) | [`Engine::Tract`]: in Rust, on the processor, nothing to ship beside the program |
//! | `ort` | [`Engine::Ort`]: ONNX Runtime, from a library that the application ships and names |
//! | `cuda`, `tensorrt`, `coreml`, `directml`, `openvino`, `rocm`, `migraphx`, `webgpu`, `xnnpack` | the [`Provider`] of that name for `ort`; the library must have it too |
//!
//! ```no_run
//! use gannet::{Engine, Generator, Provider};
//!
//! let generator = Generator::builder("models/fashion-mnist")
//!     .engine(Engine::Ort)
//!     .library("/opt/app/lib/libonnxruntime.so")
//!     .provider(Provider::Cuda { device: 0 })
//!     .build()?;
//! println!("{}", generator.engine_info());
//! # Ok::<(), gannet::Error>(())
//! ```
//!
//! Nothing is replaced in silence. A provider that cannot be had, or that takes no node of the
//! graph, is an error with the loader's own reason; with
//! [`Fallback::Cpu`] the processor takes over and [`EngineInfo::fallback_reason`] keeps the reason.
//! [`EngineInfo`] says which provider really runs how many nodes. An option that the engine would
//! not use is an error.
//!
//! The library is ONNX Runtime 1.24 or newer, named by its path: no directory and no variable is
//! searched. (The package `onnxruntime` of PyPI holds one, in `capi/`.) Loading it runs its code,
//! so name one that you trust. ONNX Runtime can be loaded once a process: gannet keeps the library
//! and its environment until the process ends, and a second library is an error, as is an
//! environment that the program made with the crate ort itself. Telemetry is off and its log goes
//! nowhere. A network is parsed by the library's C++ code, which a hostile file may break; tract
//! is Rust.
//!
//! On the processor ONNX Runtime computes each image alone on one thread, like tract, so an image
//! is the same to the bit in any batch, at any number of threads. Each thread that computes has a
//! session with its own copy of the weights, made when it is first needed, and the bytes of the
//! file are kept for it: `n` threads take up to `n + 1` times the file's size. A provider other
//! than `Cpu` and `Xnnpack` has one session and runs groups of 16, the last one filled up; there
//! an image may differ in its last bits with its place in the group.
//!
//! A file whose batch is fixed works like any other: with tract it is bound to 1 where the graph
//! allows it, else groups of that size are run, after a check that rows do not mix.
//!
//! # Features
//!
//! | Feature | What it buys |
//! |---|---|
//! | `tract` (default) | the engine tract |
//! | `ort` | the engine ONNX Runtime, a library that is loaded when it is used |
//! | `cuda`, `openvino`, … | a provider of ONNX Runtime each; contains `ort` |
//! | `score` (default) | feature networks, statistics of real images, scores, [`metrics`] |
//! | `image` | [`Samples`] as images of the crate `image` |
//!
//! At least one engine is needed. What they cost on x86-64 Linux, by `runtime/scripts/features.sh`:
//! crates, and bytes of a stripped program that draws a grid of samples, which leaves out what it
//! does not call:
//!
//! | Features | Crates | Bytes |
//! |---|---|---|
//! | `tract` | 135 | 24,086,584 |
//! | `ort` | 82 | 1,738,488 |
//! | `cuda` | 82 | 1,746,080 |
//! | `tract`, `score` | 174 | 24,137,728 |
//! | `tract`, `score`, `image` | 178 | 24,153,256 |
//! | `tract`, `score`, `ort` | 177 | 24,375,416 |
//!
//! An application that only samples takes `default-features = false` and an engine.
//!
//! # Errors
//!
//! Every fallible function returns the one [`Error`], which has a
//! [`kind`](Error::kind) for programs, a message for people (what, where, expected,
//! got, how to mend it) and a [`source`](std::error::Error::source). Files are
//! written whole or not at all ([`durable`]).
//!
//! # Security
//!
//! Files may come from strangers: [`security`] says what holds then and what does not, and
//! [`LoadLimits`] what a file may ask for while it is loaded.

mod archive;
mod arrays;
mod cancel;
mod contract;
mod digest;
pub mod durable;
mod engine;
mod error;
#[cfg(feature = "score")]
mod features;
#[cfg(feature = "score")]
mod gate;
mod generator;
mod golden;
mod latent;
mod limits;
#[cfg(feature = "score")]
pub mod metrics;
#[cfg(feature = "score")]
mod moments;
mod npy;
mod package;
mod resize;
mod samples;
#[cfg(feature = "score")]
mod scorer;
mod scores;
#[cfg(feature = "score")]
mod stats;
#[cfg(test)]
mod testing;

#[doc = include_str!("../docs/security.md")]
pub mod security {}

pub use cancel::Cancel;
pub use contract::{Contract, Interpretation, Layout, PixelRange};
pub use digest::digest_file;
pub use engine::{Assignment, Engine, EngineInfo, Fallback, Provider};
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "score")]
pub use features::{FeatureNet, FeatureNetBuilder, Features, Logits};
#[cfg(feature = "score")]
pub use gate::{Bound, Check, Limits, Verdict};
pub use generator::{Batches, Draw, Generator, GeneratorBuilder, Source};
pub use golden::{Golden, Verification};
pub use latent::{Interpolation, Latents};
pub use limits::LoadLimits;
pub use package::{Manifest, PackagedFile, Provenance};
pub use resize::Resize;
pub use samples::Samples;
#[cfg(feature = "score")]
pub use scorer::Scorer;
#[cfg(feature = "score")]
pub use scores::ScoreOptions;
pub use scores::{Boundary, Interval, Protocol, Scores};
#[cfg(feature = "score")]
pub use stats::{RealStats, StatsCollector, StatsProtocol};
