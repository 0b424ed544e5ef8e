//! Reports of folders that tell of every kind of run.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::axis::{Axis, Scale};
use super::chart::{Chart, Line, Timeline};
use super::sheets::evenly;
use super::story::Story;
use super::verdict::{Health, Verdict, verdict};
use super::*;
use crate::recipe::Recipe;

/// A folder of runs.
struct Ward(tempfile::TempDir);

impl Ward {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A run of 600 steps of 64 images.
    fn run(&self, name: &str, metrics: &str, case: &str) -> PathBuf {
        self.run_of(name, &[], metrics, case)
    }

    fn run_of(&self, name: &str, settings: &[&str], metrics: &str, case: &str) -> PathBuf {
        let root = self.0.path().join(name);
        fs::create_dir(&root).unwrap();
        let settings = [
            &["training.length_images=38400", "training.batch_images=64"],
            settings,
        ];
        let settings: Vec<String> = settings.concat().iter().map(|&it| it.into()).collect();
        let recipe = Recipe::resolve(None, &settings).unwrap();
        fs::write(
            root.join("recipe.toml"),
            recipe.to_documented_toml().unwrap(),
        )
        .unwrap();
        fs::write(root.join("metrics.jsonl"), metrics).unwrap();
        fs::write(root.join("case.jsonl"), case).unwrap();
        root
    }
}

/// Lines of a log that shows nothing but losses, up to a step.
fn lines(last: u64) -> String {
    (1..=last).fold(String::new(), |mut text, step| {
        let images = step * 64;
        writeln!(
            text,
            r#"{{"step":{step},"images":{images},"critic_loss":0.6,"generator_loss":0.8,"seconds":{step}}}"#
        )
        .unwrap();
        text
    })
}

fn told(root: &Path) -> Verdict {
    verdict(&Story::read(root).unwrap())
}

const FOUND: &str = r#"{"event":"found","step":10,"finding":{"condition":"mode-collapse","severity":"critical","first_step":2,"evidence":[{"text":"all <alike> & \"same\""}]}}"#;
const TREATED: &str = r#"{"event":"treated","step":10,"condition":"mode-collapse","treatment":"larger-latent","start":"fresh","settings":["generator.latent=64","training.length_images=7680","objective.loss=\"hinge\""]}"#;
const HELPED: &str =
    r#"{"event":"helped","step":40,"condition":"mode-collapse","treatment":"larger-latent"}"#;

#[test]
fn linear_ticks_are_round_and_inside() {
    let axis = Axis::around(Scale::Linear, [0.13, 0.92].into_iter());
    let ticks = axis.ticks(5);
    let labels: Vec<&str> = ticks.iter().map(|(_, label)| label.as_str()).collect();
    assert_eq!(labels, ["0.2", "0.4", "0.6", "0.8"]);
    let images = Axis::exactly(0.0, 1_500_000.0).ticks(6);
    let labels: Vec<&str> = images.iter().map(|(_, label)| label.as_str()).collect();
    assert_eq!(labels, ["0", "500k", "1M", "1.5M"]);
    let signed = Axis::exactly(-2.0, 2.0).ticks(4);
    let labels: Vec<&str> = signed.iter().map(|(_, label)| label.as_str()).collect();
    assert_eq!(labels, ["−2", "−1", "0", "1", "2"]);
}

#[test]
fn an_axis_of_one_value_or_none_still_has_a_range() {
    for values in [
        vec![],
        vec![0.0],
        vec![-5.0, -5.0],
        vec![f64::NAN],
        vec![f64::INFINITY],
    ] {
        for scale in [Scale::Linear, Scale::Log, Scale::Symlog] {
            let axis = Axis::around(scale, values.iter().copied());
            let ticks = axis.ticks(5);
            assert!(
                !ticks.is_empty() && ticks.len() < 12,
                "{values:?} {scale:?} {ticks:?}"
            );
            for (value, _) in ticks {
                let place = axis.place(value).unwrap();
                assert!((0.0..=1.0).contains(&place), "{values:?} {scale:?} {place}");
            }
        }
    }
}

#[test]
fn log_axes_mark_decades_and_have_no_place_for_zero() {
    let axis = Axis::around(Scale::Log, [0.002, 30.0, 0.0, -1.0].into_iter());
    let labels: Vec<String> = axis.ticks(5).into_iter().map(|(_, label)| label).collect();
    assert_eq!(labels, ["0.01", "0.1", "1", "10"]);
    assert_eq!(axis.place(0.0), None);
    assert_eq!(axis.place(-1.0), None);
    assert_eq!(axis.place(f64::INFINITY), None);
    let wide = Axis::around(Scale::Log, [1e-7, 1e9].into_iter());
    let labels: Vec<String> = wide.ticks(5).into_iter().map(|(_, label)| label).collect();
    assert_eq!(labels, ["10⁻⁴", "1", "10⁴", "10⁸"]);
    let narrow = Axis::around(Scale::Log, [3.0, 8.0].into_iter());
    assert!(narrow.ticks(5).len() > 1);
}

