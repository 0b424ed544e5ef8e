use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, on_threads};

/// Waves with a texture that is stronger in the second image.
fn waves(channels: usize, height: usize, width: usize) -> Result<Samples> {
    let mut bytes = Vec::new();
    for k in 0..2 {
        for c in 0..channels {
            for y in 0..height {
                for x in 0..width {
                    let t = (5 * y + 3 * x * (1 + c)) % 400;
                    let texture = y * x * (3 + c) % 7 * (2 + 4 * k);
                    bytes.push((t.min(400 - t) + texture + k * 10) as u8);
                }
            }
        }
    }
    Samples::from_bytes([2, channels, height, width], &bytes)
}

#[test]
fn agrees_with_an_implementation_in_numpy() -> Outcome {
    // From centred moments over windows and Wang's 2 x 2 filter; its SSIM of
    // one scale is that of scikit-image.
    for ([c, h, w], scales, expected) in [
        ([1, 28, 28], 2, 0.9332022166818407),
        ([3, 50, 45], 3, 0.9686943836311305),
        ([1, 176, 163], 5, 0.976914263397185),
    ] {
        let got = ms_ssim(&waves(c, h, w)?, 3, 0)?;
        assert_eq!((got.scales, got.pairs), (scales, 3));
        assert!(
            (got.mean - expected).abs() < 1e-12,
            "{h} x {w}: {}",
            got.mean
        );
        assert!(got.std < 1e-12);
    }
    let pair = waves(1, 28, 28)?;
    let plane = |i| Plane::of(&pair.quantised(i), 28);
    let (whole, _) = ssim(&plane(0), &plane(1));
    // skimage.metrics.structural_similarity, five pixels cut off each side.
    assert!((whole - 0.7980821505073336).abs() < 1e-13, "{whole}");
    Ok(())
}

#[test]
fn equal_images_score_one() -> Outcome {
    let bytes: Vec<u8> = (0..=255).collect();
    let same = Samples::from_bytes([3, 1, 16, 16], &bytes.repeat(3))?;
    let got = ms_ssim(&same, 9, 1)?;
    assert!((got.mean - 1.0).abs() < 1e-12 && got.std < 1e-12);
    Ok(())
}

#[test]
fn opposite_images_score_zero() -> Outcome {
    let bytes: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    let got = ms_ssim(&Samples::from_bytes([2, 1, 16, 16], &bytes)?, 2, 0)?;
    assert_eq!(got.mean, 0.0);
    Ok(())
}

#[test]
fn scales_are_those_into_which_the_window_fits() {
    for (side, expected) in [
        (0, 0),
        (10, 0),
        (11, 1),
        (20, 1),
        (21, 2),
        (40, 2),
        (41, 3),
        (80, 3),
        (81, 4),
        (160, 4),
        (161, 5),
        (4000, 5),
    ] {
        assert_eq!(scales(side), expected, "{side}");
    }
}

#[test]
fn pairs_depend_on_the_seed_but_not_on_threads() -> Outcome {
    let bytes: Vec<u8> = (0..20 * 121).map(|i| (i * i % 251) as u8).collect();
    let samples = Samples::from_bytes([20, 1, 11, 11], &bytes)?;
    let on = |threads, seed| on_threads(threads, || ms_ssim(&samples, 30, seed));
    assert_eq!(on(1, 0)?, on(3, 0)?);
    assert_ne!(on(1, 0)?, on(1, 1)?);
    Ok(())
}

#[test]
fn refuses_what_has_no_pairs() -> Outcome {
    let kind = |shape: [usize; 4], pairs| -> Result<_> {
        let samples = Samples::new(shape, vec![0.0; shape.iter().product()])?;
        Ok(ms_ssim(&samples, pairs, 0)
            .map(|_| ())
            .map_err(|e| e.kind()))
    };
    assert_eq!(kind([2, 1, 11, 11], 1)?, Ok(()));
    for shape in [
        [0, 1, 11, 11],
        [1, 1, 11, 11],
        [2, 1, 10, 11],
        [2, 1, 11, 10],
    ] {
        assert_eq!(kind(shape, 1)?, Err(ErrorKind::Input), "{shape:?}");
    }
    for pairs in [0, usize::MAX] {
        assert_eq!(kind([2, 1, 11, 11], pairs)?, Err(ErrorKind::Input));
    }
    Ok(())
}
