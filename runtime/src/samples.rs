//! Generated (or real) images in the range of a generator's output.

#[cfg(feature = "image")]
mod image;
mod png;

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use crate::arrays::ArrayFile;
use crate::durable;
use crate::error::{Error, Result};
use crate::npy;
use crate::resize::Resize;

/// Pixels between the images of a grid, and their colour.
const GUTTER: usize = 2;
const GUTTER_LEVEL: u8 = 255;

/// Values further out are no image in `[-1, 1]`, but pixels in `[0, 255]`.
const FARTHEST_VALUE: f32 = 2.0;

/// A batch of images, `[n, c, h, w]` row-major, nominally in `[-1, 1]`.
///
/// Values are finite. They may leave `[-1, 1]` a little, as a generator without
/// a final `tanh` does; [`quantised`](Samples::quantised) clamps them.
///
/// ```
/// use gannet::Samples;
///
/// let samples = Samples::new([1, 1, 1, 3], vec![-1.0, 0.0, 1.0])?;
/// assert_eq!(samples.quantised(0), [0, 128, 255]);
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    shape: [usize; 4],
    values: Vec<f32>,
}

impl Samples {
    /// Takes `values` of the shape `[n, c, h, w]`.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the shape and the number of values
    /// disagree or an image would be empty, [`Numeric`](crate::ErrorKind::Numeric)
    /// if a value is not finite.
    pub fn new(shape: [usize; 4], values: Vec<f32>) -> Result<Self> {
        check_shape(shape, values.len())?;
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            let size: usize = shape[1..].iter().product();
            return Err(Error::numeric(format!(
                "sample {}, value {} of {size}: expected a finite number, got {}",
                at / size,
                at % size,
                values[at]
            )));
        }
        Ok(Self { shape, values })
    }

    /// Takes 8-bit pixels of the shape `[n, c, h, w]`: `v / 127.5 − 1`.
    ///
    /// ```
    /// let samples = gannet::Samples::from_bytes([1, 1, 1, 2], &[0, 255])?;
    /// assert_eq!(samples.values(), [-1.0, 1.0]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the shape and the number of bytes
    /// disagree.
    pub fn from_bytes(shape: [usize; 4], bytes: &[u8]) -> Result<Self> {
        check_shape(shape, bytes.len())?;
        let values = bytes.iter().map(|&byte| dequantise(byte)).collect();
        Ok(Self { shape, values })
    }

    /// The shape `[n, c, h, w]`.
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, row-major, without a copy.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.shape[0]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Image `i` as `[c, h, w]`.
    ///
    /// ```
    /// let samples = gannet::Samples::new([2, 1, 1, 2], vec![0.0, 0.1, 0.2, 0.3])?;
    /// assert_eq!(samples.image(1), [0.2, 0.3]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as an index into a slice.
    pub fn image(&self, i: usize) -> &[f32] {
        let size = self.image_size();
        &self.values[i * size..(i + 1) * size]
    }

    /// Image `i` in 8 bits, `[c, h, w]`: `(v + 1) · 127.5`, rounded half away
    /// from zero and clamped to `0..=255`.
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as an index into a slice.
    pub fn quantised(&self, i: usize) -> Vec<u8> {
        self.image(i).iter().map(|&v| quantise(v)).collect()
    }

    /// The images in `height` x `width`, resized from their 8-bit form
    /// ([`quantised`](Self::quantised)) whatever the method.
    ///
    /// A [`FeatureNet`](crate::FeatureNet) that declares a method resizes by
    /// itself: give it the images as they are.
    ///
    /// ```
    /// use gannet::{Resize, Samples};
    ///
    /// let samples = Samples::from_bytes([1, 1, 2, 2], &[0, 0, 100, 100])?;
    /// let one = samples.resized(1, 1, Resize::PilBilinear)?;
    /// assert_eq!(one.quantised(0), [50]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if a side is 0 or over 65,536, or an
    /// image has more than 2²⁸ values before, between or after the two passes.
    pub fn resized(&self, height: usize, width: usize, method: Resize) -> Result<Self> {
        let [n, channels, old_height, old_width] = self.shape;
        let image = [channels, old_height, old_width];
        let images: Vec<_> = (0..n)
            .into_par_iter()
            .map(|i| method.apply(image, &self.quantised(i), [height, width]))
            .collect::<Result<_>>()?;
        Self::new([n, channels, height, width], images.concat())
    }

    /// Image `i` as the bytes of a PNG file, grey or RGB.
    ///
    /// ```
    /// let samples = gannet::Samples::new([1, 3, 2, 2], vec![0.0; 12])?;
    /// assert_eq!(samples.png(0)?[1..4], *b"PNG");
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) with other than 1 or 3 channels.
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as an index into a slice.
    pub fn png(&self, i: usize) -> Result<Vec<u8>> {
        let [_, channels, height, width] = self.shape;
        png::encode([width, height], channels, &self.interleaved(i))
    }

    /// Image `i` in 8 bits with the channels last, `[h, w, c]`, as most image libraries and
    /// screens want it; see [`quantised`](Self::quantised).
    ///
    /// ```
    /// // Planes of red, green and blue, two pixels each.
    /// let samples = gannet::Samples::from_bytes([1, 3, 1, 2], &[1, 2, 3, 4, 5, 6])?;
    /// assert_eq!(samples.interleaved(0), [1, 3, 5, 2, 4, 6]);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as an index into a slice.
    pub fn interleaved(&self, i: usize) -> Vec<u8> {
        interleave(&self.quantised(i), self.shape[1])
    }

    /// Writes all images into one PNG, row by row, `columns` beside each other,
    /// with two white pixels between them. The bytes depend on nothing else.
    ///
    /// ```
    /// use gannet::Samples;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("grid.png");
    /// let samples = Samples::new([6, 3, 4, 4], vec![0.0; 288])?;
    /// samples.write_grid(&path, 3)?; // Two rows of three.
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) without images, without columns or
    /// with other than 1 or 3 channels; [`Io`](crate::ErrorKind::Io) if the file
    /// cannot be written.
    pub fn write_grid(&self, path: impl AsRef<Path>, columns: usize) -> Result<()> {
        let [n, channels, height, width] = self.shape;
        if n == 0 || columns == 0 {
            return Err(Error::input(format!(
                "a grid needs an image and a column at least, got {n} images and {columns} columns"
            )));
        }
        let columns = columns.min(n);
        let rows = n.div_ceil(columns);
        let full_width = columns * (width + GUTTER) - GUTTER;
        let full_height = rows * (height + GUTTER) - GUTTER;
        let mut canvas = vec![GUTTER_LEVEL; full_width * full_height * channels];
        for i in 0..n {
            let image = self.interleaved(i);
            let top = i / columns * (height + GUTTER);
            let left = i % columns * (width + GUTTER);
            for (y, row) in image.chunks_exact(width * channels).enumerate() {
                let start = ((top + y) * full_width + left) * channels;
                canvas[start..start + row.len()].copy_from_slice(row);
            }
        }
        let bytes = png::encode([full_width, full_height], channels, &canvas)?;
        durable::write_file(path, &bytes)
    }

    /// Writes each image as `dir/000000.png`, `dir/000001.png` and so on into a
    /// new or empty folder, which appears whole or not at all.
    ///
    /// ```
    /// use gannet::Samples;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let dir = folder.path().join("images");
    /// let samples = Samples::new([2, 3, 4, 4], vec![0.0; 96])?;
    /// samples.write_png_folder(&dir)?;
    /// assert!(dir.join("000001.png").exists());
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) with other than 1 or 3 channels or if
    /// the folder is not empty; [`Io`](crate::ErrorKind::Io) if it cannot be
    /// written.
    pub fn write_png_folder(&self, dir: impl AsRef<Path>) -> Result<()> {
        durable::create_folder(dir.as_ref(), |folder| {
            for i in 0..self.len() {
                let path = folder.join(format!("{i:06}.png"));
                fs::write(&path, self.png(i)?)
                    .map_err(|source| Error::io("write", &path, source))?;
            }
            Ok(())
        })
    }

    /// Writes a NumPy array `[n, c, h, w]` of `f4`.
    ///
    /// ```
    /// use gannet::Samples;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("samples.npy");
    /// let samples = Samples::new([1, 1, 2, 2], vec![-1.0, -0.5, 0.5, 1.0])?;
    /// samples.write_npy(&path)?;
    /// assert_eq!(Samples::read_npy(&path)?, samples);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be written.
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<()> {
        durable::write_with(path, |mut writer| {
            npy::write(&mut writer, &self.shape, &self.values)
        })
    }

    /// Reads a NumPy array `[n, c, h, w]` of floats in `[-1, 1]`, or of pixels as
    /// `u1`, from `file.npy`, `file.npz` if that has one array only, or
    /// `file.npz:name`; values are kept in 32 bits.
    ///
    /// Where the last length is 1 or 3 and the second is not, the shape is taken
    /// for `[n, h, w, c]`, as other tools write it.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be read,
    /// [`Format`](crate::ErrorKind::Format) if it is no such array,
    /// [`Input`](crate::ErrorKind::Input) if values lie beyond ±2, as pixels in
    /// `0..=255` do, or if an `.npz` has no such array or several and none is
    /// named, [`Numeric`](crate::ErrorKind::Numeric) if a value is not finite.
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Self> {
        let file = ArrayFile::read(path.as_ref())?;
        let array = file.array()?;
        let &[n, a @ (1..), b @ (1..), c @ (1..)] = &*array.shape else {
            return Err(Error::format(format!(
                "{}: expected the shape [n, c, h, w] or [n, h, w, c], got {:?}",
                file.name(),
                array.shape
            )));
        };
        let interleaved = matches!(c, 1 | 3) && !matches!(a, 1 | 3);
        let shape = if interleaved {
            [n, c, a, b]
        } else {
            [n, a, b, c]
        };
        let named = |error: Error| error.of_file(Path::new(file.name()));
        if array.element.is_byte() {
            let bytes = array.to_bytes()?;
            return match interleaved {
                true => Self::from_bytes(shape, &planar(bytes, shape)),
                false => Self::from_bytes(shape, bytes),
            }
            .map_err(named);
        }
        if !array.element.is_float() {
            return Err(array.wrong("floats in [-1, 1], or pixels of u1 (save x.astype('u1'))"));
        }
        let values = array.to_f32();
        let values = if interleaved {
            planar(&values, shape)
        } else {
            values
        };
        let samples = Self::new(shape, values).map_err(named)?;
        match samples.values.iter().find(|v| v.abs() > FARTHEST_VALUE) {
            Some(value) => Err(Error::input(format!(
                "{}: expected values in [-1, 1], got {value}: rescale, or save 8-bit pixels as u1",
                file.name()
            ))),
            None => Ok(samples),
        }
    }

    fn image_size(&self) -> usize {
        self.shape[1] * self.shape[2] * self.shape[3]
    }
}

