use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use gannet::{FeatureNet, Resize, Samples};

use super::super::FeaturesError;
use super::convert::normalisation;
use super::*;

mod pickled;

use pickled::{StateDict, write_state_dict};

type Outcome = Result<(), Box<dyn Error>>;

/// What pytorch-fid's own network sees in the image made by [`image`], with
/// the weights made by [`parameter`]: `trainer/scripts/inception_reference.py`.
const REFERENCE: &str = include_str!("reference.txt");

/// u(name, 0), u(name, 1), …, as the script describes.
fn u(name: &str) -> impl Iterator<Item = f64> {
    let mut key = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        key = (key ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (0..).map(move |i: u64| {
        let z = key.wrapping_add(i).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        (z >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

fn parameter(name: &str, shape: &[usize]) -> Vec<f32> {
    let fan_in: usize = shape[1..].iter().product();
    let scale: Box<dyn Fn(f64) -> f64> = match name.rsplit_once("bn.") {
        Some((_, "weight")) => Box::new(|u| 1.0 + 0.3 * u),
        Some((_, "bias")) => Box::new(|u| 0.1 * u),
        Some((_, "running_mean")) => Box::new(|u| 0.2 * u),
        Some(_) => Box::new(|u| 1.0 + 0.5 * u),
        None => Box::new(move |u| u * (6.0 / fan_in as f64).sqrt()),
    };
    let values = u(name).take(shape.iter().product());
    values.map(|u| scale(u) as f32).collect()
}

fn image() -> gannet::Result<Samples> {
    let squares: Vec<u8> = u("image")
        .take(3 * 23 * 23)
        .map(|u| (128.0 + 128.0 * u).floor() as u8)
        .collect();
    let pixels: Vec<u8> = (0..3 * 299 * 299)
        .map(|i| {
            let (c, y, x) = (i / (299 * 299), i / 299 % 299, i % 299);
            squares[(c * 23 + y / 13) * 23 + x / 13]
        })
        .collect();
    Samples::from_bytes([1, 3, 299, 299], &pixels)
}

/// A state dict of every tensor that PyTorch's network has, under its name.
fn complete() -> StateDict {
    struct Names(Vec<String>, StateDict);
    impl ModuleVisitor for Names {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.0.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.0.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let name = self.0.join(".");
            let name = name.replace("gamma", "weight").replace("beta", "bias");
            let name = name.replace("conv2d", "Conv2d").replace("mixed", "Mixed");
            let mut shape = param.val().dims().to_vec();
            if name == "fc.weight" {
                shape.reverse();
            }
            let values = parameter(&name, &shape);
            self.1.insert(name, (shape, values));
        }
    }
    let mut names = Names(Vec::new(), StateDict::new());
    Inception::zeros(&Device::flex()).visit(&mut names);
    names.1
}

#[test]
fn a_converted_file_sees_in_the_runtime_what_pytorch_fid_sees() -> Outcome {
    let folder = tempfile::tempdir()?;
    let weights = folder.path().join("formula.pth");
    let mut state = complete();
    assert_eq!(state.len(), 94 * 5 + 1);
    // What a file may hold besides.
    state.insert("fc.bias".to_owned(), (vec![1008], vec![5.0; 1008]));
    for extra in [
        "AuxLogits.fc.bias",
        "Mixed_5b.branch1x1.bn.num_batches_tracked",
    ] {
        state.insert(extra.to_owned(), (vec![1], vec![1.0]));
    }
    write_state_dict(&weights, &state)?;
    let path = folder.path().join("converted.onnx");
    let loaded = load_inception(&weights)?;
    let exported = export_inception(&loaded, Resize::TorchBilinear, "converted", &path)?;
    assert!(exported.largest_difference < 1e-4);

    let net = FeatureNet::open(&path)?;
    assert_eq!((net.name(), net.dim()), ("converted", Inception::FEATURES));
    assert_eq!(net.digest(), exported.digest);
    let found = net.extract(&image()?)?;
    let reference: Vec<f32> = REFERENCE
        .lines()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    assert_eq!(reference.len(), Inception::FEATURES);
    for (i, (found, expected)) in found.rows().iter().zip(&reference).enumerate() {
        let allowed = 1e-4 * expected.abs() + 1e-5;
        assert!(
            (found - expected).abs() <= allowed,
            "feature {i}: {found} {expected}"
        );
    }

    // The logits are the last layer's without its bias.
    let (_, last) = &state["fc.weight"];
    let logits = &found.logits().ok_or("no logits")?.values;
    assert_eq!(logits.len(), Inception::CLASSES);
    for (logit, row) in logits.iter().zip(last.chunks(Inception::FEATURES)) {
        let row = row.iter().zip(found.rows());
        let expected: f64 = row.map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
        assert!(
            (f64::from(*logit) - expected).abs() < 1e-3,
            "{logit} {expected}"
        );
    }
    Ok(())
}

#[test]
fn a_resize_brings_its_own_scale() {
    for x in 0..=255_u8 {
        let x = f64::from(x);
        for (resize, expected) in [
            (Resize::TorchBilinear, 2.0 * x / 255.0 - 1.0),
            (Resize::PilBicubicFloat, (x - 128.0) / 128.0),
        ] {
            let [mean, std] = normalisation(resize).map(f64::from);
            let found = (x / 127.5 - 1.0 - mean) / std;
            assert!((found - expected).abs() < 1e-7, "{resize:?} {x}: {found}");
        }
    }
}

fn refusal(path: &Path) -> Result<FeaturesError, Box<dyn Error>> {
    Ok(load_inception(path).err().ok_or("it was accepted")?)
}

fn file(folder: &Path, state: &StateDict) -> Result<PathBuf, Box<dyn Error>> {
    let path = folder.join("weights.pth");
    write_state_dict(&path, state)?;
    Ok(path)
}

#[test]
fn tensors_that_do_not_fit_are_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let stem = |tensor: &str| format!("Conv2d_1a_3x3.{tensor}");
    let state = BTreeMap::from([
        (stem("conv.weight"), (vec![32, 3, 5, 5], vec![0.0; 2400])),
        (stem("bn.running_var"), (vec![32], vec![-1.0; 32])),
        (stem("bn.bias"), (vec![32], vec![f32::NAN; 32])),
        (stem("bn.weight"), (vec![32], vec![1.0; 32])),
        (
            "fc.weight".to_owned(),
            (vec![2048, 1008], vec![0.0; 2048 * 1008]),
        ),
        ("fc.bias".to_owned(), (vec![1008], vec![0.0; 1008])),
        ("fc2.weight".to_owned(), (vec![1], vec![0.0])),
    ]);
    let error = refusal(&file(folder.path(), &state)?)?;
    let FeaturesError::NotInception { problems, .. } = &error else {
        return Err(error.into());
    };
    for expected in [
        "Conv2d_1a_3x3.conv.weight: expected [32, 3, 3, 3], got [32, 3, 5, 5]",
        "Conv2d_1a_3x3.bn.running_var: expected no negative variance, got -1",
        "Conv2d_1a_3x3.bn.bias: expected finite numbers, got NaN",
        "Conv2d_1a_3x3.bn.running_mean: missing",
        "Mixed_7c.branch_pool.bn.running_var: missing",
        "fc.weight: expected [1008, 2048], got [2048, 1008]",
        "fc2.weight: unknown",
    ] {
        assert!(
            problems.iter().any(|problem| problem == expected),
            "{expected}"
        );
    }
    // One is right, one need not be there, one is unknown.
    assert_eq!(problems.len(), 94 * 5 + 1 - 1 + 1);
    let text = error.to_string();
    assert!(
        text.contains("weights.pth: expected the weights of FID's"),
        "{text}"
    );
    assert!(text.contains("got [32, 3, 5, 5]; "), "{text}");
    assert!(text.ends_with("; and 466 more"), "{text}");
    Ok(())
}

#[test]
fn another_type_of_numbers_is_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = BTreeMap::from([(
        "fc.weight".to_owned(),
        (vec![1008, 2048], vec![0.0; 1008 * 2048]),
    )]);
    let path = file(folder.path(), &state)?;
    let mut bytes = fs::read(&path)?;
    let at = bytes
        .windows(12)
        .position(|w| w == b"FloatStorage")
        .ok_or("no storage")?;
    // IntStorage has as many bytes a value.
    bytes.splice(at..at + 5, *b"Int");
    fs::write(&path, bytes)?;
    let text = match refusal(&path)? {
        FeaturesError::NotInception { problems, .. } => problems.join("\n"),
        error => return Err(error.into()),
    };
    assert!(text.contains("fc.weight: expected F32, got I32"), "{text}");
    Ok(())
}

#[test]
fn what_pytorch_did_not_write_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("weights.pth");
    let small = BTreeMap::from([("fc.bias".to_owned(), (vec![4], vec![1.0; 4]))]);
    let whole = fs::read(file(folder.path(), &small)?)?;
    let cut = (0..whole.len()).map(|len| &whole[..len]);
    let others = [
        &b"PK\x03\x04"[..],
        b"not a pickle at all, but long enough to be looked at for a while",
        b"\x80\x02]q\x00.",
        b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.",
        &[0xff; 600],
    ];
    for bytes in cut.chain(others) {
        fs::write(&path, bytes)?;
        let error = refusal(&path)?;
        let refused = match &error {
            FeaturesError::NotPytorch { .. } => true,
            // The pickle is whole; only values are missing, and much else.
            FeaturesError::NotInception { problems, .. } => problems.len() > 400,
            _ => false,
        };
        assert!(refused, "{} bytes: {error:?}", bytes.len());
    }

    // Any byte may be wrong: an error, whatever it is, and no panic.
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, bytes)?;
        refusal(&path)?;
    }
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read_is_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    for path in [&folder.path().join("missing.pth"), folder.path()] {
        let error = refusal(path)?;
        let text = error.to_string();
        assert!(text.contains(&path.display().to_string()), "{text}");
    }
    Ok(())
}
