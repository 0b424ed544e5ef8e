use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, noise};

/// Uniform draws from `support` different samples.
fn uniform(n: usize, support: usize) -> Result<Features> {
    let mut draws = Draws::new(9, b"testing ", 0);
    let rows = (0..n).map(|_| draws.below(support) as f32).collect();
    Features::new(n, 1, rows, None)
}

#[test]
fn finds_the_size_of_a_uniform_support() -> Outcome {
    // 2,000 batches of 24 out of 400: about half collide, and the share's
    // standard error of 1.1 % makes one of 3 % of the support.
    let found = birthday(&uniform(48_000, 400)?, 24, 1)?;
    assert_eq!(found.closest.len(), 2_000);
    let p = found.collisions(0.0);
    assert!((p - 0.5).abs() < 0.05, "{p}");
    let support = found.support(0.0).ok_or("no support")?;
    assert!((support / 400.0 - 1.0).abs() < 0.1, "{support}");
    Ok(())
}

#[test]
fn half_of_the_batches_mean_about_their_square() {
    let pair = |distance| ClosePair {
        first: 0,
        second: 1,
        distance,
    };
    let found = Birthday {
        batch: 100,
        closest: vec![pair(1.0), pair(2.0), pair(3.0), pair(4.0)],
    };
    let expected = 9_900.0 / (2.0 * 2.0_f64.ln());
    assert!((found.support(2.0).unwrap_or(0.0) / expected - 1.0).abs() < 1e-14);
    assert_eq!(found.support(0.5), None);
    assert_eq!(found.support(4.0), None);
    assert_eq!(found.collisions(f64::NAN), 0.0);
}

#[test]
fn the_closest_pair_is_that_of_all_pairs() -> Outcome {
    let set = noise(43, 3, 1)?;
    let rows: Vec<&[f32]> = set.rows().chunks(3).collect();
    let distance = |a: usize, b: usize| -> f64 {
        let squares = rows[a].iter().zip(rows[b]);
        squares
            .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let mut least = f64::INFINITY;
    for a in 0..43 {
        for b in 0..a {
            least = least.min(distance(a, b));
        }
    }
    let found = birthday(&set, 43, 0)?.closest[0];
    assert_eq!(found.distance, distance(found.first, found.second));
    assert_eq!(found.distance, least);
    assert_ne!(found.first, found.second);
    Ok(())
}

#[test]
fn batches_share_nothing_and_depend_on_the_seed() -> Outcome {
    let set = noise(50, 2, 1)?;
    let found = birthday(&set, 2, 3)?;
    let mut used: Vec<usize> = found
        .closest
        .iter()
        .flat_map(|p| [p.first, p.second])
        .collect();
    used.sort_unstable();
    assert_eq!(used, (0..50).collect::<Vec<_>>());
    assert_eq!(found, birthday(&set, 2, 3)?);
    assert_ne!(found, birthday(&set, 2, 4)?);
    Ok(())
}

#[test]
fn refuses_what_makes_no_batch() -> Outcome {
    let set = noise(5, 2, 0)?;
    for batch in [0, 1, 6, usize::MAX] {
        let kind = birthday(&set, batch, 0).map(|_| ()).map_err(|e| e.kind());
        assert_eq!(kind, Err(ErrorKind::Input), "{batch}");
    }
    Ok(())
}
