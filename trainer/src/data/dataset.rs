//! Images of one shape, with labels if known.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::DataError;
use super::images::{Content, Images, Memory, point};

/// Images of one shape, `[n, c, h, w]`, with labels if known. Clones share the
/// images.
///
/// The pixels have 8 bits and are in memory, or are read when they are asked for;
/// the points of a [`Toy`](super::Toy) are images `[2, 1, 1]` of 32-bit floats.
#[derive(Clone)]
pub struct Dataset {
    name: String,
    shape: [usize; 3],
    content: Content,
    /// Which images of the content these are, in their order.
    view: Arc<[usize]>,
    labels: Option<Arc<[u16]>>,
    classes: Option<Arc<[String]>>,
}

/// Images to train on, as the networks take them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// `[n, c, h, w]` in [-1, 1]: `pixel / 127.5 - 1`, or a toy's values.
    pub images: Vec<f32>,
    /// The label of each image, if known.
    pub labels: Option<Vec<usize>>,
}

impl Dataset {
    /// Makes a data set of images `shape` = `[c, h, w]` from `pixels`
    /// `[n, c, h, w]` and, if known, one label an image.
    ///
    /// # Errors
    ///
    /// [`DataError::Inconsistent`] if a side is 0, if there is no image, if
    /// the pixels do not make whole images or the labels do not match them.
    pub fn new(
        name: impl Into<String>,
        shape: [usize; 3],
        pixels: Vec<u8>,
        labels: Option<Vec<u16>>,
    ) -> Result<Self, DataError> {
        let name = name.into();
        let inconsistent = |reason: String| DataError::Inconsistent {
            name: name.clone(),
            reason,
        };
        let [channels, height, width] = shape;
        let size = channels
            .checked_mul(height)
            .and_then(|area| area.checked_mul(width))
            .filter(|&size| size > 0)
            .ok_or_else(|| inconsistent(format!("an image cannot be {shape:?}")))?;
        if pixels.is_empty() || !pixels.len().is_multiple_of(size) {
            return Err(inconsistent(format!(
                "{} pixels do not make whole images of {channels}x{height}x{width}",
                pixels.len()
            )));
        }
        let count = pixels.len() / size;
        let images = Arc::new(Memory { size, pixels });
        Self::of_images(name, shape, images, count, labels)
    }

    /// A data set of `count` images, wherever they are.
    pub(super) fn of_images(
        name: String,
        shape: [usize; 3],
        images: Arc<dyn Images>,
        count: usize,
        labels: Option<Vec<u16>>,
    ) -> Result<Self, DataError> {
        Self::of(name, shape, Content::Pixels(images), count, labels)
    }

    /// A data set of points `[n, 2]`, of any range.
    pub(super) fn of_points(
        name: String,
        values: Vec<f32>,
        labels: Vec<u16>,
    ) -> Result<Self, DataError> {
        let count = values.len() / 2;
        let content = Content::Points(values.into());
        Self::of(name, [2, 1, 1], content, count, Some(labels))
    }

    fn of(
        name: String,
        shape: [usize; 3],
        content: Content,
        count: usize,
        labels: Option<Vec<u16>>,
    ) -> Result<Self, DataError> {
        if let Some(labels) = &labels
            && labels.len() != count
        {
            return Err(DataError::Inconsistent {
                name,
                reason: format!("{} labels for {count} images", labels.len()),
            });
        }
        Ok(Self {
            name,
            shape,
            content,
            view: (0..count).collect(),
            labels: labels.map(Into::into),
            classes: None,
        })
    }

    /// The same with the names of the classes, by label.
    ///
    /// # Errors
    ///
    /// [`DataError::Inconsistent`] if a label has no name, or a name has a comma,
    /// which separates them in a feature network's metadata.
    pub fn with_classes(mut self, classes: Vec<String>) -> Result<Self, DataError> {
        let greatest = self.labels().and_then(|labels| labels.iter().max());
        let reason = match (greatest, classes.iter().find(|name| name.contains(','))) {
            (_, Some(name)) => format!("the class {name:?} has a comma in its name; rename it"),
            (Some(&label), _) if usize::from(label) >= classes.len() => {
                format!("label {label} is not one of {} classes", classes.len())
            }
            _ => {
                self.classes = Some(classes.into());
                return Ok(self);
            }
        };
        Err(DataError::Inconsistent {
            name: self.name,
            reason,
        })
    }

    /// The name of the data set: that of its folder, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many images there are; at least 1.
    pub fn len(&self) -> usize {
        self.view.len()
    }

    /// Always false: a data set without images cannot be made.
    pub fn is_empty(&self) -> bool {
        self.view.is_empty()
    }

    /// The shape of an image, `[c, h, w]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// How many values an image has, `c * h * w`.
    pub fn image_size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether images are read and decoded when they are asked for, so that they
    /// need not fit in memory.
    pub fn is_streamed(&self) -> bool {
        match &self.content {
            Content::Pixels(images) => images.is_streamed(),
            Content::Points(_) => false,
        }
    }

