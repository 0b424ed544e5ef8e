//! Feature network, statistics and scores, from data to numbers.

use serde_json::Value;

use crate::harness::Workshop;
use crate::tiny::{SETTINGS, package, workshop_with_data};

fn json(workshop: &Workshop, args: &str) -> Value {
    let output = workshop.gannet(&format!("{args} --json"));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key]
        .as_f64()
        .unwrap_or_else(|| panic!("no number {key} in {value}"))
}

#[test]
fn from_labelled_images_to_scores() {
    let workshop = workshop_with_data();
    let network = json(
        &workshop,
        "features train data --out net.onnx --epochs 4 --no-mirror",
    );
    assert!(number(&network, "accuracy") > 0.8, "{network}");

    let stats = json(&workshop, "stats data --features net.onnx --out real.npz");
    assert_eq!(number(&stats, "n"), 480.0);

    let against = "--against real.npz --features net.onnx";
    let itself = json(&workshop, &format!("score data --part training {against}"));
    let held_out = json(&workshop, &format!("score data --part held-out {against}"));
    let package = package();
    let package = package.display();
    let drawn = json(&workshop, &format!("score {package} -n 120 {against}"));
    assert!(number(&itself, "fid").abs() < 1e-6, "{itself}");
    assert_eq!(number(&itself, "precision"), 1.0);
    assert_eq!(number(&itself, "recall"), 1.0);
    // Unseen images are nearer than those of a generator trained for seconds.
    assert!(number(&held_out, "fid") > number(&itself, "fid"));
    assert!(number(&held_out, "fid") < number(&drawn, "fid"));
    assert!(number(&drawn, "is_mean") >= 1.0);

    let protocol = &drawn["protocol"];
    assert_eq!(protocol["extractor"], "net");
    assert_eq!(protocol["extractor_sha256"], network["sha256"]);
    assert_eq!(protocol["split"], "training");
    assert_eq!(protocol["real_count"], 480);
    assert_eq!(protocol["fake_count"], 120);

    // The same samples from a file score the same.
    workshop.gannet(&format!("sample {package} -n 120 --out drawn.npy"));
    let from_file = json(&workshop, &format!("score drawn.npy {against}"));
    assert_eq!(from_file["fid"], drawn["fid"]);
    assert_eq!(from_file["precision"], drawn["precision"]);

    // What training prints is what its package scores.
    let trained = json(
        &workshop,
        &format!(
            "train {SETTINGS} --set training.length_images=320 --set score.samples=60 \
             --set score.features=net.onnx --out run"
        ),
    );
    let again = json(&workshop, "score run/package -n 60 --features net.onnx");
    assert_eq!(trained["scores"], again);

    // Statistics of one network are no measure for another.
    workshop.gannet("features train data --out other.onnx --epochs 1 --seed 9");
    workshop.refuses(
        "score data --against real.npz --features other.onnx",
        1,
        &["`net`", "`other`"],
    );
}
