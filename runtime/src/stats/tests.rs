use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::features::Logits;
use crate::testing::{Outcome, noise};

fn protocol() -> StatsProtocol {
    StatsProtocol {
        extractor: "tiny-features".into(),
        extractor_sha256: "ab".repeat(32),
        real_data: "noise".into(),
        split: "train".into(),
    }
}

fn collect(parts: &[&[f32]], dim: usize, reservoir: usize) -> Result<RealStats> {
    let mut collector = RealStats::collect(protocol(), reservoir, 9);
    for rows in parts {
        collector.push(&Features::new(rows.len() / dim, dim, rows.to_vec(), None)?)?;
    }
    collector.finish()
}

/// Equal up to rounding, relative to the largest value.
fn close(a: &[f64], b: &[f64]) -> bool {
    let scale = a.iter().fold(0.0, |scale: f64, v| scale.max(v.abs()));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * scale)
}

fn alike(a: &RealStats, b: &RealStats) -> bool {
    a.n() == b.n()
        && close(&a.mu, &b.mu)
        && close(&a.sigma, &b.sigma)
        && a.reservoir() == b.reservoir()
        && a.class_counts() == b.class_counts()
}

#[test]
fn three_points_have_known_moments() -> Outcome {
    let stats = collect(&[&[1.0, 0.0, 2.0, 0.0, 3.0, 3.0]], 2, 10)?;
    assert_eq!(stats.mu(), [2.0, 1.0]);
    assert_eq!(stats.sigma(), [1.0, 1.5, 1.5, 3.0]);
    assert_eq!(stats.n(), Some(3));
    Ok(())
}

