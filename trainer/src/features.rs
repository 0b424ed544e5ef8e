//! Feature networks: what describes an image for scores that compare generated
//! with real images.
//!
//! [`train_classifier`] trains a small convolutional classifier on a labelled
//! data set and measures it on the held-out images; [`export_classifier`] writes
//! it as ONNX for the runtime. [`load_inception`] reads the published weights of
//! FID's Inception network, [`export_inception`] writes that one.

mod augment;
mod error;
mod export;
mod inception;
mod network;
mod publish;
mod random;
#[cfg(test)]
mod tests;
mod training;

pub use error::FeaturesError;
pub use export::export_classifier;
pub use inception::{Inception, LoadedInception, export_inception, load_inception};
pub use network::{Classifier, FEATURE_COUNT};
pub use publish::{ExportedFeatures, check_destination};
pub use training::{ClassifierConfig, Progress, Trained, train_classifier};
