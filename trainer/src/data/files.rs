//! A folder of image files as a data set: one size, one number of channels.

use std::path::Path;

use rayon::prelude::*;

use super::{DataError, Dataset, Image, ImageFolder, Split, check_memory, fit};

/// Files decoded before their number of channels is known to fit in memory.
const AT_ONCE: usize = 256;

/// Loads a folder of image files by the rules of [`super::load`].
pub(super) fn load(path: &Path, side: Option<usize>) -> Result<Split, DataError> {
    let folder = ImageFolder::open(path)?;
    let classes = folder
        .classes()?
        .map(|classes| (classes.names, classes.labels));
    let (names, labels) = classes.unzip();
    let (shape, pixels) = stack(read(&folder, side)?);
    let mut set = Dataset::new(folder.name(), shape, pixels, labels)?;
    let mut notes = String::new();
    if let Some(names) = names {
        notes += &describe_classes(&names);
        set = set.with_classes(names)?;
    }
    if let Some(side) = side {
        notes += &format!(" {}", fit::describe(side));
    }
    if folder.passed_over() > 0 {
        notes += &format!(" {} other files are passed over.", folder.passed_over());
    }
    let split = Split::every_fifth(&set)?;
    Ok(Split {
        rule: format!(
            "{} Images are in the order of their paths.{notes}",
            split.rule
        ),
        ..split
    })
}

/// Folders may be there for another reason, so it is said what they were taken for.
fn describe_classes(names: &[String]) -> String {
    match names {
        [only] => format!(" The one class is the folder {only}."),
        [first, .., last] => {
            format!(
                " The {} folders from {first} to {last} are the classes.",
                names.len()
            )
        }
        [] => String::new(),
    }
}

/// All pixels and the shape of an image; a grey image among colours has one
/// channel for all three.
fn stack(images: Vec<Image>) -> ([usize; 3], Vec<u8>) {
    let [_, height, width] = images[0].shape;
    let channels = channels_of(&images);
    let planes = images.iter().flat_map(|image| {
        let times = channels / image.shape[0];
        std::iter::repeat_n(&image.pixels[..], times)
    });
    let pixels = planes.collect::<Vec<_>>().concat();
    ([channels, height, width], pixels)
}

/// All images in one size, each with its own number of channels.
fn read(folder: &ImageFolder, side: Option<usize>) -> Result<Vec<Image>, DataError> {
    let mut images: Vec<Image> = Vec::with_capacity(folder.len());
    for start in (0..folder.len()).step_by(AT_ONCE) {
        let end = folder.len().min(start + AT_ONCE);
        let batch: Vec<_> = (start..end)
            .into_par_iter()
            .map(|index| read_one(folder, index, side))
            .collect();
        // Of several files at fault the first is named, whatever the threads.
        for (index, image) in (start..).zip(batch) {
            let image = image?;
            let first = images.first().unwrap_or(&image).shape;
            let expected = [first[1], first[2]];
            if expected != image.shape[1..] || expected[0] != expected[1] {
                return Err(DataError::ManySizes {
                    path: folder.path(index),
                    got: [image.shape[1], image.shape[2]],
                    first_path: folder.path(0),
                    first: expected,
                });
            }
            images.push(image);
        }
        let [_, height, width] = images[0].shape;
        let size = channels_of(&images) * height * width;
        check_memory(folder.name(), folder.len(), size)?;
    }
    Ok(images)
}

fn read_one(folder: &ImageFolder, index: usize, side: Option<usize>) -> Result<Image, DataError> {
    let image = folder.read(index)?;
    match side {
        None => Ok(image),
        Some(side) => fit::fit(image, side).map_err(|source| DataError::Unfit {
            name: folder.path(index).display().to_string(),
            source,
        }),
    }
}

fn channels_of(images: &[Image]) -> usize {
    let channels = images.iter().map(|image| image.shape[0]);
    channels.max().unwrap_or(1)
}

#[cfg(test)]
mod tests;
