//! The Inception network of FID, from the weights that pytorch-fid publishes.
//!
//! [`load_inception`] reads `pt_inception-2015-12-05.pth`, [`export_inception`]
//! writes the network as ONNX for the runtime.

mod blocks;
mod convert;
mod network;
#[cfg(test)]
mod tests;
mod weights;

pub use convert::export_inception;
pub use network::Inception;
pub use weights::{LoadedInception, load_inception};
