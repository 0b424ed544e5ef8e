//! Runs end with a page that shows them, and the page is written again on demand.

use std::fs;

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
    ] {
        assert!(page.contains(word), "no {word}");
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
