#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use gannet::Samples;
use serde_json::json;

use super::*;
use crate::doctor::records::{Columns, read_events};
use crate::doctor::{Condition, History};

#[test]
fn the_doctor_reads_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut events = EventFile::begin(folder.path(), 0).unwrap();
    for step in 1..=20 {
        let line = json!({
            "step": step,
            "critic_loss": 0.5,
            "frechet_distance": null,
            "vitals": { "critic": { "gradient_norm": 4.0, "layer_gradient_norms": [1.0, 2.0] } },
        });
        events.add_line(step, &line).unwrap();
    }
    let reading = read_events(folder.path(), &Columns::default()).unwrap();
    let history = &reading.history;
    assert_eq!(history.last_step(), 20);
    for sign in [
        Sign::CriticLoss,
        Sign::CriticGradient,
        Sign::FrechetDistance,
    ] {
        assert!(history.has(sign), "{sign}");
    }
    let layers = ["0", "1"].map(|layer| format!("vitals/critic/layer_gradient_norms/{layer}"));
    assert_eq!(reading.ignored, layers);
}

#[test]
fn pictures_and_texts_are_events_too() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.png");
    let samples = Samples::new([2, 3, 4, 5], vec![0.0; 120]).unwrap();
    samples.write_grid(&sheet, 2).unwrap();
    let mut events = EventFile::begin(folder.path(), 0).unwrap();
    events.add_sheet(7, &sheet).unwrap();
    let entry = Entry::Gone {
        step: 7,
        condition: Condition::Stalled,
    };
    events.add_entry(7, &entry).unwrap();
    let bytes = fs::read(&events.path).unwrap();
    let written: Vec<Event> = frames(&bytes);
    assert_eq!(written.len(), 4);
    let content = |event: &Event| match &event.what {
        Some(What::Summary(summary)) => summary.values[0].content.clone(),
        _ => None,
    };
    let image = match content(&written[2]) {
        Some(Content::Image(image)) => Some(image),
        _ => None,
    };
    let image = image.unwrap();
    assert_eq!((image.height, image.colorspace), (4, 3));
    assert_eq!(image.encoded, fs::read(&sheet).unwrap());
    let text = match content(&written[3]) {
        Some(Content::Tensor(text)) => Some(text),
        _ => None,
    };
    assert_eq!(text.unwrap().strings, [entry.to_string().as_bytes()]);
}

/// Killed at its step 10 and taken up from checkpoints, twice within a second.
#[test]
fn a_resumed_run_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (at, end, loss) in [(0, 10, 1.0), (9, 12, 2.0), (6, 8, 3.0)] {
        let mut events = EventFile::begin(folder.path(), at).unwrap();
        for step in at + 1..=end {
            let line = json!({"critic_loss": loss, "generator_loss": loss});
            events.add_line(step, &line).unwrap();
        }
        paths.push(events.path);
    }
    assert!(paths.is_sorted());
    for (path, step) in paths.iter().zip([1, 10, 7]) {
        let events = frames(&fs::read(path).unwrap());
        let status = SessionLog::START;
        let start = What::SessionLog(SessionLog { status });
        assert_eq!((events[1].step, &events[1].what), (step, &Some(start)));
    }
    let mut expected = History::new();
    let observe = |history: &mut History, step, loss| {
        for sign in [Sign::CriticLoss, Sign::GeneratorLoss] {
            history.observe(step, sign, loss);
        }
    };
    (1..=6).for_each(|step| observe(&mut expected, step, 1.0));
    for _ in 0..2 {
        observe(&mut expected, 7, 9.0);
        expected.restart(7);
    }
    (7..=8).for_each(|step| observe(&mut expected, step, 3.0));
    let reading = read_events(folder.path(), &Columns::default()).unwrap();
    assert_eq!(reading.history, expected);
}

/// The events of a file.
fn frames(mut bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = u64::from_le_bytes(*length) as usize;
        events.push(Event::decode(&rest[4..4 + length]).unwrap());
        bytes = &rest[8 + length..];
    }
    events
}
