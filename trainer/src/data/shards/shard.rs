//! Rows of Parquet files, found by their numbers.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Type};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::Length;
use parquet::file::serialized_reader::SerializedPageReader;

use super::super::DataError;
use super::super::encoded::{Encoded, in_parallel};
use super::ShardError;
use super::columns::Columns;

/// The images of Parquet files, all rows in a row. Only what describes the files
/// is in memory: to read an image its page of about a megabyte is unpacked.
pub(in super::super) struct Shards {
    files: Vec<Shard>,
    groups: Vec<Group>,
    rows: usize,
}

/// One file.
struct Shard {
    path: PathBuf,
    metadata: ParquetMetaData,
    columns: Columns,
}

/// Rows that are stored together.
struct Group {
    file: usize,
    /// Its number in the file.
    number: usize,
    /// The number of its first row among all.
    first: usize,
    rows: usize,
}

impl Shards {
    /// Reads what describes these files, one at least.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, DataError> {
        let files = in_parallel(paths, |path| guarded(path, || Shard::open(path)))?;
        let (mut groups, mut rows) = (Vec::new(), 0_usize);
        for (file, shard) in files.iter().enumerate() {
            for (number, group) in shard.metadata.row_groups().iter().enumerate() {
                let first = rows;
                let more = usize::try_from(group.num_rows()).ok();
                rows = more
                    .and_then(|more| rows.checked_add(more))
                    .ok_or_else(|| ShardError::NotParquet {
                        path: shard.path.clone(),
                        source: ParquetError::General(format!("{} rows", group.num_rows())),
                    })?;
                groups.push(Group {
                    file,
                    number,
                    first,
                    rows: rows - first,
                });
            }
        }
        Ok(Self {
            files,
            groups,
            rows,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The label of each row, unless a file has none or all are -1, as Hugging Face
    /// writes labels that are withheld.
    pub(super) fn labels(&self) -> Result<Option<Vec<u16>>, DataError> {
        let of = |group: &Group| {
            let shard = &self.files[group.file];
            guarded(&shard.path, || shard.labels(group))
        };
        let labels: Option<Vec<_>> = in_parallel(&self.groups, of)?.into_iter().collect();
        let Some(labels) = labels.map(|labels| labels.concat()) else {
            return Ok(None);
        };
        if labels.iter().all(|&label| label == -1) {
            return Ok(None);
        }
        let label = |(index, &got): (usize, &i64)| {
            u16::try_from(got).map_err(|_| ShardError::Label {
                place: self.place(index),
                got,
            })
        };
        let labels: Result<Vec<_>, _> = labels.iter().enumerate().map(label).collect();
        Ok(Some(labels?))
    }

    /// The names of the classes, by label, if the first file has them.
    pub(super) fn classes(&self) -> Option<Vec<String>> {
        self.files[0].columns.classes.clone()
    }

    /// The row group of a row.
    fn group_of(&self, index: usize) -> &Group {
        // Row groups without rows begin where the next one does.
        &self.groups[self.groups.partition_point(|group| group.first <= index) - 1]
    }

    /// What `take` makes of rows of one row group: positions in `indices`, which
    /// rise with the rows.
    fn read<T>(
        &self,
        positions: &[usize],
        indices: &[usize],
        take: &(impl Fn(usize, &[u8]) -> Result<T, DataError> + Sync),
    ) -> Result<Vec<(usize, T)>, DataError> {
        let group = self.group_of(indices[positions[0]]);
        let shard = &self.files[group.file];
        let damaged = |source| shard.damaged(group, source);
        let mut reader = shard.column::<ByteArrayType>(group, shard.columns.image)?;
        let mut value: Vec<ByteArray> = Vec::new();
        let mut read = 0;
        let mut made = Vec::with_capacity(positions.len());
        for &position in positions {
            let index = indices[position];
            let row = index - group.first;
            // A batch may have a row twice.
            if row >= read {
                reader.skip_records(row - read).map_err(damaged)?;
                value.clear();
                reader
                    .read_records(1, Some(&mut Vec::new()), None, &mut value)
                    .map_err(damaged)?;
                read = row + 1;
            }
            let bytes = value.first().ok_or_else(|| ShardError::Missing {
                place: self.place(index),
            })?;
            made.push((position, take(index, bytes.data())?));
        }
        Ok(made)
    }
}

impl Encoded for Shards {
    fn len(&self) -> usize {
        self.rows
    }

    fn place(&self, index: usize) -> String {
        let group = self.group_of(index);
        format!(
            "{}: row group {}, row {}",
            self.files[group.file].path.display(),
            group.number,
            index - group.first
        )
    }

    fn map<T: Send>(
        &self,
        indices: &[usize],
        take: impl Fn(usize, &[u8]) -> Result<T, DataError> + Sync,
    ) -> Result<Vec<T>, DataError> {
        let mut positions: Vec<usize> = (0..indices.len()).collect();
        positions.sort_by_key(|&position| indices[position]);
        let group = |position: usize| self.group_of(indices[position]).first;
        let runs: Vec<&[usize]> = positions.chunk_by(|&a, &b| group(a) == group(b)).collect();
        let made = in_parallel(&runs, |run| {
            let shard = &self.files[self.group_of(indices[run[0]]).file];
            guarded(&shard.path, || self.read(run, indices, &take))
        })?;
        let mut made = made.into_iter().flatten().collect::<Vec<_>>();
        made.sort_by_key(|&(position, _)| position);
        Ok(made.into_iter().map(|(_, made)| made).collect())
    }
}

impl Shard {
    fn open(path: &Path) -> Result<Self, DataError> {
        let file = open(path)?;
        let metadata = ParquetMetaDataReader::new()
            .parse_and_finish(&file)
            .map_err(|source| ShardError::NotParquet {
                path: path.to_owned(),
                source,
            })?;
        let columns = Columns::find(path, metadata.file_metadata())?;
        let shard = Self {
            path: path.to_owned(),
            metadata,
            columns,
        };
        shard.check_columns(file.len())?;
        Ok(shard)
    }

    /// Checks that the columns lie within the file, of so many bytes, and that they
    /// can be unpacked.
    fn check_columns(&self, length: u64) -> Result<(), ShardError> {
        let columns = [Some(self.columns.image), self.columns.label];
        for group in self.metadata.row_groups() {
            for column in columns.into_iter().flatten() {
                let column = group.column(column);
                let offset = column.dictionary_page_offset();
                let start = u64::try_from(offset.unwrap_or(column.data_page_offset()));
                let size = u64::try_from(column.compressed_size());
                let end = start.ok().zip(size.ok());
                let end = end.and_then(|(start, size)| start.checked_add(size));
                if end.is_none_or(|end| end > length) {
                    let reason = format!("the column {} is out of it", column.column_path());
                    return Err(ShardError::NotParquet {
                        path: self.path.clone(),
                        source: ParquetError::General(reason),
                    });
                }
                let compression = column.compression();
                if !matches!(
                    compression,
                    Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_)
                ) {
                    return Err(ShardError::Codec {
                        path: self.path.clone(),
                        column: column.column_path().string(),
                        got: compression.to_string(),
                    });
                }
            }
        }
        Ok(())
    }

    /// The labels of a row group, if there is a column of them.
    fn labels(&self, group: &Group) -> Result<Option<Vec<i64>>, DataError> {
        let Some(column) = self.columns.label else {
            return Ok(None);
        };
        let schema = self.metadata.file_metadata().schema_descr();
        Ok(Some(match schema.column(column).physical_type() {
            Type::INT32 => {
                let values = self.values::<Int32Type>(group, column)?;
                values.into_iter().map(i64::from).collect()
            }
            _ => self.values::<Int64Type>(group, column)?,
        }))
    }

    /// All values of a column, none of which may be null.
    fn values<T: DataType>(&self, group: &Group, column: usize) -> Result<Vec<T::T>, DataError> {
        let mut reader = self.column::<T>(group, column)?;
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        while values.len() < group.rows {
            let most = group.rows - values.len();
            let (rows, found, _) = reader
                .read_records(most, Some(&mut levels), None, &mut values)
                .map_err(|source| self.damaged(group, source))?;
            if rows == 0 || found < rows {
                let reason = format!("{} of {} labels", values.len(), group.rows);
                let missing = ParquetError::General(reason);
                return Err(self.damaged(group, missing).into());
            }
        }
        Ok(values)
    }

    /// A reader of a column. Each has a file handle of its own: threads that share
    /// one would move each other's position.
    fn column<T: DataType>(
        &self,
        group: &Group,
        column: usize,
    ) -> Result<ColumnReaderImpl<T>, DataError> {
        let chunk = self.metadata.row_group(group.number).column(column);
        let pages = SerializedPageReader::new(Arc::new(open(&self.path)?), chunk, group.rows, None)
            .map_err(|source| self.damaged(group, source))?;
        Ok(ColumnReaderImpl::new(
            chunk.column_descr_ptr(),
            Box::new(pages),
        ))
    }

    fn damaged(&self, group: &Group, source: ParquetError) -> ShardError {
        ShardError::Damaged {
            path: self.path.clone(),
            group: group.number,
            source,
        }
    }
}

/// Turns a panic of the Parquet reader, which some damaged files cause, into an error.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(ShardError::Reader {
            path: path.to_owned(),
        }
        .into())
    })
}

fn open(path: &Path) -> Result<File, DataError> {
    File::open(path).map_err(|source| DataError::Io {
        path: path.to_owned(),
        source,
    })
}
