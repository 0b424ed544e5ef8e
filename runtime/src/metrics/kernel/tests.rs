use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, Reference, close, noise, on_threads, turned};

#[test]
fn full_sets_agree_with_the_reference() -> Outcome {
    let reference = Reference::read()?;
    for case in reference.cases("cases") {
        let (real, fake) = reference.pair(&case)?;
        let at = format!("/cases/{case}/kid/full_unbiased_mmd2_f64");
        let expected = reference.number(&at)?;
        let got = kernel_distance(&real, &fake)?;
        assert!(
            close(got, expected, 1e-12),
            "{case}: expected {expected}, got {got}"
        );
    }
    Ok(())
}

#[test]
fn subsets_agree_with_the_reference() -> Outcome {
    let reference = Reference::read()?;
    for case in reference.cases("cases") {
        let (real, fake) = reference.pair(&case)?;
        let reals = reference.lists(&format!("{case}__kid_idx_real"))?;
        let fakes = reference.lists(&format!("{case}__kid_idx_fake"))?;
        let subsets: Vec<KernelSubset> = reals
            .into_iter()
            .zip(fakes)
            .map(|(real, fake)| KernelSubset { real, fake })
            .collect();
        let got = kernel_distance_of_subsets(&real, &fake, &subsets)?;
        let at = format!("/cases/{case}/kid/subsets");
        let mean = reference.number(&format!("{at}/mean"))?;
        let std = reference.number(&format!("{at}/std_population"))?;
        assert!(close(got.mean, mean, 1e-10), "{case}: mean {}", got.mean);
        assert!(close(got.std, std, 1e-10), "{case}: std {}", got.std);
        assert_eq!(got.values.len(), 20);
        for (i, &value) in got.values.iter().enumerate() {
            let expected = reference.number(&format!("{at}/per_subset_mmd2_f64/{i}"))?;
            assert!(
                close(value, expected, 1e-10),
                "{case}, subset {i}: expected {expected}, got {value}"
            );
        }
    }
    Ok(())
}

#[test]
fn one_pass_for_all_subsets_is_a_pass_for_each() -> Outcome {
    // Over two tiles on one side; 40 subsets of 200 hold more pairs than the sets.
    let (real, fake) = (noise(600, 5, 1)?, noise(300, 5, 2)?);
    let together = kernel_distance_in_subsets(&real, &fake, 40, 200, 7)?;
    for (i, &value) in together.values.iter().enumerate() {
        let subset = random_subset(&real, &fake, 200, 7, i);
        let rows = (real.select(&subset.real)?, fake.select(&subset.fake)?);
        let alone = kernel_distance(&rows.0, &rows.1)?;
        assert!((alone - value).abs() < 1e-13, "{i}: {alone} and {value}");
    }
    let (subsets, full) = kernel_distances(&real, &fake, 40, 200, 7)?;
    assert_eq!(subsets, together);
    assert!((full - kernel_distance(&real, &fake)?).abs() < 1e-13);
    Ok(())
}

#[test]
fn blocks_add_up_to_the_plain_sum() -> Outcome {
    // More rows than one tile holds, and not a multiple of it.
    let (real, fake) = (noise(300, 3, 1)?, noise(1037, 3, 2)?);
    let kernel = |x: &[f32], y: &[f32]| {
        let dot: f64 = x
            .iter()
            .zip(y)
            .map(|(&x, &y)| f64::from(x) * f64::from(y))
            .sum();
        (dot / 3.0 + 1.0).powi(3)
    };
    let sum = |a: &Features, b: &Features| -> f64 {
        let rows = a.rows().chunks(3);
        rows.map(|x| b.rows().chunks(3).map(|y| kernel(x, y)).sum::<f64>())
            .sum()
    };
    let own = |a: &Features| sum(a, a) - a.rows().chunks(3).map(|x| kernel(x, x)).sum::<f64>();
    let expected = own(&real) / (300.0 * 299.0) + own(&fake) / (1037.0 * 1036.0)
        - 2.0 * sum(&real, &fake) / (300.0 * 1037.0);
    let got = kernel_distance(&real, &fake)?;
    assert!(
        (got - expected).abs() < 1e-13,
        "expected {expected}, got {got}"
    );
    Ok(())
}

