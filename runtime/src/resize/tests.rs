use std::path::Path;

use sha2::{Digest, Sha256};

use super::*;
use crate::testing::{Outcome, npz_arrays};
use crate::{ErrorKind, Samples, npy};

/// Resized images of Pillow, clean-fid and torch.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/resize.npz");

/// What a method makes of 8-bit pixels, as a tool gives it.
fn expected(method: Resize, array: &npy::Array<'_>) -> crate::Result<Vec<f32>> {
    Ok(match method {
        Resize::PilBilinear => array.to_bytes()?.iter().map(|&v| dequantise(v)).collect(),
        Resize::PilBicubicFloat => array.to_f32().iter().map(|v| v / 127.5 - 1.0).collect(),
        Resize::TorchBilinear => array.to_f32().iter().map(|v| 2.0 * v - 1.0).collect(),
    })
}

fn assert_equal(key: &str, method: Resize, got: &[f32], expected: &[f32]) {
    let tolerance = match method {
        Resize::PilBilinear => 0.0,
        _ => 1e-6,
    };
    assert_eq!(got.len(), expected.len(), "{key}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!(
            (got - expected).abs() <= tolerance,
            "{key}, value {i}: expected {expected}, got {got}"
        );
    }
}

#[test]
fn images_are_those_of_the_tools() -> Outcome {
    let arrays = npz_arrays(Path::new(VECTORS))?;
    let mut seen = 0;
    for (key, bytes) in &arrays {
        let [name, size, method] = *key.split("__").collect::<Vec<_>>() else {
            continue;
        };
        let image = npy::Array::parse(name, &arrays[name])?;
        let shape: [usize; 3] = image.shape.as_slice().try_into()?;
        let (height, width) = size.split_once('x').ok_or("no size")?;
        let to = [height.parse()?, width.parse()?];
        let method: Resize = method.parse()?;
        let array = npy::Array::parse(key.as_str(), bytes)?;
        assert_eq!(array.shape, [shape[0], to[0], to[1]], "{key}");
        let got = method.apply(shape, image.to_bytes()?, to)?;
        assert_equal(key, method, &got, &expected(method, &array)?);
        seen += 1;
    }
    assert!(seen >= 40, "only {seen} vectors");
    Ok(())
}

/// Larger images, one of them so tall that Pillow resizes it down first: of
/// Pillow's bytes there is a digest, of the other values every 997th.
#[test]
fn larger_images_are_those_of_the_tools() -> Outcome {
    let arrays = npz_arrays(Path::new(VECTORS))?;
    for shape in [[3, 32, 32], [3, 375, 500], [1, 97, 113], [1, 900, 8]] {
        let [channels, height, width] = shape;
        let mut pixels = Vec::new();
        for (c, y) in (0..channels).flat_map(|c| (0..height).map(move |y| (c, y))) {
            let row = (0..width).map(|x| x * x * 7 + y * y * 13 + x * y * 3 + c * 101);
            pixels.extend(row.map(|v| (v % 256) as u8));
        }
        let samples = Samples::from_bytes([1, channels, height, width], &pixels)?;
        for &method in Resize::ALL {
            let key = format!("pattern_{channels}x{height}x{width}_{method}");
            let array = npy::Array::parse(key.as_str(), &arrays[&key])?;
            if method == Resize::PilBilinear {
                let resized = samples.resized(224, 224, method)?;
                let digest = Sha256::digest(resized.quantised(0));
                assert_eq!(digest[..], *array.to_bytes()?, "{key}");
            } else {
                let resized = samples.resized(299, 299, method)?;
                let got: Vec<f32> = resized.values().iter().step_by(997).copied().collect();
                assert_equal(&key, method, &got, &expected(method, &array)?);
            }
        }
    }
    Ok(())
}

#[test]
fn every_image_of_a_batch_is_resized_alone() -> Outcome {
    let pixels: Vec<u8> = (0..=239).collect();
    let all = Samples::from_bytes([5, 3, 4, 4], &pixels)?;
    for &method in Resize::ALL {
        let resized = all.resized(6, 3, method)?;
        assert_eq!(resized.shape(), [5, 3, 6, 3]);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        assert_eq!(pool.install(|| all.resized(6, 3, method))?, resized);
        for (i, image) in pixels.chunks(48).enumerate() {
            let alone = Samples::from_bytes([1, 3, 4, 4], image)?.resized(6, 3, method)?;
            assert_eq!(alone.image(0), resized.image(i), "{method}");
        }
        assert_eq!(all.resized(4, 4, method)?, all, "{method}");
    }
    Ok(())
}

#[test]
fn absurd_sizes_are_refused() -> Outcome {
    let samples = Samples::from_bytes([1, 1, 1, 2], &[0, 255])?;
    for (height, width) in [
        (0, 4),
        (4, 0),
        (MAX_SIDE + 1, 1),
        (1, usize::MAX),
        (MAX_SIDE, MAX_SIDE),
    ] {
        let error = samples.resized(height, width, Resize::TorchBilinear).err();
        let error = error.ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.to_string().contains(&format!("{height}x{width}")));
    }
    // Small before and after, but not between the passes.
    let tall = Samples::from_bytes([1, 1, MAX_SIDE, 1], &[0; MAX_SIDE])?;
    assert!(tall.resized(1, MAX_SIDE, Resize::PilBilinear).is_err());
    Ok(())
}

#[test]
fn methods_have_names() -> Outcome {
    for method in Resize::ALL {
        assert_eq!(method.name().parse::<Resize>()?, *method);
    }
    let error = "bilinear"
        .parse::<Resize>()
        .err()
        .ok_or("it was accepted")?;
    for word in [
        "`bilinear`",
        "pil-bilinear",
        "pil-bicubic-float",
        "torch-bilinear",
    ] {
        assert!(error.to_string().contains(word), "{error}");
    }
    Ok(())
}
