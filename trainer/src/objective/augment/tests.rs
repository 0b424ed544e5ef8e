#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed test should stop"
)]

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::*;

fn values(images: Tensor<4>) -> Vec<f32> {
    images.into_data().try_to_vec::<f32>().unwrap()
}

fn images(n: usize, [c, h, w]: [usize; 3]) -> Tensor<4> {
    let count = n * c * h * w;
    let drawn = gannet::Latents::draw(17, 0..1, count);
    let data = TensorData::new(drawn.values().to_vec(), [n, c, h, w]);
    Tensor::from_data(data, &Device::flex())
}

fn draw(policy: &str, probability: f64, n: usize, shape: [usize; 3], step: u64) -> Augmentation {
    let policy = Policy::parse(policy).unwrap();
    Augmentation::draw(&policy, probability, n, shape, 5, step)
}

const ALL: &str = "color,translation,cutout";

#[test]
fn colours_are_those_of_the_authors_code() {
    let x = [
        0.5, -0.25, 0.125, 1.0, -0.75, 0.25, -1.0, 0.0, 0.5, 0.5, 0.75, -0.5,
    ];
    let images = Tensor::<1>::from_floats(x, &Device::flex()).reshape([2, 3, 1, 2]);
    let color = Color {
        brightness: vec![0.25, -0.375],
        saturation: vec![0.5, 1.75],
        contrast: vec![1.0, 0.5625],
    };
    // From rand_brightness, rand_color and rand_contrast of DiffAugment_pytorch.py (torch 2.9.1,
    // float64), with these numbers in the place of torch.rand.
    let expected = [
        0.4791667, 0.2916667, 0.2916667, 0.9166667, -0.1458333, 0.5416667, -1.3763021, -0.3567708,
        0.1002604, 0.1354167, 0.3463542, -0.8489583,
    ];
    let got = values(color.apply(images));
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{got} {expected}");
    }
}

#[test]
fn grey_images_have_no_saturation() {
    let grey = images(1, [1, 4, 4]);
    let with = |saturation| {
        let color = Color {
            brightness: vec![0.1],
            saturation: vec![saturation],
            contrast: vec![1.2],
        };
        values(color.apply(grey.clone()))
    };
    assert_eq!(with(0.0), with(1.9));
}

#[test]
fn shifts_fill_with_0() {
    let rows = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &Device::flex());
    let image = rows.reshape([1, 1, 2, 3]);
    let both = Tensor::cat(vec![image.clone(), image.clone() + 10.0], 1);
    let shifted = |shift| {
        let shifts = vec![shift];
        values(Translation { shifts }.apply(both.clone()))
    };
    assert_eq!(shifted([0, 0]), values(both.clone()));
    let up_left = [5.0, 6.0, 0.0, 0.0, 0.0, 0.0, 15.0, 16.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(shifted([1, 1]), up_left);
    let right = [0.0, 0.0, 1.0, 0.0, 0.0, 4.0, 0.0, 0.0, 11.0, 0.0, 0.0, 14.0];
    assert_eq!(shifted([0, -2]), right);
}

#[test]
fn rectangles_become_0_as_far_as_they_lie_in_the_image() {
    let ones = Tensor::<4>::ones([1, 2, 4, 6], &Device::flex());
    let cut = |middle| {
        let middles = vec![middle];
        let both = values(Cutout { middles }.apply(ones.clone()));
        let (first, second) = both.split_at(24);
        assert_eq!(first, second);
        first.to_vec()
    };
    assert_eq!(cut(None), vec![1.0; 24]);
    // Of 2 rows and 3 columns, rows 1 and 2, columns 1 to 3.
    let [o, i] = [0.0, 1.0];
    #[rustfmt::skip]
    let inner = [
        i, i, i, i, i, i,
        i, o, o, o, i, i,
        i, o, o, o, i, i,
        i, i, i, i, i, i,
    ];
    assert_eq!(cut(Some([2, 2])), inner);
    #[rustfmt::skip]
    let corner = [
        i, i, i, i, i, i,
        i, i, i, i, i, i,
        i, i, i, i, i, i,
        i, i, i, i, o, o,
    ];
    assert_eq!(cut(Some([4, 5])), corner);
}

