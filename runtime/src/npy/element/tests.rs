use crate::ErrorKind;
use crate::npy::Array;
use crate::testing::{Outcome, npy_file};

#[test]
fn every_kind_of_number_in_either_order() -> Outcome {
    macro_rules! check {
        ($type:ty, $code:literal, $values:expr) => {
            let values: [$type; 3] = $values;
            let expected: Vec<f64> = values.iter().map(|&v| v as f64).collect();
            let rounded: Vec<f32> = values.iter().map(|&v| v as f32).collect();
            let big: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
            let little: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            for (order, data) in [('>', big), ('<', little)] {
                let file = npy_file(&format!("{order}{}", $code), "(3,)", &data);
                let array = Array::parse("a.npy", &file)?;
                assert_eq!(array.to_f64(), expected, "{order}{}", $code);
                assert_eq!(array.to_f32(), rounded, "{order}{}", $code);
            }
        };
    }
    check!(f32, "f4", [1.5, -0.1, 3e38]);
    check!(f64, "f8", [1.5, -0.1, 3e38]);
    check!(i8, "i1", [-128, 1, 127]);
    check!(i16, "i2", [i16::MIN, 258, i16::MAX]);
    check!(i32, "i4", [i32::MIN, 16_777_217, i32::MAX]);
    check!(i64, "i8", [i64::MIN, (1 << 53) + 1, i64::MAX]);
    check!(u8, "u1", [0, 128, 255]);
    check!(u16, "u2", [0, 258, u16::MAX]);
    check!(u32, "u4", [0, 16_777_217, u32::MAX]);
    check!(u64, "u8", [0, (1 << 53) + 1, u64::MAX]);
    Ok(())
}

#[test]
fn half_floats() -> Outcome {
    // One, minus two, the largest, the least above 0, infinity.
    let halves = [0x3c00_u16, 0xc000, 0x7bff, 0x0001, 0x7c00];
    let expected = [1.0, -2.0, 65_504.0, 2_f32.powi(-24), f32::INFINITY];
    let big: Vec<u8> = halves.iter().flat_map(|v| v.to_be_bytes()).collect();
    let little: Vec<u8> = halves.iter().flat_map(|v| v.to_le_bytes()).collect();
    for (descr, data) in [(">f2", big), ("<f2", little)] {
        let file = npy_file(descr, "(5,)", &data);
        let array = Array::parse("a.npy", &file)?;
        assert_eq!(array.to_f32(), expected, "{descr}");
        assert_eq!(array.to_f64(), expected.map(f64::from), "{descr}");
    }
    Ok(())
}

#[test]
fn counts_are_of_one_type() -> Outcome {
    let data: Vec<u8> = [0_i64, 3].iter().flat_map(|v| v.to_be_bytes()).collect();
    let file = npy_file(">i8", "(2,)", &data);
    assert_eq!(Array::parse("a.npy", &file)?.to_counts()?, [0, 3]);
    for (descr, size) in [("<i4", 4), ("<u8", 8), ("<f8", 8)] {
        let file = npy_file(descr, "(2,)", &vec![0; 2 * size]);
        let error = Array::parse("a.npy", &file)?.to_counts().err();
        let message = error.ok_or(descr)?.to_string();
        assert!(
            message.contains("i8") && message.contains(descr),
            "{message}"
        );
    }
    Ok(())
}

#[test]
fn what_is_no_number_is_refused_by_name() -> Outcome {
    for (descr, size) in [
        ("|b1", 1),
        ("<c8", 8),
        ("<c16", 16),
        ("<f16", 16),
        ("|O", 8),
        ("<U3", 12),
        ("|S4", 4),
        ("|V8", 8),
        ("<M8[ns]", 8),
    ] {
        let file = npy_file(descr, "(2,)", &vec![0; 2 * size]);
        let error = Array::parse("a.npy", &file).err().ok_or(descr)?;
        assert_eq!(error.kind(), ErrorKind::Format, "{descr}");
        let message = error.to_string();
        assert!(message.starts_with("a.npy: "), "{message}");
    }
    let file = npy_file("|b1", "(2,)", &[0, 1]);
    let message = Array::parse("a.npy", &file)
        .err()
        .ok_or("accepted")?
        .to_string();
    assert!(
        message.contains("expected real numbers") && message.contains("|b1"),
        "{message}"
    );
    Ok(())
}
