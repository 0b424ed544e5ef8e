use super::*;
use crate::metrics::distances::squared_distance;
use crate::testing::{Outcome, noise};

#[test]
fn bounds_hold_the_distance_and_are_near_it() -> Outcome {
    for (scale, shift) in [(1.0, 0.0), (1.0, 100.0), (1e-30, 0.0), (1e30, -1e31)] {
        let set = |n, seed| {
            let rows = noise(n, 300, seed)?
                .rows()
                .iter()
                .map(|v| v * scale + shift)
                .collect();
            Features::new(n, 300, rows, None)
        };
        // Over one tile, so that the places of later ones are seen to be right.
        let (a, b) = (set(70, 1)?, set(520, 2)?);
        let frame = Frame::of(&a, &b);
        for rows in frame.tiles_in_turn(&a) {
            for others in frame.tiles_in_turn(&b) {
                let bounds = rows.bounds(&others);
                for (column, j) in others.rows().enumerate() {
                    assert_eq!(bounds.column(column).count(), rows.rows().len());
                    for (i, bound) in rows.rows().zip(bounds.column(column)) {
                        let exact = frame.scaled(squared_distance(a.row(i), b.row(j)));
                        let held = bound.lower <= exact && exact <= bound.upper;
                        assert!(held, "{i}, {j}: {} {exact} {}", bound.lower, bound.upper);
                        assert!(bound.upper - bound.lower < 1e-3 * exact, "{scale}, {shift}");
                    }
                }
            }
        }
    }
    Ok(())
}
