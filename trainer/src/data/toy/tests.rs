use std::error::Error;

use gannet::Features;
use gannet::metrics::modes_of_mixture;

use super::*;
use crate::data::load;

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn a_point_is_a_function_of_seed_and_index() {
    for toy in Toy::ALL {
        let (points, classes) = toy.draw(3, 0..50);
        let (tail, tail_classes) = toy.draw(3, 20..50);
        assert_eq!((&points[40..], &classes[20..]), (&*tail, &*tail_classes));
        assert_ne!(points, toy.draw(4, 0..50).0);
    }
}

/// PacGAN's metrics of the mixture's own samples: what a perfect generator has.
#[test]
fn ring_and_grid_are_the_mixtures_that_their_modes_say() -> Outcome {
    for (toy, count) in [(Toy::Ring, 8), (Toy::Grid, 25)] {
        let modes = toy.modes()?;
        assert_eq!(modes.len(), count);
        let (points, classes) = toy.draw(0, 0..20_000);
        let found = modes_of_mixture(&Features::new(20_000, 2, points, None)?, &modes)?;
        assert_eq!(found.captured, count);
        // A round Gaussian has 1 - exp(-9 / 2) = 0.98889 within three deviations.
        assert!((found.high_quality - 0.98889).abs() < 0.003, "{found:?}");
        assert!(found.reverse_kl < 0.002, "{found:?}");
        // The class is the mode that the point was drawn from.
        let mut drawn = vec![0_u64; count];
        classes
            .iter()
            .for_each(|&class| drawn[usize::from(class)] += 1);
        assert_eq!(found.counts, drawn);
    }
    Ok(())
}

#[test]
fn curves_lie_where_they_should() {
    let deviations = |toy: Toy, distance: &dyn Fn(&[f32], u16) -> f64| {
        let (points, classes) = toy.draw(0, 0..5000);
        let points = points.chunks_exact(2).zip(classes);
        points
            .map(|(point, class)| distance(point, class))
            .fold(0.0, f64::max)
    };
    let moons = deviations(Toy::Moons, &|point, class| {
        let side = if class == 0 { 1.0 } else { -1.0 };
        let (x, y) = (
            side * f64::from(point[0]) + 0.5,
            side * f64::from(point[1]) + 0.25,
        );
        assert!(y > -0.3, "the half circle is the upper one");
        (x.hypot(y) - 1.0).abs()
    });
    assert!((0.1..0.3).contains(&moons), "{moons}");
    // Turned back by its angle, an arm is the segment from 0 to 1 of an axis.
    let spiral = deviations(Toy::Spiral, &|point, class| {
        let (x, y) = (f64::from(point[0]), f64::from(point[1]));
        let angle = -PI * (1.5 * x.hypot(y) + f64::from(class));
        let (along, aside) = (
            x * angle.cos() - y * angle.sin(),
            x * angle.sin() + y * angle.cos(),
        );
        assert!((-0.12..1.12).contains(&along), "{along}");
        aside.abs()
    });
    assert!((0.04..0.6).contains(&spiral), "{spiral}");
}

#[test]
fn a_data_set_is_scaled_points_with_classes() -> Outcome {
    for toy in Toy::ALL {
        let name = format!("toy:{}", toy.name());
        let split = load(Some(name.as_ref()), None)?;
        let (training, held_out) = (&split.training, &split.held_out);
        assert_eq!((training.len(), held_out.len()), (100_000, 20_000));
        assert_eq!(training.shape(), [2, 1, 1]);
        assert_eq!(
            split.class_names().map(|names| names.len()),
            Some(toy.classes().into())
        );
        let all: Vec<usize> = (0..training.len()).collect();
        let values = training.batch(&all)?.images;
        let greatest = values
            .iter()
            .fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!((0.7..2.0).contains(&greatest), "{name}: {greatest}");

        let (next, classes) = toy.draw(0, 100_000..100_001);
        let batch = held_out.batch(&[0])?;
        let expected: Vec<f32> = next
            .iter()
            .map(|value| value / toy.scale() as f32)
            .collect();
        assert_eq!(batch.images, expected);
        assert_eq!(batch.labels, Some(vec![classes[0].into()]));
    }
    Ok(())
}

#[test]
fn points_are_no_images_and_unknown_toys_are_named() -> Outcome {
    let split = load(Some("toy:ring".as_ref()), None)?;
    let refusal = |error: Option<DataError>| Ok::<_, &str>(error.ok_or("accepted")?.to_string());
    let pixels = refusal(split.training.pixels(&[0]).err())?;
    assert!(pixels.contains("toy-ring: these are points"), "{pixels}");
    let sized = refusal(load(Some("toy:ring".as_ref()), Some(8)).err())?;
    assert!(
        sized.contains("toy:ring: points cannot be resized to 8"),
        "{sized}"
    );
    let unknown = refusal(load(Some("toy:rings".as_ref()), None).err())?;
    assert!(
        unknown.contains("toy:rings") && unknown.contains("toy:moons"),
        "{unknown}"
    );
    Ok(())
}
