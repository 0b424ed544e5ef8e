//! What cannot be done: one clear error, the documented exit code, no trace.

use std::fs;

use crate::harness::Workshop;
use crate::tiny::{RUN, SETTINGS, copy_package, package, workshop_with_data};

/// The command failed.
const FAILURE: i32 = 1;
/// The command line or the recipe is wrong.
const USAGE: i32 = 2;

#[test]
fn wrong_usage() {
    let workshop = Workshop::new();
    workshop.refuses("smaple", USAGE, &["smaple", "sample"]);
    workshop.refuses("sample --out a.png", USAGE, &["MODEL"]);
    workshop.refuses("sample model -n many --out a.png", USAGE, &["many"]);
}

#[test]
fn engines_that_cannot_run() {
    let workshop = Workshop::new();
    let model = package().display().to_string();
    for (options, code, words) in [
        ("--engine onnx", USAGE, &["tract", "ort"][..]),
        ("--provider gpu", USAGE, &["gpu", "cuda"]),
        ("--provider cude:1", USAGE, &["did you mean `cuda`?"]),
        ("--engine tracte", USAGE, &["did you mean `tract`?"]),
        ("--layout NCWH", USAGE, &["did you mean `nchw`?"]),
        ("--engine ort --library absent.so", FAILURE, &["ort"]),
        ("--library absent.so", FAILURE, &["library", "`tract`"]),
        ("--provider cuda:0", FAILURE, &["provider", "`tract`"]),
        ("--fallback-to-cpu", FAILURE, &["fallback"]),
    ] {
        let args = format!("sample {model} -n 4 --out a.png {options}");
        workshop.refuses(&args, code, words);
    }
    let args = "score --fake-features a.npy --real-features b.npy --engine tract";
    workshop.refuses(args, FAILURE, &["--engine"]);
}

#[test]
fn typos_in_a_recipe() {
    let workshop = Workshop::new();
    workshop.refuses(
        "train --set training.lenght_images=5 --out run",
        USAGE,
        &["`training.lenght_images`", "`training.length_images`"],
    );
    workshop.write("typo.toml", b"[critic]\nlearning_rat = 1e-4\n");
    workshop.refuses(
        "train typo.toml --out run",
        USAGE,
        &[
            "typo.toml",
            "`critic.learning_rat`",
            "`critic.learning_rate`",
        ],
    );
    workshop.refuses(
        "train fashion-mnits --out run",
        USAGE,
        &["fashion-mnits", "`fashion-mnist`"],
    );
    for (args, proposal) in [
        ("train --device cude:0 --out run", "did you mean `cuda`?"),
        ("resume run --device GPU", "did you mean `gpu`?"),
        (
            "train --set augment.policy=colour,cutout --out run",
            "did you mean `color`?",
        ),
        (
            "train --set data.background=whit --out run",
            "did you mean `white`?",
        ),
        (
            "data preview photos --background blck",
            "did you mean `black`?",
        ),
        (
            "features convert net.pth --network inception --resize torch-bilnear --out net.onnx",
            "did you mean `torch-bilinear`?",
        ),
        // What clap knows it proposes by itself.
        ("train --doctor wach --out run", "'watch'"),
        ("score a.npy --against b.npz --part trainig", "'training'"),
        (
            "features convert net.pth --network inceptio --out net.onnx",
            "'inception'",
        ),
    ] {
        workshop.refuses(args, USAGE, &[proposal]);
    }
    let toy = "train --set data.path=toy:rings --out run";
    workshop.refuses(toy, FAILURE, &["toy:rings", "did you mean `ring`?"]);
}

#[test]
fn values_out_of_range_in_a_recipe() {
    let workshop = Workshop::new();
    for (setting, words) in [
        ("training.batch_images=0", ["`training.batch_images`", "1"]),
        (
            "critic.learning_rate=-1.0",
            ["`critic.learning_rate`", "-1"],
        ),
        ("generator.latent=many", ["`generator.latent`", "many"]),
        ("score.samples=5", ["`score.samples`", "10"]),
        ("objective.loss=hinged", ["loss", "hinged"]),
        (
            "training.length_images",
            ["training.length_images", "KEY=VALUE"],
        ),
    ] {
        workshop.refuses(&format!("train --set {setting} --out run"), USAGE, &words);
    }
}

