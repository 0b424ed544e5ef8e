//! The frames of TFRecord files: the length of a record as 8 bytes, its checksum, the record and
//! its checksum, all little-endian.
//! <https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details>

use std::io::Read;
use std::path::Path;

use super::crc32c::masked;
use super::{RecordsError, io_error};

/// Bytes of a record at most.
const LIMIT: u64 = 64 << 20;
/// Memory taken before a record is read, at most; more only as bytes arrive.
const FIRST_ALLOCATION: u64 = 1 << 16;

const HEADER: u64 = 12;
const FOOTER: u64 = 4;

#[derive(Debug)]
pub(super) struct Frames<'p, R> {
    path: &'p Path,
    reader: R,
    buffer: Vec<u8>,
    offset: u64,
}

/// What comes next in a file.
#[derive(Debug)]
pub(super) enum Frame<'b> {
    /// A record, and where it begins.
    Record { offset: u64, bytes: &'b [u8] },
    /// The file ends within a record.
    Cut { offset: u64 },
    /// A checksum does not fit, so that what follows cannot be told either.
    Damaged { offset: u64, reason: String },
    /// The file ends.
    End,
}

impl<'p, R: Read> Frames<'p, R> {
    pub(super) fn new(path: &'p Path, reader: R) -> Self {
        Self {
            path,
            reader,
            buffer: Vec::new(),
            offset: 0,
        }
    }

    /// The next record.
    pub(super) fn next(&mut self) -> Result<Frame<'_>, RecordsError> {
        let offset = self.offset;
        self.fill(HEADER)?;
        if self.buffer.is_empty() {
            return Ok(Frame::End);
        }
        let Some((length, crc)) = header(&self.buffer) else {
            return Ok(Frame::Cut { offset });
        };
        let computed = masked(&length.to_le_bytes());
        if computed != crc {
            return Ok(damaged(offset, "length", crc, computed));
        }
        if length > LIMIT {
            return Err(RecordsError::LongRecord {
                path: self.path.to_owned(),
                offset,
                length,
                limit: LIMIT,
            });
        }
        self.fill(length + FOOTER)?;
        let whole = (self.buffer.len() as u64 == length + FOOTER).then_some(self.buffer.as_slice());
        let Some((bytes, crc)) = whole.and_then(<[u8]>::split_last_chunk::<4>) else {
            return Ok(Frame::Cut { offset });
        };
        let (crc, computed) = (u32::from_le_bytes(*crc), masked(bytes));
        if computed != crc {
            return Ok(damaged(offset, "record", crc, computed));
        }
        self.offset += HEADER + length + FOOTER;
        Ok(Frame::Record { offset, bytes })
    }

    /// Reads so many bytes, or fewer if the file ends.
    fn fill(&mut self, bytes: u64) -> Result<(), RecordsError> {
        self.buffer.clear();
        self.buffer.reserve(bytes.min(FIRST_ALLOCATION) as usize);
        let outcome = self
            .reader
            .by_ref()
            .take(bytes)
            .read_to_end(&mut self.buffer);
        outcome.map_err(|source| io_error(self.path, source))?;
        Ok(())
    }
}

/// Whether a file that begins so begins with the frame of a record.
pub(super) fn is_frame(first: &[u8]) -> bool {
    header(first).is_some_and(|(length, crc)| masked(&length.to_le_bytes()) == crc)
}

/// The length and its checksum.
fn header(bytes: &[u8]) -> Option<(u64, u32)> {
    let (length, rest) = bytes.split_first_chunk()?;
    let crc = rest.first_chunk()?;
    Some((u64::from_le_bytes(*length), u32::from_le_bytes(*crc)))
}

fn damaged<'b>(offset: u64, what: &str, stored: u32, computed: u32) -> Frame<'b> {
    let reason = format!(
        "the checksum of the {what} is {computed:#010x}, and {stored:#010x} stands in the file"
    );
    Frame::Damaged { offset, reason }
}
