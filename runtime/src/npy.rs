//! NumPy arrays in memory: the one place that knows the `.npy` format.

mod element;
mod header;

use std::io::{self, Write};

use npyz::{NpyHeader, Order, WriterBuilder};

use crate::error::{Error, Result};
pub(crate) use element::Element;

/// What may stand before the data of an array: a prefix and the header's text.
pub(crate) const MAX_HEADER_BYTES: u64 = 12 + header::MAX_TEXT as u64;

/// A parsed array: its shape, its element type and its raw data, whose length
/// is checked.
pub(crate) struct Array<'a> {
    name: String,
    descr: String,
    pub(crate) element: Element,
    pub(crate) shape: Vec<usize>,
    data: &'a [u8],
}

impl<'a> Array<'a> {
    /// Parses the bytes of a `.npy` file; `name` is for the messages.
    pub(crate) fn parse(name: impl Into<String>, mut bytes: &'a [u8]) -> Result<Self> {
        let name = name.into();
        header::check(&name, bytes)?;
        let header = NpyHeader::from_reader(&mut bytes).map_err(|source| {
            Error::format(format!("{name}: not a NumPy array")).because(source)
        })?;
        if header.order() != Order::C {
            return Err(Error::format(format!(
                "{name}: expected C order, got Fortran order: save np.ascontiguousarray(x)"
            )));
        }
        let dtype = header.dtype();
        let element = Element::of(&dtype).ok_or_else(|| {
            Error::format(format!(
                "{name}: expected real numbers (f2, f4, f8, or i and u of 1 to 8 bytes), got \
                 elements of {}: save x.astype('<f4') if they stand for such",
                dtype.descr()
            ))
        })?;
        let shape = header
            .shape()
            .iter()
            .map(|&length| usize::try_from(length).ok())
            .collect::<Option<Vec<_>>>();
        let expected = shape.as_ref().and_then(|shape| {
            shape
                .iter()
                .try_fold(element.size(), |bytes, &length| bytes.checked_mul(length))
        });
        let (Some(shape), true) = (shape, expected == Some(bytes.len())) else {
            return Err(Error::format(format!(
                "{name}: the header's shape {:?} needs {} bytes of data, got {}",
                header.shape(),
                expected.map_or("too many".to_owned(), |bytes| bytes.to_string()),
                bytes.len()
            )));
        };
        Ok(Self {
            name,
            descr: dtype.descr(),
            element,
            shape,
            data: bytes,
        })
    }

    /// The values as `f64`; integers beyond 2⁵³ are rounded to the nearest.
    #[cfg(feature = "score")]
    pub(crate) fn to_f64(&self) -> Vec<f64> {
        self.element.to_f64(self.data)
    }

    /// The values as `f32`; those that it cannot hold are rounded to the nearest.
    pub(crate) fn to_f32(&self) -> Vec<f32> {
        self.element.to_f32(self.data)
    }

    /// The values of an `i8` array, none of which may be negative.
    pub(crate) fn to_counts(&self) -> Result<Vec<u64>> {
        if !self.element.is_count() {
            return Err(self.wrong("i8"));
        }
        self.element
            .to_i64(self.data)
            .into_iter()
            .map(|count| {
                u64::try_from(count).map_err(|_| {
                    Error::format(format!("{}: a count of {count} is impossible", self.name))
                })
            })
            .collect()
    }

    /// The bytes of a `u1` array.
    pub(crate) fn to_bytes(&self) -> Result<&'a [u8]> {
        match self.element.is_byte() {
            true => Ok(self.data),
            false => Err(self.wrong("u1")),
        }
    }

    /// What is wrong if the elements are none of the `expected`.
    pub(crate) fn wrong(&self, expected: &str) -> Error {
        Error::format(format!(
            "{}: expected elements of {expected}, got {}",
            self.name, self.descr
        ))
    }
}

/// Writes an array in C order with the element type of `T`.
pub(crate) fn write<T: npyz::AutoSerialize + Copy>(
    writer: &mut dyn Write,
    shape: &[usize],
    values: &[T],
) -> io::Result<()> {
    let shape: Vec<u64> = shape.iter().map(|&length| length as u64).collect();
    write_parts(writer, &shape, [Ok(values.to_vec())].into_iter(), |error| {
        error
    })
}

/// Writes an array in C order whose values come in parts, none of which is kept.
pub(crate) fn write_parts<T: npyz::AutoSerialize + Copy, E>(
    writer: &mut dyn Write,
    shape: &[u64],
    parts: impl Iterator<Item = std::result::Result<Vec<T>, E>>,
    failed: impl Fn(io::Error) -> E,
) -> std::result::Result<(), E> {
    let mut array = npyz::WriteOptions::<T>::new()
        .default_dtype()
        .shape(shape)
        .writer(writer)
        .begin_nd()
        .map_err(&failed)?;
    for part in parts {
        array.extend(part?).map_err(&failed)?;
    }
    array.finish().map_err(failed)
}
