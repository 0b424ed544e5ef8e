//! Statistics as `.npz`: arrays that NumPy and pytorch-fid read.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::reservoir::Reservoir;
use super::{Collected, RealStats, StatsProtocol};
use crate::archive::{Reader, Writer};
use crate::durable;
use crate::error::{Error, Result};
use crate::limits::LoadLimits;
use crate::npy::Array;

/// The version of the arrays' meaning that this library reads and writes.
const FORMAT: u32 = 1;

/// A larger `reservoir` is refused before it is inflated.
const MAX_RESERVOIR_BYTES: u64 = 1 << 31;

/// Larger `class_counts` or a larger `protocol` are refused before they are
/// inflated.
const MAX_SMALL_BYTES: u64 = 1 << 20;

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
    /// Without `protocol` and `reservoir` only `mu` and `sigma` are looked at.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be read,
    /// [`Format`](crate::ErrorKind::Format) if it is not such a file or has
    /// unknown arrays, [`Numeric`](crate::ErrorKind::Numeric) if a value is not
    /// finite.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_within(path, LoadLimits::default())
    }

    /// [`load`](Self::load) with other limits than the default on what the file may ask for.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn load_within(path: impl AsRef<Path>, limits: LoadLimits) -> Result<Self> {
        let path = path.as_ref();
        let failed = |source| Error::io("read", path, source);
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        Self::read(path, io::BufReader::new(file), limits)
    }

    /// Reads the content of the file `path`.
    pub(crate) fn read(path: &Path, content: impl Read + Seek, limits: LoadLimits) -> Result<Self> {
        Arrays(Reader::open(path, content)?).stats(limits.features as u64)
    }

    fn encode(&self) -> io::Result<Vec<u8>> {
        let dim = self.dim();
        let mut zip = Writer::new();
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

/// The arrays of one file, each read when its turn comes.
struct Arrays<R>(Reader<R>);

impl<R: Read + Seek> Arrays<R> {
    fn stats(mut self, most_features: u64) -> Result<RealStats> {
        let bytes = self.required("mu", most_features.saturating_mul(8))?;
        let mu = self.parse("mu", &bytes)?;
        let &[dim] = &*mu.shape else {
            return Err(self.wrong_shape("mu", "[d]", &mu.shape));
        };
        let mu = self.finite("mu", mu.to_f64())?;
        let sigma = self.sigma(dim)?;
        // `reservoir` marks a file of gannet's own even if `protocol` got lost.
        let own = |name| matches!(name, "protocol" | "reservoir");
        let collected = if self.0.names().any(own) {
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

    fn sigma(&mut self, dim: usize) -> Result<Vec<f64>> {
        let bytes = self.required("sigma", 8 * (dim as u64).saturating_pow(2))?;
        let sigma = self.parse("sigma", &bytes)?;
        if dim == 0 || sigma.shape != [dim, dim] {
            return Err(self.wrong_shape("sigma", &format!("[{dim}, {dim}]"), &sigma.shape));
        }
        let sigma = self.finite("sigma", sigma.to_f64())?;
        self.check_symmetric(&sigma, dim)?;
        Ok(sigma)
    }

    fn collected(&mut self, dim: usize) -> Result<Collected> {
        if let Some(name) = self.0.names().find(|name| !ARRAYS.contains(name)) {
            return Err(self.failed(format!("unknown array `{name}`")));
        }
        let bytes = self.required("protocol", MAX_SMALL_BYTES)?;
        let stored = self.parse("protocol", &bytes)?;
        let stored: Stored = serde_json::from_slice(stored.to_bytes()?)
            .map_err(|source| self.failed("the protocol is unreadable").because(source))?;
        if stored.format != FORMAT {
            return Err(self.failed(format!(
                "expected statistics of format {FORMAT}, got {}",
                stored.format
            )));
        }
        let bytes = self.required("n", 8)?;
        let n = match *self.parse("n", &bytes)?.to_counts()? {
            [n] if n >= 2 => n,
            ref counts => {
                return Err(self.failed(format!(
                    "`n`: expected one count of 2 or more, got {counts:?}"
                )));
            }
        };
        Ok(Collected {
            n,
            reservoir: self.reservoir(&stored, n, dim)?,
            class_counts: self.class_counts(n)?,
            protocol: stored.protocol,
        })
    }

    fn reservoir(&mut self, stored: &Stored, n: u64, dim: usize) -> Result<Reservoir> {
        let kept = (stored.reservoir_capacity as u64).min(n);
        let size = kept.saturating_mul(4).saturating_mul(dim as u64);
        let bytes = self.required("reservoir", size.min(MAX_RESERVOIR_BYTES))?;
        let rows = self.parse("reservoir", &bytes)?;
        if rows.shape.len() != 2 || rows.shape[0] as u64 != kept || rows.shape[1] != dim {
            return Err(self.wrong_shape("reservoir", &format!("[{kept}, {dim}]"), &rows.shape));
        }
        let mut reservoir = Reservoir::new(stored.reservoir_capacity, stored.reservoir_seed);
        reservoir.push(&self.finite("reservoir", rows.to_f32())?, dim);
        Ok(reservoir)
    }

    fn class_counts(&mut self, n: u64) -> Result<Option<Vec<u64>>> {
        let Some(bytes) = self.0.read("class_counts", MAX_SMALL_BYTES)? else {
            return Ok(None);
        };
        let counts = self.parse("class_counts", &bytes)?.to_counts()?;
        let counted = counts
            .iter()
            .try_fold(0_u64, |sum, &count| sum.checked_add(count));
        if counted != Some(n) {
            return Err(self.failed(format!("`class_counts` do not add up to `n`, which is {n}")));
        }
        Ok(Some(counts))
    }

    fn required(&mut self, name: &str, limit: u64) -> Result<Vec<u8>> {
        self.0.read(name, limit)?.ok_or_else(|| {
            let present: Vec<&str> = self.0.names().collect();
            self.failed(format!(
                "expected the array `{name}`, got only {}",
                present.join(", ")
            ))
        })
    }

    fn parse<'a>(&self, name: &str, bytes: &'a [u8]) -> Result<Array<'a>> {
        Array::parse(format!("{}: `{name}`", self.0.file), bytes)
    }

    fn finite<T: Copy + Into<f64>>(&self, name: &str, values: Vec<T>) -> Result<Vec<T>> {
        match values.iter().position(|&v| !v.into().is_finite()) {
            None => Ok(values),
            Some(at) => Err(Error::numeric(format!(
                "{}: `{name}`, value {at}: expected a finite number, got {}",
                self.0.file,
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
        Error::format(format!("{}: {}", self.0.file, why.as_ref()))
    }
}

#[cfg(test)]
mod tests;
