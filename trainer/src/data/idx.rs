//! The IDX format of MNIST and Fashion-MNIST.
//!
//! A file is a magic number (two zero bytes, the type 0x08 for unsigned bytes,
//! the number of dimensions), each dimension as a 32-bit big-endian number,
//! then the bytes: <http://yann.lecun.com/exdb/mnist/>.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::{DataError, Dataset, LIMIT_BYTES, Split};

mod error;

pub use error::IdxError;

const SETS: [&str; 2] = ["train", "t10k"];

const IMAGES_MAGIC: u32 = 0x0000_0803;
const LABELS_MAGIC: u32 = 0x0000_0801;

/// Memory taken before any byte is read, at most; more only as bytes arrive,
/// so that a short file with a lying header costs no memory.
const FIRST_ALLOCATION_BYTES: u64 = 64 << 20;

/// Loads a folder of IDX files and divides it by the rule of [`super::load`].
pub(super) fn load_folder(folder: &Path) -> Result<Split, DataError> {
    let metadata = std::fs::metadata(folder).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => DataError::NoFolder {
            path: folder.to_owned(),
        },
        _ => DataError::Io {
            path: folder.to_owned(),
            source,
        },
    })?;
    if !metadata.is_dir() {
        return Err(DataError::NotAFolder {
            path: folder.to_owned(),
        });
    }
    let name = name_of(folder)?;
    match (
        load_set(folder, "train", &name)?,
        load_set(folder, "t10k", &name)?,
    ) {
        (Some((training_path, training)), Some((held_out_path, held_out))) => {
            if training.shape() != held_out.shape() {
                return Err(DataError::ShapeMismatch {
                    training_path,
                    training: training.shape(),
                    held_out_path,
                    held_out: held_out.shape(),
                });
            }
            Ok(Split {
                training,
                held_out,
                rule: "The images of `train` are for training, those of `t10k` are held out."
                    .to_owned(),
            })
        }
        (Some((_, set)), None) | (None, Some((_, set))) => Split::every_fifth(&set),
        (None, None) => Err(DataError::Idx(IdxError::NoImages {
            path: folder.to_owned(),
            looked_for: spellings_of_images(),
        })),
    }
}

/// Whether any IDX file, of images or labels, lies in a folder.
pub(super) fn is_folder(folder: &Path) -> bool {
    let labels = SETS.iter().flat_map(|set| spellings(set, "labels", 1));
    let mut names = spellings_of_images().into_iter().chain(labels);
    names.any(|name| folder.join(name).exists())
}

/// The names that files of images may have.
pub(super) fn spellings_of_images() -> Vec<String> {
    let names = SETS.iter().flat_map(|set| spellings(set, "images", 3));
    names.collect()
}

/// The name of a folder, however it was reached.
pub(super) fn name_of(folder: &Path) -> Result<String, DataError> {
    let whole = folder.canonicalize().map_err(|source| DataError::Io {
        path: folder.to_owned(),
        source,
    })?;
    let name = whole.file_name().unwrap_or(whole.as_os_str());
    Ok(name.to_string_lossy().to_lowercase())
}

/// Loads one set of a folder, with the path of its images.
fn load_set(folder: &Path, set: &str, name: &str) -> Result<Option<(PathBuf, Dataset)>, DataError> {
    let find = |what: &str, dimensions: u8| {
        spellings(set, what, dimensions)
            .into_iter()
            .map(|file| folder.join(file))
            .find(|path| path.exists())
    };
    let (images_path, labels_path) = match (find("images", 3), find("labels", 1)) {
        (Some(images), labels) => (images, labels),
        (None, None) => return Ok(None),
        (None, Some(labels)) => {
            return Err(DataError::Idx(IdxError::LabelsWithoutImages {
                labels,
                looked_for: spellings(set, "images", 3),
            }));
        }
    };
    let (shape, pixels) = read_images(&images_path)?;
    let images = pixels.len() / shape.iter().product::<usize>();
    let labels = match labels_path {
        None => None,
        Some(labels_path) => {
            let labels = read_labels(&labels_path)?;
            if labels.len() != images {
                return Err(DataError::Idx(IdxError::CountMismatch {
                    images_path,
                    images,
                    labels_path,
                    labels: labels.len(),
                }));
            }
            Some(labels.into_iter().map(u16::from).collect())
        }
    };
    let dataset = Dataset::new(name, shape, pixels, labels)?;
    Ok(Some((images_path, dataset)))
}

/// The names that a file may have, in the order in which they are tried.
fn spellings(set: &str, what: &str, dimensions: u8) -> Vec<String> {
    ["", ".gz"]
        .iter()
        .flat_map(|end| {
            ["-", "."].map(|dot| format!("{set}-{what}{dot}idx{dimensions}-ubyte{end}"))
        })
        .collect()
}

