use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, noise, on_threads};

#[test]
fn copies_are_found() -> Outcome {
    let training = noise(60, 4, 1)?;
    let copied: Vec<usize> = (0..20).map(|i| i * 7 % 60).collect();
    let found = memorisation(&training, &training.select(&copied)?)?;
    assert_eq!(found.authenticity, 0.0);
    for (fake, row) in found.nearest.iter().zip(copied) {
        assert_eq!((fake.row, fake.distance, fake.ratio), (row, 0.0, 0.0));
    }
    Ok(())
}

#[test]
fn far_fakes_are_authentic() -> Outcome {
    let training = noise(60, 4, 1)?;
    let far = training.rows().iter().map(|v| v + 100.0).collect();
    let found = memorisation(&training, &Features::new(60, 4, far, None)?)?;
    assert_eq!(found.authenticity, 1.0);
    Ok(())
}

#[test]
fn agrees_with_every_pair() -> Outcome {
    let (training, fake) = (noise(53, 3, 1)?, noise(21, 3, 2)?);
    let distance = |a: &[f32], b: &[f32]| -> f64 {
        let squares = a.iter().zip(b);
        squares
            .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let rows: Vec<&[f32]> = training.rows().chunks(3).collect();
    let nearest = |point: &[f32], but: usize| {
        (0..53)
            .filter(|&i| i != but)
            .map(|i| (distance(point, rows[i]), i))
            .min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let found = memorisation(&training, &fake)?;
    for (got, point) in found.nearest.iter().zip(fake.rows().chunks(3)) {
        let (near, row) = nearest(point, 99).ok_or("no training row")?;
        let (radius, _) = nearest(rows[row], row).ok_or("no other row")?;
        assert_eq!(got.row, row);
        assert!((got.distance - near).abs() < 1e-14);
        assert!((got.ratio - near / radius).abs() < 1e-13);
    }
    Ok(())
}

#[test]
fn fresh_rows_on_a_line_are_authentic_one_time_in_three() -> Outcome {
    // Poisson points: the nearest is at an Exp(2) distance, and authentic if the
    // gap behind it, Exp(1), is smaller: 1 − 2/3.
    let found = memorisation(&noise(20_000, 1, 1)?, &noise(20_000, 1, 2)?)?;
    assert!(
        (found.authenticity - 1.0 / 3.0).abs() < 0.02,
        "{}",
        found.authenticity
    );
    Ok(())
}

#[test]
fn rows_that_occur_twice_have_no_radius() -> Outcome {
    let training = Features::new(3, 1, vec![2.0, 2.0, 9.0], None)?;
    let found = memorisation(&training, &Features::new(2, 1, vec![2.0, 2.5], None)?)?;
    assert_eq!((found.nearest[0].row, found.nearest[0].ratio), (0, 0.0));
    assert_eq!(found.nearest[1].ratio, f64::INFINITY);
    assert_eq!(found.authenticity, 0.5);
    Ok(())
}

#[test]
fn does_not_depend_on_the_number_of_threads() -> Outcome {
    let (training, fake) = (noise(101, 5, 1)?, noise(67, 5, 2)?);
    let on = |threads| on_threads(threads, || memorisation(&training, &fake));
    assert_eq!(on(1)?, on(5)?);
    Ok(())
}

#[test]
fn refuses_what_has_no_neighbours() -> Outcome {
    let kind = |training, fake| {
        memorisation(training, fake)
            .map(|_| ())
            .map_err(|e| e.kind())
    };
    let (set, one, none, other) = (
        noise(4, 2, 0)?,
        noise(1, 2, 0)?,
        noise(0, 2, 0)?,
        noise(4, 3, 0)?,
    );
    assert_eq!(kind(&set, &one), Ok(()));
    assert_eq!(kind(&one, &set), Err(ErrorKind::Input));
    assert_eq!(kind(&set, &none), Err(ErrorKind::Input));
    assert_eq!(kind(&none, &set), Err(ErrorKind::Input));
    assert_eq!(kind(&set, &other), Err(ErrorKind::Input));
    Ok(())
}
