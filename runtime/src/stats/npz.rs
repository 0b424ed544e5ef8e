//! Statistics as `.npz`: arrays that NumPy and pytorch-fid read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::reservoir::Reservoir;
use super::{Collected, RealStats, StatsProtocol};
use crate::durable;
use crate::error::{Error, Result};
use crate::npy::{self, Array};

/// The version of the arrays' meaning that this library reads and writes.
const FORMAT: u32 = 1;

/// A larger array is refused before it is read.
const MAX_ARRAY_BYTES: u64 = 1 << 31;

/// The arrays of gannet's own files.
const ARRAYS: [&str; 6] = ["mu", "sigma", "n", "reservoir", "class_counts", "protocol"];

/// The content of the array `protocol`, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: u32,
    protocol: StatsProtocol,
    reservoir_capacity: usize,
    reservoir_seed: u64,
}

impl RealStats {
    /// Writes an `.npz` with `mu` `[d]` and `sigma` `[d, d]` (`f8`), as
    /// pytorch-fid reads them, and, if they are known, `n` (`i8`), `reservoir`
    /// `[m, d]` (`f4`), `class_counts` `[k]` (`i8`) and `protocol` (JSON as
    /// `u1`). Equal statistics give equal bytes.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let bytes = self
            .encode()
            .map_err(|source| Error::io("encode", path, source))?;
        durable::write_file(path, &bytes)
    }

    /// Reads statistics that [`save`](Self::save) or pytorch-fid wrote.
    ///
    /// Without `protocol` only `mu` and `sigma` are looked at.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be read,
    /// [`Format`](crate::ErrorKind::Format) if it is not such a file or has
    /// unknown arrays, [`Numeric`](crate::ErrorKind::Numeric) if a value is not
    /// finite.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| Error::io("open", path, source))?;
        Self::read(path, io::BufReader::new(file))
    }

    /// Reads the content of the file `path`.
    pub(crate) fn read(path: &Path, content: impl Read + Seek) -> Result<Self> {
        let arrays = Arrays {
            file: path.display().to_string(),
            bytes: read_archive(path, content)?,
        };
        arrays.stats()
    }

    fn encode(&self) -> io::Result<Vec<u8>> {
        let dim = self.dim();
        let mut zip = Archive::new();
        zip.array("mu", &[dim], &self.mu)?;
        zip.array("sigma", &[dim, dim], &self.sigma)?;
        if let Some(collected) = &self.collected {
            let n = i64::try_from(collected.n).map_err(io::Error::other)?;
            zip.array("n", &[], &[n])?;
            let rows = collected.reservoir.rows();
            zip.array("reservoir", &[rows.len() / dim, dim], &rows)?;
            if let Some(counts) = &collected.class_counts {
                let counts = counts
                    .iter()
                    .map(|&count| i64::try_from(count))
                    .collect::<std::result::Result<Vec<_>, _>>()
                    .map_err(io::Error::other)?;
                zip.array("class_counts", &[counts.len()], &counts)?;
            }
            let protocol = serde_json::to_vec(&Stored {
                format: FORMAT,
                protocol: collected.protocol.clone(),
                reservoir_capacity: collected.reservoir.capacity,
                reservoir_seed: collected.reservoir.seed,
            })?;
            zip.array("protocol", &[protocol.len()], &protocol)?;
        }
        zip.finish()
    }
}

struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    fn new() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }

    fn array<T>(&mut self, name: &str, shape: &[usize], values: &[T]) -> io::Result<()>
    where
        T: npyz::AutoSerialize + Copy,
    {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(true);
        self.0.start_file(format!("{name}.npy"), options)?;
        let mut array = Vec::new();
        npy::write(&mut array, shape, values)?;
        self.0.write_all(&array)
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        Ok(self.0.finish()?.into_inner())
    }
}

fn read_archive(path: &Path, content: impl Read + Seek) -> Result<BTreeMap<String, Vec<u8>>> {
    let failed = |why: String| Error::format(format!("{}: {why}", path.display()));
    let mut zip = ZipArchive::new(content)
        .map_err(|source| failed("not an .npz file, or a truncated one".into()).because(source))?;
    let mut arrays = BTreeMap::new();
    for i in 0..zip.len() {
        let mut entry = zip
            .by_index(i)
            .map_err(|source| failed(format!("entry {i} is damaged")).because(source))?;
        let name = entry.name().trim_end_matches(".npy").to_owned();
        if !ARRAYS.contains(&&*name) {
            arrays.insert(name, Vec::new());
            continue;
        }
        let mut bytes = Vec::new();
        entry
            .by_ref()
            .take(MAX_ARRAY_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| failed(format!("the array `{name}` is damaged")).because(source))?;
        if bytes.len() as u64 > MAX_ARRAY_BYTES {
            return Err(failed(format!(
                "the array `{name}` is larger than {} MiB",
                MAX_ARRAY_BYTES >> 20
            )));
        }
        arrays.insert(name, bytes);
    }
    Ok(arrays)
}

