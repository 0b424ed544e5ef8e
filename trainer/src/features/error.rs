//! What can go wrong with a feature network.

use std::io;
use std::path::PathBuf;

use crate::export::ExportError;

/// Why a feature network cannot be trained or exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeaturesError {
    /// The data set has no labels.
    #[error("{name}: no labels for the {part} images; a classifier needs a label for every image")]
    NoLabels {
        /// The data set.
        name: String,
        /// The part of it without labels.
        part: &'static str,
    },

    /// All labels are the same.
    #[error("{name}: every label is {label}; a classifier needs at least two classes")]
    OneClass {
        /// The data set.
        name: String,
        /// The only label.
        label: u8,
    },

    /// The images are too long and narrow to be halved as often as needed.
    #[error(
        "images of {height}x{width}: the shorter side must be at least {needed}, so that halving the longer side to 8 leaves some of it"
    )]
    TooNarrow {
        /// The height of an image.
        height: usize,
        /// The width of an image.
        width: usize,
        /// The least length of the shorter side.
        needed: usize,
    },

    /// A setting is out of its range.
    #[error("{key} = {value}: must be {range}")]
    Config {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// The values allowed.
        range: &'static str,
    },

    /// The loss is no longer a number.
    #[error(
        "the loss is {loss} at step {step} of epoch {epoch}; try a lower learning rate (now {learning_rate})"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The step in the epoch, from 1.
        step: usize,
        /// The loss.
        loss: f64,
        /// The greatest learning rate of the schedule.
        learning_rate: f64,
    },

    /// The network cannot be written as ONNX.
    #[error(transparent)]
    Export(#[from] ExportError),

    /// The runtime refuses the file, or it cannot be written.
    #[error(transparent)]
    Runtime(#[from] gannet::Error),

    /// The file cannot get its name.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },

    /// The exported network does not compute what the trained one does.
    #[error(
        "the exported network's `{output}` differ by {difference:e} from the trained network's, over {tolerance:e}; nothing was written"
    )]
    Differs {
        /// The output.
        output: &'static str,
        /// The first difference found over the tolerance.
        difference: f64,
        /// The greatest difference allowed.
        tolerance: f64,
    },
}
