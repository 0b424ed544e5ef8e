//! A folder of image files as a data set: one size, one number of channels.

use std::path::Path;

use super::{DataError, ImageFolder, Preparation, Split, encoded};

/// Loads a folder of image files by the rules of [`super::load`]; more than `limit`
/// bytes of pixels are streamed.
pub(super) fn load(path: &Path, preparation: Preparation, limit: u64) -> Result<Split, DataError> {
    let folder = ImageFolder::open(path)?;
    let classes = folder
        .classes()?
        .map(|classes| (classes.names, classes.labels));
    let (names, labels) = classes.unzip();
    let (name, passed_over) = (folder.name().to_owned(), folder.passed_over());
    let mut set = encoded::dataset(&name, folder, preparation, labels, limit)?;
    let mut notes = String::new();
    if let Some(names) = names {
        notes += &describe_classes(&names);
        set = set.with_classes(names)?;
    }
    notes += &preparation.describe();
    if passed_over > 0 {
        notes += &format!(" {passed_over} other files are passed over.");
    }
    if set.is_streamed() {
        notes += encoded::STREAMED;
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

#[cfg(test)]
mod tests;
