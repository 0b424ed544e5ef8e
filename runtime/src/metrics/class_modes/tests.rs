use super::*;
use crate::ErrorKind;
use crate::testing::Outcome;

fn digits(classes: &[usize]) -> Logits {
    let mut values = vec![0.0; classes.len() * 10];
    for (row, &class) in values.chunks_exact_mut(10).zip(classes) {
        row[class] = 1.0;
    }
    Logits {
        classes: 10,
        values,
    }
}

#[test]
fn three_digits_spell_a_class() -> Outcome {
    let (a, b, c) = (digits(&[0, 9, 1]), digits(&[0, 9, 2]), digits(&[7, 9, 3]));
    assert_eq!(predicted_classes(&[&a, &b, &c])?, [7, 999, 123]);
    assert_eq!(predicted_classes(&[&a])?, [0, 9, 1]);
    Ok(())
}

#[test]
fn the_first_of_equal_logits_wins() -> Outcome {
    let logits = Logits {
        classes: 3,
        values: vec![1.0, 1.0, 0.0, -2.0, -1.0, -1.0],
    };
    assert_eq!(predicted_classes(&[&logits])?, [0, 1]);
    Ok(())
}

#[test]
fn all_classes_alike_are_at_zero() -> Outcome {
    let classes: Vec<usize> = (0..5_000).map(|i| i % 1_000).collect();
    let found = class_modes(&classes, &[1.0; 1_000])?;
    assert_eq!((found.captured, found.modes), (1_000, 1_000));
    assert!(found.reverse_kl < 1e-12);
    Ok(())
}

#[test]
fn real_shares_need_not_be_equal() -> Outcome {
    let found = class_modes(&[0, 0, 0, 1], &[75.0, 25.0])?;
    assert_eq!((found.reverse_kl, &found.counts[..]), (0.0, &[3, 1][..]));
    // ½ ln(½ / ¾) + ½ ln(½ / ¼) = ½ ln (4/3).
    let found = class_modes(&[0, 1], &[0.75, 0.25])?;
    assert!((found.reverse_kl - 0.5 * (4.0_f64 / 3.0).ln()).abs() < 1e-15);
    Ok(())
}

#[test]
fn refuses_what_has_no_class() {
    let kind = |classes: &[usize], real: &[f64]| {
        class_modes(classes, real).map(|_| ()).map_err(|e| e.kind())
    };
    let input = Err(ErrorKind::Input);
    assert_eq!(kind(&[], &[1.0]), input);
    assert_eq!(kind(&[0], &[]), input);
    assert_eq!(kind(&[2], &[1.0, 1.0]), input);
    for share in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(kind(&[0], &[1.0, share]), input);
    }
    let kind = |parts: &[&Logits]| predicted_classes(parts).map_err(|e| e.kind());
    let none = Logits {
        classes: 0,
        values: vec![],
    };
    let nan = Logits {
        classes: 1,
        values: vec![f32::NAN],
    };
    let wide = Logits {
        classes: usize::MAX,
        values: vec![],
    };
    assert_eq!(kind(&[]), Err(ErrorKind::Input));
    assert_eq!(kind(&[&none]), Err(ErrorKind::Input));
    assert_eq!(kind(&[&nan]), Err(ErrorKind::Numeric));
    assert_eq!(kind(&[&wide, &wide]), Err(ErrorKind::Input));
    assert_eq!(
        kind(&[&digits(&[1]), &digits(&[1, 2])]),
        Err(ErrorKind::Input)
    );
}
