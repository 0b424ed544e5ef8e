use std::error::Error;
use std::fs;

use image::{ImageFormat, RgbImage};
use png::{BitDepth, ColorType};

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

/// A PNG one pixel high.
struct Png<'a> {
    colour: ColorType,
    depth: BitDepth,
    width: u32,
    data: &'a [u8],
    palette: &'a [u8],
    transparent: &'a [u8],
}

/// One without a palette.
fn png(colour: ColorType, depth: BitDepth, width: u32, data: &[u8]) -> Png<'_> {
    Png {
        colour,
        depth,
        width,
        data,
        palette: &[],
        transparent: &[],
    }
}

impl Png<'_> {
    fn encode(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, 1);
        encoder.set_color(self.colour);
        encoder.set_depth(self.depth);
        if !self.palette.is_empty() {
            encoder.set_palette(self.palette);
        }
        if !self.transparent.is_empty() {
            encoder.set_trns(self.transparent);
        }
        encoder.write_header()?.write_image_data(self.data)?;
        Ok(bytes)
    }
}

fn decoded(name: &str, bytes: &[u8]) -> Result<Result<Image, DataError>, std::io::Error> {
    decoded_on(Background::None, name, bytes)
}

fn decoded_on(
    background: Background,
    name: &str,
    bytes: &[u8],
) -> Result<Result<Image, DataError>, std::io::Error> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(name);
    fs::write(&path, bytes)?;
    let place = || path.display().to_string();
    let decoded = read(&path).and_then(|bytes| decode(&bytes, background, &place));
    // A header alone says the same.
    if let Ok(image) = &decoded {
        assert_eq!(shape_of(bytes, background, &place).ok(), Some(image.shape));
    }
    Ok(decoded)
}

