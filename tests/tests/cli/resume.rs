//! A run that is stopped and resumed ends as if it had never stopped.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::harness::{Workshop, files};
use crate::tiny::{RUN, SETTINGS, STEPS, workshop_with_data};

const KILL: i32 = 9;

/// The lines of `metrics.jsonl`; none if it is not there yet.
fn lines(run: &Path) -> Vec<String> {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The records of `metrics.jsonl` without what the clock decides.
fn metrics(run: &Path) -> Vec<Map<String, Value>> {
    let parse = |line: &String| {
        let mut record: Map<String, Value> = serde_json::from_str(line).unwrap();
        for clock in ["seconds", "images_per_second"] {
            record.remove(clock).unwrap();
        }
        record
    };
    lines(run).iter().map(parse).collect()
}

/// Runs `gannet ARGS` until the run's log has so many lines, then signals it.
fn stop(workshop: &Workshop, args: &str, lines_before: usize, signal: &str) -> ExitStatus {
    let mut child = workshop
        .command(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let run = workshop.path("run");
    let began = Instant::now();
    while lines(&run).len() < lines_before {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "ended too early to be stopped: {ended:?}");
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "no {lines_before} lines in metrics.jsonl after two minutes"
        );
        sleep(Duration::from_millis(2));
    }
    send(signal, &child);
    child.wait().unwrap()
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success(), "the run ended before its signal");
}

/// Asserts that two finished runs differ in nothing but the clock.
///
/// The optimisers' files are left out: Burn writes their tensors in the order
/// of a hash map. What is in them shows in the steps after a resume.
fn assert_same_run(run: &Path, expected: &Path) {
    assert_eq!(metrics(expected).len(), STEPS);
    assert!(metrics(run) == metrics(expected), "metrics.jsonl differs");
    let relative = |root: &Path| -> Vec<_> {
        let found = files(root).into_iter();
        found
            .map(|path| path.strip_prefix(root).unwrap().to_owned())
            .collect()
    };
    let names = relative(expected);
    assert_eq!(relative(run), names);
    let mut compared = 0;
    for name in names {
        let extension = name.extension().and_then(|e| e.to_str());
        let is_optimizer = name.to_string_lossy().ends_with("-optimizer.bpk");
        if matches!(extension, Some("bpk" | "onnx" | "png")) && !is_optimizer {
            let (got, wanted) = (fs::read(run.join(&name)), fs::read(expected.join(&name)));
            assert!(
                got.unwrap() == wanted.unwrap(),
                "{} differs",
                name.display()
            );
            compared += 1;
        }
    }
    assert!(compared >= 5, "only {compared} files were compared");
}

#[test]
fn killed_at_any_moment_it_resumes_to_the_same_bits() {
    let workshop = workshop_with_data();
    let start = format!("train {SETTINGS} --out run");
    // Before the first checkpoint, then between checkpoints.
    for (args, lines) in [(start.as_str(), 1), ("resume run", 50), ("resume run", 115)] {
        let status = stop(&workshop, args, lines, "-KILL");
        assert_eq!(status.signal(), Some(KILL));
    }
    workshop.gannet("resume run");
    assert_same_run(&workshop.path("run"), &RUN);
}

#[test]
fn other_optimisers_resume_to_the_same_bits() {
    let workshop = workshop_with_data();
    let settings = format!(
        "{SETTINGS} --set generator.optimiser=rmsprop --set generator.beta1=0.5 \
         --set critic.optimiser=sgd --set critic.beta1=0.9 --set critic.weight_decay=0.001 \
         --set critic.gradient_clip_norm=1"
    );
    workshop.gannet(&format!("train {settings} --out whole"));
    stop(
        &workshop,
        &format!("train {settings} --out run"),
        90,
        "-KILL",
    );
    workshop.gannet("resume run");
    assert_same_run(&workshop.path("run"), &workshop.path("whole"));
    let card = fs::read_to_string(workshop.path("run/package/CARD.md")).unwrap();
    assert!(
        card.contains("RMSProp and SGD with learning rates"),
        "{card}"
    );
}

#[test]
fn interrupted_it_saves_and_exits_130() {
    let workshop = workshop_with_data();
    let status = stop(
        &workshop,
        &format!("train {SETTINGS} --out run"),
        30,
        "-INT",
    );
    assert_eq!(status.code(), Some(130));
    // The checkpoint is of the very step that was the last.
    let run = workshop.path("run");
    let last = lines(&run).len();
    let saved = run.join(format!("checkpoints/step-{last:09}"));
    assert!(saved.is_dir(), "{} is missing", saved.display());
    assert!(!run.join("package").exists());

    workshop.gannet("resume run");
    assert_same_run(&run, &RUN);
}

/// What a kill in the middle of a save, of a removal and of a package leaves.
#[test]
fn what_a_crash_left_is_cleared() {
    let workshop = workshop_with_data();
    let start = format!("train {SETTINGS} --out run");
    stop(&workshop, &start, 50, "-KILL");
    let run = workshop.path("run");
    for folder in [
        "checkpoints/.partial",
        "checkpoints/step-000000001",
        ".package.1-0.tmp",
    ] {
        fs::create_dir_all(run.join(folder)).unwrap();
        fs::write(run.join(folder).join("critic.bpk"), b"half").unwrap();
    }
    fs::write(run.join("samples/.images.png.1-0.tmp"), b"half").unwrap();
    workshop.gannet("resume run");
    assert_same_run(&run, &RUN);
}

#[test]
fn two_processes_do_not_train_one_run() {
    let workshop = workshop_with_data();
    let start = format!("train {SETTINGS} --out run");
    stop(&workshop, &start, 30, "-KILL");
    let lock = fs::File::open(workshop.path("run/.lock")).unwrap();
    lock.lock().unwrap();
    let output = workshop.expect("resume run", 1);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("in use"), "{stderr}");
    drop(lock);
    workshop.gannet("resume run");
}

#[test]
fn a_damaged_checkpoint_is_named() {
    let workshop = workshop_with_data();
    let start = format!("train {SETTINGS} --out run");
    stop(&workshop, &start, 50, "-KILL");
    let damaged = "run/checkpoints/step-000000040/critic.bpk";
    workshop.write(damaged, b"noise");
    let output = workshop.expect("resume run", 1);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains(damaged) && stderr.contains("remove"),
        "{stderr}"
    );
    fs::remove_dir_all(workshop.path("run/checkpoints/step-000000040")).unwrap();
    workshop.gannet("resume run");
    assert_same_run(&workshop.path("run"), &RUN);
}
