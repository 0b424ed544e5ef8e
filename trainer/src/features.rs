//! Feature networks: a small convolutional classifier whose last hidden layer
//! describes an image, for scores that compare generated with real images.
//!
//! [`train_classifier`] trains one on a labelled data set and measures it on
//! the held-out images; [`export_classifier`] writes it as ONNX for the runtime.

mod augment;
mod error;
mod export;
mod network;
mod random;
#[cfg(test)]
mod tests;
mod training;

pub use error::FeaturesError;
pub use export::{ExportedFeatures, check_destination, export_classifier};
pub use network::{Classifier, FEATURE_COUNT};
pub use training::{ClassifierConfig, Progress, Trained, train_classifier};
