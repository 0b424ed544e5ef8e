use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, noise};

/// Rows near 0, 100, 200 and 300, as many as said.
fn clouds(sizes: [usize; 4]) -> Vec<f32> {
    let mut rows = Vec::new();
    for (i, size) in sizes.into_iter().enumerate() {
        rows.extend((0..size).map(|j| 100.0 * i as f32 + (j % 5) as f32));
    }
    rows
}

#[test]
fn the_test_of_proportions_is_that_of_scipy() {
    // 2 scipy.stats.norm.sf(|z|).
    for (counts, totals, expected) in [
        ((30, 55), (1000, 1200), 0.05502086030060101),
        ((120, 80), (5000, 5000), 0.004274733960172559),
        ((0, 9), (400, 300), 0.0004892245720079986),
    ] {
        let got = two_sided_p(counts, totals);
        assert!((got / expected - 1.0).abs() < 1e-12, "{got}");
    }
    assert_eq!(two_sided_p((0, 0), (400, 300)), 1.0);
    assert_eq!(two_sided_p((400, 300), (400, 300)), 1.0);
}

#[test]
fn a_lost_mode_is_a_different_bin() -> Outcome {
    let bins = Bins::fit(&clouds([100; 4]), 1, 4, 1)?;
    let found = bins.compare(&clouds([100, 100, 100, 100]), 0.05)?;
    assert_eq!((found.different, found.js_divergence), (0, 0.0));
    // Shares of 1/4 against 1/3, 1/3, 1/3 and 0: all four differ at n = 400.
    let found = bins.compare(&clouds([100, 100, 100, 0]), 0.05)?;
    assert_eq!(found.different, 4);
    let mut counts = found.fake_counts.clone();
    counts.sort_unstable();
    assert_eq!(counts, [0, 100, 100, 100]);
    let (p, q) = (0.25_f64, 1.0 / 3.0_f64);
    let m = 0.5 * (p + q);
    let expected = 0.5 * (3.0 * p * (p / m).ln() + p * 2.0_f64.ln() + 3.0 * q * (q / m).ln());
    assert!((found.js_divergence - expected).abs() < 1e-14);
    // p is 0.016 for the full bins.
    assert_eq!(
        bins.compare(&clouds([100, 100, 100, 0]), 0.01)?.different,
        1
    );
    Ok(())
}

#[test]
fn real_against_real_differs_by_chance_alone() -> Outcome {
    let (real, fake) = (noise(20_000, 3, 1)?, noise(20_000, 3, 2)?);
    let found = Bins::fit(real.rows(), 3, 100, 0)?.compare(fake.rows(), 0.05)?;
    // 5 are expected; 13 or more come up once in 1,000.
    assert!(found.different < 13, "{}", found.different);
    assert!(found.js_divergence < 0.002, "{}", found.js_divergence);
    assert_eq!(found.real_counts.iter().sum::<u64>(), 20_000);
    Ok(())
}

#[test]
fn the_order_of_fakes_does_not_matter() -> Outcome {
    let (real, fake) = (noise(200, 3, 1)?, noise(90, 3, 2)?);
    let bins = Bins::fit(real.rows(), 3, 10, 0)?;
    let reversed = fake.select(&(0..90).rev().collect::<Vec<_>>())?;
    assert_eq!(
        bins.compare(fake.rows(), 0.05)?,
        bins.compare(reversed.rows(), 0.05)?
    );
    Ok(())
}

#[test]
fn refuses_what_has_no_bins() -> Outcome {
    let fit = |rows: &[f32], dim, bins| {
        Bins::fit(rows, dim, bins, 0)
            .map(|_| ())
            .map_err(|e| e.kind())
    };
    let input = Err(ErrorKind::Input);
    assert_eq!(fit(&[], 2, 1), input);
    assert_eq!(fit(&[1.0, 2.0], 0, 1), input);
    assert_eq!(fit(&[1.0, 2.0, 3.0], 2, 1), input);
    assert_eq!(fit(&[1.0, 2.0], 1, 0), input);
    assert_eq!(fit(&[1.0, 1.0], 1, 2), input);
    assert_eq!(fit(&[1.0, f32::NAN], 1, 1), Err(ErrorKind::Numeric));

    let bins = Bins::fit(&[1.0, 2.0, 3.0, 4.0], 2, 2, 0)?;
    let compare = |rows: &[f32], level| bins.compare(rows, level).map(|_| ()).map_err(|e| e.kind());
    assert_eq!(compare(&[1.0, 2.0], 0.05), Ok(()));
    assert_eq!(compare(&[], 0.05), input);
    assert_eq!(compare(&[1.0, 2.0, 3.0], 0.05), input);
    assert_eq!(
        compare(&[f32::INFINITY, 2.0], 0.05),
        Err(ErrorKind::Numeric)
    );
    for level in [0.0, 1.0, f64::NAN] {
        assert_eq!(compare(&[1.0, 2.0], level), input);
    }
    Ok(())
}