#[test]
fn draws_fill_their_ranges() {
    let n = 4_000;
    let drawn = draw(ALL, 1.0, n, [3, 32, 24], 1);
    let [
        Drawn::Color(color),
        Drawn::Translation(translation),
        Drawn::Cutout(cutout),
    ] = drawn.0.as_slice()
    else {
        panic!("{drawn:?}");
    };
    for (drawn, least, most) in [
        (&color.brightness, -0.5, 0.5),
        (&color.saturation, 0.0, 2.0),
        (&color.contrast, 0.5, 1.5),
    ] {
        let mean = drawn.iter().sum::<f32>() / n as f32;
        let (low, high) = (
            drawn.iter().copied().fold(f32::MAX, f32::min),
            drawn.iter().copied().fold(f32::MIN, f32::max),
        );
        // The chance of missing a hundredth at either end is 2 · 0.99⁴⁰⁰⁰.
        let edge = (most - least) / 100.0;
        assert!((least..least + edge).contains(&low), "{low}");
        assert!((most - edge..most).contains(&high), "{high}");
        let error = (most - least) / (12.0 * n as f32).sqrt();
        assert!((mean - (least + most) / 2.0).abs() < 4.0 * error, "{mean}");
    }
    let range = |of: &dyn Fn(usize) -> isize| {
        let mut seen: Vec<isize> = (0..n).map(of).collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    };
    let vertical = range(&|i| translation.shifts[i][0]);
    let horizontal = range(&|i| translation.shifts[i][1]);
    assert_eq!(vertical, (-4..=4).collect::<Vec<_>>());
    assert_eq!(horizontal, (-3..=3).collect::<Vec<_>>());
    // Both rectangles have even sides.
    let middle = |axis: usize| range(&|i| cutout.middles[i].unwrap()[axis] as isize);
    assert_eq!(middle(0), (0..=32).collect::<Vec<_>>());
    assert_eq!(middle(1), (0..=24).collect::<Vec<_>>());
}

#[test]
fn the_probability_is_the_share_of_images_and_decides_nothing_else() {
    let n = 2_000;
    let part = draw("translation", 0.3, n, [1, 64, 64], 2);
    let whole = draw("translation", 1.0, n, [1, 64, 64], 2);
    let ([Drawn::Translation(part)], [Drawn::Translation(whole)]) =
        (part.0.as_slice(), whole.0.as_slice())
    else {
        panic!("one operation was asked for");
    };
    let moved = part.shifts.iter().filter(|shift| **shift != [0, 0]).count();
    // One shift in 17² is none. Four standard errors.
    let share = 0.3 * (1.0 - 1.0 / 289.0);
    let error = (share * (1.0 - share) / n as f64).sqrt();
    assert!(
        (moved as f64 / n as f64 - share).abs() < 4.0 * error,
        "{moved}"
    );
    for (part, whole) in part.shifts.iter().zip(&whole.shifts) {
        assert!(*part == [0, 0] || part == whole);
    }
}

#[test]
fn without_probability_or_policy_no_bit_changes() {
    for shape in [[1, 12, 9], [3, 8, 8]] {
        let images = images(3, shape);
        for drawn in [draw(ALL, 0.0, 3, shape, 1), draw("", 1.0, 3, shape, 1)] {
            assert_eq!(values(drawn.apply(images.clone())), values(images.clone()));
        }
    }
}

#[test]
fn draws_are_of_the_seed_and_the_step() {
    let shape = [3, 16, 16];
    assert_eq!(draw(ALL, 0.5, 8, shape, 1), draw(ALL, 0.5, 8, shape, 1));
    assert_ne!(draw(ALL, 0.5, 8, shape, 1), draw(ALL, 0.5, 8, shape, 2));
    let policy = Policy::parse(ALL).unwrap();
    let other = Augmentation::draw(&policy, 0.5, 8, shape, 6, 1);
    assert_ne!(draw(ALL, 0.5, 8, shape, 1), other);
}

/// In f64, of the sum of squares of what the critic sees, by each value of each image.
#[test]
fn gradients_are_those_of_central_differences() {
    let device = Device::flex();
    for shape in [[1, 9, 8], [3, 8, 10]] {
        let n = 2;
        let drawn = draw(ALL, 1.0, n, shape, 3);
        let start: Vec<f64> = values(images(n, shape))
            .into_iter()
            .map(f64::from)
            .collect();
        let tensor = |values: Vec<f64>, device: &Device| {
            let data = TensorData::new(values, [n, shape[0], shape[1], shape[2]]);
            Tensor::<4>::from_data(data, (device, DType::F64))
        };
        let sum = |images: Tensor<4>| drawn.apply(images).powi_scalar(2).sum();
        let leaf = tensor(start.clone(), &device.clone().autodiff()).require_grad();
        let gradient = leaf.grad(&sum(leaf.clone()).backward()).unwrap();
        let gradient = gradient.into_data().try_to_vec::<f64>().unwrap();
        assert!(gradient.iter().any(|slope| *slope != 0.0));
        let step = 1e-3;
        for (i, got) in gradient.iter().enumerate() {
            let at = |by: f64| {
                let mut moved = start.clone();
                moved[i] += by;
                sum(tensor(moved, &device)).into_scalar::<f64>()
            };
            let slope = (at(step) - at(-step)) / (2.0 * step);
            assert!((got - slope).abs() < 1e-8, "{shape:?}, {i}: {got} {slope}");
        }
    }
}
