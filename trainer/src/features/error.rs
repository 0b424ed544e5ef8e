//! What can go wrong with a feature network.

use std::io;
use std::path::PathBuf;

use crate::data::DataError;
use crate::export::ExportError;

/// How many problems with a file of weights are spelled out.
const SPELLED_OUT: usize = 5;

/// Why a feature network cannot be trained, loaded or exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeaturesError {
    /// The data set has no labels.
    #[error(
        "{name}: no labels for the {part} images; a classifier needs a label for every image (image files have one if each lies in the folder of its class)"
    )]
    NoLabels {
        /// The data set.
        name: String,
        /// The part of it without labels.
        part: &'static str,
    },

    /// The images cannot be read, or are none.
    #[error(transparent)]
    Data(#[from] DataError),

    /// All labels are the same.
    #[error("{name}: every label is {label}; a classifier needs at least two classes")]
    OneClass {
        /// The data set.
        name: String,
        /// The only label.
        label: u16,
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

    /// The file of weights cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's reason, or what is damaged.
        source: io::Error,
    },

    /// The file of weights is none that PyTorch wrote.
    #[error("{}: expected a whole file of weights that PyTorch saved (.pth); {reason}", path.display())]
    NotPytorch {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The file's weights are not those of FID's Inception network.
    #[error(
        "{}: expected the weights of FID's Inception network (pt_inception-2015-12-05.pth); {}",
        path.display(),
        first(problems)
    )]
    NotInception {
        /// The file.
        path: PathBuf,
        /// One text for each tensor that does not fit.
        problems: Vec<String>,
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

    /// The exported network does not compute what Burn's does.
    #[error(
        "the exported network's `{output}` differ from Burn's by {difference:e} of the greatest value, over {tolerance:e}; nothing was written"
    )]
    Differs {
        /// The output.
        output: &'static str,
        /// The first difference found over the tolerance, relative to the
        /// greatest magnitude of the output.
        difference: f64,
        /// The greatest difference allowed.
        tolerance: f64,
    },
}

/// The first of the problems, and how many more there are.
fn first(problems: &[String]) -> String {
    let spelled_out = &problems[..problems.len().min(SPELLED_OUT)];
    let mut text = spelled_out.join("; ");
    if problems.len() > SPELLED_OUT {
        text += &format!("; and {} more", problems.len() - SPELLED_OUT);
    }
    text
}
