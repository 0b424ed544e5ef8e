//! Logs are diagnosed, and bad ones refused.

use std::fmt::Write;
use std::fs::File;
use std::path::Path;

use serde_json::Value;

use crate::harness::Workshop;
use crate::tiny::{RUN, SETTINGS, workshop_with_data};

/// A table of 400 steps with these columns.
fn table(columns: &str, row: impl Fn(u32) -> String) -> Vec<u8> {
    let mut text = format!("{columns}\n");
    for step in 0..400 {
        writeln!(text, "{step},{}", row(step)).unwrap();
    }
    text.into_bytes()
}

fn json(workshop: &Workshop, args: &str, code: i32) -> Value {
    let output = workshop.expect(args, code);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A grey image of 6 times 6 pixels.
fn write_png(path: &Path, pixels: &[u8]) {
    let mut encoder = png::Encoder::new(File::create(path).unwrap(), 6, 6);
    encoder.set_color(png::ColorType::Grayscale);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(pixels)
        .unwrap();
}

fn conditions(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["condition"].as_str().unwrap())
        .collect()
}

#[test]
fn a_run_of_ours_is_read_from_its_folder() {
    let workshop = Workshop::new();
    let args = format!("diagnose {} --json", RUN.display());
    let output = workshop.command(&args).output().unwrap();
    // What ails networks so small is their own affair; that they can be examined is not.
    assert!([Some(0), Some(3)].contains(&output.status.code()));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["unexamined"].as_array().unwrap().len(),
        0,
        "{report}"
    );
    assert_eq!(report["objective"], "relativistic");
    assert_eq!(report["last_step"], 250);
}

#[test]
fn a_collapse_is_found_in_a_table_and_what_it_lacks_is_named() {
    let workshop = Workshop::new();
    let row = |step| format!("1.2,0.9,{}", if step < 200 { 0.9 } else { 0.05 });
    workshop.write("log.csv", &table("step,errD,errG,diversity", row));
    let report = json(&workshop, "diagnose log.csv --json", 3);
    assert_eq!(conditions(&report), ["mode-collapse"]);
    let finding = &report["findings"][0];
    let first = finding["first_step"].as_u64().unwrap();
    assert!((190..=210).contains(&first), "{finding}");
    let evidence = &finding["evidence"][0];
    assert!((evidence["value"].as_f64().unwrap() - 0.05).abs() < 1e-9);
    assert!(!finding["treatments"].as_array().unwrap().is_empty());
    let unexamined = report["unexamined"].as_array().unwrap();
    assert!(
        unexamined.iter().any(|it| it["condition"] == "oscillation"),
        "{report}"
    );
}

#[test]
fn people_read_the_root_first() {
    let workshop = Workshop::new();
    workshop.write(
        "log.csv",
        &table("step,d_loss,g_loss", |_| "0.001,-0.0001".to_owned()),
    );
    let output = workshop.expect("diagnose log.csv --objective minimax", 3);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("root: "), "{text}");
    assert!(
        text.contains("not examined, for want of columns:"),
        "{text}"
    );
}

#[test]
fn a_healthy_log_is_said_to_be_one() {
    let workshop = Workshop::new();
    let row = |step: u32| format!("{},1.1,0.95", 1.1 + 0.1 * f64::from(step).sin());
    workshop.write("log.csv", &table("n,lossD,lossG,var", row));
    let maps = "--map step=n --map d_loss=lossD --map g_loss=lossG --map diversity=var";
    let report = json(&workshop, &format!("diagnose log.csv {maps} --json"), 0);
    assert_eq!(conditions(&report), [""; 0], "{report}");
}

#[test]
fn the_objective_says_what_a_loss_means() {
    let workshop = Workshop::new();
    let row = |_| "0.02,0.5".to_owned();
    workshop.write("log.csv", &table("step,d_loss,g_loss", row));
    let found = json(&workshop, "diagnose log.csv --json --objective hinge", 3);
    assert_eq!(conditions(&found), ["discriminator-dominance"]);
    let found = json(
        &workshop,
        "diagnose log.csv --json --objective wasserstein",
        0,
    );
    assert_eq!(conditions(&found), [""; 0]);
}

#[test]
fn the_diversity_of_sampled_images_is_measured() {
    let workshop = Workshop::new();
    workshop.write(
        "log.csv",
        &table("step,d_loss,g_loss", |_| "1.2,0.9".to_owned()),
    );
    for (step, levels) in [(100, 200), (200, 4), (300, 4), (399, 4)] {
        let folder = format!("samples/step-{step}");
        std::fs::create_dir_all(workshop.path(&folder)).unwrap();
        for index in 0..8_u8 {
            let pixels = (0..36_u32).map(|at| {
                let seed = u32::from(index) * 37 + at * 11;
                (seed * seed % levels) as u8
            });
            write_png(
                &workshop.path(&format!("{folder}/{index}.png")),
                &pixels.collect::<Vec<_>>(),
            );
        }
    }
    let report = json(&workshop, "diagnose log.csv --samples samples --json", 3);
    assert_eq!(conditions(&report), ["mode-collapse"], "{report}");
    workshop.refuses("diagnose log.csv --samples log.csv", 1, &["log.csv"]);
}

#[test]
fn logs_that_cannot_be_read_are_refused_with_a_reason() {
    let workshop = Workshop::new();
    workshop.write("empty.csv", b"");
    workshop.write("other.csv", b"a,b\n1,2\n3,4\n");
    workshop.write("image.csv", b"\x89PNG\r\n\x1a\n\0\0\0\0");
    std::fs::create_dir(workshop.path("folder")).unwrap();
    workshop.refuses("diagnose nothing.csv", 1, &["nothing.csv", "not found"]);
    workshop.refuses("diagnose empty.csv", 1, &["empty.csv"]);
    workshop.refuses("diagnose image.csv", 1, &["image.csv"]);
    workshop.refuses(
        "diagnose folder",
        1,
        &["folder", "metrics.jsonl", "tfevents"],
    );
    workshop.refuses("diagnose other.csv", 1, &["`a`", "`b`", "--map d_loss="]);
    let args = "diagnose other.csv --map d_lost=a";
    workshop.refuses(args, 1, &["d_lost", "`d_loss`"]);
}

#[test]
fn the_columns_are_listed() {
    let output = Workshop::new().gannet("diagnose --columns");
    let text = String::from_utf8(output.stdout).unwrap();
    for column in ["step", "d_loss", "g_grad_norm", "diversity", "fid"] {
        assert!(text.lines().any(|line| line.starts_with(column)), "{text}");
    }
}

#[test]
fn a_disease_that_stands_ends_training_with_three() {
    let workshop = workshop_with_data();
    // The critic learns nothing, and the generator nothing from it.
    let sick = "--set critic.learning_rate=1e-12 --set generator.learning_rate=1e-12 --out run";
    let output = workshop.expect(&format!("train {SETTINGS} {sick}"), 3);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("doctor: step"), "{text}");
    assert!(text.contains("found stalled"), "{text}");
    assert!(text.contains("ends sick"), "{text}");
    let case = String::from_utf8(workshop.read("run/case.jsonl")).unwrap();
    assert!(case.contains(r#""event":"found""#), "{case}");
    assert!(workshop.path("run/package/generator.onnx").is_file());
}
