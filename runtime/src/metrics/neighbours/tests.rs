use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, Reference, noise, on_threads};

#[test]
fn counts_are_those_of_the_reference() -> Outcome {
    let reference = Reference::read()?;
    for case in reference.cases("cases") {
        let (real, fake) = reference.pair(&case)?;
        for k in [3, 5] {
            for (boundary, name) in [(Boundary::Open, "lt"), (Boundary::Closed, "le")] {
                let at = format!("/cases/{case}/prdc/k{k}/direct_f64_counts_{name}");
                let counts = Counts::of(&real, &fake, k, boundary);
                for (what, got) in [
                    ("precision", counts.precise()),
                    ("recall", count(&counts.recalled)),
                    ("density_sum", counts.dense() as usize),
                    ("coverage", count(&counts.covered)),
                ] {
                    let expected = reference.number(&format!("{at}/{what}"))?;
                    assert_eq!(got as f64, expected, "{case}, k {k}, {boundary:?}: {what}");
                }
            }
            let at = format!("/cases/{case}/prdc/k{k}/prdc_0.2_f64");
            let got = neighbours(&real, &fake, k, Boundary::Open)?;
            for (what, got) in [
                ("precision", got.precision),
                ("recall", got.recall),
                ("density", got.density),
                ("coverage", got.coverage),
            ] {
                let expected = reference.number(&format!("{at}/{what}"))?;
                assert!((got - expected).abs() < 1e-12, "{case}, k {k}: {what}");
            }
        }
    }
    Ok(())
}

/// Precision, recall, density and coverage from all distances, one by one.
fn plainly(real: &Features, fake: &Features, k: usize, boundary: Boundary) -> Neighbours {
    let radii = |set: &Features| -> Vec<f64> {
        let to_others = |i: usize| {
            let others = (0..set.len()).filter(move |&j| j != i);
            others.map(move |j| squared_distance(set.row(i), set.row(j)))
        };
        let kth = |i: usize| {
            let mut distances: Vec<f64> = to_others(i).collect();
            distances.sort_unstable_by(f64::total_cmp);
            distances[k - 1]
        };
        (0..set.len()).map(kth).collect()
    };
    let (real_radii, fake_radii) = (radii(real), radii(fake));
    let (reals, fakes) = (real.len(), fake.len());
    let (mut to_real, mut by_real) = (vec![0; reals], vec![0; reals]);
    let mut to_fake = vec![0; fakes];
    for i in 0..reals {
        for j in 0..fakes {
            let distance = squared_distance(real.row(i), fake.row(j));
            to_real[i] += usize::from(boundary.holds(distance, fake_radii[j]));
            by_real[i] += usize::from(boundary.holds(distance, real_radii[i]));
            to_fake[j] += usize::from(boundary.holds(distance, real_radii[i]));
        }
    }
    let share = |counts: &[usize]| {
        counts.iter().filter(|&&count| count > 0).count() as f64 / counts.len() as f64
    };
    Neighbours {
        precision: share(&to_fake),
        recall: share(&to_real),
        density: by_real.iter().sum::<usize>() as f64 / (k as f64 * fakes as f64),
        coverage: share(&by_real),
    }
}

