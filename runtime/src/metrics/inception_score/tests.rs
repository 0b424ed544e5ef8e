use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, Reference};

#[test]
fn agrees_with_the_reference() -> Outcome {
    let reference = Reference::read()?;
    for case in reference.cases("inception_score") {
        let logits = reference.logits(&format!("is__{case}"))?;
        let at = format!("/inception_score/{case}");
        let ten = inception_score(&logits, 10)?;
        let one = inception_score(&logits, 1)?;
        let torch = format!("{at}/torch_fidelity_0.4.0_splits10_noshuffle");
        for (got, expected) in [
            (ten.mean, reference.number(&format!("{torch}/mean"))?),
            (
                ten.std,
                reference.number(&format!("{torch}/std_population"))?,
            ),
            (
                one.mean,
                reference.number(&format!("{at}/direct_f64_splits1"))?,
            ),
            (one.std, 0.0),
        ] {
            assert!(
                (got - expected).abs() < 1e-10,
                "{case}: expected {expected}, got {got}"
            );
        }
    }
    Ok(())
}

#[test]
fn certain_and_balanced_classes_score_their_number() -> Outcome {
    let mut values = vec![-2000.0; 40 * 4];
    for i in 0..40 {
        values[i * 4 + i % 4] = 2000.0;
    }
    let score = inception_score(&Logits { classes: 4, values }, 10)?;
    assert!((score.mean - 4.0).abs() < 1e-12 && score.std < 1e-12);
    Ok(())
}

#[test]
fn one_class_scores_one() -> Outcome {
    let logits = Logits {
        classes: 3,
        values: [9.0, -1.0, 0.5].repeat(20),
    };
    let score = inception_score(&logits, 10)?;
    assert!((score.mean - 1.0).abs() < 1e-12);
    Ok(())
}

#[test]
fn refuses_unusable_logits() {
    let kind = |classes, values| {
        inception_score(&Logits { classes, values }, 1)
            .map(|_| ())
            .map_err(|e| e.kind())
    };
    assert_eq!(kind(2, vec![0.0; 4]), Ok(()));
    assert_eq!(kind(0, vec![]), Err(ErrorKind::Input));
    assert_eq!(kind(2, vec![0.0; 3]), Err(ErrorKind::Input));
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(kind(2, vec![0.0, bad]), Err(ErrorKind::Numeric));
    }
}

#[test]
fn refuses_fewer_rows_than_splits() {
    let logits = Logits {
        classes: 2,
        values: vec![0.0; 18],
    };
    for splits in [0, 10] {
        let kind = inception_score(&logits, splits).map_err(|e| e.kind());
        assert_eq!(kind, Err(ErrorKind::Input));
    }
}
