//! What transparent images are laid on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::proposal;

/// What images with alpha are laid on when they are read.
///
/// Each 8-bit value becomes `(value · alpha + background · (255 - alpha)) / 255`, rounded to the
/// nearest whole number; of 16-bit images the upper bytes of colours and alpha count. Images
/// without alpha stay as they are. As text it is one of [`NAMES`](Self::NAMES), `#rrggbb` standing
/// for two hexadecimal digits a colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Background {
    /// Nothing: alpha is dropped, so that the colours below it are seen.
    #[default]
    None,
    /// A colour: red, green and blue, 0 to 255.
    Colour([u8; 3]),
}

/// A text is no background.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no background {got:?}: expected one of {}{}", Background::NAMES.join(", "), proposal(got, Background::NAMES.iter().copied()))]
pub struct BackgroundError {
    /// The text.
    pub got: String,
}

impl Background {
    /// What a background may be called.
    pub const NAMES: &'static [&'static str] = &["none", "white", "black", "#rrggbb"];

    const BLACK: [u8; 3] = [0; 3];
    const WHITE: [u8; 3] = [255; 3];

    /// Red, green and blue, 0 to 255, unless alpha is dropped.
    pub fn colour(self) -> Option<[u8; 3]> {
        match self {
            Self::None => None,
            Self::Colour(colour) => Some(colour),
        }
    }

    /// Whether grey images with alpha stay grey on it.
    pub fn is_grey(self) -> bool {
        self.colour()
            .is_none_or(|[red, green, blue]| red == green && green == blue)
    }

    /// The name of a part of a data set whose images were laid on it: that of the part, or `all
    /// on white`.
    pub fn under(self, part: &str) -> String {
        match self {
            Self::None => part.to_owned(),
            Self::Colour(_) => format!("{part} on {self}"),
        }
    }
}

impl FromStr for Background {
    type Err = BackgroundError;

    fn from_str(text: &str) -> Result<Self, BackgroundError> {
        match text {
            "none" => Ok(Self::None),
            "white" => Ok(Self::Colour(Self::WHITE)),
            "black" => Ok(Self::Colour(Self::BLACK)),
            _ => hexadecimal(text)
                .map(Self::Colour)
                .ok_or_else(|| BackgroundError {
                    got: text.to_owned(),
                }),
        }
    }
}

/// The colour `#rrggbb`.
fn hexadecimal(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#')?;
    let are_digits = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let colour = are_digits.then(|| u32::from_str_radix(digits, 16).ok())??;
    let [_, red, green, blue] = colour.to_be_bytes();
    Some([red, green, blue])
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Colour(Self::WHITE) => f.write_str("white"),
            Self::Colour(Self::BLACK) => f.write_str("black"),
            Self::Colour([red, green, blue]) => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

impl TryFrom<String> for Background {
    type Error = BackgroundError;

    fn try_from(text: String) -> Result<Self, BackgroundError> {
        text.parse()
    }
}

impl From<Background> for String {
    fn from(background: Background) -> Self {
        background.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use super::Background;

    #[test]
    fn a_background_reads_back_from_its_name() {
        for (text, colour) in [
            ("none", None),
            ("white", Some([255; 3])),
            ("black", Some([0; 3])),
            ("#0180fe", Some([1, 128, 254])),
        ] {
            let background: Background = text.parse().unwrap();
            assert_eq!(background.colour(), colour);
            assert_eq!(background.to_string(), text);
        }
        let upper: Background = "#FFFFFF".parse().unwrap();
        assert_eq!(upper.to_string(), "white");
        assert!(upper.is_grey() && Background::None.is_grey());
        assert!(!Background::Colour([1, 1, 2]).is_grey());
    }

    #[test]
    fn what_is_no_background_is_answered_with_the_nearest() {
        for text in [
            "", "White", "#fff", "#rrggbb", "#12345g", "ffffff", "#+12345", "#é1234",
        ] {
            let error = text.parse::<Background>().unwrap_err().to_string();
            assert!(
                error.contains("expected one of none, white, black, #rrggbb"),
                "{error}"
            );
        }
        let error = "whit".parse::<Background>().unwrap_err().to_string();
        assert!(error.ends_with("did you mean `white`?"), "{error}");
    }
}