/// The tests may run as root, whom permissions do not stop: nothing can be
/// made below a regular file.
#[test]
fn unwritable_places() {
    let workshop = workshop_with_data();
    workshop.write("file", b"");
    workshop.refuses(
        &format!("train {SETTINGS} --out file/run"),
        FAILURE,
        &["file/run"],
    );
    workshop.refuses(
        &format!("sample {} -n 4 --out file/a.png", package().display()),
        FAILURE,
        &["file/a.png"],
    );
    workshop.refuses(
        &format!("sample {} -n 4 --out absent/a.npy", package().display()),
        FAILURE,
        &["absent/a.npy"],
    );
    workshop.refuses(
        &format!("export {} --out file/model", RUN.display()),
        FAILURE,
        &["file/model"],
    );
}

#[test]
fn places_that_are_taken() {
    let workshop = workshop_with_data();
    fs::create_dir(workshop.path("run")).unwrap();
    workshop.write("run/notes.txt", b"mine");
    workshop.refuses(
        &format!("train {SETTINGS} --out run"),
        FAILURE,
        &["run", "not empty"],
    );
    workshop.refuses("resume run", FAILURE, &["run", "not a run"]);
    workshop.refuses("resume absent", FAILURE, &["absent"]);
}

#[test]
fn missing_data() {
    let workshop = workshop_with_data();
    let train = format!("train {SETTINGS} --out run");
    fs::rename(workshop.path("data"), workshop.path("moved")).unwrap();
    workshop.refuses(&train, FAILURE, &["data"]);
    fs::create_dir(workshop.path("data")).unwrap();
    workshop.refuses(&train, FAILURE, &["data", "images-idx3-ubyte"]);
}

#[test]
fn broken_data() {
    let images = "data/train-images-idx3-ubyte";
    let labels = "data/train-labels-idx1-ubyte";
    let break_file = |name: &str, change: fn(&mut Vec<u8>), words: &[&str]| {
        let workshop = workshop_with_data();
        let mut bytes = workshop.read(name);
        change(&mut bytes);
        workshop.write(name, &bytes);
        workshop.refuses(&format!("train {SETTINGS} --out run"), FAILURE, words);
    };
    // 16 bytes of header, 480 images of 28x28.
    break_file(
        images,
        |b| b.truncate(1000),
        &[images, "376320", "offset 16", "984"],
    );
    break_file(
        images,
        |b| b.truncate(9),
        &[images, "12 bytes", "offset 4", "5"],
    );
    break_file(images, |b| b[2] = 9, &[images, "magic"]);
    break_file(images, |b| b[4..8].fill(0), &[images, "0 images"]);
    // Labels for 479 images.
    let fewer = |b: &mut Vec<u8>| {
        b.pop();
        b[6..8].copy_from_slice(&479_u16.to_be_bytes());
    };
    break_file(labels, fewer, &[labels, "480", "479"]);
    break_file(
        labels,
        |b| b.truncate(100),
        &[labels, "480", "offset 8", "92"],
    );
}

/// As many pixels, in images of another shape.
#[test]
fn images_that_fit_no_network() {
    let workshop = workshop_with_data();
    for set in ["train", "t10k"] {
        let images = format!("data/{set}-images-idx3-ubyte");
        let mut bytes = workshop.read(&images);
        bytes[8..16].copy_from_slice(&[0, 0, 0, 16, 0, 0, 0, 49]);
        workshop.write(&images, &bytes);
    }
    let train = format!("train {SETTINGS} --out run");
    workshop.refuses(&train, FAILURE, &["16x49", "28"]);
    workshop.refuses(&format!("{train} --dry-run"), FAILURE, &["16x49", "28"]);
}

#[test]
fn other_images_than_the_runs() {
    let workshop = workshop_with_data();
    workshop.gannet(&format!(
        "train {SETTINGS} --set training.length_images=16 --out run"
    ));
    let images = "data/train-images-idx3-ubyte";
    let mut bytes = workshop.read(images);
    bytes[16] ^= 1;
    workshop.write(images, &bytes);
    for args in ["resume run", "export run --out model"] {
        workshop.refuses(args, FAILURE, &["data.digest"]);
    }
}

#[test]
fn arguments_without_use() {
    let workshop = Workshop::new();
    let package = package();
    workshop.gannet(&format!("sample {} -n 12 --out a.npy", package.display()));
    workshop.refuses("score a.npy --seed 3", FAILURE, &["--seed", "a.npy"]);
    workshop.refuses("score a.npy --part training", FAILURE, &["--part", "a.npy"]);
    workshop.refuses(
        &format!("sample {} --columns 4 --out b.npy", package.display()),
        FAILURE,
        &["--columns", "b.npy"],
    );
}

