use tract_onnx::pb::tensor_proto::DataType;

use super::*;
use crate::ErrorKind;
use crate::testing::{CLASSES, DIM, IMAGE, Onnx, Outcome, feature_net, weights};

fn open(onnx: &Onnx) -> std::io::Result<Result<FeatureNet>> {
    let folder = tempfile::tempdir()?;
    let path = onnx.write(&folder, "net.onnx")?;
    Ok(FeatureNet::open(path))
}

#[test]
fn says_what_it_is() -> Outcome {
    let net = open(&feature_net())??;
    assert_eq!(
        (net.name(), net.dim(), net.classes()),
        ("tiny-features", DIM, Some(CLASSES))
    );
    assert_eq!(net.image_shape(), IMAGE);
    assert_eq!(net.digest(), digest_bytes(&feature_net().encode()));
    let names: Vec<&str> = net
        .class_names()
        .into_iter()
        .flatten()
        .map(|n| &**n)
        .collect();
    assert_eq!(names, ["shirt", "shoe", "bag"]);
    Ok(())
}

#[test]
fn prepares_images_as_the_metadata_says() -> Outcome {
    let net = open(&feature_net())??;
    let size: usize = IMAGE.iter().product();
    // Off the 8-bit levels, so that quantisation shows.
    let values: Vec<f32> = weights(2 * size).iter().map(|v| v * 1.2).collect();
    let [channels, height, width] = IMAGE;
    let samples = Samples::new([2, channels, height, width], values)?;
    let features = net.extract(&samples)?;
    assert_eq!((features.len(), features.dim()), (2, DIM));
    let (w, mean) = (weights(size * DIM), [0.5, 0.0, -0.5]);
    for n in 0..2 {
        let bytes = samples.quantised(n);
        for j in 0..DIM {
            let expected: f64 = (0..size)
                .map(|i| {
                    let v = f64::from(bytes[i]) / 127.5 - 1.0;
                    (v - mean[i / 4]) / 0.5 * f64::from(w[i * DIM + j])
                })
                .sum();
            let got = f64::from(features.rows()[n * DIM + j]);
            assert!((got - expected).abs() < 1e-5, "image {n}, feature {j}");
        }
    }
    let logits = features.logits().ok_or("no logits")?;
    assert_eq!(
        (logits.classes, logits.values.len()),
        (CLASSES, 2 * CLASSES)
    );
    Ok(())
}

#[test]
fn images_of_another_shape_are_refused() -> Outcome {
    let net = open(&feature_net())??;
    for (image, words) in [
        ([3, 3, 2], ["[3, 2, 2]", "[3, 3, 2]", "gannet.resize"]),
        ([1, 2, 3], ["[3, 2, 2]", "[1, 2, 3]", "gannet.resize"]),
        ([2, 2, 2], ["3 channels", "or 1", "[2, 2, 2]"]),
    ] {
        let [c, h, w] = image;
        let samples = Samples::new([1, c, h, w], vec![0.0; c * h * w])?;
        let error = net.extract(&samples).err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Input);
        for word in words {
            assert!(error.to_string().contains(word), "{error}");
        }
        assert!(net.check_shape(image).is_err() && net.prepare(image, &[0; 12]).is_err());
    }
    Ok(())
}

#[test]
fn images_are_resized_by_the_method_declared() -> Outcome {
    let fixed = open(&feature_net())??;
    assert_eq!(fixed.resize(), None);
    let [channels, height, width] = IMAGE;
    // Off the 8-bit levels, so that quantisation shows.
    let values: Vec<f32> = weights(2 * channels * 35).iter().map(|v| v * 1.2).collect();
    let samples = Samples::new([2, channels, 7, 5], values)?;
    for &method in Resize::ALL {
        let net = open(&feature_net().meta("gannet.resize", method.name()))??;
        assert_eq!(net.resize(), Some(method));
        net.check_shape([3, 7, 5])?;
        let prepared: Vec<f32> = (0..2)
            .map(|i| net.prepare([3, 7, 5], &samples.quantised(i)))
            .collect::<Result<Vec<_>>>()?
            .concat();
        let resized = samples.resized(height, width, method)?;
        for (i, (got, v)) in prepared.iter().zip(resized.values()).enumerate() {
            let mean = [0.5, 0.0, -0.5][i / (height * width) % channels];
            assert_eq!(*got, (v - mean) / 0.5, "{method}, value {i}");
        }
        let features = net.extract(&samples)?;
        assert_eq!(features, net.extract_prepared(&prepared)?, "{method}");
        assert_eq!(features.len(), 2);
        // An image of the right size is what it was without a method.
        let right = Samples::new([1, 3, 2, 2], weights(12))?;
        assert_eq!(net.extract(&right)?, fixed.extract(&right)?, "{method}");
    }
    let error = open(&feature_net().meta("gannet.resize", "bicubic"))?;
    let error = error.err().ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Contract);
    for word in ["net.onnx", "`gannet.resize`", "`bicubic`", "torch-bilinear"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    Ok(())
}

