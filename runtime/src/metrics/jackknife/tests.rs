use super::*;
use crate::ErrorKind;
use crate::metrics::kernel_distance;
use crate::testing::{Outcome, noise};

#[test]
fn quantiles_are_those_of_mpmath() {
    // The incomplete beta function inverted in mpmath with 30 digits.
    for (level, freedom, expected) in [
        (0.95, 1, 12.706204736174705),
        (0.95, 2, 4.302652729749464),
        (0.9, 3, 2.353363434801824),
        (0.95, 19, 2.0930240544083098),
        (0.99, 4, 4.604094871349993),
        (0.95, 49, 2.0095752371292397),
        (0.5, 10, 0.6998120613124316),
    ] {
        let got = student_quantile(level, freedom);
        assert!(
            (got / expected - 1.0).abs() < 1e-12,
            "{level} {freedom}: {got}"
        );
    }
}

#[test]
fn the_mean_has_its_textbook_error() -> Outcome {
    // Leaving out one row at a time, s / √n exactly.
    let x: [f64; 7] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0];
    let mean = |rows: &[usize]| Ok(rows.iter().map(|&i| x[i]).sum::<f64>() / rows.len() as f64);
    let got = jackknife(7, 7, 0.95, 0, mean)?;
    let centre = 25.0 / 7.0;
    let variance = x.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / 6.0;
    let expected = (variance / 7.0).sqrt();
    assert!((got.value - centre).abs() < 1e-14);
    assert!((got.std_error - expected).abs() < 1e-14);
    let reach = student_quantile(0.95, 6) * expected;
    assert!((got.high - centre - reach).abs() < 1e-12);
    assert!((centre - got.low - reach).abs() < 1e-12);
    Ok(())
}

#[test]
fn groups_leave_out_every_row_once() -> Outcome {
    let mut left_out = vec![0; 23];
    let mut calls = Vec::new();
    jackknife(23, 5, 0.9, 1, |rows| {
        calls.push(rows.len());
        assert!(rows.is_sorted());
        for (row, times) in left_out.iter_mut().enumerate() {
            *times += usize::from(!rows.contains(&row));
        }
        Ok(0.0)
    })?;
    assert_eq!(calls, [23, 18, 18, 18, 19, 19]);
    assert_eq!(left_out, [1; 23]);
    Ok(())
}

#[test]
fn the_interval_holds_the_truth_as_often_as_it_says() -> Outcome {
    // 200 means of 60 normal values, whose true mean is 0, at 90 %: 180 are
    // expected with a standard deviation of 4.2.
    let mut held = 0;
    for seed in 0..200 {
        let set = noise(60, 1, seed)?;
        let mean = |rows: &[usize]| {
            Ok(rows.iter().map(|&i| f64::from(set.rows()[i])).sum::<f64>() / rows.len() as f64)
        };
        let interval = jackknife(60, 12, 0.9, seed, mean)?;
        held += u32::from(interval.low <= 0.0 && 0.0 <= interval.high);
    }
    assert!((164..=196).contains(&held), "{held}");
    Ok(())
}

#[test]
fn a_metric_of_features_has_an_interval() -> Outcome {
    let (real, fake) = (noise(80, 3, 1)?, noise(80, 3, 2)?);
    let metric = |rows: &[usize]| kernel_distance(&real, &fake.select(rows)?);
    let one = jackknife(80, 8, 0.95, 4, metric)?;
    assert_eq!(one.value, kernel_distance(&real, &fake)?);
    assert_eq!(one, jackknife(80, 8, 0.95, 4, metric)?);
    assert_ne!(one.std_error, jackknife(80, 8, 0.95, 5, metric)?.std_error);
    Ok(())
}

#[test]
fn refuses_what_has_no_interval() {
    let kind = |n, groups, level, value| {
        jackknife(n, groups, level, 0, |_| Ok(value))
            .map(|_| ())
            .map_err(|e| e.kind())
    };
    assert_eq!(kind(2, 2, 0.95, 1.0), Ok(()));
    for (n, groups, level) in [
        (0, 2, 0.95),
        (1, 2, 0.95),
        (9, 1, 0.95),
        (9, 0, 0.95),
        (9, 3, 0.0),
        (9, 3, 1.0),
        (9, 3, f64::NAN),
    ] {
        assert_eq!(kind(n, groups, level, 1.0), Err(ErrorKind::Input));
    }
    assert_eq!(kind(9, 3, 0.95, f64::NAN), Err(ErrorKind::Numeric));
    let failed = jackknife(9, 3, 0.95, 0, |_| Err(Error::contract("no")));
    assert_eq!(failed.map_err(|e| e.kind()), Err(ErrorKind::Contract));
}
