//! What a data set holds, to be looked at before a network is trained on it.

use std::collections::HashSet;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::encoded::{Encoded, chunks};
use super::source::{Origin, origin};
use super::{DataError, Dataset, Preparation, Split, decode, load_prepared};
use crate::recipe::Background;

/// Fewer training images than this a critic soon knows by heart.
const FEW: usize = 1_000;

/// Levels that pixels should span of the 256 that there are.
const NARROW: u8 = 128;

/// A class with so many times the images of another outweighs it.
const UNEVEN: usize = 10;

/// What a data set holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// The name of the data set.
    pub name: String,
    /// Images to train on.
    pub training: usize,
    /// Images that are held out.
    pub held_out: usize,
    /// The rule of the division and what was done to the images, in sentences.
    pub rule: String,
    /// The shape in which networks get an image, `[c, h, w]`.
    pub shape: [usize; 3],
    /// What transparent images were laid on.
    pub background: Background,
    /// The image files as they are stored; absent if the data are no image files.
    pub files: Option<Files>,
    /// The classes and their training images, if the images have labels.
    pub classes: Option<Vec<Class>>,
    /// Images that equal an earlier one in every pixel.
    pub duplicates: usize,
    /// Those of them that are held out and equal a training image.
    pub leaked: usize,
    /// Images of one value, or of one colour.
    pub constant: usize,
    /// The least value of a pixel, 0 to 255.
    pub least: u8,
    /// The greatest one.
    pub greatest: u8,
    /// Their mean.
    pub mean: f64,
}

/// Image files as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Files {
    /// Height and width of the smallest image, by area.
    pub smallest: [usize; 2],
    /// Those of the median.
    pub median: [usize; 2],
    /// Those of the largest.
    pub largest: [usize; 2],
    /// Grey images.
    pub grey: usize,
    /// Images that are not square, of which a part is cut off.
    pub not_square: usize,
    /// The greatest share of an image that is cut off.
    pub most_cropped: f64,
    /// Images with wholly transparent pixels.
    pub transparent: usize,
    /// Those of them without any pixel that is not transparent.
    pub invisible: usize,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its training images.
    pub training: usize,
}

/// Loads a data set as [`load_prepared`] does, and looks at every image in it.
///
/// # Errors
///
/// Those of [`load_prepared`], and [`DataError::Points`] if it is a toy's points.
pub fn survey(path: &Path, preparation: Preparation) -> Result<(Split, Survey), DataError> {
    let split = load_prepared(Some(path), preparation)?;
    let files = match origin(path)? {
        Origin::Folder(folder) => Some(stored(&folder)?),
        Origin::Shards(shards) => Some(stored(&shards)?),
        Origin::Whole => None,
    };
    let mut seen = Seen::default();
    let training = seen.take(&split.training)?;
    let held_out = seen.take(&split.held_out)?;
    let survey = Survey {
        name: split.training.name().to_owned(),
        training: split.training.len(),
        held_out: split.held_out.len(),
        rule: split.rule.clone(),
        shape: split.training.shape(),
        background: preparation.background,
        files,
        classes: classes(&split),
        duplicates: training + held_out,
        leaked: seen.leaked,
        constant: seen.constant,
        least: seen.least.unwrap_or(0),
        greatest: seen.greatest,
        mean: seen.sum as f64 / seen.pixels.max(1) as f64,
    };
    Ok((split, survey))
}

impl Survey {
    /// What makes training harder or is likely a mistake, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let all = self.training + self.held_out;
        let mut warnings = Vec::new();
        if self.training < FEW {
            warnings.push(format!(
                "{} training images are few for a GAN, whose critic soon knows them by heart: add images, or set \
                 augment.policy=color,translation,cutout and, where left and right do not matter, augment.mirror=true",
                self.training
            ));
        }
        if self.duplicates > 0 {
            warnings.push(format!(
                "{} of {all} images equal an earlier one in every pixel; a generator repeats what it often sees",
                self.duplicates
            ));
        }
        if self.leaked > 0 {
            warnings.push(format!(
                "{} of the {} held-out images are training images too: scores against them flatter",
                self.leaked, self.held_out
            ));
        }
        if self.constant > 0 {
            warnings.push(format!(
                "{} of {all} images are of one colour: are they blank or broken?",
                self.constant
            ));
        }
        if self.greatest - self.least < NARROW {
            warnings.push(format!(
                "pixels go from {} to {} of 0 to 255 only: stretch the images' contrast",
                self.least, self.greatest
            ));
        }
        let files = self.files.iter();
        warnings.extend(files.flat_map(|files| files.warnings(all, self.background)));
        let counts = self.classes.iter().flatten().map(|class| class.training);
        if let (Some(least), Some(most)) = (counts.clone().min(), counts.max())
            && most >= least.max(1) * UNEVEN
        {
            warnings.push(format!(
                "classes are uneven: the least has {least} training images, the largest {most}"
            ));
        }
        warnings
    }
}

