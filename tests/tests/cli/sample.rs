//! The same seed draws the same samples, from whatever form the model has.

use crate::harness::Workshop;
use crate::tiny::{RUN, package};

/// Draws samples into `out` and returns the file's bytes.
fn sample(workshop: &Workshop, options: &str, out: &str) -> Vec<u8> {
    let package = package();
    workshop.gannet(&format!(
        "sample {} {options} --out {out}",
        package.display()
    ));
    workshop.read(out)
}

/// The numbers of a version 1 `.npy` file, without its header.
fn numbers(npy: &[u8]) -> &[u8] {
    assert_eq!(&npy[..8], b"\x93NUMPY\x01\x00");
    let header = u16::from_le_bytes([npy[8], npy[9]]);
    &npy[10 + usize::from(header)..]
}

#[test]
fn a_seed_repeats_to_the_byte() {
    let workshop = Workshop::new();
    let first = sample(&workshop, "-n 64 --seed 7", "a.png");
    assert_eq!(first[1..4], *b"PNG");
    assert!(first == sample(&workshop, "-n 64 --seed 7", "b.png"));
    assert!(first != sample(&workshop, "-n 64 --seed 8", "c.png"));
}

#[test]
fn threads_do_not_change_samples() {
    let workshop = Workshop::new();
    let one = sample(&workshop, "-n 64 --seed 7 --threads 1", "one.npy");
    let two = sample(&workshop, "-n 64 --seed 7 --threads 2", "two.npy");
    assert!(one == two);
}

#[test]
fn more_samples_begin_with_the_fewer() {
    let workshop = Workshop::new();
    let few = sample(&workshop, "-n 64 --seed 7", "few.npy");
    let many = sample(&workshop, "-n 100 --seed 7", "many.npy");
    let (few, many) = (numbers(&few), numbers(&many));
    assert_eq!(few.len(), 64 * 28 * 28 * 4);
    assert_eq!(many.len(), 100 * 28 * 28 * 4);
    assert!(many[..few.len()] == *few);
}

#[test]
fn the_onnx_file_alone_is_enough() {
    let workshop = Workshop::new();
    let of_package = sample(&workshop, "-n 9", "package.npy");
    let onnx = package().join("generator.onnx");
    workshop.gannet(&format!("sample {} -n 9 --out bare.npy", onnx.display()));
    assert!(of_package == workshop.read("bare.npy"));
}

#[test]
fn an_export_is_the_package_of_the_run() {
    let workshop = Workshop::new();
    let export = format!("export {} --out model", RUN.display());
    workshop.gannet(&export);
    for file in ["generator.onnx", "samples.png"] {
        let of_run = std::fs::read(package().join(file)).unwrap();
        assert!(workshop.read(&format!("model/{file}")) == of_run, "{file}");
    }
    workshop.refuses(&export, 1, &["model", "exists"]);
    workshop.gannet(&format!("{export} --replace"));
}

#[test]
fn a_path_leads_from_each_sample_to_the_next() {
    let workshop = Workshop::new();
    let ends = sample(&workshop, "-n 3 --seed 7", "ends.npy");
    let path = sample(&workshop, "-n 3 --seed 7 --interpolate 4", "path.npy");
    let (ends, path) = (numbers(&ends), numbers(&path));
    let image = 28 * 28 * 4;
    assert_eq!(path.len(), 9 * image);
    for i in 0..3 {
        assert!(path[4 * i * image..][..image] == ends[i * image..][..image]);
    }
    workshop.refuses(
        &format!(
            "sample {} -n 1 --interpolate 4 --out a.png",
            package().display()
        ),
        1,
        &["two latents"],
    );
}

#[test]
fn a_folder_names_the_samples_of_a_stream() {
    let workshop = Workshop::new();
    let package = package();
    workshop.gannet(&format!("sample {} -n 300 --out images", package.display()));
    assert_eq!(
        std::fs::read_dir(workshop.path("images")).unwrap().count(),
        300
    );
    assert_eq!(workshop.read("images/000299.png")[1..4], *b"PNG");
}

#[test]
fn what_a_file_states_need_not_be_given_and_classes_must_be_there() {
    let workshop = Workshop::new();
    let package = package();
    for (options, word) in [
        ("--class 3", "classes"),
        ("--range 0..1", "metadata"),
        ("--layout nhwc", "metadata"),
    ] {
        let command = format!("sample {} {options} --out a.png", package.display());
        workshop.refuses(&command, 1, &[word]);
    }
    let command = format!("sample {} --range -1..1 --out a.png", package.display());
    workshop.gannet(&command);
}

#[test]
fn a_package_verifies_and_a_bare_file_cannot() {
    let workshop = Workshop::new();
    let output = workshop.gannet(&format!("verify {}", package().display()));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("4 golden samples repeated"), "{stdout}");
    let onnx = package().join("generator.onnx");
    workshop.refuses(
        &format!("verify {}", onnx.display()),
        1,
        &["package folder"],
    );
}
