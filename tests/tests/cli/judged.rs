//! Scores during a run: what waits for them, and what comes of them.

use serde_json::Value;

use crate::tiny::{SETTINGS, workshop_with_data};

/// The scored records of a run: images shown and Fréchet distance.
fn scored(metrics: &[u8]) -> Vec<(u64, f64)> {
    let text = String::from_utf8(metrics.to_vec()).unwrap();
    let records = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    records
        .filter_map(|record| {
            let distance = record["frechet_distance"].as_f64()?;
            for share in ["precision", "recall", "coverage"] {
                let share = record[share].as_f64().unwrap();
                assert!((0.0..=1.0).contains(&share), "{record}");
            }
            Some((record["images"].as_u64().unwrap(), distance))
        })
        .collect()
}

#[test]
fn a_run_stops_when_it_no_longer_improves_and_exports_its_best() {
    let workshop = workshop_with_data();
    workshop.gannet("features train data --out net.onnx --epochs 1 --no-mirror");
    // So fast that it gets worse at once, and still finite.
    let output = workshop.gannet(&format!(
        "train {SETTINGS} --set generator.learning_rate=0.05 --set score.features=net.onnx \
         --set score.interval_images=320 --set score.interval_samples=100 \
         --set training.keep_best=true --set training.patience=2 --out run --json"
    ));
    let scored = scored(&workshop.read("run/metrics.jsonl"));
    let (best, _) = *scored.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    let last = scored.last().unwrap().0;
    let (stderr, stdout) = (
        String::from_utf8(output.stderr).unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    );
    assert!(last < 4000, "{scored:?}");
    assert_eq!(best + 2 * 320, last, "{scored:?}");
    assert!(
        stderr.contains(&format!("stopped after {last} images")),
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("after {best} images has the best")),
        "{stderr}"
    );
    let result: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["images_seen"], best);
    assert!(
        workshop
            .path(&format!("run/checkpoints/step-{:09}", best / 16))
            .is_dir()
    );

    // What is near is told by the network that scores.
    let portrait = workshop.read("run/samples/portrait.json");
    let portrait: Value = serde_json::from_slice(&portrait).unwrap();
    assert_eq!(portrait["images"], best);
    assert_eq!(portrait["features"], "net");
    let page = String::from_utf8(workshop.read("run/report.html")).unwrap();
    assert!(
        page.contains("by the features of net, among 480 images"),
        "{page}"
    );

    // Exported again, the folder gives the same generator.
    workshop.gannet("export run --out again");
    assert_eq!(
        workshop.read("again/generator.onnx"),
        workshop.read("run/package/generator.onnx")
    );
}

#[test]
fn what_waits_for_scores_needs_them() {
    let workshop = workshop_with_data();
    let train = format!("train {SETTINGS} --out run");
    workshop.refuses(
        &format!("{train} --set training.patience=2"),
        2,
        &["training.patience", "score.interval_images"],
    );
    workshop.refuses(
        &format!("{train} --set score.interval_images=320"),
        1,
        &["score.interval_images", "score.features"],
    );
}

#[test]
fn a_device_that_this_program_was_built_without_is_refused() {
    let workshop = workshop_with_data();
    let train = format!("train {SETTINGS} --out run");
    workshop.refuses(
        &format!("{train} --device cuda:1"),
        1,
        &["cuda", "--features cuda"],
    );
    workshop.refuses(&format!("{train} --device tpu"), 2, &["tpu", "cuda:INDEX"]);
}

#[test]
fn a_generator_of_classes_is_exported_and_draws_them() {
    let workshop = workshop_with_data();
    workshop.gannet(&format!(
        "train {SETTINGS} --set training.length_images=160 --set generator.classes=embedding \
         --set critic.classes=projection --out run"
    ));
    let generator = gannet::Generator::open(workshop.path("run/package")).unwrap();
    let classes = generator.contract().classes.unwrap();
    generator.verify().unwrap();
    let draw = |class| {
        let draw = gannet::Draw::new(7, 0..2).class(class);
        generator.draw(&draw).unwrap()
    };
    assert_ne!(draw(0).values(), draw(classes - 1).values());
    // Classes alternate unless one is asked for.
    assert_eq!(
        generator.sample(7, 0..2).unwrap().image(1),
        draw(1).image(1)
    );
    workshop.gannet("sample run/package -n 4 --class 1 --out grid.png");
    assert!(workshop.path("grid.png").is_file());
    workshop.refuses(
        &format!("sample run/package -n 4 --class {classes} --out grid.png"),
        1,
        &["class"],
    );
}
