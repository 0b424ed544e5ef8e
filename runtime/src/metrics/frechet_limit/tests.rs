use super::*;
use crate::ErrorKind;
use crate::metrics::frechet_from_features;
use crate::testing::{Outcome, noise, on_threads};

#[test]
fn the_line_is_that_of_scipy() {
    // scipy.stats.linregress and its intercept_stderr.
    let line = Line::through(&[1.0, 0.5, 0.25, 0.2, 0.125], &[3.1, 2.2, 1.4, 1.35, 1.3]);
    assert!((line.intercept - 0.9677638067061146).abs() < 1e-14);
    assert!((line.slope - 2.174063116370809).abs() < 1e-14);
    assert!((line.std_error - 0.08654920053349414).abs() < 1e-14);
}

#[test]
fn sizes_run_from_the_smallest_to_all() -> Outcome {
    let (real, fake) = (noise(50, 3, 1)?, noise(120, 3, 2)?);
    let limit = frechet_limit(&real, &fake, 50, 0)?;
    let expected: Vec<usize> = (0..15).map(|i| 50 + 5 * i).collect();
    assert_eq!(limit.sizes, expected);
    let full = frechet_from_features(&real, &fake)?;
    assert!((limit.distances[14] - full).abs() < 1e-9 * full);
    Ok(())
}

#[test]
fn the_bias_of_few_fakes_goes_away() -> Outcome {
    // Both sets have one distribution, so that what is left is the bias: of
    // order d²/N with covariances of d features, here about 0.06 at the end.
    let (real, fake) = (noise(40_000, 12, 1)?, noise(1_000, 12, 2)?);
    let limit = frechet_limit(&real, &fake, 100, 5)?;
    let last = limit.distances[14];
    assert!(last > 0.03, "{limit:?}");
    assert!(limit.value.abs() < 0.3 * last, "{limit:?}");
    assert!(
        limit.slope > 0.0 && limit.std_error < 0.3 * last,
        "{limit:?}"
    );
    Ok(())
}

#[test]
fn depends_on_the_seed_but_not_on_threads() -> Outcome {
    let (real, fake) = (noise(60, 4, 1)?, noise(60, 4, 2)?);
    let on = |threads, seed| on_threads(threads, || frechet_limit(&real, &fake, 20, seed));
    assert_eq!(on(1, 3)?, on(3, 3)?);
    assert_ne!(on(1, 3)?, on(1, 4)?);
    Ok(())
}

#[test]
fn refuses_what_gives_no_line() -> Outcome {
    let (real, fake) = (noise(20, 3, 1)?, noise(20, 3, 2)?);
    let kind = |real: &Features, fake: &Features, smallest| {
        frechet_limit(real, fake, smallest, 0)
            .map(|_| ())
            .map_err(|e| e.kind())
    };
    assert_eq!(kind(&real, &fake, 6), Ok(()));
    let input = Err(ErrorKind::Input);
    for smallest in [0, 1, 7, usize::MAX] {
        assert_eq!(kind(&real, &fake, smallest), input);
    }
    assert_eq!(kind(&noise(1, 3, 0)?, &fake, 6), input);
    assert_eq!(kind(&real, &noise(20, 2, 0)?, 6), input);
    Ok(())
}
