//! Which part of a data set a command means.

use std::path::Path;

use anyhow::ensure;
use clap::ValueEnum;
use gannet_trainer::data::{Dataset, Split};

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// The images that generators are trained on.
    Training,
    /// The images that nothing is trained on.
    HeldOut,
}

impl Part {
    /// Refuses a part of what has none.
    pub(super) fn must_not_be_given(part: Option<Self>, path: &Path) -> anyhow::Result<()> {
        ensure!(
            part.is_none(),
            "--part is for a data set with parts (a folder of IDX or CIFAR files): {} has none",
            path.display()
        );
        Ok(())
    }

    pub(super) fn of(self, split: &Split) -> &Dataset {
        match self {
            Self::Training => &split.training,
            Self::HeldOut => &split.held_out,
        }
    }

    /// The name in a protocol.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::HeldOut => "held-out",
        }
    }
}