#[test]
fn values_that_dwarf_the_rest_get_a_signed_log_axis() {
    assert_eq!(Scale::for_values(&[0.6, 0.7, 0.8, f64::NAN]), Scale::Linear);
    assert_eq!(Scale::for_values(&[0.6, 0.7, 0.8, -500.0]), Scale::Symlog);
    assert_eq!(Scale::for_values(&[]), Scale::Linear);
    let axis = Axis::around(Scale::Symlog, [-500.0, 0.7, 20.0].into_iter());
    let ticks = axis.ticks(6);
    let zero = ticks.iter().find(|(value, _)| *value == 0.0).unwrap();
    assert_eq!(zero.1, "0");
    assert!(ticks.is_sorted_by(|a, b| a.0 < b.0), "{ticks:?}");
}

#[test]
fn a_signed_log_axis_cannot_be_taken_for_a_linear_one() {
    for (values, expected) in [
        (vec![0.0, 1700.0], "0 1 10 100 1000"),
        (vec![-1500.0, 1700.0], "−1000 −100 −10 0 10 100 1000"),
        (vec![-3.0, 40.0, 0.1], "−1 0 1 10"),
        (vec![0.0, 3e6], "0 10 100 1000 10⁴ 10⁵ 10⁶"),
        (vec![-1e12, 1e12], "−10¹² −10⁸ −10⁴ 0 10⁴ 10⁸ 10¹²"),
    ] {
        let ticks = Axis::around(Scale::Symlog, values.into_iter()).ticks(5);
        let labels: Vec<String> = ticks.into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels.join(" "), expected);
    }
}

#[test]
fn a_line_is_broken_where_a_value_is_not_finite() {
    let points = vec![
        (0.0, 1.0),
        (1.0, 2.0),
        (2.0, f64::NAN),
        (3.0, 2.0),
        (4.0, 1.0),
    ];
    let line = Line {
        name: "<critic>".to_owned(),
        points,
        ..Line::default()
    };
    let chart = Chart::new("Losses", "", Scale::Linear, vec![line]);
    let timeline = Timeline {
        end: 4.0,
        ..Timeline::default()
    };
    let svg = chart.svg(&timeline);
    let path = svg.split("<path class=\"line s0\" d=\"").nth(1).unwrap();
    let path = path.split('"').next().unwrap();
    assert_eq!(path.matches('M').count(), 2, "{path}");
    assert_eq!(path.matches('L').count(), 2, "{path}");
    assert!(
        svg.contains("&lt;critic&gt; is not finite after 2 images"),
        "{svg}"
    );
    assert!(!svg.contains("NaN"), "{svg}");
    assert!(chart.values(&timeline).contains("[2.0,null]"));
}

#[test]
fn sheets_are_thinned_out_evenly() {
    assert_eq!(evenly(3, 24), [0, 1, 2]);
    assert_eq!(evenly(9, 5), [0, 2, 4, 6, 8]);
    assert_eq!(evenly(9, 1), [8]);
    assert_eq!(evenly(0, 0), [0; 0]);
    let many = evenly(1000, 24);
    assert_eq!((many[0], many[23], many.len()), (0, 999, 24));
    assert!(
        many.windows(2)
            .all(|two| (43..=44).contains(&(two[1] - two[0])))
    );
}

#[test]
fn a_healthy_run_is_said_to_be_one() {
    let ward = Ward::new();
    let verdict = told(&ward.run("well", &lines(600), ""));
    assert_eq!(verdict.health, Health::Healthy);
    assert_eq!(verdict.headline, "Healthy");
    assert!(
        verdict.sentences[0].contains("found nothing"),
        "{verdict:?}"
    );
}

#[test]
fn an_unfinished_and_a_short_run_are_called_that() {
    let ward = Ward::new();
    let verdict = told(&ward.run("half", &lines(50), ""));
    let last = verdict.sentences.last().unwrap();
    assert_eq!(last, "It is unfinished, after 3,200 of 38,400 images.");
    assert_eq!(
        told(&ward.run("one", &lines(1), "")).health,
        Health::Unknown
    );
    assert_eq!(told(&ward.run("none", "", "")).health, Health::Unknown);
}

