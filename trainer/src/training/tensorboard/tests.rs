#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed test should stop"
)]

use gannet::Samples;
use serde_json::json;

use super::*;
use crate::doctor::Condition;
use crate::doctor::records::{Columns, read_events};

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
    assert_eq!(written.len(), 3);
    let content = |event: &Event| match &event.what {
        Some(What::Summary(summary)) => summary.values[0].content.clone(),
        _ => None,
    };
    let image = match content(&written[1]) {
        Some(Content::Image(image)) => Some(image),
        _ => None,
    };
    let image = image.unwrap();
    assert_eq!((image.height, image.colorspace), (4, 3));
    assert_eq!(image.encoded, fs::read(&sheet).unwrap());
    let text = match content(&written[2]) {
        Some(Content::Tensor(text)) => Some(text),
        _ => None,
    };
    assert_eq!(text.unwrap().strings, [entry.to_string().as_bytes()]);
}

#[test]
fn a_resumed_run_says_from_which_step_the_old_files_count_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let first = EventFile::begin(folder.path(), 0).unwrap();
    let second = EventFile::begin(folder.path(), 30).unwrap();
    assert!(second.path > first.path);
    let events = frames(&fs::read(&second.path).unwrap());
    assert_eq!(events[1].step, 31);
    assert!(matches!(
        events[1].what,
        Some(What::SessionLog(SessionLog {
            status: SessionLog::START
        }))
    ));
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
