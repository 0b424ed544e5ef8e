//! Arrays and statistics that other programs wrote.

use serde_json::Value;

use crate::harness::Workshop;
use crate::numpy::{matrix, npy, npz};

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");

fn json(workshop: &Workshop, args: &str) -> Value {
    let output = workshop.gannet(&format!("{args} --json"));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn features_of_any_numbers_from_any_file() {
    let workshop = Workshop::new();
    let real: Vec<i16> = (0..40).map(|i| i % 20).collect();
    let fake: Vec<i16> = real.iter().map(|value| value + 3).collect();
    let floats = |values: &[i16]| -> Vec<f32> { values.iter().map(|&v| v.into()).collect() };
    workshop.write("real.npy", &matrix(1, &floats(&real)));
    workshop.write("fake.npy", &matrix(1, &floats(&fake)));
    let expected = json(
        &workshop,
        "score --real-features real.npy --fake-features fake.npy",
    );

    let shorts = npy(">i2", "(40, 1)", real.iter().flat_map(|v| v.to_be_bytes()));
    let doubles = fake.iter().flat_map(|&v| f64::from(v).to_be_bytes());
    let doubles = npy(">f8", "(40, 1)", doubles);
    let logits = matrix(2, &[0.5; 80]);
    // As clean-fid keeps the features of a set, for the kernel distance.
    workshop.write("set_kid.npz", &npz(&[("feats", shorts)]));
    workshop.write("fake.npz", &npz(&[("x", doubles), ("logits", logits)]));
    for real in ["set_kid.npz", "set_kid.npz:feats"] {
        let args = format!("score --real-features {real} --fake-features fake.npz:x");
        assert_eq!(json(&workshop, &args), expected);
    }
    let with_logits = json(
        &workshop,
        "score --real-features real.npy --fake-features fake.npz:x --logits fake.npz:logits",
    );
    assert_eq!(with_logits["is_mean"], 1.0, "{with_logits}");
    assert_eq!(with_logits["missing"], serde_json::json!([]));
    assert_eq!(with_logits["fid"], expected["fid"]);

    let score = "score --real-features real.npy --fake-features";
    workshop.refuses(
        &format!("{score} fake.npz"),
        1,
        &["fake.npz", "logits, x", "fake.npz:logits"],
    );
    workshop.refuses(&format!("{score} fake.npz:y"), 1, &["`y`", "logits, x"]);
    workshop.refuses(&format!("{score} fake.npy:y"), 1, &["fake.npy", ".npz"]);
    workshop.refuses(&format!("{score} absent.npz:x"), 1, &["absent.npz:x"]);
    workshop.write("bool.npy", &npy("|b1", "(40, 1)", [1; 40]));
    workshop.refuses(&format!("{score} bool.npy"), 1, &["bool.npy", "|b1"]);
}

#[test]
fn options_of_scores_that_there_will_not_be() {
    let workshop = Workshop::new();
    workshop.write("a.npy", &matrix(1, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
    workshop.write("logits.npy", &matrix(2, &[0.5; 80]));
    let features = "score --real-features a.npy --fake-features a.npy";
    let refused = ["--is-splits", "Inception Score", "--logits"];
    workshop.refuses(&format!("{features} --is-splits 2"), 1, &refused);
    for option in ["--k", "--kid-subsets", "--kid-subset-size", "--seed"] {
        let logits = format!("score --logits logits.npy {option} 3");
        workshop.refuses(&logits, 1, &[option, "only --logits"]);
    }
}

#[test]
fn intervals_on_request() {
    let workshop = Workshop::new();
    let wave =
        |shift: f32| -> Vec<f32> { (0..120).map(|i| (i as f32 * 0.7 + shift).sin()).collect() };
    workshop.write("real.npy", &matrix(1, &wave(0.0)));
    workshop.write("fake.npy", &matrix(1, &wave(0.4)));
    workshop.write("logits.npy", &matrix(2, &wave(0.0)));
    let features = "score --real-features real.npy --fake-features fake.npy";
    let scores = json(&workshop, &format!("{features} --intervals=10"));
    for key in [
        "fid",
        "kid_mean",
        "kid_full",
        "precision",
        "recall",
        "density",
        "coverage",
    ] {
        let interval = &scores["intervals"][key];
        assert_eq!(interval["groups"], 10, "{key}: {scores}");
        assert_eq!(interval["value"], scores[key], "{key}");
        let [low, value, high] =
            [&interval["low"], &scores[key], &interval["high"]].map(|end| end.as_f64().unwrap());
        assert!(low <= value && value <= high, "{key}");
    }
    let error = |key: &str| scores["intervals"][key]["std_error"].as_f64().unwrap();
    assert!(error("fid") > 0.0 && error("kid_full") > 0.0);
    assert!(json(&workshop, features).get("intervals").is_none());

    let table = workshop.gannet(&format!("{features} --intervals"));
    let table = String::from_utf8(table.stdout).unwrap();
    assert_eq!(table.matches("] 95 %").count(), 6, "{table}");
    let logits = json(&workshop, "score --logits logits.npy --intervals");
    assert_eq!(logits["intervals"]["is_mean"]["groups"], 20, "{logits}");
    workshop.refuses(&format!("{features} --intervals=1"), 2, &["--intervals"]);
    workshop.refuses(
        &format!("{features} --intervals=500"),
        1,
        &["500 groups", "120 rows"],
    );
}

#[test]
fn samples_in_an_archive_and_with_channels_last() {
    let workshop = Workshop::new();
    workshop.gannet(&format!("sample {MODELS}/fashion-mnist -n 20 --out a.npy"));
    let samples = gannet::Samples::read_npy(workshop.path("a.npy")).unwrap();
    let pixels = (0..20).flat_map(|i| samples.quantised(i));
    let pixels = npy("|u1", "(20, 28, 28, 1)", pixels);
    let labels = npy("<i8", "(20,)", [0; 160]);
    workshop.write("b.npz", &npz(&[("arr_0", pixels.clone())]));
    workshop.write("c.npz", &npz(&[("arr_0", pixels), ("arr_1", labels)]));
    let against = format!("--against {MODELS}/fashion-mnist/real.npz");
    let features = format!("--features {MODELS}/features/fashion-mnist.onnx");
    let expected = json(&workshop, &format!("score a.npy {against} {features}"));
    for subject in ["b.npz", "b.npz:arr_0", "c.npz:arr_0"] {
        let args = format!("score {subject} {against} {features}");
        assert_eq!(json(&workshop, &args), expected, "{subject}");
    }
    let score = format!("{against} {features}");
    workshop.refuses(
        &format!("score c.npz {score}"),
        1,
        &["arr_0, arr_1", "c.npz:arr_0"],
    );
    workshop.refuses(
        &format!("score c.npz:arr_1 {score}"),
        1,
        &["c.npz:arr_1", "[n, c, h, w]", "[20]"],
    );
    workshop.refuses(
        &format!("score b.npz --seed 3 {score}"),
        1,
        &["--seed", "b.npz"],
    );
}

/// Statistics of pytorch-fid and clean-fid: a mean and a covariance.
#[test]
fn moments_alone_allow_the_frechet_distance_alone() {
    let workshop = Workshop::new();
    let own = format!("{MODELS}/fashion-mnist/real.npz");
    let stats = gannet::RealStats::load(&own).unwrap();
    let doubles =
        |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
    let moments = npz(&[
        ("mu", npy("<f8", "(64,)", doubles(stats.mu()))),
        ("sigma", npy("<f8", "(64, 64)", doubles(stats.sigma()))),
    ]);
    workshop.write("foreign.npz", &moments);
    let features = format!("--features {MODELS}/features/fashion-mnist.onnx");
    let score = format!("score {MODELS}/fashion-mnist -n 20 {features}");
    let ours = json(&workshop, &score);
    let theirs = json(&workshop, &format!("{score} --against foreign.npz"));
    for same in ["fid", "is_mean", "is_std", "n_fake"] {
        assert!(theirs[same].is_number());
        assert_eq!(theirs[same], ours[same], "{same}");
    }
    for missing in [
        "kid_mean",
        "kid_std",
        "kid_full",
        "precision",
        "recall",
        "density",
        "coverage",
        "n_real",
        "k",
    ] {
        assert!(ours[missing].is_number(), "{missing}");
        assert!(theirs[missing].is_null(), "{missing}");
    }
    assert_eq!(ours["missing"], serde_json::json!([]));
    let reason = theirs["missing"][0].as_str().unwrap();
    for word in [
        "kernel distance",
        "precision",
        "coverage",
        "`mu` and `sigma`",
    ] {
        assert!(reason.contains(word), "{reason}");
    }
    let table = workshop
        .gannet(&format!("{score} --against foreign.npz"))
        .stdout;
    let table = String::from_utf8(table).unwrap();
    assert!(
        table.contains(&format!("not computed: {reason}\n")),
        "{table}"
    );
    assert!(table.contains("Fréchet distance") && table.contains("Inception Score"));

    let foreign = format!("{score} --against foreign.npz");
    for option in ["--k 5", "--kid-subsets 5", "--kid-subset-size 5"] {
        let name = option.split(' ').next().unwrap();
        workshop.refuses(
            &format!("{foreign} {option}"),
            1,
            &[name, "`mu` and `sigma`"],
        );
    }
    workshop.gannet(&format!("{foreign} --is-splits 5"));
    workshop.refuses(
        &format!("score {MODELS}/fashion-mnist --against foreign.npz"),
        1,
        &["--features", "do not say"],
    );
    workshop.refuses(
        &format!("{score} --k 6000"),
        1,
        &["--k", "5000 feature rows", "6000"],
    );
}
