//! What can go wrong with a feature network.

/// Why a feature network cannot be trained.
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
}
