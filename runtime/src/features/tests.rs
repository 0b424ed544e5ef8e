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
fn images_of_another_size_are_refused() -> Outcome {
    let net = open(&feature_net())??;
    let samples = Samples::new([1, 1, 2, 2], vec![0.0; 4])?;
    let error = net.extract(&samples).err().ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.to_string().contains("[3, 2, 2]") && error.to_string().contains("[1, 2, 2]"));
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
