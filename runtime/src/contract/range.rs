//! What the numbers of an image mean.

use std::fmt;
use std::str::FromStr;

use crate::engine::onnx::Operator;
use crate::error::{Error, Result};

/// How far a computed bound may lie from that of a range, as a share of the range.
const SLACK: f64 = 0.01;

/// What the numbers of a network's images mean: the values of black and of white.
///
/// ```
/// use gannet::PixelRange;
///
/// assert_eq!("0..255".parse::<PixelRange>()?, PixelRange::Bytes);
/// assert_eq!(PixelRange::Signed.to_string(), "[-1, 1]");
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelRange {
    /// `[-1, 1]`, as after a `tanh`; that of [`Samples`](crate::Samples).
    Signed,
    /// `[0, 1]`, as after a sigmoid.
    Unit,
    /// `[0, 255]`.
    Bytes,
}

impl PixelRange {
    const ALL: [Self; 3] = [Self::Signed, Self::Unit, Self::Bytes];

    /// The values of black and of white.
    pub(super) fn bounds(self) -> (f64, f64) {
        match self {
            Self::Signed => (-1.0, 1.0),
            Self::Unit => (0.0, 1.0),
            Self::Bytes => (0.0, 255.0),
        }
    }

    /// Brings a value to `[-1, 1]`.
    pub(super) fn to_signed(self, value: f32) -> f32 {
        match self {
            Self::Signed => value,
            Self::Unit => value * 2.0 - 1.0,
            Self::Bytes => value / 127.5 - 1.0,
        }
    }

    /// The range that the last operators of a network give, the last one first, and
    /// why, or why it cannot be told.
    pub(super) fn infer(operators: &[Operator]) -> std::result::Result<(Self, String), String> {
        let (low, high, told) = bounds(operators)?;
        let near = |a: f64, b: f64, range: f64| (a - b).abs() <= SLACK * range;
        let fits = |range: &Self| {
            let (black, white) = range.bounds();
            near(low, black, white - black) && near(high, white, white - black)
        };
        match Self::ALL.into_iter().find(fits) {
            Some(range) => Ok((range, told)),
            None => Err(format!(
                "{told}, which gives [{low}, {high}], none of {}",
                Self::ALL.map(|range| range.to_string()).join(", ")
            )),
        }
    }
}

/// The bounds of a network's output, and the operators that set them, in words.
fn bounds(operators: &[Operator]) -> std::result::Result<(f64, f64, String), String> {
    let Some((last, before)) = operators.split_first() else {
        return Err("no operator that bounds the values was found".to_owned());
    };
    let told = |last: &Operator| format!("the graph ends in {}", last.name);
    match (&*last.name, &*last.constants) {
        ("Tanh" | "Sin" | "Cos" | "Softsign", _) => Ok((-1.0, 1.0, told(last))),
        ("Sigmoid" | "HardSigmoid" | "Softmax", _) => Ok((0.0, 1.0, told(last))),
        ("Clip", &[low, high]) => Ok((low, high, format!("{} to [{low}, {high}]", told(last)))),
        // These move values, or make each of a few others without leaving their bounds.
        (
            "Identity" | "Reshape" | "Transpose" | "Flatten" | "Squeeze" | "Unsqueeze" | "Slice"
            | "Dropout" | "DepthToSpace" | "SpaceToDepth" | "Cast" | "Round" | "AveragePool"
            | "MaxPool",
            _,
        ) => bounds(before),
        ("Add" | "Sub" | "Mul" | "Div", &[constant]) => {
            let (low, high, inner) = bounds(before)?;
            let of = |value| match &*last.name {
                "Add" => value + constant,
                "Sub" => value - constant,
                "Mul" => value * constant,
                _ => value / constant,
            };
            let (a, b) = (of(low), of(high));
            Ok((
                a.min(b),
                a.max(b),
                format!("{inner}, then {} with {constant}", last.name),
            ))
        }
        _ => Err(format!("{}, which sets no bounds", told(last))),
    }
}

impl fmt::Display for PixelRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (black, white) = self.bounds();
        write!(f, "[{black}, {white}]")
    }
}

impl FromStr for PixelRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "-1..1" => Ok(Self::Signed),
            "0..1" => Ok(Self::Unit),
            "0..255" => Ok(Self::Bytes),
            _ => Err(Error::input(format!(
                "expected the range `-1..1`, `0..1` or `0..255`, got `{text}`"
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
