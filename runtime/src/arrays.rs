//! Arrays in files: `file.npy`, `file.npz` with one array, `file.npz:name`.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read, Seek};
use std::path::Path;

use crate::archive::Reader;
use crate::error::{Error, Result};
use crate::npy::Array;

/// How a ZIP archive begins: with a file, or with its end if it has none.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// An array is inflated to this size whatever that of its archive.
const INFLATED: u64 = 256 << 20;

/// A larger array may be this many times as large as its archive. Deflate can
/// make 1,000 of 1; images and features, hardly ever more than 10.
const RATIO: u64 = 64;

/// The `.npy` bytes of one array, and what messages call it.
pub(crate) struct ArrayFile {
    name: String,
    bytes: Vec<u8>,
}

impl ArrayFile {
    /// Reads `file.npy`, `file.npz` if it has one array only, or `file.npz:name`.
    /// A file that really has such a name, colon and all, is meant first.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let (path, wanted) = split(path);
        let failed = |source| Error::io("read", path, source);
        let mut file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(failed(ErrorKind::IsADirectory.into()));
        }
        let mut start = [0; 4];
        let is_archive = file.read_exact(&mut start).is_ok() && ZIP.contains(&&start[..]);
        match wanted {
            _ if is_archive => {
                let limit = file.metadata().map_err(failed)?.len().saturating_mul(RATIO);
                let archive = Reader::open(path, BufReader::new(file))?;
                Self::of_archive(archive, wanted, limit.max(INFLATED))
            }
            None => Ok(Self {
                name: path.display().to_string(),
                bytes: fs::read(path).map_err(failed)?,
            }),
            Some(wanted) => Err(Error::format(format!(
                "{}: not an .npz file, so that no array in it can be `{wanted}`",
                path.display()
            ))),
        }
    }

    fn of_archive(
        mut archive: Reader<impl Read + Seek>,
        wanted: Option<&str>,
        limit: u64,
    ) -> Result<Self> {
        let file = archive.file.clone();
        let names: Vec<String> = archive.names().map(str::to_owned).collect();
        let name = match (wanted, &*names) {
            (Some(wanted), _) => wanted,
            (None, [only]) => only,
            (None, []) => return Err(Error::format(format!("{file}: it holds no array"))),
            (None, [first, ..]) => {
                return Err(Error::input(format!(
                    "{file}: it holds the arrays {}: name one, as in {file}:{first}",
                    names.join(", ")
                )));
            }
        };
        let bytes = archive.read(name, limit)?.ok_or_else(|| {
            Error::input(format!(
                "{file}: expected an array `{name}`, got {}",
                names.join(", ")
            ))
        })?;
        Ok(Self {
            name: format!("{file}:{name}"),
            bytes,
        })
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn array(&self) -> Result<Array<'_>> {
        Array::parse(&*self.name, &self.bytes)
    }
}

/// The file, and the array in it if one is named behind a colon.
fn split(path: &Path) -> (&Path, Option<&str>) {
    let named = path.to_str().filter(|_| !path.exists()).and_then(|text| {
        text.match_indices(':')
            .map(|(at, _)| (Path::new(&text[..at]), &text[at + 1..]))
            .find(|(file, _)| file.is_file())
    });
    named.map_or((path, None), |(file, name)| (file, Some(name)))
}

/// Reads an array of numbers `[n, columns]`: its name in messages, its shape and
/// the values as `f32`.
pub(crate) fn read_matrix(path: &Path) -> Result<(String, [usize; 2], Vec<f32>)> {
    let file = ArrayFile::read(path)?;
    let array = file.array()?;
    let shape: [usize; 2] = array.shape.as_slice().try_into().map_err(|_| {
        Error::format(format!(
            "{}: expected two dimensions, got the shape {:?}",
            file.name, array.shape
        ))
    })?;
    let values = array.to_f32();
    Ok((file.name, shape, values))
}

#[cfg(test)]
mod tests;
