//! What a header must be before npyz may see it.
//!
//! npyz allocates whatever length a header claims and multiplies the shape
//! unchecked; its parser takes exponential time and unbounded stack for
//! brackets in brackets.

use crate::error::{Error, Result};

/// A longer header is refused, as NumPy does.
pub(super) const MAX_TEXT: usize = 10_000;

/// The brackets that open in the header of a plain array: those of the
/// dictionary and of the shape.
const BRACKETS: usize = 2;

/// More dimensions than this are refused, as by NumPy.
const DIMENSIONS: usize = 64;

/// Refuses the start of a file that is not the header of a plain array.
pub(super) fn check(name: &str, file: &[u8]) -> Result<()> {
    let text = text(file).map_err(|why| Error::format(format!("{name}: {why}")))?;
    // Brackets in strings count too: no element type of ours has any.
    let opening: Vec<usize> = (0..text.len())
        .filter(|&at| b"([{".contains(&text[at]))
        .collect();
    if opening.len() > BRACKETS {
        return Err(Error::format(format!(
            "{name}: expected plain numbers, got a structured type or no NumPy array at all"
        )));
    }
    let shape = opening.last().map_or(&[][..], |&at| &text[at + 1..]);
    let length = shape.iter().position(|byte| b")]".contains(byte));
    let shape = &shape[..length.unwrap_or(0)];
    if values(shape).is_none() {
        return Err(Error::format(format!(
            "{name}: expected a shape of {DIMENSIONS} lengths at most whose product fits 64 bits, \
             got ({})",
            shape.escape_ascii()
        )));
    }
    Ok(())
}

fn text(file: &[u8]) -> std::result::Result<&[u8], String> {
    let (length, rest) = match file.strip_prefix(b"\x93NUMPY") {
        Some([1, _, a, b, rest @ ..]) => (u16::from_le_bytes([*a, *b]).into(), rest),
        Some([_, _, a, b, c, d, rest @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]), rest),
        _ => return Err("not a NumPy array".to_owned()),
    };
    usize::try_from(length)
        .ok()
        .filter(|&length| length <= MAX_TEXT)
        .and_then(|length| rest.get(..length))
        .ok_or_else(|| {
            format!("expected a header of {MAX_TEXT} bytes at most, all there, got {length}")
        })
}

/// The product of a shape's lengths, those of 0 left out: partial products
/// must not overflow either.
fn values(shape: &[u8]) -> Option<u64> {
    shape
        .split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|length| !length.is_empty())
        .enumerate()
        .try_fold(1_u64, |product, (dimension, length)| {
            let length: u64 = str::from_utf8(length).ok()?.parse().ok()?;
            (dimension < DIMENSIONS).then(|| product.checked_mul(length.max(1)))?
        })
}

#[cfg(test)]
mod tests;