#[test]
fn a_run_that_diverged_at_its_first_line_is_sick() {
    let line = r#"{"step":1,"images":64,"critic_loss":0.9,"generator_loss":null}"#;
    let ward = Ward::new();
    let root = ward.run("diverged", line, "");
    let verdict = told(&root);
    assert_eq!(verdict.health, Health::Sick);
    assert_eq!(verdict.headline, "Sick: divergence");
    let last = verdict.sentences.last().unwrap();
    assert_eq!(last, "It broke off, after 64 of 38,400 images.");
    assert!(
        page(&[root])
            .unwrap()
            .contains("generator is not finite after 64 images")
    );
}

#[test]
fn what_cured_a_run_is_told_with_what_showed_it() {
    let ward = Ward::new();
    let case = [FOUND, TREATED, HELPED].join("\n");
    let verdict = told(&ward.run("cured", &lines(120), &case));
    assert_eq!(verdict.health, Health::Cured);
    assert_eq!(verdict.headline, "Cured of mode collapse");
    let told = &verdict.sentences[0];
    let words = [
        "from 128 images on",
        "all <alike>",
        "larger-latent",
        "after 640 images",
        "drawn anew",
    ];
    for word in words {
        assert!(told.contains(word), "{word}: {told}");
    }
}

#[test]
fn a_treatment_that_has_not_ended_is_on_trial() {
    let ward = Ward::new();
    let case = [FOUND, TREATED].join("\n");
    assert_eq!(
        told(&ward.run("trial", &lines(20), &case)).health,
        Health::OnTrial
    );
}

#[test]
fn what_is_no_more_than_a_notice_shades_no_chart() {
    let ward = Ward::new();
    let shaded = |name, case: &str| {
        let root = ward.run(name, &lines(600), case);
        page(&[root]).unwrap().contains("class=\"spell\"")
    };
    assert!(shaded("critical", FOUND));
    assert!(!shaded("notice", &FOUND.replace("critical", "notice")));
}

#[test]
fn the_equilibrium_follows_the_objective() {
    let ward = Ward::new();
    let case = [FOUND, TREATED, HELPED].join("\n");
    let page = page(&[ward.run("cured", &lines(120), &case)]).unwrap();
    // Of the relativistic loss, then of the hinge loss that the treatment took.
    assert!(page.contains("<title>critic&#39;s loss at the equilibrium: 0.693</title>"));
    assert!(page.contains("<title>critic&#39;s loss at the equilibrium: 2.00</title>"));
}

#[test]
fn everything_that_comes_from_files_is_escaped() {
    let ward = Ward::new();
    let root = ward.run_of(
        "a & <b>",
        &["data.path=\"/tmp/<script>alert(1)</script>\""],
        &lines(120),
        &[FOUND, TREATED, HELPED].join("\n"),
    );
    let page = page(&[root]).unwrap();
    assert!(page.contains("<title>a &amp; &lt;b&gt;"));
    assert!(page.contains("all &lt;alike&gt; &amp; &quot;same&quot;"));
    assert!(!page.contains("<alike>") && !page.contains("<script>alert"));
}

