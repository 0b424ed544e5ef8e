//! Tests across the crates of gannet; there is nothing to use here.
//!
//! - `tests/cli/`: the command line as a user runs it. It runs the binary
//!   `gannet` that `cargo test --workspace` builds.
//! - `tests/docs.rs`: the recipe keys that the guides name exist.
//! - `tests/models.rs`: the packages that ship are sound.
//! - `tests/photographs.rs`: the ImageNet network sees photographs as it did in
//!   PyTorch.
