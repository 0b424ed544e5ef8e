//! The pictures of a finished generator, as data of the page.

use std::fs;
use std::io::ErrorKind;

use super::ReportError;
use super::sheets::picture;
use crate::training::{Portrait, RunFolder};

/// The training images nearest to samples, and what lies between samples.
#[derive(Debug)]
pub(super) struct Pictures {
    pub(super) portrait: Portrait,
    /// `data:image/png;base64,…`
    pub(super) neighbours: String,
    pub(super) interpolation: String,
}

impl Pictures {
    /// None unless all of a run's files of it are there and whole.
    pub(super) fn read(folder: &RunFolder) -> Result<Option<Self>, ReportError> {
        let path = folder.portrait();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ReportError::Read { path, source }),
        };
        let portrait = serde_json::from_slice(&text).ok();
        let pictures = picture(&folder.neighbours())?.zip(picture(&folder.interpolation())?);
        Ok(portrait
            .zip(pictures)
            .map(|(portrait, (neighbours, interpolation))| Self {
                portrait,
                neighbours,
                interpolation,
            }))
    }
}