#[test]
fn a_page_asks_for_nothing_else() {
    let ward = Ward::new();
    let page = page(&[ward.run("alone", &lines(100), "")]).unwrap();
    for word in [
        "src=\"http",
        "href=",
        "url(",
        "@import",
        "fetch(",
        "XMLHttpRequest",
    ] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn logs_that_are_cut_off_or_odd_are_read_as_far_as_they_go() {
    let ward = Ward::new();
    let mut metrics = lines(30);
    metrics.push_str("no json\n[1]\n");
    // A resumed run tells again from its checkpoint on.
    metrics.push_str(&lines(40).lines().skip(20).collect::<Vec<_>>().join("\n"));
    metrics.push_str("\n{\"step\":41,\"images\":26");
    let root = ward.run("cut", &metrics, "{\"event\":\"found\",\"st");
    let story = Story::read(&root).unwrap();
    assert_eq!(story.log.steps, (1..=40).collect::<Vec<u64>>());
    assert_eq!(story.notes.len(), 2, "{:?}", story.notes);
    assert!(story.notes[0].starts_with("3 lines of metrics.jsonl"));
    assert!(story.notes[1].starts_with("1 line of case.jsonl"));
    fs::remove_file(root.join("metrics.jsonl")).unwrap();
    assert!(page(&[root]).unwrap().contains("nothing to draw"));
}

#[test]
fn the_last_sheet_is_shown_and_what_is_none_left_out() {
    let ward = Ward::new();
    let root = ward.run("sheets", &lines(100), "");
    let samples = root.join("samples");
    fs::create_dir(&samples).unwrap();
    for images in [3200, 6400] {
        let path = samples.join(format!("images-{images:09}.png"));
        fs::write(path, b"\x89PNG\r\n\x1a\nrest").unwrap();
    }
    fs::write(samples.join("images-000001600.png"), "no picture").unwrap();
    let page = page(&[root]).unwrap();
    assert_eq!(
        page.matches("data:image/png;base64,iVBORw0KGgpyZXN0")
            .count(),
        2
    );
    assert!(page.contains("aria-label=\"after 6,400 images\" checked>"));
    assert!(page.contains("1 further sheet"));
}

#[test]
fn what_a_finished_generator_draws_is_shown_if_all_of_it_is_there() {
    let ward = Ward::new();
    let root = ward.run("done", &lines(600), "");
    let samples = root.join("samples");
    fs::create_dir(&samples).unwrap();
    let portrait = r#"{"images":38400,"features":null,"compared":10,"training_images":20,"ratios":[0.5,null]}"#;
    fs::write(samples.join("portrait.json"), portrait).unwrap();
    fs::write(samples.join("neighbours.png"), b"\x89PNG\r\n\x1a\nnear").unwrap();
    let heads = ["Nearest training images", "Between samples"];
    let text = page(&[&root]).unwrap();
    assert!(heads.iter().all(|head| !text.contains(head)));
    fs::write(samples.join("interpolation.png"), b"\x89PNG\r\n\x1a\nways").unwrap();
    let text = page(&[&root]).unwrap();
    assert!(heads.iter().all(|head| text.contains(head)));
    for word in [
        "by their pixels, among 10 spread over 20 images",
        "0.50, –. A copy",
        "iVBORw0KGgpuZWFy",
        "iVBORw0KGgp3YXlz",
    ] {
        assert!(text.contains(word), "{word}");
    }
    // Those of an earlier end say nothing of a run that goes on.
    let text = live_page(&root).unwrap();
    assert!(heads.iter().all(|head| !text.contains(head)));
}

#[test]
fn a_page_of_a_running_run_says_so_and_renews_itself() {
    let ward = Ward::new();
    let root = ward.run("going", &lines(300), "");
    let text = live_page(&root).unwrap();
    for word in [
        "It is still training, after 19,200 of 38,400 images.",
        "The doctor has found nothing so far.",
        "http-equiv=\"refresh\"",
        "fetch(location.href",
    ] {
        assert!(text.contains(word), "{word}");
    }
    // Before its first line there is a page too.
    let root = ward.run("begun", "", "");
    fs::remove_file(root.join("metrics.jsonl")).unwrap();
    fs::remove_file(root.join("case.jsonl")).unwrap();
    assert!(live_page(&root).unwrap().contains("nothing to draw yet"));
}

#[test]
fn the_losses_are_named_with_what_a_treatment_adds_to_them() {
    let ward = Ward::new();
    let plain = [
        "objective.loss=\"hinge\"",
        "objective.r1_gamma=0",
        "objective.r2_gamma=0",
    ];
    let treated = TREATED
        .replace(
            "objective.loss=\\\"hinge\\\"",
            "objective.loss=\\\"relativistic\\\"",
        )
        .replace(
            "\"settings\":[",
            "\"settings\":[\"objective.r1_gamma=1\",\"objective.r2_gamma=1\",",
        );
    let case = [FOUND, &treated, HELPED].join("\n");
    let root = ward.run_of("mended", &plain, &lines(120), &case);
    let told = "The hinge loss, then the relativistic logistic loss with R1 and R2. Drawn without penalties;";
    assert!(page(&[root]).unwrap().contains(told));
}

#[test]
fn several_runs_are_laid_over_each_other() {
    let ward = Ward::new();
    let case = [FOUND, TREATED, HELPED].join("\n");
    let roots = [
        ward.run("one", &lines(600), ""),
        ward.run_of("two", &["generator.width=8"], &lines(120), &case),
    ];
    let page = page(&roots).unwrap();
    assert!(page.contains("2 runs"));
    for word in [
        "Healthy",
        "Cured of mode collapse",
        "generator.width",
        "class=\"line s1\"",
    ] {
        assert!(page.contains(word), "{word}");
    }
}

#[test]
fn a_folder_without_a_run_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let error = page(&[place.path()]).unwrap_err();
    assert!(error.to_string().contains("is not a run"), "{error}");
}
