//! What can be wrong with an encoded image.

use super::super::error::sides;

/// Why an encoded image cannot be used: what, where, expected, found, how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodedError {
    /// An image file cannot be decoded.
    #[error("{place}: not a usable PNG, JPEG or WebP image; mend it or remove it")]
    Broken {
        /// The file, or the row of one.
        place: String,
        /// The decoder's reason.
        source: image::ImageError,
    },

    /// A JPEG file stops before its image does.
    #[error("{place}: the JPEG image is cut short; download it again or remove it")]
    CutShort {
        /// The file, or the row of one.
        place: String,
    },

    /// An image has 16-bit grey pixels, which have no agreed 8-bit form.
    #[error(
        "{place}: 16-bit grey pixels, which PIL would cut off at 255; convert the image to 8 bits"
    )]
    DeepGrey {
        /// The file, or the row of one.
        place: String,
    },

    /// Images differ in size or are not square, and no size was given.
    #[error(
        "{place}: {} pixels{}; a data set has one square size: give it with data.size in a recipe or --size of \
         `data preview` and `features train`, and images are cropped to the square about their centre and resized",
        area(got),
        if first == got { String::new() } else { format!(", and {first_place} has {}", area(first)) }
    )]
    ManySizes {
        /// The file, or the row of one.
        place: String,
        /// Its height and width.
        got: [usize; 2],
        /// The first file or row.
        first_place: String,
        /// Its height and width.
        first: [usize; 2],
    },

    /// An image is not what it was when the data set was opened.
    #[error(
        "{place}: expected an image of {}, got {}: it was changed since the data set was opened",
        sides(expected),
        sides(got)
    )]
    Changed {
        /// The file, or the row of one.
        place: String,
        /// The shape of all images, `[c, h, w]`.
        expected: [usize; 3],
        /// Its shape, `[c, h, w]`.
        got: [usize; 3],
    },
}

fn area([height, width]: &[usize; 2]) -> String {
    format!("{height}x{width}")
}
