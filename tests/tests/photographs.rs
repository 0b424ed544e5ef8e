//! The ImageNet feature network that ships sees photographs as the network that
//! it was converted from does.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use gannet::{FeatureNet, Features, Samples};

const NETWORK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../models/features/efficientnet-lite0.onnx"
);
const PHOTOGRAPHS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/photos");

/// The photographs in the reference's order, and their ImageNet classes.
const CLASSES: [(&str, usize); 3] = [
    ("chelsea", 285), // Egyptian cat
    ("coffee", 967),  // espresso
    ("rocket", 540),  // drilling platform: so it is taken for by the original, too
];

/// Pillow, PyTorch and this library compute in 32 bits in different orders.
const TOLERANCE: f32 = 1e-4;

fn photograph(name: &str) -> Samples {
    let path = Path::new(PHOTOGRAPHS).join(name).with_extension("png");
    let file = BufReader::new(File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb, "{name}");
    let planes: Vec<u8> = (0..3)
        .flat_map(|c| pixels[c..].iter().step_by(3).copied())
        .collect();
    let (height, width) = (info.height as usize, info.width as usize);
    Samples::from_bytes([1, 3, height, width], &planes).unwrap()
}

fn largest(values: &[f32]) -> usize {
    (0..values.len())
        .max_by(|&a, &b| values[a].total_cmp(&values[b]))
        .unwrap()
}

fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter()
        .zip(theirs)
        .fold(0.0, |worst, (a, b)| worst.max((a - b).abs()))
}

#[test]
fn efficientnet_lite0_is_what_it_was_in_pytorch() {
    let array = |name| Path::new(PHOTOGRAPHS).join(format!("efficientnet-lite0.npz:{name}"));
    let expected = Features::read_npy(array("features"), Some(&array("logits"))).unwrap();
    let network = FeatureNet::open(NETWORK).unwrap();
    assert_eq!(network.name(), "efficientnet-lite0");
    assert_eq!((network.dim(), network.classes()), (1280, Some(1000)));
    for (row, (name, class)) in CLASSES.into_iter().enumerate() {
        let photograph = photograph(name);
        assert_ne!(photograph.shape()[2..], network.image_shape()[1..]);
        let found = network.extract(&photograph).unwrap();
        let theirs = expected.select(&[row]).unwrap();
        let logits = &found.logits().unwrap().values;
        assert_eq!(largest(logits), class, "{name}");
        let features = difference(found.rows(), theirs.rows());
        let logits = difference(logits, &theirs.logits().unwrap().values);
        assert!(
            features < TOLERANCE,
            "{name}: features differ by {features}"
        );
        assert!(logits < TOLERANCE, "{name}: logits differ by {logits}");
    }
}