/// Reads a file of images: the shape of one, `[1, h, w]`, and all the pixels.
pub(super) fn read_images(path: &Path) -> Result<([usize; 3], Vec<u8>), DataError> {
    let mut reader = Reader::open(path)?;
    let [count, height, width] = reader.header(IMAGES_MAGIC, "images")?;
    if count == 0 || height == 0 || width == 0 {
        return Err(DataError::Idx(IdxError::Empty {
            path: path.to_owned(),
            count,
            height,
            width,
        }));
    }
    // Two 32-bit numbers: their product fits.
    let size = u64::from(height) * u64::from(width);
    let pixels = reader.payload("of pixels", u64::from(count), size)?;
    Ok(([1, height as usize, width as usize], pixels))
}

/// Reads a file of labels.
pub(super) fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut reader = Reader::open(path)?;
    let [count] = reader.header(LABELS_MAGIC, "labels")?;
    reader.payload("of labels", u64::from(count), 1)
}

/// A file being read, decoded, that knows where it is.
struct Reader<'a> {
    path: &'a Path,
    stream: Box<dyn Read>,
    is_gzip: bool,
    offset: u64,
}

impl<'a> Reader<'a> {
    fn open(path: &'a Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|source| DataError::Io {
            path: path.to_owned(),
            source,
        })?;
        let file = BufReader::with_capacity(1 << 16, file);
        let is_gzip = path.extension().is_some_and(|extension| extension == "gz");
        let stream: Box<dyn Read> = if is_gzip {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        Ok(Self {
            path,
            stream,
            is_gzip,
            offset: 0,
        })
    }

    /// Reads the magic number, which must be this one, and the dimensions.
    fn header<const N: usize>(
        &mut self,
        magic: u32,
        kind: &'static str,
    ) -> Result<[u32; N], DataError> {
        let [got] = self.numbers("of magic number")?;
        if got != magic {
            return Err(DataError::Idx(IdxError::Magic {
                path: self.path.to_owned(),
                kind,
                expected: magic,
                got,
            }));
        }
        self.numbers("of sizes")
    }

    fn numbers<const N: usize>(&mut self, what: &'static str) -> Result<[u32; N], DataError> {
        let bytes = self.exactly(what, 4 * N as u64)?;
        let mut numbers = [0; N];
        for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *number = u32::from_be_bytes(*bytes);
        }
        Ok(numbers)
    }

    /// Reads all the rest of the file, which must be `count` items of `size`
    /// bytes.
    fn payload(&mut self, what: &'static str, count: u64, size: u64) -> Result<Vec<u8>, DataError> {
        let expected = count
            .checked_mul(size)
            .filter(|&bytes| bytes <= LIMIT_BYTES)
            .ok_or_else(|| {
                DataError::Idx(IdxError::TooLarge {
                    path: self.path.to_owned(),
                    count,
                    size,
                    limit: LIMIT_BYTES,
                })
            })?;
        let bytes = self.exactly(what, expected)?;
        // Reading on also has the decoder check the end of a gzip stream.
        if !self.read(1)?.is_empty() {
            return Err(DataError::Idx(IdxError::Trailing {
                path: self.path.to_owned(),
                expected: self.offset - 1,
            }));
        }
        Ok(bytes)
    }

    fn exactly(&mut self, what: &'static str, expected: u64) -> Result<Vec<u8>, DataError> {
        let offset = self.offset;
        let bytes = self.read(expected)?;
        let got = bytes.len() as u64;
        if got < expected {
            return Err(DataError::Idx(IdxError::Truncated {
                path: self.path.to_owned(),
                what,
                offset,
                expected,
                got,
            }));
        }
        Ok(bytes)
    }

    /// Reads so many bytes, or fewer if the file ends.
    fn read(&mut self, limit: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::with_capacity(limit.min(FIRST_ALLOCATION_BYTES) as usize);
        let outcome = self.stream.by_ref().take(limit).read_to_end(&mut bytes);
        self.offset += bytes.len() as u64;
        let path = || self.path.to_owned();
        match outcome {
            Ok(_) => Ok(bytes),
            Err(source) if !self.is_gzip => Err(DataError::Io {
                path: path(),
                source,
            }),
            Err(source) => Err(match source.kind() {
                io::ErrorKind::UnexpectedEof => DataError::Idx(IdxError::TruncatedGzip {
                    path: path(),
                    offset: self.offset,
                }),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    DataError::Idx(IdxError::Gzip {
                        path: path(),
                        offset: self.offset,
                        source,
                    })
                }
                _ => DataError::Io {
                    path: path(),
                    source,
                },
            }),
        }
    }
}
