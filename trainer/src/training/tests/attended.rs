//! Runs with a doctor at their side.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::recipe::Attendance;
use crate::training::{Event, Outcome, Run, TrainingError};

/// A hundred steps of the smallest networks, with a line of the log for each.
fn recipe(settings: &[&str]) -> Recipe {
    let common = [
        "training.batch_images=12",
        "training.length_images=1200",
        "training.log_interval_images=12",
        "training.checkpoint_interval_images=100000",
        "training.sheet_interval_images=100000",
        "score.samples=0",
    ];
    tiny(&[&common, settings].concat())
}

/// A recipe whose numbers soon are not finite.
fn diverging() -> Recipe {
    recipe(&[
        "objective.loss=least-squares",
        "objective.r1_gamma=0",
        "objective.r2_gamma=0",
        "critic.learning_rate=1e12",
    ])
}

fn start(recipe: &Recipe, out: &Path, attendance: Attendance) -> Run {
    let mut recipe = recipe.clone();
    recipe.training.doctor = attendance;
    Run::start(recipe, split(), None, Some(out), &Device::flex()).unwrap()
}

fn case(run: &Run) -> String {
    std::fs::read_to_string(run.folder().case()).unwrap()
}

#[test]
fn a_watched_run_diverges_as_any_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let mut run = start(&diverging(), &place.path().join("run"), Attendance::Watch);
    let mut told = Vec::new();
    let ended = run.train(&AtomicBool::new(false), &mut |event| {
        if let Event::Case(entry) = event {
            told.push(entry.to_string());
        }
    });
    assert!(
        matches!(ended, Err(TrainingError::Diverged { .. })),
        "{ended:?}"
    );
    assert!(told[0].contains("found divergence"), "{told:?}");
    assert!(case(&run).contains("\"event\":\"found\""));
}

#[test]
fn a_treated_run_is_cured_of_divergence() {
    let place = tempfile::tempdir().unwrap();
    let mut run = start(&diverging(), &place.path().join("run"), Attendance::Treat);
    let ended = run.train(&AtomicBool::new(false), &mut |_| {}).unwrap();
    assert_eq!(ended, Outcome::Finished);
    let case = case(&run);
    assert!(case.contains("\"treatment\":\"usual-rates\""), "{case}");
    assert!(run.recipe().critic.network.learning_rate < 1e-2);
    // The networks that were drawn anew have the whole length.
    assert!(run.state().step() > 100);
    assert!(run.state().is_finite().unwrap());
}

#[test]
fn a_treated_run_that_stops_and_goes_on_is_the_one_that_did_not() {
    let place = tempfile::tempdir().unwrap();
    let recipe = diverging();
    let mut whole = start(&recipe, &place.path().join("whole"), Attendance::Treat);
    whole.train(&AtomicBool::new(false), &mut |_| {}).unwrap();

    let out = place.path().join("parts");
    let mut first = start(&recipe, &out, Attendance::Treat);
    let stop = AtomicBool::new(false);
    let ended = first.train(&stop, &mut |event| {
        if matches!(event, Event::Step { step: 57, .. }) {
            stop.store(true, Ordering::Relaxed);
        }
    });
    assert_eq!(ended.unwrap(), Outcome::Interrupted);
    drop(first);
    let folder = RunFolder::open(&out).unwrap();
    let mut rest = Run::resume(recipe, split(), None, folder, &Device::flex()).unwrap();
    rest.train(&AtomicBool::new(false), &mut |_| {}).unwrap();

    assert_eq!(rest.recipe(), whole.recipe());
    assert_eq!(samples(rest.state()), samples(whole.state()));
    assert_eq!(case(&rest), case(&whole));
}

/// The first half is killed after its last checkpoint, so that some of its steps come twice.
#[test]
fn event_files_of_a_resumed_run_tell_what_its_log_tells() {
    use crate::doctor::records::{Columns, read_events};
    use crate::doctor::{History, Sign};

    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let recipe = recipe(&[
        "training.tensorboard=true",
        "training.length_images=120",
        "training.checkpoint_interval_images=48",
        "training.sheet_interval_images=60",
    ]);
    let mut first = start(&recipe, &out, Attendance::Watch);
    first.train(&AtomicBool::new(false), &mut |_| {}).unwrap();
    let newest = first.folder().newest_checkpoint().unwrap().unwrap();
    newest.remove().unwrap();
    drop(first);
    let folder = RunFolder::open(&out).unwrap();
    let mut rest = Run::resume(recipe, split(), None, folder, &Device::flex()).unwrap();
    assert_eq!(rest.state().step(), 8);
    rest.train(&AtomicBool::new(false), &mut |_| {}).unwrap();

    let folder = rest.folder().tensorboard();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    let found = read_events(&folder, &Columns::default()).unwrap().history;
    assert!(found.has(Sign::CriticLoss) && found.has(Sign::GeneratorGradient));
    let log = std::fs::read_to_string(rest.folder().metrics()).unwrap();
    let records: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 10);
    let mut expected = History::new();
    let observe = |expected: &mut History, record: &serde_json::Value| {
        for sign in found.signs() {
            if let Some(value) = sign.of_record(record) {
                // Event files have numbers of 32 bits.
                let value = f64::from(value as f32);
                expected.observe(record["step"].as_u64().unwrap(), sign, value);
            }
        }
    };
    records
        .iter()
        .for_each(|record| observe(&mut expected, record));
    expected.restart(9);
    records[8..]
        .iter()
        .for_each(|record| observe(&mut expected, record));
    assert_eq!(found, expected);
}

#[test]
fn networks_go_back_to_a_checkpoint_and_the_count_of_steps_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let recipe = recipe(&[]);
    let folder = RunFolder::create(&place.path().join("run"), &recipe).unwrap();
    let mut state = fresh(&recipe);
    train(&mut state, &recipe, 2);
    let earlier = samples(&state);
    folder.save_checkpoint(&state, [None; 2], 1.0).unwrap();
    train(&mut state, &recipe, 3);
    assert_ne!(samples(&state), earlier);
    state.roll_back(&folder.checkpoint(2), &recipe).unwrap();
    assert_eq!(samples(&state), earlier);
    assert_eq!(state.step(), 5);
}
