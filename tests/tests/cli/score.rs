//! Feature network, statistics and scores, from data to numbers.

use serde_json::Value;

use crate::harness::Workshop;
use crate::numpy::matrix;
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

    // A package's statistics are those that its manifest lists.
    let mut bytes = workshop.read("run/package/real.npz");
    bytes.push(0);
    workshop.write("run/package/real.npz", &bytes);
    workshop.refuses(
        "score run/package --features net.onnx",
        1,
        &["real.npz", "bytes", "--against"],
    );

    // Statistics of one network are no measure for another.
    workshop.gannet("features train data --out other.onnx --epochs 1 --seed 9");
    workshop.refuses(
        "score data --against real.npz --features other.onnx",
        1,
        &["`net`", "`other`"],
    );
}

#[test]
fn features_of_any_network() {
    let workshop = Workshop::new();
    // Two means, one spread: the distance is the square of the means' difference.
    let real: Vec<f32> = (0..200).map(|i| (i % 20) as f32).collect();
    let fake: Vec<f32> = real.iter().map(|value| value + 3.0).collect();
    workshop.write("real.npy", &matrix(1, &real));
    workshop.write("fake.npy", &matrix(1, &fake));
    let raw = "score --real-features real.npy --fake-features fake.npy";
    let scores = json(&workshop, raw);
    assert!((number(&scores, "fid") - 9.0).abs() < 1e-9, "{scores}");
    assert_eq!(
        (number(&scores, "n_real"), number(&scores, "k")),
        (200.0, 3.0)
    );
    assert!(scores["is_mean"].is_null());
    let chosen = json(
        &workshop,
        &format!("{raw} --k 5 --kid-subsets 7 --kid-subset-size 40 --seed 2"),
    );
    let protocol = &chosen["protocol"];
    for (key, value) in [
        ("k", 5),
        ("kid_subsets", 7),
        ("kid_subset_size", 40),
        ("kid_seed", 2),
    ] {
        assert_eq!(protocol[key], value, "{chosen}");
    }
    assert_eq!(chosen["kid_full"], scores["kid_full"]);

    // Sure of two classes, one split: the score is 2.
    let logits: Vec<f32> = (0..40)
        .flat_map(|i| [90.0 * (i % 2) as f32, 45.0])
        .collect();
    workshop.write("logits.npy", &matrix(2, &logits));
    let alone = json(&workshop, "score --logits logits.npy --is-splits 2");
    assert!((number(&alone, "is_mean") - 2.0).abs() < 1e-9, "{alone}");

    workshop.refuses("score --real-features real.npy", 2, &["--fake-features"]);
    workshop.refuses("score", 2, &["MODEL|IMAGES"]);
    workshop.refuses(&format!("{raw} --kid-subset-size 500"), 1, &["500", "200"]);
    workshop.refuses(&format!("{raw} --k 0"), 1, &["0 nearest"]);
    workshop.write("bad.npy", &matrix(1, &[f32::NAN; 20]));
    workshop.refuses(
        "score --real-features real.npy --fake-features bad.npy",
        1,
        &["bad.npy", "row 0", "NaN"],
    );
}

#[test]
fn shards_merge_to_the_whole() {
    let workshop = workshop_with_data();
    workshop.gannet("features train data --out net.onnx --epochs 1 --no-mirror");
    let stats = "stats data --features net.onnx";
    workshop.gannet(&format!("{stats} --out whole.npz"));
    for shard in 0..3 {
        workshop.gannet(&format!("{stats} --shard {shard}/3 --out {shard}.npz"));
    }
    let merged = json(&workshop, "stats merge 0.npz 1.npz 2.npz --out merged.npz");
    assert_eq!(number(&merged, "n"), 480.0);
    let load = |name: &str| gannet::RealStats::load(workshop.path(name)).unwrap();
    let (whole, merged) = (load("whole.npz"), load("merged.npz"));
    for (one, other) in [(whole.mu(), merged.mu()), (whole.sigma(), merged.sigma())] {
        let scale = one.iter().fold(0.0, |scale: f64, v| scale.max(v.abs()));
        for (a, b) in one.iter().zip(other) {
            assert!((a - b).abs() <= 1e-12 * scale, "{a} and {b}");
        }
    }
    assert_eq!(whole.reservoir(), merged.reservoir());
    workshop.refuses(&format!("{stats} --shard 3/3 --out x.npz"), 2, &["3/3"]);
    workshop.refuses("stats merge 0.npz --out x.npz", 2, &["merge"]);
    workshop.refuses("stats", 2, &["stats"]);
}