#[test]
fn one_subset_of_all_rows_is_the_full_distance() -> Outcome {
    let (real, fake) = (noise(40, 5, 1)?, noise(40, 5, 2)?);
    let subsets = kernel_distance_in_subsets(&real, &fake, 3, 40, 8)?;
    let full = kernel_distance(&real, &fake)?;
    assert!(subsets.values.iter().all(|v| (v - full).abs() < 1e-14));
    assert!((subsets.mean - full).abs() < 1e-14 && subsets.std < 1e-14);
    Ok(())
}

#[test]
fn subsets_depend_on_the_seed_alone() -> Outcome {
    let (real, fake) = (noise(60, 4, 1)?, noise(50, 4, 2)?);
    let five = kernel_distance_in_subsets(&real, &fake, 5, 20, 3)?;
    let three = kernel_distance_in_subsets(&real, &fake, 3, 20, 3)?;
    assert_eq!(three.values, five.values[..3]);
    let other = kernel_distance_in_subsets(&real, &fake, 5, 20, 4)?;
    assert!(other.values.iter().zip(&five.values).all(|(a, b)| a != b));
    Ok(())
}

#[test]
fn does_not_depend_on_the_number_of_threads() -> Outcome {
    let (real, fake) = (noise(700, 11, 1)?, noise(530, 11, 2)?);
    let on = |threads| {
        on_threads(threads, || {
            let full = kernel_distance(&real, &fake)?;
            kernel_distance_in_subsets(&real, &fake, 4, 300, 0).map(|subsets| (full, subsets))
        })
    };
    let one = on(1)?;
    assert_eq!(one, on(2)?);
    assert_eq!(one, on(7)?);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn is_symmetric_and_blind_to_order_and_rotation(
        (m, n, dim) in (2_usize..40, 2_usize..40, 1_usize..8),
        seed: u64,
    ) {
        let (real, fake) = (noise(m, dim, seed)?, noise(n, dim, seed ^ 1)?);
        let got = kernel_distance(&real, &fake)?;
        let scale = 1.0 + got.abs();
        prop_assert!((kernel_distance(&fake, &real)? - got).abs() < 1e-12 * scale);
        let reversed = real.select(&(0..m).rev().collect::<Vec<_>>())?;
        prop_assert!((kernel_distance(&reversed, &fake)? - got).abs() < 1e-12 * scale);
        let rotated = kernel_distance(&turned(&real)?, &turned(&fake)?)?;
        prop_assert!((rotated - got).abs() < 1e-12 * scale);
    }

    #[test]
    fn a_set_is_never_above_zero_against_itself((n, dim) in (2_usize..40, 1_usize..8), seed: u64) {
        // Left out within the sets, k(x, x) still counts between them, and no
        // k(x, y) exceeds the mean of k(x, x) and k(y, y).
        let set = noise(n, dim, seed)?;
        prop_assert!(kernel_distance(&set, &set)? < 1e-12);
    }
}

#[test]
fn constant_sets_are_at_distance_zero() -> Outcome {
    let set = Features::new(9, 3, vec![0.5; 27], None)?;
    assert!(kernel_distance(&set, &set)?.abs() < 1e-15);
    Ok(())
}

#[test]
fn the_largest_features_have_a_distance() -> Outcome {
    let huge = Features::new(3, 2, vec![f32::MAX; 6], None)?;
    let low = Features::new(3, 2, vec![f32::MIN; 6], None)?;
    assert!(kernel_distance(&huge, &low)?.is_finite());
    Ok(())
}

#[test]
fn refuses_what_has_no_distance() -> Outcome {
    let kind = |result: Result<KernelDistance>| result.map(|_| ()).map_err(|e| e.kind());
    let (a, b) = (noise(4, 3, 0)?, noise(4, 2, 0)?);
    let (one, none) = (noise(1, 3, 0)?, noise(0, 3, 0)?);
    for other in [&b, &one, &none] {
        for result in [kernel_distance(&a, other), kernel_distance(other, &a)] {
            assert_eq!(result.map_err(|e| e.kind()), Err(ErrorKind::Input));
        }
    }
    for (count, size) in [(0, 2), (1, 0), (1, 1), (1, 5), (usize::MAX, 2)] {
        let got = kernel_distance_in_subsets(&a, &a, count, size, 0);
        assert_eq!(
            kind(got),
            Err(ErrorKind::Input),
            "{count} subsets of {size}"
        );
    }
    let beyond = KernelSubset {
        real: vec![0, 1],
        fake: vec![0, 4],
    };
    let got = kernel_distance_of_subsets(&a, &a, &[beyond]);
    assert_eq!(kind(got), Err(ErrorKind::Input));
    Ok(())
}
