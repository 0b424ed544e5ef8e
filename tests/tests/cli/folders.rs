//! Folders of image files, scored and described.

use std::fs;

use gannet::Samples;
use serde_json::Value;

use crate::harness::Workshop;
use crate::tiny::{RUN, copy_package, package, workshop_with_data};

/// Samples drawn into a folder, and into an array.
const DRAWN: usize = 60;

/// A folder with a network `net.onnx` for images of 28x28, the statistics
/// `real.npz`, and the same samples in `drawn/` and `drawn.npy`.
fn workshop_with_drawings() -> Workshop {
    let workshop = workshop_with_data();
    workshop.gannet("features train data --out net.onnx --epochs 1 --no-mirror");
    workshop.gannet("stats data --features net.onnx --out real.npz");
    let sample = format!("sample {} -n {DRAWN} --out", package().display());
    workshop.gannet(&format!("{sample} drawn"));
    workshop.gannet(&format!("{sample} drawn.npy"));
    workshop
}

fn json(workshop: &Workshop, args: &str) -> Value {
    let output = workshop.gannet(&format!("{args} --json"));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Writes the network once more, with another entry of metadata.
fn with_metadata(workshop: &Workshop, key: &str, value: &str, out: &str) {
    let field = |tag: u8, bytes: &[u8]| [&[tag, bytes.len() as u8], bytes].concat();
    let entry = [field(0x0a, key.as_bytes()), field(0x12, value.as_bytes())].concat();
    // Messages join by being appended: `metadata_props` is field 14.
    let network = [workshop.read("net.onnx"), field(0x72, &entry)].concat();
    workshop.write(out, &network);
}

/// Puts grey images of other sizes into a folder.
fn write_images(workshop: &Workshop, folder: &str, sizes: &[[usize; 2]]) {
    fs::create_dir(workshop.path(folder)).unwrap();
    for (i, &[height, width]) in sizes.iter().enumerate() {
        let pixels: Vec<u8> = (0..height * width).map(|p| (p * (i + 3)) as u8).collect();
        let image = Samples::from_bytes([1, 1, height, width], &pixels).unwrap();
        let path = workshop.path(&format!("{folder}/{i}.png"));
        image.write_grid(path, 1).unwrap();
    }
}

#[test]
fn a_folder_scores_as_the_array_of_its_images() {
    let workshop = workshop_with_drawings();
    let against = "--against real.npz --features net.onnx";
    let of_array = json(&workshop, &format!("score drawn.npy {against}"));
    let of_folder = json(&workshop, &format!("score drawn {against}"));
    assert_eq!(of_folder, of_array);
    let first = json(&workshop, &format!("score drawn -n 40 {against}"));
    let of_array = json(&workshop, &format!("score drawn.npy -n 40 {against}"));
    assert_eq!(first, of_array);

    // Other files do not count, but are told of; IDX files decide, if there are any.
    workshop.write("drawn/notes.txt", b"mine");
    let output = workshop.gannet(&format!("score drawn {against}"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("drawn: 60 images; 1 other files"),
        "{stderr}"
    );
    write_images(&workshop, "data/pictures", &[[5, 5]]);
    let idx = json(&workshop, &format!("score data {against}"));
    assert_eq!(idx["n_fake"], 120);

    // Reals may be files, too: nothing is as near to images as they are.
    let itself = json(&workshop, "score drawn --against drawn --features net.onnx");
    assert!(itself["fid"].as_f64().unwrap().abs() < 1e-6, "{itself}");
    assert_eq!(itself["protocol"]["real_data"], "drawn");
    assert_eq!(itself["protocol"]["split"], "all");

    let stats = "stats drawn --features net.onnx";
    workshop.gannet(&format!("{stats} --out whole.npz"));
    workshop.gannet(&format!("{stats} --shard 0/2 --out 0.npz"));
    workshop.gannet(&format!("{stats} --shard 1/2 --out 1.npz"));
    workshop.gannet("stats merge 0.npz 1.npz --out merged.npz");
    let load = |name: &str| gannet::RealStats::load(workshop.path(name)).unwrap();
    let (whole, merged) = (load("whole.npz"), load("merged.npz"));
    assert_eq!((whole.n(), merged.n()), (Some(60), Some(60)));
    assert_eq!(whole.reservoir(), merged.reservoir());
    assert_eq!(whole.class_counts(), merged.class_counts());
    for (one, other) in [(whole.mu(), merged.mu()), (whole.sigma(), merged.sigma())] {
        let scale = one.iter().fold(0.0, |scale: f64, v| scale.max(v.abs()));
        for (a, b) in one.iter().zip(other) {
            assert!((a - b).abs() <= 1e-12 * scale, "{a} and {b}");
        }
    }
}

#[test]
fn images_of_any_size_need_a_network_that_resizes() {
    let workshop = workshop_with_drawings();
    let sizes: Vec<_> = (0..24).map(|i| [20 + i, 44 - i]).collect();
    write_images(&workshop, "mixed", &sizes);
    workshop.refuses(
        "score mixed --against real.npz --features net.onnx",
        1,
        &["0.png", "[1, 20, 44]", "[1, 28, 28]", "gannet.resize"],
    );
    with_metadata(&workshop, "gannet.resize", "pil-bilinear", "any.onnx");
    workshop.gannet("stats mixed --features any.onnx --out mixed.npz");
    let scores = json(
        &workshop,
        "score drawn --against mixed.npz --features any.onnx",
    );
    assert_eq!(scores["n_real"], 24);
    assert_eq!(scores["protocol"]["resize"], "pil-bilinear to 28x28");
    let output = workshop.gannet("score mixed --against mixed.npz --features any.onnx");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.contains("resized by pil-bilinear to 28x28"),
        "{stdout}"
    );

    with_metadata(&workshop, "gannet.resize", "nearest", "unknown.onnx");
    workshop.refuses(
        "stats mixed --features unknown.onnx --out x.npz",
        1,
        &[
            "unknown.onnx",
            "`nearest`",
            "pil-bilinear",
            "torch-bilinear",
        ],
    );
}

#[test]
fn folders_that_cannot_be_scored() {
    let workshop = workshop_with_drawings();
    let against = "--against real.npz --features net.onnx";
    let stats = "--features net.onnx --out x.npz";
    fs::create_dir(workshop.path("empty")).unwrap();
    fs::create_dir(workshop.path("text")).unwrap();
    workshop.write("text/notes.txt", b"mine");
    for folder in ["empty", "text"] {
        let words = [folder, "found no images", ".png", "train-images-idx3-ubyte"];
        workshop.refuses(&format!("score {folder} {against}"), 1, &words);
        workshop.refuses(&format!("stats {folder} {stats}"), 1, &words);
        let reals = format!("score drawn.npy --against {folder} --features net.onnx");
        workshop.refuses(&reals, 1, &words);
    }
    workshop.refuses(&format!("stats absent {stats}"), 1, &["absent: no such"]);
    workshop.refuses(
        &format!("stats drawn --part held-out {stats}"),
        1,
        &["--part", "drawn"],
    );
    workshop.refuses(
        &format!("score drawn --part held-out {against}"),
        1,
        &["--part", "drawn"],
    );
    workshop.refuses(&format!("score drawn -n 5 {against}"), 1, &["10", "got 5"]);

    // A package and a run hold sheets of samples, not a data set.
    copy_package(&workshop, "model");
    workshop.refuses(
        "score drawn.npy --against model --features net.onnx",
        1,
        &["model: a package", "manifest.toml"],
    );
    let run = RUN.display();
    workshop.refuses(
        &format!("stats {run} {stats}"),
        1,
        &["a run", "recipe.toml"],
    );

    // Of two broken files the first is named.
    let mut png = workshop.read("drawn/000007.png");
    png.truncate(png.len() / 2);
    workshop.write("drawn/000007.png", &png);
    workshop.write("drawn/000030.png", b"prose");
    for args in [
        format!("score drawn {against}"),
        format!("stats drawn {stats}"),
    ] {
        workshop.refuses(&args, 1, &["000007.png", "not a usable PNG"]);
    }
}
