//! The report of a run: one HTML page that a person would rather look at than read logs.
//!
//! It says first how the run is: healthy, or what ailed it and what cured it. Then come the sample
//! sheets, the course of losses, scores, gradients and quality over the images seen, with what the
//! doctor found and did marked on every one, and the recipe. Of several runs it draws the same
//! quantities over each other, a colour a run.
//!
//! The page carries everything in itself: charts are SVG, sheets are PNG data, and there is no
//! request to any network. It follows the reader's light or dark theme. Scripts only add to it: a
//! slider over the sheets and the values under the pointer.

mod axis;
mod case;
mod chart;
mod figures;
mod log;
mod page;
mod portrait;
mod settings;
mod sheets;
mod story;
mod verdict;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::recipe::RecipeError;
use crate::training::FolderError;
use story::Story;

/// Why there is no report.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A folder is not that of a run.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A run's recipe cannot be read.
    #[error("the run's recipe")]
    Recipe(#[from] RecipeError),
    /// A file of a run cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The page cannot be put together.
    #[error("the page cannot be put together")]
    Page(#[from] minijinja::Error),
    /// The page cannot be written.
    #[error("cannot write the report {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: gannet::Error,
    },
}

/// The page on one run, or on several beside each other.
///
/// A run may have diverged, be unfinished, or have a log that was cut off: what cannot be read is
/// left out, and the page says so.
///
/// # Errors
///
/// [`ReportError::Folder`] if a folder holds no run, [`ReportError::Recipe`] and
/// [`ReportError::Read`] if a file of it cannot be read.
pub fn page(runs: &[impl AsRef<Path>]) -> Result<String, ReportError> {
    let stories: Result<Vec<Story>, ReportError> =
        runs.iter().map(|run| Story::read(run.as_ref())).collect();
    page::render(&stories?)
}

/// The page on a run while it trains: it fetches itself anew every few seconds from where it was
/// served, and stays where the reader is.
///
/// # Errors
///
/// Those of [`page`].
pub fn live_page(run: &Path) -> Result<String, ReportError> {
    page::render_live(&Story::read_running(run)?)
}

/// Writes the [`page`] on some runs into the file `out`, whole or not at all.
///
/// # Errors
///
/// Those of [`page`], and [`ReportError::Write`].
pub fn write(runs: &[impl AsRef<Path>], out: &Path) -> Result<(), ReportError> {
    let page = page(runs)?;
    gannet::durable::write_file(out, page.as_bytes()).map_err(|source| ReportError::Write {
        path: out.to_owned(),
        source,
    })
}