    /// The pixels of these images, `[indices, c, h, w]`, 0 to 255.
    ///
    /// # Errors
    ///
    /// [`DataError::Points`] if these are the points of a toy; of a streamed set,
    /// what is wrong with an image, by its file.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    pub fn pixels(&self, indices: &[usize]) -> Result<Vec<u8>, DataError> {
        match &self.content {
            Content::Pixels(images) => images.pixels(&self.viewed(indices)),
            Content::Points(_) => Err(DataError::Points {
                name: self.name.clone(),
            }),
        }
    }

    /// These images, and their labels if known, to train on.
    ///
    /// # Errors
    ///
    /// Of a streamed set, what is wrong with an image, by its file.
    ///
    /// # Panics
    ///
    /// If there is no such image, as indexing a slice does.
    pub fn batch(&self, indices: &[usize]) -> Result<Batch, DataError> {
        let images = match &self.content {
            Content::Pixels(_) => {
                let pixels = self.pixels(indices)?;
                let value = |&pixel: &u8| f32::from(pixel) / 127.5 - 1.0;
                pixels.iter().map(value).collect()
            }
            Content::Points(values) => {
                let viewed = self.viewed(indices);
                let points = viewed.iter().flat_map(|&index| point(values, index));
                points.copied().collect()
            }
        };
        let label_of = |labels: &Arc<[u16]>| {
            let labels = indices.iter().map(|&index| usize::from(labels[index]));
            labels.collect()
        };
        Ok(Batch {
            images,
            labels: self.labels.as_ref().map(label_of),
        })
    }

    /// `n` images from all over the set, at equal distances.
    ///
    /// # Errors
    ///
    /// [`DataError`] if they cannot be read.
    pub fn spread(&self, n: usize) -> Result<Batch, DataError> {
        let indices: Vec<usize> = (0..n).map(|index| index * self.len() / n).collect();
        self.batch(&indices)
    }

    /// The label of each image, if known.
    pub fn labels(&self) -> Option<&[u16]> {
        self.labels.as_deref()
    }

    /// The names of the classes that the data came with, by label.
    pub(super) fn classes(&self) -> Option<&[String]> {
        self.classes.as_deref()
    }

    /// The SHA-256, in hexadecimal, of the content: the sizes n, c, h, w as 32-bit
    /// big-endian numbers, then image by image its pixels. It names the images in
    /// a recipe and on a card, whether or not their labels are at hand.
    ///
    /// Of a [streamed](Self::is_streamed) set each image's pixels are replaced by
    /// the SHA-256 of the bytes that encode it and the red, green and blue that
    /// transparent images are laid on, a byte each, if they are; of a toy by its values as
    /// little-endian 32-bit floats.
    pub fn image_digest(&self) -> String {
        hexadecimal(self.hashed())
    }

    /// As [`image_digest`](Self::image_digest), over the labels too, if known: one
    /// byte each after the images, or two, big-endian, if a label is above 255.
    pub fn digest(&self) -> String {
        let mut hasher = self.hashed();
        let labels = self.labels().unwrap_or_default();
        let wide = labels.iter().any(|&label| label > 255);
        for label in labels {
            hasher.update(&label.to_be_bytes()[usize::from(!wide)..]);
        }
        hexadecimal(hasher)
    }

    fn hashed(&self) -> Sha256 {
        let mut hasher = Sha256::new();
        let [channels, height, width] = self.shape;
        for size in [self.len(), channels, height, width] {
            // The 32 low bits: an IDX header has no room for more.
            hasher.update((size as u32).to_be_bytes());
        }
        for &index in self.view.iter() {
            self.content.hash(index, &mut hasher);
        }
        hasher
    }

    /// Feeds a digest with one image.
    pub(super) fn hash(&self, index: usize, hasher: &mut Sha256) {
        self.content.hash(self.view[index], hasher);
    }

    /// The images of these indices as a data set of their own.
    pub(super) fn subset(&self, indices: impl Iterator<Item = usize>) -> Self {
        let indices: Vec<usize> = indices.collect();
        let of = |labels: &Arc<[u16]>| indices.iter().map(|&index| labels[index]).collect();
        Self {
            view: self.viewed(&indices).into(),
            labels: self.labels.as_ref().map(of),
            ..self.clone()
        }
    }

    fn viewed(&self, indices: &[usize]) -> Vec<usize> {
        indices.iter().map(|&index| self.view[index]).collect()
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("name", &self.name)
            .field("len", &self.len())
            .field("shape", &self.shape)
            .field("labelled", &self.labels.is_some())
            .finish_non_exhaustive()
    }
}

fn hexadecimal(hasher: Sha256) -> String {
    let bytes = hasher.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
