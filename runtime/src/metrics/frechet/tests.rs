use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::moments::Moments;
use crate::testing::{Outcome, Reference, close, noise, on_threads, turned};

fn from_moments(real: &Features, fake: &Features) -> Result<f64> {
    let (a, b) = (
        Moments::of(real.rows(), real.dim()),
        Moments::of(fake.rows(), fake.dim()),
    );
    frechet_from_moments(&a.mean, &a.covariance(), &b.mean, &b.covariance())
}

#[test]
fn diagonal_gaussians_have_a_closed_form() -> Outcome {
    // Σ (μ₁ − μ₂)² + Σ (σ₁ − σ₂)².
    let a = frechet_from_moments(
        &[1.0, 2.0],
        &[4.0, 0.0, 0.0, 9.0],
        &[0.0, 0.0],
        &[1.0, 0.0, 0.0, 0.25],
    )?;
    assert!(close(a, 1.0 + 4.0 + 1.0 + 6.25, 1e-14), "{a}");
    Ok(())
}

#[test]
fn commuting_gaussians_have_a_closed_form() -> Outcome {
    // A rotation of diag(9, 1) against diag(1, 4) in the same axes: (3−1)² + (1−2)².
    let (c, s) = (0.3_f64.cos(), 0.3_f64.sin());
    let rotated = |a: f64, b: f64| {
        [
            a * c * c + b * s * s,
            (a - b) * c * s,
            (a - b) * c * s,
            a * s * s + b * c * c,
        ]
    };
    let got = frechet_from_moments(&[0.0; 2], &rotated(9.0, 1.0), &[0.0; 2], &rotated(1.0, 4.0))?;
    assert!(close(got, 5.0, 1e-13), "{got}");
    Ok(())
}

#[test]
fn rounding_below_zero_is_no_variance() -> Outcome {
    // The second feature never moves: Σ₁ of rank 1 against the identity.
    let real = [4.0, 0.0, 0.0, -1e-17];
    let got = frechet_from_moments(&[0.0; 2], &real, &[0.0; 2], &[1.0, 0.0, 0.0, 1.0])?;
    assert!(close(got, 1.0 + 1.0, 1e-14), "{got}");
    Ok(())
}

#[test]
fn covariances_rounded_to_32_bits_are_no_error() -> Outcome {
    // 90 of 120 eigenvalues are 0, which rounding scatters to either side.
    let rounded = |seed| -> crate::Result<(Vec<f64>, Vec<f64>)> {
        let set = noise(31, 120, seed)?;
        let moments = Moments::of(set.rows(), 120);
        let covariance = moments.covariance();
        let rounded = covariance.iter().map(|&v| f64::from(v as f32)).collect();
        Ok((moments.mean, rounded))
    };
    let ((real_mean, real), (fake_mean, fake)) = (rounded(1)?, rounded(2)?);
    let got = frechet_from_moments(&real_mean, &real, &fake_mean, &fake)?;
    let expected = frechet_from_features(&noise(31, 120, 1)?, &noise(31, 120, 2)?)?;
    // Rounding by 1e-7 shows as its square root.
    assert!(close(got, expected, 1e-3), "{got} for {expected}");
    assert!(!close(got, expected, 1e-9), "the rounding does not show");
    Ok(())
}

#[test]
fn the_scale_of_a_covariance_costs_no_digits() -> Outcome {
    let (real, fake) = ([5.0, 2.0, 2.0, 3.0], [2.0, -0.5, -0.5, 1.0]);
    let at = |real_scale: f64, fake_scale: f64| {
        frechet_from_moments(
            &[0.0; 2],
            &real.map(|v| v * real_scale),
            &[0.0; 2],
            &fake.map(|v| v * fake_scale),
        )
    };
    let expected = at(1.0, 1.0)?;
    for scale in [1e-300, 1e-200, 1e150, 1e200, 1e300] {
        let got = at(scale, scale)? / scale;
        assert!(close(got, expected, 1e-14), "{scale}: {got}");
    }
    // √(Σ₁Σ₂) vanishes beside Σ₁.
    assert!(close(at(1e300, 1e-300)?, 8e300, 1e-14));
    assert_eq!(at(0.0, 1.0)?, 3.0);
    let beyond = at(f64::MAX / 5.0, 1.0).map_err(|e| e.kind());
    assert_eq!(beyond, Err(ErrorKind::Numeric));
    Ok(())
}

