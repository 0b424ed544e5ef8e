//! Lines of text from a file that may be anything.

use std::io::{BufRead, Read};
use std::path::Path;

use super::{RecordsError, io_error};

/// Bytes of a line at most.
pub(super) const LIMIT: usize = 1 << 20;

/// What Windows puts in front of UTF-8.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

#[derive(Debug)]
pub(super) struct Lines<'p, R> {
    path: &'p Path,
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

/// A line without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'l> {
    pub(super) number: u64,
    pub(super) text: &'l str,
    /// Whether it has an end; the last line of a run that still writes may have none.
    pub(super) is_ended: bool,
}

impl<'p, R: BufRead> Lines<'p, R> {
    pub(super) fn new(path: &'p Path, reader: R) -> Self {
        Self {
            path,
            reader,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// The next line.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, RecordsError> {
        self.buffer.clear();
        // One byte more than the limit, to tell a line that is longer, and the line's end.
        let most = LIMIT as u64 + 2;
        let outcome = self
            .reader
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.buffer);
        let read = outcome.map_err(|source| io_error(self.path, source))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let is_first = self.number == 1;
        let (bytes, is_ended) = match self.buffer.strip_suffix(b"\n") {
            Some(bytes) => (bytes.strip_suffix(b"\r").unwrap_or(bytes), true),
            None => (self.buffer.as_slice(), false),
        };
        let bytes = match bytes.strip_prefix(BOM) {
            Some(rest) if is_first => rest,
            _ => bytes,
        };
        if is_first {
            self.check_first(bytes)?;
        }
        if bytes.len() > LIMIT {
            return Err(RecordsError::LongLine {
                path: self.path.to_owned(),
                line: self.number,
                limit: LIMIT,
            });
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // The last character of a line that is being written.
            Err(error) if !is_ended && error.error_len().is_none() => bytes
                .get(..error.valid_up_to())
                .and_then(|valid| std::str::from_utf8(valid).ok())
                .unwrap_or_default(),
            Err(_) => {
                return Err(RecordsError::NotUtf8 {
                    path: self.path.to_owned(),
                    line: self.number,
                });
            }
        };
        Ok(Some(Line {
            number: self.number,
            text,
            is_ended,
        }))
    }

    /// Whether the file is text. Only the first line is looked at: zeros later on are what a crash
    /// leaves at the end of a log.
    fn check_first(&self, bytes: &[u8]) -> Result<(), RecordsError> {
        let reason = if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            "it is UTF-16; save it as UTF-8"
        } else if bytes.starts_with(b"\x1F\x8B") {
            "it is gzip; unpack it by `gunzip`"
        } else if bytes.starts_with(b"PK\x03\x04") {
            "it is a zip or a spreadsheet; unpack it, or save it as CSV"
        } else if bytes.contains(&0) {
            "it has zero bytes; give a log as CSV, as JSON lines or as event files"
        } else {
            return Ok(());
        };
        Err(RecordsError::NotText {
            path: self.path.to_owned(),
            reason,
        })
    }
}
