//! Runs end with a page that shows them, and the page is written again on demand.

use std::fs;
use std::io::Cursor;

use serde_json::Value;

use crate::harness::{Workshop, files};
use crate::tiny::{RUN, SETTINGS, workshop_with_data};

#[test]
fn a_run_ends_with_its_report() {
    let page = fs::read_to_string(RUN.join("report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    for word in [
        "Losses",
        "Gradient norms",
        "data:image/png;base64,",
        "generator.latent",
        "4,000",
        "Nearest training images",
        "nearest to it by their pixels, among 480 images",
        "Between samples",
    ] {
        assert!(page.contains(word), "no {word}");
    }
    assert!(!page.contains("fetch("), "a page on disk asks for nothing");
}

#[test]
fn a_run_ends_with_the_neighbours_of_its_samples() {
    let portrait = fs::read(RUN.join("samples/portrait.json")).unwrap();
    let portrait: Value = serde_json::from_slice(&portrait).unwrap();
    assert_eq!(portrait["images"], 4000);
    assert_eq!(portrait["features"], Value::Null);
    assert_eq!(
        (&portrait["compared"], &portrait["training_images"]),
        (&480.into(), &480.into())
    );
    let ratios = portrait["ratios"].as_array().unwrap();
    assert_eq!(ratios.len(), 8);
    assert!(
        ratios.iter().all(|ratio| ratio.as_f64().unwrap() > 0.0),
        "{ratios:?}"
    );
    let read = |name: &str| {
        let file = fs::read(RUN.join("samples").join(name)).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width as usize, info.height as usize, pixels)
    };
    // Images of 28 x 28, two pixels apart.
    let (width, height, neighbours) = read("neighbours.png");
    assert_eq!((width, height), (8 * 30 - 2, 4 * 30 - 2));
    // Its first row is that of the last sheet.
    let (sheet_width, _, sheet) = read("images-000004000.png");
    assert_eq!(sheet_width, width);
    assert_eq!(neighbours[..28 * width], sheet[..28 * width]);
    // The ways begin and end at samples.
    let (width, height, ways) = read("interpolation.png");
    assert_eq!((width, height), (8 * 30 - 2, 3 * 30 - 2));
    for y in 0..28 {
        assert_eq!(ways[y * width..][..28], sheet[y * width..][..28], "row {y}");
    }
}

#[test]
fn a_report_is_written_again_where_it_is_wanted() {
    let workshop = Workshop::new();
    let run = RUN.display();
    let output = workshop.gannet(&format!("report {run} --out page.html"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "page.html\n");
    assert_eq!(
        workshop.read("page.html"),
        fs::read(RUN.join("report.html")).unwrap()
    );
    workshop.gannet(&format!("report {run} {run}"));
    let both = String::from_utf8(workshop.read("report.html")).unwrap();
    assert!(both.contains("2 runs"), "{both}");
    let written = files(&workshop.path("."));
    assert_eq!(written.len(), 2, "{written:?}");
}

#[test]
fn what_is_no_run_is_refused() {
    let workshop = Workshop::new();
    fs::create_dir(workshop.path("folder")).unwrap();
    workshop.refuses("report", 2, &["RUN"]);
    workshop.refuses("report nothing", 1, &["nothing", "is not a run"]);
    workshop.refuses("report folder", 1, &["folder", "recipe.toml"]);
    let run = RUN.display();
    workshop.refuses(
        &format!("report {run} folder"),
        1,
        &["folder", "is not a run"],
    );
    workshop.refuses(
        &format!("report {run} --out nowhere/page.html"),
        1,
        &["cannot write the report", "nowhere"],
    );
}

#[test]
fn a_report_that_cannot_be_written_does_not_fail_the_run() {
    let workshop = workshop_with_data();
    workshop.gannet(&format!(
        "train {SETTINGS} --set training.length_images=160 --out run"
    ));
    // A folder is in its place.
    fs::remove_file(workshop.path("run/report.html")).unwrap();
    fs::create_dir(workshop.path("run/report.html")).unwrap();
    let output = workshop.gannet("resume run");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("warning: there is no report"), "{text}");
    assert!(text.contains("report.html"), "{text}");
}