/// The arrays of one file, by name, not parsed yet.
struct Arrays {
    file: String,
    bytes: BTreeMap<String, Vec<u8>>,
}

impl Arrays {
    fn stats(&self) -> Result<RealStats> {
        let mu = self.required("mu")?;
        let &[dim] = &*mu.shape else {
            return Err(self.wrong_shape("mu", "[d]", &mu.shape));
        };
        let mu = self.finite("mu", mu.to_f64()?)?;
        let sigma = self.required("sigma")?;
        if dim == 0 || sigma.shape != [dim, dim] {
            return Err(self.wrong_shape("sigma", &format!("[{dim}, {dim}]"), &sigma.shape));
        }
        let sigma = self.finite("sigma", sigma.to_f64()?)?;
        self.check_symmetric(&sigma, dim)?;
        let collected = if self.bytes.contains_key("protocol") {
            Some(self.collected(dim)?)
        } else {
            None
        };
        Ok(RealStats {
            mu,
            sigma,
            collected,
        })
    }

    fn collected(&self, dim: usize) -> Result<Collected> {
        if let Some(name) = self.bytes.keys().find(|name| !ARRAYS.contains(&&***name)) {
            return Err(self.failed(format!("unknown array `{name}`")));
        }
        let stored = self.required("protocol")?;
        let stored: Stored = serde_json::from_slice(stored.to_bytes()?)
            .map_err(|source| self.failed("the protocol is unreadable").because(source))?;
        if stored.format != FORMAT {
            return Err(self.failed(format!(
                "expected statistics of format {FORMAT}, got {}",
                stored.format
            )));
        }
        let n = match *self.required("n")?.to_counts()? {
            [n] if n >= 2 => n,
            ref counts => {
                return Err(self.failed(format!(
                    "`n`: expected one count of 2 or more, got {counts:?}"
                )));
            }
        };
        let rows = self.required("reservoir")?;
        let kept = (stored.reservoir_capacity as u64).min(n);
        if rows.shape.len() != 2 || rows.shape[0] as u64 != kept || rows.shape[1] != dim {
            return Err(self.wrong_shape("reservoir", &format!("[{kept}, {dim}]"), &rows.shape));
        }
        let mut reservoir = Reservoir::new(stored.reservoir_capacity, stored.reservoir_seed);
        reservoir.push(&self.finite("reservoir", rows.to_f32()?)?, dim);
        let class_counts = match self.optional("class_counts")? {
            Some(counts) => Some(counts.to_counts()?),
            None => None,
        };
        let counted = class_counts.as_ref().map_or(Some(n), |counts| {
            counts
                .iter()
                .try_fold(0_u64, |sum, &count| sum.checked_add(count))
        });
        if counted != Some(n) {
            return Err(self.failed(format!("`class_counts` do not add up to `n`, which is {n}")));
        }
        Ok(Collected {
            n,
            protocol: stored.protocol,
            reservoir,
            class_counts,
        })
    }

    fn optional(&self, name: &str) -> Result<Option<Array<'_>>> {
        self.bytes
            .get(name)
            .map(|bytes| Array::parse(format!("{}: `{name}`", self.file), bytes))
            .transpose()
    }

    fn required(&self, name: &str) -> Result<Array<'_>> {
        self.optional(name)?.ok_or_else(|| {
            let present: Vec<&str> = self.bytes.keys().map(String::as_str).collect();
            self.failed(format!(
                "expected the array `{name}`, got only {}",
                present.join(", ")
            ))
        })
    }

    fn finite<T: Copy + Into<f64>>(&self, name: &str, values: Vec<T>) -> Result<Vec<T>> {
        match values.iter().position(|&v| !v.into().is_finite()) {
            None => Ok(values),
            Some(at) => Err(Error::numeric(format!(
                "{}: `{name}`, value {at}: expected a finite number, got {}",
                self.file,
                values[at].into()
            ))),
        }
    }

    fn check_symmetric(&self, sigma: &[f64], dim: usize) -> Result<()> {
        let scale = sigma.iter().fold(0.0, |scale: f64, v| scale.max(v.abs()));
        for i in 0..dim {
            for j in 0..=i {
                let (low, high) = (sigma[i * dim + j], sigma[j * dim + i]);
                if (low - high).abs() > 1e-6 * scale || (i == j && low < 0.0) {
                    return Err(self.failed(format!(
                        "`sigma` is no covariance: got {low} at [{i}, {j}] and {high} at [{j}, {i}]"
                    )));
                }
            }
        }
        Ok(())
    }

    fn wrong_shape(&self, name: &str, expected: &str, got: &[usize]) -> Error {
        self.failed(format!(
            "`{name}`: expected the shape {expected}, got {got:?}"
        ))
    }

    fn failed(&self, why: impl AsRef<str>) -> Error {
        Error::format(format!("{}: {}", self.file, why.as_ref()))
    }
}

#[cfg(test)]
mod tests;