fn quantise(value: f32) -> u8 {
    ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8
}

pub(crate) fn dequantise(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}

/// Refuses a shape that these many values do not fill, and empty images.
pub(crate) fn check_shape(shape: [usize; 4], got: usize) -> Result<()> {
    let expected = shape
        .iter()
        .try_fold(1_usize, |product, &length| product.checked_mul(length));
    if shape[1..].contains(&0) || expected != Some(got) {
        return Err(Error::input(format!(
            "samples of shape {shape:?} need {} values and no empty image, got {got} values",
            expected.map_or("too many".to_owned(), |count| count.to_string())
        )));
    }
    Ok(())
}

/// From `[n, h, w, c]` to the `shape` `[n, c, h, w]`.
pub(crate) fn planar<T: Copy>(values: &[T], [_, channels, height, width]: [usize; 4]) -> Vec<T> {
    values
        .chunks_exact(channels * height * width)
        .flat_map(|image| {
            (0..channels).flat_map(move |c| image[c..].iter().step_by(channels).copied())
        })
        .collect()
}

/// From `[c, h, w]` to `[h, w, c]`, as PNG wants it.
fn interleave(planes: &[u8], channels: usize) -> Vec<u8> {
    let area = planes.len() / channels;
    (0..planes.len())
        .map(|i| planes[i % channels * area + i / channels])
        .collect()
}

#[cfg(test)]
mod tests;