#[test]
fn broken_models() {
    let workshop = Workshop::new();
    workshop.refuses("sample absent -n 4 --out a.png", FAILURE, &["absent"]);

    let onnx = fs::read(package().join("generator.onnx")).unwrap();
    for length in [0, 1, onnx.len() / 2, onnx.len() - 1] {
        workshop.write("truncated.onnx", &onnx[..length]);
        workshop.refuses(
            "sample truncated.onnx -n 4 --out a.png",
            FAILURE,
            &["truncated.onnx"],
        );
    }
    workshop.write("prose.onnx", b"This is no network.");
    workshop.refuses(
        "sample prose.onnx -n 4 --out a.png",
        FAILURE,
        &["prose.onnx"],
    );
}

#[test]
fn broken_packages() {
    let sample = "sample model -n 4 --out a.png";
    let break_file = |name: &str, change: fn(&mut Vec<u8>), words: &[&str]| {
        let workshop = Workshop::new();
        copy_package(&workshop, "model");
        let path = format!("model/{name}");
        let mut bytes = workshop.read(&path);
        change(&mut bytes);
        workshop.write(&path, &bytes);
        workshop.refuses(sample, FAILURE, words);
    };
    break_file(
        "generator.onnx",
        |b| *b.last_mut().unwrap() ^= 1,
        &["generator.onnx", "SHA-256"],
    );
    break_file(
        "generator.onnx",
        |b| b.truncate(b.len() / 2),
        &["generator.onnx", "bytes"],
    );
    break_file("manifest.toml", |b| b.truncate(20), &["manifest.toml"]);
    break_file("manifest.toml", Vec::clear, &["manifest.toml"]);

    let workshop = Workshop::new();
    copy_package(&workshop, "model");
    fs::remove_file(workshop.path("model/generator.onnx")).unwrap();
    workshop.refuses(sample, FAILURE, &["generator.onnx"]);
}

/// A manifest is a stranger's file: it must not name files outside its folder.
#[test]
fn packages_that_reach_outside() {
    let workshop = Workshop::new();
    copy_package(&workshop, "model");
    fs::rename(
        workshop.path("model/generator.onnx"),
        workshop.path("outside.onnx"),
    )
    .unwrap();
    let manifest = String::from_utf8(workshop.read("model/manifest.toml")).unwrap();
    assert!(manifest.contains("generator.onnx"));
    let outside = manifest.replace("generator.onnx", "../outside.onnx");
    workshop.write("model/manifest.toml", outside.as_bytes());
    workshop.refuses(
        "sample model -n 4 --out a.png",
        FAILURE,
        &["manifest.toml", "../outside.onnx"],
    );
}

#[test]
fn statistics_and_scores_without_what_they_need() {
    let workshop = workshop_with_data();
    let package = package();
    let package = package.display();
    workshop.refuses(
        "stats data --features absent.onnx --out real.npz",
        FAILURE,
        &["absent.onnx"],
    );
    workshop.refuses(
        &format!("score {package} --against absent.npz --features absent.onnx"),
        FAILURE,
        &["absent.npz"],
    );
    workshop.write("broken.npz", b"PK no archive");
    workshop.refuses(
        &format!("score {package} --against broken.npz"),
        FAILURE,
        &["broken.npz"],
    );
    workshop.refuses("score absent", FAILURE, &["absent"]);
}

#[test]
fn weights_that_are_none() {
    let workshop = Workshop::new();
    workshop.write("note.pth", b"not what PyTorch writes");
    // An empty dictionary.
    workshop.write("empty.pth", b"\x80\x02}.");
    for (weights, words) in [
        ("absent.pth", &["absent.pth"][..]),
        ("note.pth", &["note.pth", "PyTorch"]),
        (
            "empty.pth",
            &["empty.pth", "pt_inception-2015-12-05.pth", "missing"],
        ),
    ] {
        let command = format!("features convert {weights} --network inception");
        workshop.refuses(&format!("{command} --out net.onnx"), FAILURE, words);
        workshop.refuses(
            &format!("{command} --out absent/net.onnx"),
            FAILURE,
            &["absent/net.onnx"],
        );
    }
    workshop.refuses(
        "features convert note.pth --network vgg --out net.onnx",
        USAGE,
        &["vgg", "inception"],
    );
}
