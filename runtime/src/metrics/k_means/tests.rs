use super::*;
use crate::testing::{Outcome, noise, on_threads};

#[test]
fn finds_clusters_that_lie_apart() -> Outcome {
    // Four clouds of unit width around 0, 100, 200 and 300.
    let rows: Vec<f32> = noise(400, 1, 1)?
        .rows()
        .iter()
        .enumerate()
        .map(|(i, z)| 100.0 * (i % 4) as f32 + z)
        .collect();
    for seed in 0..8 {
        let mut centres = k_means(&rows, 1, 4, seed).ok_or("too few rows")?;
        centres.sort_by(f64::total_cmp);
        for (i, centre) in centres.iter().enumerate() {
            let cloud = rows.iter().skip(i).step_by(4);
            let mean = cloud.map(|&v| f64::from(v)).sum::<f64>() / 100.0;
            assert!((centre - mean).abs() < 1e-12, "seed {seed}: {centres:?}");
        }
    }
    Ok(())
}

#[test]
fn does_not_depend_on_the_number_of_threads() -> Outcome {
    let rows = noise(501, 6, 2)?;
    let on = |threads| on_threads(threads, || Ok(k_means(rows.rows(), 6, 20, 1)));
    assert_eq!(on(1)?, on(5)?);
    Ok(())
}

#[test]
fn every_centre_is_the_mean_of_its_rows() -> Outcome {
    let set = noise(300, 2, 3)?;
    let centres = k_means(set.rows(), 2, 7, 0).ok_or("too few rows")?;
    let nearest = assign(set.rows(), 2, &centres);
    for (i, centre) in centres.chunks(2).enumerate() {
        let own: Vec<&[f32]> = set
            .rows()
            .chunks(2)
            .zip(&nearest)
            .filter(|&(_, &at)| at == i)
            .map(|(row, _)| row)
            .collect();
        for (axis, &value) in centre.iter().enumerate() {
            let mean = own.iter().map(|row| f64::from(row[axis])).sum::<f64>() / own.len() as f64;
            assert!((value - mean).abs() < 1e-12);
        }
    }
    Ok(())
}

#[test]
fn needs_as_many_different_rows_as_centres() {
    assert_eq!(k_means(&[1.0, 1.0, 2.0], 1, 3, 0), None);
    assert_eq!(k_means(&[1.0, 2.0], 1, 3, 0), None);
    assert_eq!(k_means(&[1.0], 1, 0, 0), None);
    assert_eq!(k_means(&[], 1, 1, 0), None);
    assert!(k_means(&[1.0, 1.0, 2.0], 1, 2, 0).is_some());
}

#[test]
fn chance_never_falls_on_weight_zero() {
    assert_eq!(choose(&[0.0, 3.0, 0.0, 1.0], 0.0), Some(1));
    assert_eq!(choose(&[0.0, 3.0, 0.0, 1.0], 0.75), Some(3));
    assert_eq!(choose(&[0.0, 0.0], 0.5), None);
}