impl Files {
    fn warnings(&self, all: usize, background: Background) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.not_square > 0 {
            warnings.push(format!(
                "{} of {all} images are not square: what is outside of the square about the centre is cut off, {:.0} % \
                 of an image at most",
                self.not_square,
                100.0 * self.most_cropped
            ));
        }
        if self.transparent > 0 && background == Background::None {
            warnings.push(format!(
                "{} of {all} images have transparent pixels, {} nothing else: alpha is dropped, and the colours below it \
                 are seen; lay them on a background with --background white, data.background of a recipe",
                self.transparent, self.invisible
            ));
        }
        if self.grey > 0 && self.grey < all {
            warnings.push(format!(
                "{} of {all} images are grey, and are repeated for the three colours of the others",
                self.grey
            ));
        }
        warnings
    }
}

/// What was seen of the pixels so far.
#[derive(Default)]
struct Seen {
    known: HashSet<[u8; 32]>,
    /// Images of the parts before.
    before: HashSet<[u8; 32]>,
    leaked: usize,
    constant: usize,
    least: Option<u8>,
    greatest: u8,
    sum: u64,
    pixels: u64,
}

impl Seen {
    /// Looks at the images of a part, and says how many were there before.
    fn take(&mut self, set: &Dataset) -> Result<usize, DataError> {
        self.before = self.known.clone();
        let mut duplicates = 0;
        let [_, height, width] = set.shape();
        for indices in chunks(set.len()) {
            let pixels = set.pixels(&indices)?;
            for image in pixels.chunks_exact(set.image_size()) {
                let digest: [u8; 32] = Sha256::digest(image).into();
                if !self.known.insert(digest) {
                    duplicates += 1;
                    self.leaked += usize::from(self.before.contains(&digest));
                }
                let mut planes = image.chunks_exact(height * width);
                let is_flat = |plane: &[u8]| plane.iter().all(|&value| value == plane[0]);
                self.constant += usize::from(planes.all(is_flat));
                for &value in image {
                    self.sum += u64::from(value);
                    self.greatest = self.greatest.max(value);
                    self.least = Some(self.least.map_or(value, |least| least.min(value)));
                }
                self.pixels += image.len() as u64;
            }
        }
        Ok(duplicates)
    }
}

fn classes(split: &Split) -> Option<Vec<Class>> {
    let names = split.class_names()?;
    let labels = split.training.labels()?;
    let mut counts = vec![0; names.len()];
    for &label in labels {
        if let Some(count) = counts.get_mut(usize::from(label)) {
            *count += 1;
        }
    }
    let classes = names.into_iter().zip(counts);
    Some(
        classes
            .map(|(name, training)| Class { name, training })
            .collect(),
    )
}

/// Looks at the headers of image files, and at the alpha of those that have it.
fn stored(source: &impl Encoded) -> Result<Files, DataError> {
    let (mut sizes, mut files) = (Vec::new(), Files::default());
    for indices in chunks(source.len()) {
        let seen = source.map(&indices, |index, bytes| {
            let place = || source.place(index);
            let shape = decode::shape_of(bytes, Background::None, &place)?;
            Ok((shape, decode::transparency(bytes, &place)?))
        })?;
        for ([channels, height, width], transparency) in seen {
            let (short, long) = (height.min(width), height.max(width).max(1));
            files.grey += usize::from(channels == 1);
            files.not_square += usize::from(short < long);
            files.most_cropped = files.most_cropped.max(1.0 - short as f64 / long as f64);
            files.transparent += usize::from(transparency > 0.0);
            files.invisible += usize::from(transparency == 1.0);
            sizes.push([height, width]);
        }
    }
    sizes.sort_by_key(|[height, width]| height * width);
    if let (Some(&smallest), Some(&largest)) = (sizes.first(), sizes.last()) {
        (files.smallest, files.largest) = (smallest, largest);
        files.median = sizes[sizes.len() / 2];
    }
    Ok(files)
}
