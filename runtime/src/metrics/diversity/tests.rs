use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, noise, on_threads};

#[test]
fn all_pairs_count_once() -> Outcome {
    for n in [2, 7, 8, 9, 16, 41] {
        let set = noise(n, 3, 1)?;
        let rows: Vec<&[f32]> = set.rows().chunks(3).collect();
        let mut sum = 0.0;
        for i in 0..n {
            for j in 0..i {
                let squares = rows[i].iter().zip(rows[j]);
                sum += squares
                    .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
                    .sum::<f64>()
                    .sqrt();
            }
        }
        let expected = sum / (n * (n - 1) / 2) as f64;
        let got = mean_pairwise_distance(&set)?;
        assert!(
            (got - expected).abs() < 1e-13,
            "{n} rows: {got}, {expected}"
        );
    }
    Ok(())
}

#[test]
fn normal_rows_are_at_the_distance_of_theory() -> Outcome {
    // The mean of |x − y| for standard normal x and y is 2/√π.
    let got = mean_pairwise_distance(&noise(4_000, 1, 1)?)?;
    let expected = 2.0 / std::f64::consts::PI.sqrt();
    assert!((got / expected - 1.0).abs() < 0.03, "{got}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn is_one_for_equal_sets_and_scales((n, dim) in (2_usize..30, 1_usize..6), seed: u64) {
        let set = noise(n, dim, seed)?;
        prop_assert_eq!(diversity_ratio(&set, &set)?, 1.0);
        let reversed = set.select(&(0..n).rev().collect::<Vec<_>>())?;
        prop_assert!((diversity_ratio(&set, &reversed)? - 1.0).abs() < 1e-12);
        let halves = set.rows().iter().map(|v| 0.5 * v).collect();
        let half = Features::new(n, dim, halves, None)?;
        prop_assert!((diversity_ratio(&set, &half)? - 0.5).abs() < 1e-12);
    }
}

#[test]
fn a_collapsed_generator_scores_zero() -> Outcome {
    let same = Features::new(5, 2, vec![0.3; 10], None)?;
    assert_eq!(diversity_ratio(&noise(5, 2, 0)?, &same)?, 0.0);
    let kind = diversity_ratio(&same, &same).map_err(|e| e.kind());
    assert_eq!(kind, Err(ErrorKind::Numeric));
    Ok(())
}

#[test]
fn does_not_depend_on_the_number_of_threads() -> Outcome {
    let set = noise(333, 5, 1)?;
    let on = |threads| on_threads(threads, || mean_pairwise_distance(&set));
    assert_eq!(on(1)?, on(3)?);
    Ok(())
}

#[test]
fn refuses_what_has_no_pairs() -> Outcome {
    let kind = |a, b| diversity_ratio(a, b).map_err(|e| e.kind());
    let (set, one, none, other) = (
        noise(4, 2, 0)?,
        noise(1, 2, 0)?,
        noise(0, 2, 0)?,
        noise(4, 3, 0)?,
    );
    for bad in [&one, &none, &other] {
        assert_eq!(kind(&set, bad), Err(ErrorKind::Input));
        assert_eq!(kind(bad, &set), Err(ErrorKind::Input));
    }
    Ok(())
}
