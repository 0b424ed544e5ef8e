use crate::ErrorKind;
use crate::npy::{self, Array};
use crate::testing::Outcome;

fn file(version: u8, header: &str) -> Vec<u8> {
    let mut bytes = vec![0x93, b'N', b'U', b'M', b'P', b'Y', version, 0];
    match version {
        1 => bytes.extend((header.len() as u16).to_le_bytes()),
        _ => bytes.extend((header.len() as u32).to_le_bytes()),
    }
    bytes.extend(header.as_bytes());
    bytes
}

fn refusal(bytes: &[u8]) -> Option<ErrorKind> {
    Array::parse("a.npy", bytes).err().map(|error| error.kind())
}

fn shaped(shape: &str) -> Vec<u8> {
    file(
        1,
        &format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n"),
    )
}

#[test]
fn brackets_in_brackets_are_refused_at_once() {
    for bracket in ["[", "(", "{"] {
        for depth in [40, 9_000, 60_000] {
            let nested = bracket.repeat(depth);
            for version in [1, 2, 3] {
                assert_eq!(refusal(&file(version, &nested)), Some(ErrorKind::Format));
            }
            // Closing brackets in a string hide no depth.
            let hidden = format!("{{'{}': {nested}", "]".repeat(depth.min(4_000)));
            assert_eq!(refusal(&file(2, &hidden)), Some(ErrorKind::Format));
        }
    }
}

#[test]
fn a_header_must_be_short_and_inside_the_file() {
    for length in [11_u32, 10_001, 1 << 30, u32::MAX] {
        for version in [2, 3] {
            let mut bytes = file(version, "");
            bytes[8..12].copy_from_slice(&length.to_le_bytes());
            bytes.extend(b"{'descr': ");
            let error = Array::parse("a.npy", &bytes).err();
            let message = error.map(|e| e.to_string()).unwrap_or_default();
            assert!(message.contains("10000 bytes at most"), "{message}");
        }
    }
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }";
    assert_eq!(refusal(&file(1, &format!("{header:<10000}"))), None);
    let long = refusal(&file(1, &format!("{header:<10001}")));
    assert_eq!(long, Some(ErrorKind::Format));
}

#[test]
fn no_product_of_a_shape_overflows() {
    for shape in [
        "(4294967296, 4294967296, 4294967296, 1)",
        "(0, 4294967296, 4294967296)",
        "(4294967296, 4294967296, 0)",
        "(18446744073709551616,)",
        "(-1, 2)",
        "(1+1, 2)",
        "5",
    ] {
        assert_eq!(refusal(&shaped(shape)), Some(ErrorKind::Format), "{shape}");
    }
    let message = Array::parse("a.npy", &shaped("(4294967296, 4294967296)"))
        .err()
        .map(|error| error.to_string());
    assert!(message.is_some_and(|text| text.contains("a.npy") && text.contains("64 bits")));
}

#[test]
fn plain_arrays_of_any_version_pass() -> Outcome {
    for (shape, lengths) in [("()", vec![]), ("(1,)", vec![1]), ("[1, 1]", vec![1, 1])] {
        for version in [1, 2, 3] {
            let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
            let mut bytes = file(version, &header);
            bytes.extend(0.5_f32.to_le_bytes());
            let array = Array::parse("a.npy", &bytes)?;
            assert_eq!(
                (array.shape.clone(), array.to_f32()),
                (lengths.clone(), vec![0.5])
            );
        }
    }
    let mut bytes = Vec::new();
    npy::write(&mut bytes, &[0, 7], &[0.0_f64; 0])?;
    assert_eq!(Array::parse("a.npy", &bytes)?.shape, [0, 7]);
    Ok(())
}

#[test]
fn a_structured_array_is_named_as_such() {
    let header = "{'descr': [('a', '<f4'), ('b', '<i8')], 'fortran_order': False, 'shape': (2,), }";
    let message = Array::parse("a.npy", &file(1, header))
        .err()
        .map(|error| error.to_string());
    assert!(message.is_some_and(|text| text.contains("structured")));
}
