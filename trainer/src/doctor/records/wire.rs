//! The protocol buffers of event files, of which only scalars and restarts are read.
//!
//! Read in place: an image or a histogram costs no copy, and a hostile record no memory, which
//! the structures of a general decoder would multiply.

/// A scalar of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scalar<'b> {
    pub(super) tag: &'b str,
    /// Absent if the value is an image, a histogram, a text or a tensor of several numbers.
    pub(super) value: Option<f64>,
}

/// A record that is not the message expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// What matters of an `Event`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'b> {
    pub(super) step: i64,
    /// Whether the run goes on from here, and what was written of this step and later ones is void.
    pub(super) is_start: bool,
    summary: &'b [u8],
}

impl<'b> Event<'b> {
    /// Reads an event, but not yet its summary.
    pub(super) fn read(bytes: &'b [u8]) -> Result<Self, Malformed> {
        let mut event = Self {
            step: 0,
            is_start: false,
            summary: &[],
        };
        let mut fields = Fields(bytes);
        while let Some((number, field)) = fields.next()? {
            match (number, field) {
                // The time, which tells an event from most other messages.
                (1, Field::Fixed64(_)) => {}
                (2, Field::Varint(value)) => event.step = value.cast_signed(),
                (5, Field::Bytes(summary)) => event.summary = summary,
                (7, Field::Bytes(log)) => event.is_start = is_start(log)?,
                (1 | 2 | 5 | 7, _) => return Err(Malformed),
                _ => {}
            }
        }
        Ok(event)
    }

    /// The values of its summary.
    pub(super) fn scalars(self) -> impl Iterator<Item = Result<Scalar<'b>, Malformed>> {
        let mut fields = Fields(self.summary);
        std::iter::from_fn(move || {
            loop {
                let value = match fields.next() {
                    Ok(None) => return None,
                    Ok(Some((1, Field::Bytes(value)))) => read_value(value),
                    Ok(Some((1, _))) | Err(Malformed) => Err(Malformed),
                    Ok(Some(_)) => continue,
                };
                if value.is_err() {
                    // What follows cannot be told.
                    fields = Fields(&[]);
                }
                if let Some(value) = value.transpose() {
                    return Some(value);
                }
            }
        })
    }
}

/// Whether a `SessionLog` says that the run starts.
fn is_start(bytes: &[u8]) -> Result<bool, Malformed> {
    const START: u64 = 1;
    let mut status = 0;
    let mut fields = Fields(bytes);
    while let Some((number, field)) = fields.next()? {
        match (number, field) {
            (1, Field::Varint(value)) => status = value,
            (1, _) => return Err(Malformed),
            _ => {}
        }
    }
    Ok(status == START)
}

/// Reads a `Summary.Value`; one without a tag is nothing.
fn read_value(bytes: &[u8]) -> Result<Option<Scalar<'_>>, Malformed> {
    let (mut tag, mut value) = ("", None);
    let mut fields = Fields(bytes);
    while let Some((number, field)) = fields.next()? {
        match (number, field) {
            (1, Field::Bytes(text)) => tag = std::str::from_utf8(text).map_err(|_| Malformed)?,
            (2, Field::Fixed32(bytes)) => value = Some(f32::from_le_bytes(bytes).into()),
            (8, Field::Bytes(tensor)) => value = read_tensor(tensor)?,
            (1 | 2 | 8, _) => return Err(Malformed),
            _ => {}
        }
    }
    Ok((!tag.is_empty()).then_some(Scalar { tag, value }))
}

/// Reads a `TensorProto` of one number: a float, a double or an integer, either in the field of its
/// type or as raw bytes.
fn read_tensor(bytes: &[u8]) -> Result<Option<f64>, Malformed> {
    const FLOAT: u64 = 1;
    const DOUBLE: u64 = 2;
    const INT32: u64 = 3;
    const INT64: u64 = 9;
    let (mut kind, mut raw, mut count) = (0, [].as_slice(), 0_usize);
    let mut value = None;
    let mut fields = Fields(bytes);
    while let Some((number, field)) = fields.next()? {
        let got = match (number, field) {
            (1, Field::Varint(got)) => {
                kind = got;
                continue;
            }
            (4, Field::Bytes(got)) => {
                raw = got;
                continue;
            }
            // Several numbers are packed into bytes, and so may one be.
            (5, Field::Bytes(packed)) if packed.len() == 4 => float(packed),
            (6, Field::Bytes(packed)) if packed.len() == 8 => double(packed),
            (5, Field::Fixed32(bytes)) => Some(f32::from_le_bytes(bytes).into()),
            (6, Field::Fixed64(bytes)) => Some(f64::from_le_bytes(bytes)),
            (7 | 10, Field::Varint(got)) => Some(got.cast_signed() as f64),
            (7 | 10, Field::Bytes(mut packed)) => {
                let got = varint(&mut packed).map(|got| got.cast_signed() as f64);
                got.filter(|_| packed.is_empty())
            }
            (5 | 6, _) => None,
            _ => continue,
        };
        count += 1;
        value = got;
    }
    Ok(match (kind, count) {
        (FLOAT, 0) => float(raw),
        (DOUBLE, 0) => double(raw),
        (INT32, 0) => chunk(raw).map(|raw| i32::from_le_bytes(raw).into()),
        (INT64, 0) => chunk(raw).map(|raw| i64::from_le_bytes(raw) as f64),
        (FLOAT | DOUBLE | INT32 | INT64, 1) => value,
        _ => None,
    })
}

fn float(raw: &[u8]) -> Option<f64> {
    chunk(raw).map(|raw| f32::from_le_bytes(raw).into())
}

fn double(raw: &[u8]) -> Option<f64> {
    chunk(raw).map(f64::from_le_bytes)
}

/// All of the bytes, if there are just so many.
fn chunk<const N: usize>(raw: &[u8]) -> Option<[u8; N]> {
    raw.try_into().ok()
}

/// A field as it is written.
#[derive(Debug, Clone, Copy)]
enum Field<'b> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'b [u8]),
    Fixed32([u8; 4]),
}

/// The fields of a message that are left.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    /// The next field and its number. Groups, which no event has, are not read.
    fn next(&mut self) -> Result<Option<(u64, Field<'b>)>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = varint(&mut self.0).ok_or(Malformed)?;
        let field = match key & 7 {
            0 => varint(&mut self.0).map(Field::Varint),
            1 => self.fixed().map(Field::Fixed64),
            2 => self.bytes().map(Field::Bytes),
            5 => self.fixed().map(Field::Fixed32),
            _ => None,
        };
        let number = key >> 3;
        match field {
            Some(field) if number > 0 => Ok(Some((number, field))),
            _ => Err(Malformed),
        }
    }

    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(varint(&mut self.0)?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

/// Takes a number of up to ten bytes, the lowest seven bits first.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