#[test]
fn grey_images_are_repeated_for_a_network_of_colours() -> Outcome {
    let net = open(&feature_net().meta("gannet.resize", "pil-bilinear"))??;
    let plane: Vec<u8> = (0..20).map(|i| i * 12).collect();
    let grey = Samples::from_bytes([1, 1, 4, 5], &plane)?;
    let colour = Samples::from_bytes([1, 3, 4, 5], &plane.repeat(3))?;
    assert_eq!(net.extract(&grey)?, net.extract(&colour)?);

    let size = 4;
    let grey_net = Onnx::default()
        .input("image", DataType::Float, &[1, 2, 2])
        .floats("w", &[size, 2], weights(8))
        .node("Flatten", &["image"], "flat")
        .attribute("axis", 1)
        .node("MatMul", &["flat", "w"], "features")
        .output("features", &[2]);
    let meta = [
        ("kind", "features"),
        ("name", "grey"),
        ("channels", "1"),
        ("height", "2"),
        ("width", "2"),
        ("mean", "0"),
        ("std", "1"),
    ];
    let grey_net = meta.iter().fold(grey_net, |net, (key, value)| {
        net.meta(&format!("gannet.{key}"), value)
    });
    let net = open(&grey_net)??;
    net.check_shape([1, 2, 2])?;
    let error = net.check_shape([3, 2, 2]).err().ok_or("it was accepted")?;
    assert!(
        error.to_string().contains("expected 1 channels, got"),
        "{error}"
    );
    Ok(())
}

#[test]
fn what_is_no_whole_image_is_refused() -> Outcome {
    let net = open(&feature_net())??;
    let kind = |result: Result<Features>| result.map_err(|e| e.kind());
    assert_eq!(
        kind(net.extract_prepared(&[0.0; 13])),
        Err(ErrorKind::Input)
    );
    let short = net.prepare(IMAGE, &[0; 11]).map_err(|e| e.kind());
    assert_eq!(short, Err(ErrorKind::Input));
    assert!(net.extract_prepared(&[])?.is_empty());
    Ok(())
}

#[test]
fn metadata_must_fit_the_graph() -> Outcome {
    for (key, value) in [
        ("gannet.kind", "generator"),
        ("gannet.format", "2"),
        ("gannet.height", "3"),
        ("gannet.mean", "0, 0"),
        ("gannet.mean", "much"),
        ("gannet.std", "0"),
        ("gannet.std", "nan"),
        ("gannet.classes", "shirt, shoe"),
    ] {
        let error = open(&feature_net().meta(key, value))?.err().ok_or(key)?;
        assert_eq!(error.kind(), ErrorKind::Contract, "{key}");
        assert!(error.to_string().contains("net.onnx"), "{error}");
    }
    for key in ["gannet.kind", "gannet.name", "gannet.mean", "gannet.std"] {
        let error = open(&feature_net().without_meta(key))?.err().ok_or(key)?;
        assert!(error.to_string().contains(key), "{error}");
    }
    let mut unnamed = feature_net();
    unnamed.graph.output.remove(0);
    let error = open(&unnamed)?.err().ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Contract);
    Ok(())
}

#[test]
fn a_network_without_logits_does_not_classify() -> Outcome {
    let mut onnx = feature_net().without_meta("gannet.classes");
    onnx.graph.output.pop();
    let net = open(&onnx)??;
    assert_eq!(net.classes(), None);
    let [c, h, w] = IMAGE;
    let features = net.extract(&Samples::new([1, c, h, w], vec![0.0; c * h * w])?)?;
    assert!(features.logits().is_none());
    Ok(())
}

#[test]
fn unusable_rows_are_refused() {
    let kind = |n, dim, rows, logits| Features::new(n, dim, rows, logits).map_err(|e| e.kind());
    assert_eq!(kind(2, 2, vec![0.0; 3], None), Err(ErrorKind::Input));
    assert_eq!(kind(2, 0, vec![], None), Err(ErrorKind::Input));
    assert_eq!(kind(usize::MAX, 2, vec![], None), Err(ErrorKind::Input));
    for bad in [f32::NAN, f32::INFINITY] {
        assert_eq!(kind(1, 2, vec![0.0, bad], None), Err(ErrorKind::Numeric));
    }
    let logits = |classes, values| Some(Logits { classes, values });
    let short = kind(2, 1, vec![0.0; 2], logits(3, vec![0.0; 5]));
    assert_eq!(short, Err(ErrorKind::Input));
    let nan = kind(1, 1, vec![0.0], logits(1, vec![f32::NAN]));
    assert_eq!(nan, Err(ErrorKind::Numeric));
}

#[test]
fn rows_are_selected_with_their_logits() -> Outcome {
    let logits = Logits {
        classes: 1,
        values: vec![7.0, 8.0, 9.0],
    };
    let all = Features::new(3, 2, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], Some(logits))?;
    let some = all.select(&[2, 0, 2])?;
    assert_eq!((some.len(), some.dim()), (3, 2));
    assert_eq!(some.rows(), [4.0, 5.0, 0.0, 1.0, 4.0, 5.0]);
    assert_eq!(
        some.logits().map(|l| &l.values[..]),
        Some(&[9.0, 7.0, 9.0][..])
    );
    assert!(all.select(&[])?.is_empty());
    let kind = all.select(&[0, 3]).map_err(|e| e.kind());
    assert_eq!(kind, Err(ErrorKind::Input));
    Ok(())
}
