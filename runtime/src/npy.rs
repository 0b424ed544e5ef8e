//! NumPy arrays in memory: the one place that knows the `.npy` format.

mod header;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use npyz::{DType, NpyHeader, Order, TypeChar, WriterBuilder};

use crate::error::{Error, Result};

/// What may stand before the data of an array: a prefix and the header's text.
pub(crate) const MAX_HEADER_BYTES: u64 = 12 + header::MAX_TEXT as u64;

/// The element types that gannet's files use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F32,
    F64,
    I64,
    U8,
}

/// A parsed array: its shape, its element type and its raw data, whose length
/// is checked.
pub(crate) struct Array<'a> {
    name: String,
    header: NpyHeader,
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
        let (element, size) = element(&header.dtype()).ok_or_else(|| {
            Error::format(format!(
                "{name}: expected little-endian f4, f8, i8 or u1, got {}: save x.astype('<f4')",
                header.dtype().descr()
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
                .try_fold(size, |bytes, &length| bytes.checked_mul(length))
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
            header,
            element,
            shape,
            data: bytes,
        })
    }

    /// The values as `f64`, from an array of floats.
    pub(crate) fn to_f64(&self) -> Result<Vec<f64>> {
        match self.element {
            Element::F64 => self.values(),
            Element::F32 => Ok(self.values::<f32>()?.into_iter().map(f64::from).collect()),
            _ => Err(self.wrong("floats")),
        }
    }

    /// The values as `f32`, rounded, from an array of floats.
    pub(crate) fn to_f32(&self) -> Result<Vec<f32>> {
        match self.element {
            Element::F32 => self.values(),
            Element::F64 => Ok(self.values()?.into_iter().map(|v: f64| v as f32).collect()),
            _ => Err(self.wrong("floats")),
        }
    }

    /// The values of an `i8` array, none of which may be negative.
    pub(crate) fn to_counts(&self) -> Result<Vec<u64>> {
        if self.element != Element::I64 {
            return Err(self.wrong("i8"));
        }
        self.values::<i64>()?
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
        match self.element {
            Element::U8 => Ok(self.data),
            _ => Err(self.wrong("u1")),
        }
    }

    fn values<T: npyz::Deserialize>(&self) -> Result<Vec<T>> {
        npyz::NpyFile::with_header(self.header.clone(), self.data)
            .into_vec()
            .map_err(|source| Error::format(format!("{}: unreadable", self.name)).because(source))
    }

    fn wrong(&self, expected: &str) -> Error {
        Error::format(format!(
            "{}: expected elements of {expected}, got {:?}",
            self.name, self.element
        ))
    }
}

fn element(dtype: &DType) -> Option<(Element, usize)> {
    let DType::Plain(plain) = dtype else {
        return None;
    };
    let big = plain.endianness() == npyz::Endianness::Big;
    match (plain.type_char(), plain.num_bytes()?) {
        (TypeChar::Float, 4) if !big => Some((Element::F32, 4)),
        (TypeChar::Float, 8) if !big => Some((Element::F64, 8)),
        (TypeChar::Int, 8) if !big => Some((Element::I64, 8)),
        (TypeChar::Uint, 1) => Some((Element::U8, 1)),
        _ => None,
    }
}

/// Reads a file of floats `[n, columns]`: the columns and the values as `f32`.
pub(crate) fn read_matrix(path: &Path) -> Result<([usize; 2], Vec<f32>)> {
    let bytes = fs::read(path).map_err(|source| Error::io("read", path, source))?;
    let array = Array::parse(path.display().to_string(), &bytes)?;
    let shape: [usize; 2] = array.shape.as_slice().try_into().map_err(|_| {
        Error::format(format!(
            "{}: expected two dimensions, got the shape {:?}",
            path.display(),
            array.shape
        ))
    })?;
    Ok((shape, array.to_f32()?))
}

/// Writes an array in C order with the element type of `T`.
pub(crate) fn write<T: npyz::AutoSerialize + Copy>(
    writer: &mut dyn Write,
    shape: &[usize],
    values: &[T],
) -> io::Result<()> {
    let shape: Vec<u64> = shape.iter().map(|&length| length as u64).collect();
    let mut array = npyz::WriteOptions::<T>::new()
        .default_dtype()
        .shape(&shape)
        .writer(writer)
        .begin_nd()?;
    array.extend(values.iter().copied())?;
    array.finish()
}
