use super::*;

#[test]
fn agrees_with_an_implementation_in_python() {
    // Written from the module's documentation alone.
    let rows = Draws::new(7, b"kid real", 3).distinct(1000, 12);
    assert_eq!(
        rows,
        [459, 463, 803, 796, 430, 295, 285, 797, 395, 958, 516, 51]
    );
    let mut draws = Draws::new((1 << 63) + 5, b"k means ", 0);
    assert_eq!(draws.distinct(10, 10), [2, 6, 7, 4, 1, 8, 9, 5, 0, 3]);
    draws.below(3);
    assert_eq!(draws.unit(), 0.46327487935060474);
    // Every other number is drawn again below 2⁶³ + 1.
    let mut draws = Draws::new(1, b"test    ", 2);
    let bound = usize::MAX / 2 + 2;
    let drawn = [(); 4].map(|()| draws.below(bound));
    let expected = [
        2763983564934060449,
        1158034131791326750,
        8351377231166173537,
        2360941103101273216,
    ];
    assert_eq!(drawn, expected);
}

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