#[test]
fn a_shift_adds_its_square() -> Outcome {
    let real = noise(40, 6, 1)?;
    let moved = real.rows().iter().map(|v| v + 2.0).collect();
    let moved = Features::new(40, 6, moved, None)?;
    let got = frechet_from_features(&real, &moved)?;
    assert!(close(got, 24.0, 1e-6), "{got}");
    Ok(())
}

#[test]
fn equal_sets_are_at_distance_zero() -> Outcome {
    for (n, dim) in [(50, 8), (8, 50), (2, 3)] {
        let set = noise(n, dim, 5)?;
        assert!(frechet_from_features(&set, &set)? < 1e-12);
    }
    let set = noise(50, 8, 5)?;
    assert!(from_moments(&set, &set)? < 1e-12);
    Ok(())
}

#[test]
fn features_agree_with_the_reference() -> Outcome {
    let reference = Reference::read()?;
    for case in reference.cases("cases") {
        let (real, fake) = reference.pair(&case)?;
        let at = format!("/cases/{case}/fid/nuclear_norm_svd/fid");
        let expected = reference.number(&at)?;
        let got = frechet_from_features(&real, &fake)?;
        let ok = close(got, expected, 1e-9) || (expected == 0.0 && got < 1e-12);
        assert!(ok, "{case}: expected {expected}, got {got}");
        let swapped = frechet_from_features(&fake, &real)?;
        assert!(
            close(swapped, got, 1e-9) || swapped < 1e-12,
            "{case}: not symmetric"
        );
    }
    Ok(())
}

#[test]
fn moments_agree_with_the_reference() -> Outcome {
    let reference = Reference::read()?;
    for case in reference.cases("cases") {
        let (real, fake) = reference.pair(&case)?;
        let at = format!("/cases/{case}/fid/nuclear_norm_svd/fid");
        let expected = reference.number(&at)?;
        let got = from_moments(&real, &fake)?;
        let ok = close(got, expected, 1e-12) || (expected == 0.0 && got < 1e-12);
        assert!(ok, "{case}: expected {expected}, got {got}");
    }
    Ok(())
}

#[test]
fn moments_do_not_depend_on_the_number_of_threads() -> Outcome {
    let (real, fake) = (noise(700, 300, 1)?, noise(500, 300, 2)?);
    let on = |threads| on_threads(threads, || from_moments(&real, &fake));
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
        let got = frechet_from_features(&real, &fake)?;
        let near = |other: f64| (other - got).abs() < 1e-9 * (1.0 + got);
        prop_assert!(near(frechet_from_features(&fake, &real)?));
        let reversed = real.select(&(0..m).rev().collect::<Vec<_>>())?;
        prop_assert!(near(frechet_from_features(&reversed, &fake)?));
        prop_assert!(near(frechet_from_features(&turned(&real)?, &turned(&fake)?)?));
    }
}

#[test]
fn refuses_what_has_no_distance() -> Outcome {
    let kind = |result: Result<f64>| result.map_err(|e| e.kind());
    let (a, b) = (noise(4, 3, 0)?, noise(4, 2, 0)?);
    let one = noise(1, 3, 0)?;
    assert_eq!(kind(frechet_from_features(&a, &b)), Err(ErrorKind::Input));
    assert_eq!(kind(frechet_from_features(&a, &one)), Err(ErrorKind::Input));
    let nan = frechet_from_moments(&[f64::NAN], &[1.0], &[0.0], &[1.0]);
    assert_eq!(kind(nan), Err(ErrorKind::Numeric));
    let negative = frechet_from_moments(&[0.0], &[-1.0], &[0.0], &[1.0]);
    assert_eq!(kind(negative), Err(ErrorKind::Numeric));
    for indefinite in [[1.0, 2.0, 2.0, 1.0], [0.0, 1.0, 1.0, 0.0]] {
        let (zero, sound) = ([0.0; 2], [1.0, 0.0, 0.0, 1.0]);
        let first = frechet_from_moments(&zero, &indefinite, &zero, &sound);
        assert_eq!(kind(first), Err(ErrorKind::Numeric), "{indefinite:?}");
        let second = frechet_from_moments(&zero, &sound, &zero, &indefinite);
        assert_eq!(kind(second), Err(ErrorKind::Numeric), "{indefinite:?}");
    }
    let sizes = frechet_from_moments(&[0.0], &[1.0, 0.0], &[0.0], &[1.0]);
    assert_eq!(kind(sizes), Err(ErrorKind::Input));
    Ok(())
}