/// What Pillow 12.3.0 makes of them with `convert("RGB")`.
#[test]
fn every_kind_of_pixel_is_what_pil_makes_of_it() -> Outcome {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let grey = |depth, width, data| png(Grayscale, depth, width, data);
    let (faint, indexed) = (
        grey(Eight, 2, &[10, 20]),
        png(Indexed, One, 2, &[0b1000_0000]),
    );
    let cases: [(Png<'_>, usize, &[u8]); 12] = [
        (grey(Eight, 3, &[10, 20, 30]), 1, &[10, 20, 30]),
        (
            Png {
                transparent: &[0, 20],
                ..faint
            },
            1,
            &[10, 20],
        ),
        (grey(One, 4, &[0b1011_0000]), 1, &[255, 0, 255, 255]),
        (grey(Two, 4, &[0b0001_1011]), 1, &[0, 85, 170, 255]),
        (grey(Four, 4, &[0x0f, 0x37]), 1, &[0, 255, 51, 119]),
        (
            png(GrayscaleAlpha, Eight, 2, &[10, 0, 20, 128]),
            1,
            &[10, 20],
        ),
        (
            png(GrayscaleAlpha, Sixteen, 1, &[0x12, 0xff, 0, 0]),
            1,
            &[0x12],
        ),
        (
            png(Rgb, Eight, 2, &[1, 2, 3, 4, 5, 6]),
            3,
            &[1, 4, 2, 5, 3, 6],
        ),
        (
            png(Rgb, Sixteen, 1, &[0x80, 0xff, 1, 0, 0, 255]),
            3,
            &[128, 1, 0],
        ),
        (
            png(Rgba, Eight, 2, &[1, 2, 3, 0, 4, 5, 6, 9]),
            3,
            &[1, 4, 2, 5, 3, 6],
        ),
        (
            png(Rgba, Sixteen, 1, &[9, 1, 8, 1, 7, 1, 0, 0]),
            3,
            &[9, 8, 7],
        ),
        (
            Png {
                palette: &[1, 2, 3, 200, 100, 50],
                transparent: &[0],
                ..indexed
            },
            3,
            &[200, 1, 100, 2, 50, 3],
        ),
    ];
    for (png, channels, pixels) in cases {
        let kind = format!("{:?} {:?}", png.colour, png.depth);
        let image = decoded("a.png", &png.encode()?)??;
        assert_eq!(image.shape, [channels, 1, png.width as usize], "{kind}");
        assert_eq!(image.pixels, pixels, "{kind}");
    }
    Ok(())
}

/// What `(value * alpha + background * (255 - alpha)) / 255` rounds to.
#[test]
fn transparent_images_are_laid_on_a_background() -> Outcome {
    use BitDepth::{Eight, One, Sixteen};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let white = Background::Colour([255; 3]);
    let orange = Background::Colour([255, 128, 0]);
    let colours = png(Rgba, Eight, 2, &[0, 100, 200, 0, 0, 100, 200, 128]);
    let deep = png(Rgba, Sixteen, 1, &[9, 1, 8, 1, 7, 1, 255, 0]);
    let grey = png(GrayscaleAlpha, Eight, 3, &[10, 0, 20, 255, 101, 1]);
    let palette = Png {
        palette: &[1, 2, 3, 200, 100, 50],
        transparent: &[0],
        ..png(Indexed, One, 2, &[0b1000_0000])
    };
    let keyed = Png {
        transparent: &[0, 20],
        ..png(Grayscale, Eight, 2, &[10, 20])
    };
    let opaque = png(Rgb, Eight, 1, &[1, 2, 3]);
    let cases: [(&Png<'_>, Background, usize, &[u8]); 9] = [
        (&colours, white, 3, &[255, 127, 255, 177, 255, 227]),
        (&colours, orange, 3, &[255, 127, 128, 114, 0, 100]),
        (&colours, Background::None, 3, &[0, 0, 100, 100, 200, 200]),
        (&deep, white, 3, &[9, 8, 7]),
        (&grey, white, 1, &[255, 20, 254]),
        (&grey, orange, 3, &[255, 20, 254, 128, 20, 128, 0, 20, 0]),
        (&palette, white, 3, &[200, 255, 100, 255, 50, 255]),
        (&keyed, white, 1, &[10, 255]),
        (&opaque, orange, 3, &[1, 2, 3]),
    ];
    for (png, background, channels, pixels) in cases {
        let kind = format!("{:?} {:?} on {background}", png.colour, png.depth);
        let image = decoded_on(background, "a.png", &png.encode()?)??;
        assert_eq!(image.shape, [channels, 1, png.width as usize], "{kind}");
        assert_eq!(image.pixels, pixels, "{kind}");
    }
    Ok(())
}

#[test]
fn deep_grey_is_refused() -> Outcome {
    let png = png(ColorType::Grayscale, BitDepth::Sixteen, 1, &[1, 0]);
    let refused = decoded("deep.png", &png.encode()?)?;
    let error = refused.err().ok_or("it was accepted")?.to_string();
    assert!(error.contains("deep.png: 16-bit grey"), "{error}");
    Ok(())
}

fn encoded(format: ImageFormat) -> Result<Vec<u8>, image::ImageError> {
    let image = RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 90]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

#[test]
fn the_content_says_what_a_file_is() -> Outcome {
    for (format, tolerance) in [
        (ImageFormat::Png, 0),
        (ImageFormat::WebP, 0),
        (ImageFormat::Jpeg, 20),
    ] {
        let image = decoded("a.png", &encoded(format)?)??;
        assert_eq!(image.shape, [3, 30, 40]);
        for (i, &pixel) in image.pixels.iter().enumerate() {
            let (channel, y, x) = (i / 1200, i % 1200 / 40, i % 40);
            let expected = [x as u8 * 6, y as u8 * 8, 90][channel];
            assert!(pixel.abs_diff(expected) <= tolerance, "{format:?} {i}");
        }
    }
    Ok(())
}

#[test]
fn damaged_images_are_refused_by_name() -> Outcome {
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Jpeg] {
        let whole = encoded(format)?;
        for length in [0, 3, 30, whole.len() / 2, whole.len() * 9 / 10] {
            let refused = decoded("cut.png", &whole[..length])?;
            let error = refused.err().ok_or("it was accepted")?.to_string();
            assert!(error.contains("cut.png: "), "{format:?}, {length}: {error}");
        }
    }
    for bytes in [
        &b"This is no image."[..],
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    ] {
        let refused = decoded("prose.webp", bytes)?;
        let error = refused.err().ok_or("it was accepted")?;
        assert!(
            matches!(error, DataError::Encoded(EncodedError::Broken { .. })),
            "{error}"
        );
    }
    Ok(())
}

/// The header promises gigabytes: no memory is taken for them.
#[test]
fn images_too_large_for_memory_are_refused() -> Outcome {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 60_000, 60_000);
    encoder.set_color(ColorType::Rgb);
    let mut writer = encoder.write_header()?;
    writer.write_chunk(png::chunk::IDAT, b"\x78\x9c")?;
    drop(writer);
    let refused = decoded("bomb.png", &bytes)?;
    match refused {
        Err(DataError::Encoded(EncodedError::Broken {
            source: ImageError::Limits(_),
            ..
        })) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