#[test]
fn a_distant_mean_costs_no_digits() -> Outcome {
    let rows: Vec<f32> = noise(1000, 1, 3)?.rows().iter().map(|v| v + 1e4).collect();
    let exact = rows.iter().map(|&v| f64::from(v) - 1e4);
    let mean = exact.clone().sum::<f64>() / 1000.0;
    let variance = exact.map(|v| (v - mean).powi(2)).sum::<f64>() / 999.0;
    let parts: Vec<&[f32]> = rows.chunks(7).collect();
    let got = collect(&parts, 1, 0)?.sigma()[0];
    assert!(
        (got / variance - 1.0).abs() < 1e-11,
        "{got} against {variance}"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shards_merge_to_the_whole(n in 4_usize..60, dim in 1_usize..6, seed: u64, at in 0.0..1.0_f64) {
        let all = noise(n, dim, seed)?;
        let cut = (2 + ((n - 4) as f64 * at) as usize) * dim;
        let whole = collect(&[all.rows()], dim, 7)?;
        let (a, b) = all.rows().split_at(cut);
        let (a, b) = (collect(&[a], dim, 7)?, collect(&[b], dim, 7)?);
        prop_assert!(alike(&RealStats::merge(a.clone(), b.clone())?, &whole));
        prop_assert!(alike(&RealStats::merge(b, a)?, &whole));
    }

    #[test]
    fn batches_and_order_do_not_matter(n in 2_usize..60, dim in 1_usize..6, seed: u64, batch in 1_usize..9) {
        let all = noise(n, dim, seed)?;
        let whole = collect(&[all.rows()], dim, 7)?;
        let parts: Vec<&[f32]> = all.rows().chunks(batch * dim).collect();
        prop_assert!(alike(&collect(&parts, dim, 7)?, &whole));
        let mut parts: Vec<&[f32]> = all.rows().chunks(dim).collect();
        parts.reverse();
        prop_assert!(alike(&collect(&parts, dim, 7)?, &whole));
    }
}

#[test]
fn the_reservoir_is_a_fair_sample() -> Outcome {
    let all: Vec<f32> = (0..1000).map(|i| i as f32).collect();
    let mut total = 0.0;
    for seed in 0..40 {
        let mut collector = RealStats::collect(protocol(), 50, seed);
        collector.push(&Features::new(1000, 1, all.clone(), None)?)?;
        let kept = collector.finish()?.reservoir().ok_or("no reservoir")?;
        assert_eq!(kept.len(), 50);
        assert!(kept.rows().iter().all(|v| all.contains(v)));
        total += kept.rows().iter().sum::<f32>() / 50.0;
    }
    // A mean of 2,000 values of standard deviation 289: five standard errors.
    assert!((total / 40.0 - 499.5).abs() < 5.0 * 289.0 / f32::sqrt(2000.0));
    Ok(())
}

#[test]
fn classes_are_counted_and_merge() -> Outcome {
    let part = |values: Vec<f32>| {
        let n = values.len() / 2;
        Features::new(n, 1, vec![0.5; n], Some(Logits { classes: 2, values }))
    };
    let collect = |features: &Features| -> Result<RealStats> {
        let mut collector = RealStats::collect(protocol(), 4, 0);
        collector.push(features)?;
        collector.finish()
    };
    let a = collect(&part(vec![1.0, 0.0, 0.0, 1.0, 2.0, 1.0])?)?;
    let b = collect(&part(vec![-1.0, 0.0, 0.0, 1.0])?)?;
    assert_eq!(a.class_counts(), Some(&[2, 1][..]));
    let merged = RealStats::merge(a, b)?;
    assert_eq!(merged.class_counts(), Some(&[2, 3][..]));
    Ok(())
}

#[test]
fn refused_features_change_nothing() -> Outcome {
    let rows = |classes: Option<usize>| {
        let logits = classes.map(|classes| Logits {
            classes,
            values: vec![0.5; 2 * classes],
        });
        Features::new(2, 1, vec![0.5, 1.0], logits)
    };
    let mut collector = RealStats::collect(protocol(), 4, 0);
    collector.push(&rows(Some(2))?)?;
    for unfit in [rows(Some(3))?, rows(None)?, noise(2, 2, 0)?] {
        let error = collector.push(&unfit).map_err(|e| e.kind());
        assert_eq!(error, Err(ErrorKind::Input));
    }
    collector.push(&rows(Some(2))?)?;
    let stats = collector.finish()?;
    assert_eq!(
        (stats.n(), stats.class_counts()),
        (Some(4), Some(&[4, 0][..]))
    );
    Ok(())
}

#[test]
fn what_does_not_belong_together_does_not_merge() -> Outcome {
    let rows = noise(10, 2, 0)?;
    let mut other = RealStats::collect(
        StatsProtocol {
            split: "test".into(),
            ..protocol()
        },
        7,
        9,
    );
    other.push(&rows)?;
    let other = other.finish()?;
    let ours = collect(&[rows.rows()], 2, 7)?;
    let kind = |a: &RealStats, b: &RealStats| {
        RealStats::merge(a.clone(), b.clone())
            .err()
            .map(|e| e.kind())
    };
    assert_eq!(kind(&ours, &other), Some(ErrorKind::Contract));
    assert_eq!(
        kind(&ours, &collect(&[rows.rows()], 2, 8)?),
        Some(ErrorKind::Input)
    );
    assert_eq!(
        kind(&ours, &collect(&[rows.rows()], 4, 7)?),
        Some(ErrorKind::Contract)
    );
    let foreign = RealStats {
        collected: None,
        ..ours.clone()
    };
    assert_eq!(kind(&ours, &foreign), Some(ErrorKind::Contract));

    let mut collector = RealStats::collect(protocol(), 7, 9);
    assert_eq!(
        collector.clone().finish().err().map(|e| e.kind()),
        Some(ErrorKind::Input)
    );
    collector.push(&noise(1, 2, 0)?)?;
    assert_eq!(
        collector.clone().finish().err().map(|e| e.kind()),
        Some(ErrorKind::Input)
    );
    let narrow = collector.push(&noise(3, 1, 0)?);
    assert_eq!(narrow.map_err(|e| e.kind()), Err(ErrorKind::Input));
    Ok(())
}
