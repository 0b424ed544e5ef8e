//! The ZIP archive of an `.npz`: named arrays.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, Write};
use std::path::Path;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::error::{Error, Result};
use crate::npy;

/// Writes arrays; equal arrays give equal bytes.
pub(crate) struct Writer(ZipWriter<Cursor<Vec<u8>>>);

impl Writer {
    pub(crate) fn new() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }

    pub(crate) fn array<T>(&mut self, name: &str, shape: &[usize], values: &[T]) -> io::Result<()>
    where
        T: npyz::AutoSerialize + Copy,
    {
        let mut array = Vec::new();
        npy::write(&mut array, shape, values)?;
        self.entry(&format!("{name}.npy"), &array)
    }

    pub(crate) fn entry(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(true);
        self.0.start_file(name, options)?;
        self.0.write_all(content)
    }

    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        Ok(self.0.finish()?.into_inner())
    }
}

/// Finds arrays by name and inflates one at a time.
pub(crate) struct Reader<R> {
    pub(crate) file: String,
    zip: ZipArchive<R>,
    entries: BTreeMap<String, usize>,
}

impl<R: Read + Seek> Reader<R> {
    pub(crate) fn open(path: &Path, content: R) -> Result<Self> {
        let file = path.display().to_string();
        let zip = ZipArchive::new(content)
            .map_err(|source| failed(&file, "not an .npz file, or a truncated one", source))?;
        let mut entries = BTreeMap::new();
        for (index, name) in zip.file_names().enumerate() {
            let name = name.map_err(|source| failed(&file, "the name of an array", source))?;
            let name = name.strip_suffix(".npy").unwrap_or(&name);
            if entries.insert(name.to_owned(), index).is_some() {
                return Err(Error::format(format!(
                    "{file}: the array `{name}` stands there twice"
                )));
            }
        }
        Ok(Self { file, zip, entries })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The `.npy` file of an array, unless its data take more than `limit` bytes.
    pub(crate) fn read(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let Some(&index) = self.entries.get(name) else {
            return Ok(None);
        };
        let damaged = |source| failed(&self.file, &format!("`{name}` is damaged"), source);
        let entry = self.zip.by_index(index).map_err(damaged)?;
        let (declared, limit) = (entry.size(), limit.saturating_add(npy::MAX_HEADER_BYTES));
        let mut bytes = Vec::new();
        if declared <= limit {
            entry
                .take(limit + 1)
                .read_to_end(&mut bytes)
                .map_err(|source| damaged(source.into()))?;
        }
        // What an archive declares may be a lie.
        let size = declared.max(bytes.len() as u64);
        if size > limit {
            return Err(Error::format(format!(
                "{}: `{name}` takes {size} bytes or more, but {limit} at most belong there",
                self.file
            )));
        }
        Ok(Some(bytes))
    }
}

/// A failure of the archive's content, or of the system below it.
fn failed(file: &str, why: &str, source: ZipError) -> Error {
    match source {
        // Positions out of a damaged archive are invalid input to the system.
        ZipError::Io(source)
            if source.raw_os_error().is_some() && source.kind() != io::ErrorKind::InvalidInput =>
        {
            Error::io("read", Path::new(file), source)
        }
        source => Error::format(format!("{file}: {why}")).because(source),
    }
}
