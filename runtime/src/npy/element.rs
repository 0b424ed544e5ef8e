//! The elements of an array, from their bytes in either order.

use half::f16;
use npyz::{DType, Endianness, TypeChar};

/// A type of plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    kind: Kind,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

/// Each number as the type wanted, by `as`: exact, or rounded to the nearest.
macro_rules! numbers {
    ($from:ty => $to:ty, $element:expr, $data:expr) => {
        $data
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| match $element.big_endian {
                true => <$from>::from_be_bytes(bytes) as $to,
                false => <$from>::from_le_bytes(bytes) as $to,
            })
            .collect()
    };
}

/// All kinds of numbers as one floating-point type; halves pass through `f32`,
/// which holds them all.
macro_rules! floats {
    ($to:ty, $element:expr, $data:expr) => {
        match $element.kind {
            Kind::F16 => $element
                .halves($data)
                .map(|half| f32::from(half).into())
                .collect(),
            Kind::F32 => numbers!(f32 => $to, $element, $data),
            Kind::F64 => numbers!(f64 => $to, $element, $data),
            Kind::I8 => numbers!(i8 => $to, $element, $data),
            Kind::I16 => numbers!(i16 => $to, $element, $data),
            Kind::I32 => numbers!(i32 => $to, $element, $data),
            Kind::I64 => numbers!(i64 => $to, $element, $data),
            Kind::U8 => numbers!(u8 => $to, $element, $data),
            Kind::U16 => numbers!(u16 => $to, $element, $data),
            Kind::U32 => numbers!(u32 => $to, $element, $data),
            Kind::U64 => numbers!(u64 => $to, $element, $data),
        }
    };
}

impl Element {
    /// The type that a header names, if it is one of plain numbers.
    pub(super) fn of(dtype: &DType) -> Option<Self> {
        let DType::Plain(plain) = dtype else {
            return None;
        };
        let kind = match (plain.type_char(), plain.num_bytes()?) {
            (TypeChar::Float, 2) => Kind::F16,
            (TypeChar::Float, 4) => Kind::F32,
            (TypeChar::Float, 8) => Kind::F64,
            (TypeChar::Int, 1) => Kind::I8,
            (TypeChar::Int, 2) => Kind::I16,
            (TypeChar::Int, 4) => Kind::I32,
            (TypeChar::Int, 8) => Kind::I64,
            (TypeChar::Uint, 1) => Kind::U8,
            (TypeChar::Uint, 2) => Kind::U16,
            (TypeChar::Uint, 4) => Kind::U32,
            (TypeChar::Uint, 8) => Kind::U64,
            _ => return None,
        };
        Some(Self {
            kind,
            big_endian: plain.endianness() == Endianness::Big,
        })
    }

    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self.kind {
            Kind::I8 | Kind::U8 => 1,
            Kind::F16 | Kind::I16 | Kind::U16 => 2,
            Kind::F32 | Kind::I32 | Kind::U32 => 4,
            Kind::F64 | Kind::I64 | Kind::U64 => 8,
        }
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self.kind, Kind::F16 | Kind::F32 | Kind::F64)
    }

    pub(crate) fn is_byte(self) -> bool {
        self.kind == Kind::U8
    }

    /// Whether it is the type in which gannet's files keep counts.
    pub(super) fn is_count(self) -> bool {
        self.kind == Kind::I64
    }

    pub(super) fn to_f32(self, data: &[u8]) -> Vec<f32> {
        floats!(f32, self, data)
    }

    #[cfg(feature = "score")]
    pub(super) fn to_f64(self, data: &[u8]) -> Vec<f64> {
        floats!(f64, self, data)
    }

    pub(super) fn to_i64(self, data: &[u8]) -> Vec<i64> {
        numbers!(i64 => i64, self, data)
    }

    fn halves(self, data: &[u8]) -> impl Iterator<Item = f16> {
        data.as_chunks()
            .0
            .iter()
            .map(move |&bytes| match self.big_endian {
                true => f16::from_be_bytes(bytes),
                false => f16::from_le_bytes(bytes),
            })
    }
}

#[cfg(test)]
mod tests;
