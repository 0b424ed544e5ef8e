#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn rank(n: usize, rows: &[f32]) -> f64 {
    let features = Features::new(n, rows.len() / n, rows.to_vec(), None).unwrap();
    effective_rank(&features).unwrap()
}

/// Rows at ±`length` on each axis.
fn cross(lengths: &[f32]) -> Vec<f32> {
    let dim = lengths.len();
    let mut rows = vec![0.0; 2 * dim * dim];
    for (axis, length) in lengths.iter().enumerate() {
        rows[2 * axis * dim + axis] = *length;
        rows[(2 * axis + 1) * dim + axis] = -length;
    }
    rows
}

#[test]
fn directions_of_equal_length_count_fully() {
    for dim in [1, 2, 3, 5] {
        let rank = rank(2 * dim, &cross(&vec![2.5; dim]));
        assert!((rank - dim as f64).abs() < 1e-12, "{dim}: {rank}");
    }
}

#[test]
fn shorter_directions_count_by_their_entropy() {
    // Shares of 3/4 and 1/4.
    let expected = (-(0.75_f64 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln())).exp();
    let rank = rank(4, &cross(&[3.0, 1.0]));
    assert!((rank - expected).abs() < 1e-12, "{rank}");
}

#[test]
fn it_does_not_depend_on_the_place_the_scale_or_which_side_is_longer() {
    let (n, dim) = (7, 3);
    let rows: Vec<f32> = (0..n * dim).map(|i| ((i * i) % 11) as f32).collect();
    let expected = rank(n, &rows);
    let moved: Vec<f32> = rows.iter().map(|value| 4.0 * value + 16.0).collect();
    // Columns of zeros make the rows longer than they are many.
    let wide: Vec<f32> = rows
        .chunks(dim)
        .flat_map(|row| row.iter().copied().chain([0.0; 9]))
        .collect();
    for rank in [rank(n, &moved), rank(n, &wide)] {
        assert!((rank - expected).abs() < 1e-9, "{rank} {expected}");
    }
}

#[test]
fn equal_rows_have_none() {
    assert_eq!(rank(5, &[0.5; 20]), 0.0);
}

#[test]
fn one_row_is_refused() {
    let one = Features::new(1, 2, vec![1.0, 2.0], None).unwrap();
    let error = effective_rank(&one).unwrap_err().to_string();
    assert!(
        error.contains("two rows") && error.contains("got 1"),
        "{error}"
    );
}
