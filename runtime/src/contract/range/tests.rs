use super::*;

/// The last operators of a network, the last one first.
fn infer(operators: &[(&str, &[f64])]) -> std::result::Result<PixelRange, String> {
    let operators: Vec<Operator> = operators
        .iter()
        .map(|&(name, constants)| Operator {
            name: name.to_owned(),
            constants: constants.to_vec(),
        })
        .collect();
    PixelRange::infer(&operators).map(|(range, _)| range)
}

#[test]
fn bounded_operators_tell_the_range_through_what_only_moves_values() {
    assert_eq!(infer(&[("Tanh", &[])]), Ok(PixelRange::Signed));
    assert_eq!(infer(&[("Sigmoid", &[])]), Ok(PixelRange::Unit));
    assert_eq!(infer(&[("Clip", &[0.0, 255.0])]), Ok(PixelRange::Bytes));
    let moved = [("Transpose", &[][..]), ("Reshape", &[]), ("Tanh", &[])];
    assert_eq!(infer(&moved), Ok(PixelRange::Signed));
}

#[test]
fn constants_move_the_bounds() {
    let halved = [("Div", &[2.0][..]), ("Add", &[1.0]), ("Tanh", &[])];
    assert_eq!(infer(&halved), Ok(PixelRange::Unit));
    let bytes = [("Add", &[127.5][..]), ("Mul", &[127.5]), ("Tanh", &[])];
    assert_eq!(infer(&bytes), Ok(PixelRange::Bytes));
    let turned = [("Add", &[1.0][..]), ("Mul", &[-2.0]), ("Sigmoid", &[])];
    assert_eq!(infer(&turned), Ok(PixelRange::Signed));
}

#[test]
fn what_has_no_bounds_or_other_ones_is_not_guessed() {
    for (operators, part) in [
        (&[][..], "no operator"),
        (&[("Conv", &[][..])], "ends in Conv, which sets no bounds"),
        (
            &[("Add", &[]), ("Tanh", &[])],
            "ends in Add, which sets no bounds",
        ),
        (&[("Clip", &[0.0])], "ends in Clip, which sets no bounds"),
        (
            &[("Mul", &[3.0]), ("Tanh", &[])],
            "gives [-3, 3], none of [-1, 1], [0, 1], [0, 255]",
        ),
    ] {
        let why = infer(operators).err().unwrap_or_default();
        assert!(why.contains(part), "{operators:?}: {why}");
    }
}

#[test]
fn black_and_white_come_out_at_the_ends() {
    for range in PixelRange::ALL {
        let (black, white) = range.bounds();
        assert_eq!(range.to_signed(black as f32), -1.0);
        assert_eq!(range.to_signed(white as f32), 1.0);
    }
}
