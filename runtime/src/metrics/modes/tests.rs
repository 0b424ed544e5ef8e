use std::f64::consts::TAU;

use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, noise};

/// PacGAN's ring of eight with wider modes: radius 1, standard deviation 0.1.
fn ring() -> Result<Vec<Mode>> {
    (0..8)
        .map(|i| {
            let angle = TAU * f64::from(i) / 8.0;
            Mode::round(vec![angle.cos(), angle.sin()], 0.1)
        })
        .collect()
}

/// Samples of the ring's modes in turn, with noise of `scale` standard deviations.
fn samples(n: usize, modes: usize, scale: f64) -> Result<Features> {
    let noise = noise(n, 2, 4)?;
    let rows = noise
        .rows()
        .chunks_exact(2)
        .enumerate()
        .flat_map(|(i, z)| {
            let angle = TAU * (i % modes) as f64 / 8.0;
            [
                (angle.cos() + 0.1 * scale * f64::from(z[0])) as f32,
                (angle.sin() + 0.1 * scale * f64::from(z[1])) as f32,
            ]
        })
        .collect();
    Features::new(n, 2, rows, None)
}

#[test]
fn the_mixture_itself_has_all_modes() -> Outcome {
    let found = modes_of_mixture(&samples(8_000, 8, 1.0)?, &ring()?)?;
    assert_eq!((found.captured, found.modes, found.limit), (8, 8, 3.0));
    // Within three standard deviations of a plane's Gaussian: 1 − exp(−9/2), to
    // four standard errors of 8,000 samples.
    let expected = 1.0 - (-4.5_f64).exp();
    assert!((found.high_quality - expected).abs() < 0.005, "{found:?}");
    assert!(found.reverse_kl < 1e-4, "{found:?}");
    Ok(())
}

#[test]
fn lost_modes_cost_their_logarithm() -> Outcome {
    let found = modes_of_mixture(&samples(600, 2, 0.1)?, &ring()?)?;
    assert_eq!((found.captured, found.high_quality), (2, 1.0));
    assert!((found.reverse_kl - 4.0_f64.ln()).abs() < 1e-14);
    Ok(())
}

#[test]
fn poor_samples_count_but_capture_nothing() -> Outcome {
    let far = Features::new(2, 2, vec![5.0, 0.0, 0.0, 5.0], None)?;
    let found = modes_of_mixture(&far, &ring()?)?;
    assert_eq!((found.captured, found.high_quality), (0, 0.0));
    assert_eq!(found.counts, [1, 0, 1, 0, 0, 0, 0, 0]);
    Ok(())
}

#[test]
fn a_long_mode_reaches_far_along_its_axis() -> Outcome {
    // Σ = [[2, 1], [1, 1]], whose inverse is [[1, −1], [−1, 2]].
    let mode = Mode::new(vec![1.0, -1.0], &[2.0, 1.0, 1.0, 1.0], 1.0)?;
    for (point, expected) in [([2.0, -1.0], 1.0), ([1.0, 0.0], 2.0), ([3.0, 2.0], 10.0)] {
        assert!((mode.squared_distance(&point) - expected).abs() < 1e-14);
    }
    Ok(())
}

#[test]
fn weights_are_the_real_shares() -> Outcome {
    let modes = [
        Mode::new(vec![0.0], &[1.0], 6.0)?,
        Mode::new(vec![9.0], &[1.0], 2.0)?,
    ];
    let points = Features::new(4, 1, vec![0.0, 0.1, 0.2, 9.0], None)?;
    assert_eq!(modes_of_mixture(&points, &modes)?.reverse_kl, 0.0);
    Ok(())
}

#[test]
fn the_order_of_samples_does_not_matter() -> Outcome {
    let points = samples(100, 5, 2.0)?;
    let reversed = points.select(&(0..100).rev().collect::<Vec<_>>())?;
    let modes = ring()?;
    assert_eq!(
        modes_of_mixture(&points, &modes)?,
        modes_of_mixture(&reversed, &modes)?
    );
    Ok(())
}

#[test]
fn refuses_what_is_no_mixture() -> Outcome {
    let kind = |result: Result<MixtureModes>| result.map(|_| ()).map_err(|e| e.kind());
    let input = Err(ErrorKind::Input);
    let points = noise(3, 2, 0)?;
    assert_eq!(kind(modes_of_mixture(&points, &[])), input);
    assert_eq!(kind(modes_of_mixture(&noise(0, 2, 0)?, &ring()?)), input);
    assert_eq!(kind(modes_of_mixture(&noise(3, 3, 0)?, &ring()?)), input);
    for (mean, covariance, weight) in [
        (vec![], vec![], 1.0),
        (vec![0.0], vec![1.0, 0.0], 1.0),
        (vec![f64::NAN], vec![1.0], 1.0),
        (vec![0.0], vec![f64::NAN], 1.0),
        (vec![0.0], vec![f64::INFINITY], 1.0),
        (vec![0.0], vec![0.0], 1.0),
        (vec![0.0], vec![1.0], 0.0),
        (vec![0.0], vec![1.0], f64::NAN),
        (vec![0.0, 0.0], vec![1.0, 0.5, 0.4, 1.0], 1.0),
        (vec![0.0, 0.0], vec![1.0, 2.0, 2.0, 1.0], 1.0),
    ] {
        let mode = Mode::new(mean.clone(), &covariance, weight).map_err(|e| e.kind());
        assert_eq!(
            mode,
            Err(ErrorKind::Input),
            "{mean:?} {covariance:?} {weight}"
        );
    }
    Ok(())
}
