use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, npy_file};

fn ramp() -> Result<Samples> {
    let bytes: Vec<u8> = (0..=255).collect();
    Samples::from_bytes([1, 1, 16, 16], &bytes)
}

fn decode(path: &Path) -> std::result::Result<(u32, u32, Vec<u8>), Box<dyn std::error::Error>> {
    let decoder = ::png::Decoder::new(std::io::BufReader::new(fs::File::open(path)?));
    let mut reader = decoder.read_info()?;
    let size = reader.output_buffer_size().ok_or("an image too large")?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels)?;
    Ok((info.width, info.height, pixels))
}

#[test]
fn every_byte_survives_the_round_trip() -> Outcome {
    let expected: Vec<u8> = (0..=255).collect();
    assert_eq!(ramp()?.quantised(0), expected);
    Ok(())
}

#[test]
fn quantisation_rounds_half_away_from_zero_and_clamps() -> Outcome {
    // 0 lies half way between the levels 127 and 128.
    let values = vec![-7.0, -1.0, 0.0, 1.0, 1.5];
    let samples = Samples::new([1, 1, 1, 5], values)?;
    assert_eq!(samples.quantised(0), [0, 0, 128, 255, 255]);
    Ok(())
}

#[test]
fn a_grid_places_images_and_gutters() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("grid.png");
    let samples = Samples::from_bytes([3, 1, 1, 2], &[1, 2, 3, 4, 5, 6])?;
    samples.write_grid(&path, 2)?;
    let (width, height, pixels) = decode(&path)?;
    assert_eq!((width, height), (6, 4));
    let w = GUTTER_LEVEL;
    #[rustfmt::skip]
    assert_eq!(pixels, [
        1, 2, w, w, 3, 4,
        w, w, w, w, w, w,
        w, w, w, w, w, w,
        5, 6, w, w, w, w,
    ]);
    let first = fs::read(&path)?;
    samples.write_grid(&path, 2)?;
    assert_eq!(fs::read(&path)?, first);
    Ok(())
}

#[test]
fn a_folder_holds_one_colour_image_a_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let dir = folder.path().join("images");
    // Planes of red, green and blue, two pixels each.
    let samples = Samples::from_bytes([1, 3, 1, 2], &[1, 2, 3, 4, 5, 6])?;
    samples.write_png_folder(&dir)?;
    let (_, _, pixels) = decode(&dir.join("000000.png"))?;
    assert_eq!(pixels, [1, 3, 5, 2, 4, 6]);
    let error = samples.write_png_folder(&dir).map_err(|e| e.kind());
    assert_eq!(error, Err(ErrorKind::Input));
    Ok(())
}

#[test]
fn arrays_survive_the_round_trip() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("samples.npy");
    let samples = ramp()?;
    samples.write_npy(&path)?;
    assert_eq!(Samples::read_npy(&path)?, samples);
    let mut bytes = Vec::new();
    let pixels: Vec<u8> = (0..=255).collect();
    npy::write(&mut bytes, &[1, 1, 16, 16], &pixels)?;
    fs::write(&path, bytes)?;
    assert_eq!(Samples::read_npy(&path)?, samples);
    let mut bytes = Vec::new();
    let doubles: Vec<f64> = samples.values().iter().copied().map(f64::from).collect();
    npy::write(&mut bytes, &[1, 1, 16, 16], &doubles)?;
    fs::write(&path, bytes)?;
    assert_eq!(Samples::read_npy(&path)?, samples);
    Ok(())
}

#[test]
fn channels_may_stand_last() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("samples.npy");
    let read = |shape: &str, data: &[u8]| -> Result<Samples> {
        let file = npy_file("|u1", shape, data);
        fs::write(&path, file).map_err(|source| Error::io("write", &path, source))?;
        Samples::read_npy(&path)
    };
    let bytes: Vec<u8> = (0..48).collect();
    // Two images of 2x4 pixels, red 0, 3, 6, ….
    let last = read("(2, 2, 4, 3)", &bytes)?;
    assert_eq!(last.shape(), [2, 3, 2, 4]);
    let second: Vec<u8> = (0..3).flat_map(|c| (24 + c..48).step_by(3)).collect();
    assert_eq!(last.quantised(1), second);
    let grey = read("(3, 4, 4, 1)", &bytes)?;
    assert_eq!(
        (grey.shape(), grey.quantised(0)),
        ([3, 1, 4, 4], bytes[..16].to_vec())
    );
    // Channels first wherever they can stand there.
    for (text, shape) in [
        ("(2, 3, 8, 1)", [2, 3, 8, 1]),
        ("(1, 1, 16, 3)", [1, 1, 16, 3]),
        ("(1, 4, 4, 3)", [1, 3, 4, 4]),
        ("(1, 2, 4, 6)", [1, 2, 4, 6]),
    ] {
        assert_eq!(read(text, &bytes)?.shape(), shape, "{text}");
    }
    let floats: Vec<u8> = (0..12_u8)
        .flat_map(|i| (f64::from(i) / 16.0).to_be_bytes())
        .collect();
    fs::write(&path, npy_file(">f8", "(1, 2, 2, 3)", &floats))?;
    let samples = Samples::read_npy(&path)?;
    assert_eq!(samples.shape(), [1, 3, 2, 2]);
    assert_eq!(
        samples.values()[..4],
        [0.0, 3.0 / 16.0, 6.0 / 16.0, 9.0 / 16.0]
    );
    Ok(())
}