#[test]
fn screening_decides_as_all_distances_do() -> Outcome {
    // Over one tile; 32 bits see next to nothing behind a large offset, ties are
    // many on a lattice, and products of extreme scales leave the range of 32 bits.
    type Change = fn(f32) -> f32;
    let cases: [(&str, Change); 6] = [
        ("plain", |v| v),
        ("far from 0", |v| v + 3e4),
        ("a lattice", |v| v.round()),
        ("nearly all equal", |v| (0.3 * v).round()),
        ("tiny", |v| v * 1e-37),
        ("huge", |v| v * 1e37),
    ];
    for (name, change) in cases {
        for (m, n, dim) in [(600, 530, 5), (90, 700, 1), (40, 33, 70)] {
            let set = |n, seed| {
                let rows = noise(n, dim, seed)?
                    .rows()
                    .iter()
                    .map(|&v| change(v))
                    .collect();
                Features::new(n, dim, rows, None)
            };
            let (real, fake) = (set(m, 1)?, set(n, 2)?);
            for (k, boundary) in [
                (1, Boundary::Closed),
                (5, Boundary::Open),
                (30, Boundary::Closed),
            ] {
                let got = neighbours(&real, &fake, k, boundary)?;
                let expected = plainly(&real, &fake, k, boundary);
                assert_eq!(got, expected, "{name}, {m} and {n} of {dim}, k {k}");
            }
        }
    }
    Ok(())
}

#[test]
fn equal_rows_all_hold_each_other() -> Outcome {
    let set = Features::new(700, 3, vec![0.7; 700 * 3], None)?;
    let closed = neighbours(&set, &set, 5, Boundary::Closed)?;
    assert_eq!(closed.density, 700.0 / 5.0);
    assert_eq!([closed.precision, closed.recall, closed.coverage], [1.0; 3]);
    let open = neighbours(&set, &set, 5, Boundary::Open)?;
    assert_eq!(
        [open.precision, open.recall, open.density, open.coverage],
        [0.0; 4]
    );
    Ok(())
}

#[test]
fn a_line_can_be_counted_by_hand() -> Outcome {
    // With k = 1 the real balls are [0±1], [1±1], [5±4]; the fake ones [0.5±1.5], [2±1.5], [20±18].
    let real = Features::new(3, 1, vec![0.0, 1.0, 5.0], None)?;
    let fake = Features::new(3, 1, vec![0.5, 2.0, 20.0], None)?;
    let got = neighbours(&real, &fake, 1, Boundary::Closed)?;
    // 0.5 lies in two real balls, 2 in two (on the edge of [1±1]), 20 in none.
    assert_eq!(got.precision, 2.0 / 3.0);
    assert_eq!(got.density, 4.0 / 3.0);
    assert_eq!((got.recall, got.coverage), (1.0, 1.0));
    let open = neighbours(&real, &fake, 1, Boundary::Open)?;
    assert_eq!(open.density, 3.0 / 3.0);
    Ok(())
}

#[test]
fn far_sets_share_nothing() -> Outcome {
    let real = noise(30, 4, 1)?;
    let far = real.rows().iter().map(|v| v + 1e3).collect();
    let got = neighbours(
        &real,
        &Features::new(30, 4, far, None)?,
        3,
        Boundary::Closed,
    )?;
    assert_eq!(
        [got.precision, got.recall, got.density, got.coverage],
        [0.0; 4]
    );
    Ok(())
}

#[test]
fn does_not_depend_on_the_number_of_threads() -> Outcome {
    let (real, fake) = (noise(101, 11, 1)?, noise(67, 11, 2)?);
    let on = |threads| on_threads(threads, || neighbours(&real, &fake, 3, Boundary::Closed));
    let one = on(1)?;
    assert_eq!(one, on(2)?);
    assert_eq!(one, on(7)?);
    Ok(())
}

#[test]
fn refuses_sets_without_enough_neighbours() -> Outcome {
    let (four, three, other) = (noise(4, 2, 0)?, noise(3, 2, 0)?, noise(4, 3, 0)?);
    let kind = |a, b, k| neighbours(a, b, k, Boundary::Closed).map_err(|e| e.kind());
    assert!(kind(&four, &four, 3).is_ok());
    assert_eq!(kind(&four, &three, 3), Err(ErrorKind::Input));
    assert_eq!(kind(&three, &four, 3), Err(ErrorKind::Input));
    assert_eq!(kind(&four, &other, 3), Err(ErrorKind::Input));
    assert_eq!(kind(&four, &four, 0), Err(ErrorKind::Input));
    Ok(())
}
