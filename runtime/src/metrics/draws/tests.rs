use super::*;

#[test]
fn distinct_rows_are_a_part_of_a_permutation() {
    let mut all = Draws::new(7, b"test    ", 0).distinct(50, 50);
    assert_eq!(Draws::new(7, b"test    ", 0).distinct(50, 9), all[..9]);
    all.sort_unstable();
    assert_eq!(all, (0..50).collect::<Vec<_>>());
}

#[test]
fn seed_purpose_and_stream_each_matter() {
    let draw = |seed, purpose, stream| Draws::new(seed, purpose, stream).distinct(1000, 5);
    let one = draw(1, b"test    ", 0);
    assert_ne!(one, draw(2, b"test    ", 0));
    assert_ne!(one, draw(1, b"other   ", 0));
    assert_ne!(one, draw(1, b"test    ", 1));
}

#[test]
fn integers_are_even() {
    let mut draws = Draws::new(3, b"test    ", 0);
    let mut counts = [0_u32; 6];
    for _ in 0..60_000 {
        counts[draws.below(6)] += 1;
    }
    // Chi-square with 5 degrees of freedom: above 25.7 once in 10,000 seeds.
    let chi: f64 = counts
        .iter()
        .map(|&c| (f64::from(c) - 1e4).powi(2) / 1e4)
        .sum();
    assert!(chi < 25.7, "{counts:?}");
}