#[test]
fn pixels_are_bytes_and_other_integers_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("samples.npy");
    fs::write(&path, npy_file("<i8", "(1, 1, 1, 2)", &[0; 16]))?;
    let error = Samples::read_npy(&path).err().ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Format);
    for word in ["samples.npy", "x.astype('u1')", "<i8"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    Ok(())
}

#[test]
fn refuses_foreign_and_damaged_arrays() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("samples.npy");
    let kind = |bytes: &[u8]| -> std::io::Result<_> {
        fs::write(&path, bytes)?;
        let error = Samples::read_npy(&path).err();
        let named = error.iter().all(|e| e.to_string().contains("samples.npy"));
        assert!(named, "{error:?}");
        Ok(error.map(|e| e.kind()))
    };
    let array = |shape: &[usize], values: &[f32]| -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        npy::write(&mut bytes, shape, values)?;
        Ok(bytes)
    };
    let whole = array(&[1, 1, 2, 2], &[0.5; 4])?;
    assert_eq!(kind(&whole)?, None);
    assert_eq!(kind(&whole[..whole.len() - 1])?, Some(ErrorKind::Format));
    assert_eq!(kind(b"")?, Some(ErrorKind::Format));
    assert_eq!(kind(b"not an array at all")?, Some(ErrorKind::Format));
    assert_eq!(kind(&array(&[4], &[0.5; 4])?)?, Some(ErrorKind::Format));
    assert_eq!(kind(&array(&[3, 0, 2, 2], &[])?)?, Some(ErrorKind::Format));
    let pixels = array(&[1, 1, 2, 2], &[0.0, 17.0, 255.0, 3.0])?;
    assert_eq!(kind(&pixels)?, Some(ErrorKind::Input));
    let nan = array(&[1, 1, 2, 2], &[f32::NAN; 4])?;
    assert_eq!(kind(&nan)?, Some(ErrorKind::Numeric));
    // A header that promises more than the machine has.
    let mut huge = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296, 1), }";
    huge.extend(format!("{header:<117}\n").into_bytes());
    assert_eq!(kind(&huge)?, Some(ErrorKind::Format));
    Ok(())
}

#[test]
fn refuses_shapes_that_do_not_fit() {
    let kind = |shape, count| Samples::new(shape, vec![0.0; count]).map_err(|e| e.kind());
    assert_eq!(kind([2, 1, 2, 2], 7), Err(ErrorKind::Input));
    assert_eq!(kind([0, 1, 0, 2], 0), Err(ErrorKind::Input));
    assert_eq!(kind([usize::MAX, 2, 2, 2], 8), Err(ErrorKind::Input));
    assert!(kind([0, 1, 2, 2], 0).is_ok_and(|samples| samples.is_empty()));
    let nan = Samples::new([2, 1, 1, 1], vec![0.0, f32::NAN]);
    assert!(
        nan.is_err_and(|e| e.kind() == ErrorKind::Numeric && e.to_string().contains("sample 1"))
    );
}

#[test]
fn refuses_grids_without_images_or_colours() -> Outcome {
    let kind = |shape: [usize; 4], columns| {
        let count = shape.iter().product();
        Samples::new(shape, vec![0.0; count])
            .and_then(|samples| samples.write_grid("never.png", columns))
            .map_err(|e| e.kind())
    };
    assert_eq!(kind([0, 1, 2, 2], 2), Err(ErrorKind::Input));
    assert_eq!(kind([1, 1, 2, 2], 0), Err(ErrorKind::Input));
    assert_eq!(kind([1, 2, 2, 2], 1), Err(ErrorKind::Input));
    assert!(!Path::new("never.png").exists());
    Ok(())
}
