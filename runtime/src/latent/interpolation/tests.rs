use super::*;
use crate::ErrorKind;
use crate::testing::Outcome;

fn length(row: &[f32]) -> f64 {
    dot(row, row).sqrt()
}

#[test]
fn the_ends_of_either_way_are_the_latents() -> Outcome {
    let (a, b) = (Latents::draw(1, 0..5, 16), Latents::draw(2, 0..5, 16));
    assert_eq!(a.lerp(&b, 0.0)?, a);
    assert_eq!(a.lerp(&b, 1.0)?, b);
    assert_eq!(a.slerp(&b, 0.0)?, a);
    assert_eq!(a.slerp(&b, 1.0)?, b);
    Ok(())
}

#[test]
fn an_arc_keeps_the_length_and_cuts_the_angle() -> Outcome {
    // 3 along one axis, 3 along another: a quarter of a circle of radius 3.
    let a = Latents::from_values(3, vec![3.0, 0.0, 0.0])?;
    let b = Latents::from_values(3, vec![0.0, 0.0, 3.0])?;
    for t in [0.1, 0.25, 1.0 / 3.0, 0.8] {
        let row = a.slerp(&b, t)?;
        let row = row.values();
        assert!((length(row) - 3.0).abs() < 1e-6, "{t}: {row:?}");
        let angle = f64::from(row[2]).atan2(f64::from(row[0]));
        let expected = t * std::f64::consts::FRAC_PI_2;
        assert!((angle - expected).abs() < 1e-6, "{t}: {angle}");
    }
    let half = a.lerp(&b, 0.5)?;
    assert!((length(half.values()) - 3.0 / 2.0_f64.sqrt()).abs() < 1e-6);
    Ok(())
}

#[test]
fn the_same_direction_goes_along_the_line() -> Outcome {
    let a = Latents::from_values(2, vec![1.0, 2.0])?;
    let b = Latents::from_values(2, vec![2.0, 4.0])?;
    assert_eq!(a.slerp(&b, 0.5)?.values(), [1.5, 3.0]);
    Ok(())
}

#[test]
fn ways_that_there_are_not_are_refused() -> Outcome {
    let a = Latents::from_values(2, vec![1.0, 0.0])?;
    for (b, t) in [
        (Latents::from_values(2, vec![-1.0, 0.0])?, 0.5),
        (Latents::from_values(2, vec![0.0, 0.0])?, 0.5),
        (Latents::from_values(2, vec![1.0, 0.0, 0.0, 1.0])?, 0.5),
        (Latents::from_values(1, vec![1.0])?, 0.5),
        (Latents::from_values(2, vec![0.0, 1.0])?, f64::NAN),
    ] {
        let refused = a.slerp(&b, t).map_err(|error| error.kind());
        assert_eq!(refused, Err(ErrorKind::Input), "{b:?} {t}");
    }
    let b = Latents::from_values(2, vec![0.0, 1.0])?;
    let far = a.lerp(&b, 1e300).map_err(|error| error.kind());
    assert_eq!(far, Err(ErrorKind::Numeric));
    Ok(())
}

#[test]
fn a_path_passes_through_its_latents_at_even_steps() -> Outcome {
    let corners = Latents::from_values(1, vec![0.0, 1.0, 3.0])?;
    let path = corners.path(4, Interpolation::Linear)?;
    let expected = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0];
    assert_eq!(path.values(), expected);
    let corners = Latents::draw(3, 0..2, 8);
    let path = corners.path(2, Interpolation::Spherical)?;
    let (from, to) = (Latents::draw(3, 0..1, 8), Latents::draw(3, 1..2, 8));
    assert_eq!(path.values()[8..16], *from.slerp(&to, 0.5)?.values());
    for refused in [
        corners.path(0, Interpolation::Linear),
        from.path(3, Interpolation::Linear),
    ] {
        assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::Input));
    }
    Ok(())
}
