#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

mod csv;
mod events;
mod hostile;
mod json;

/// A folder for one test.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Reads a file with these contents.
    fn read(&self, name: &str, bytes: impl AsRef<[u8]>, maps: &[&str]) -> Outcome {
        outcome(&self.write(name, bytes), maps)
    }
}

/// What was read, or the message of the error.
type Outcome = Result<Reading, String>;

fn outcome(path: &Path, maps: &[&str]) -> Outcome {
    let maps: Vec<String> = maps.iter().map(|map| (*map).to_owned()).collect();
    let columns = Columns::parse(&maps).map_err(|error| error.to_string())?;
    read(path, &columns).map_err(|error| error.to_string())
}

fn signs(reading: &Reading) -> Vec<&'static str> {
    reading.history.signs().map(Sign::name).collect()
}

/// The mean of all values of a sign, in a history of so few steps that none are merged.
fn mean(reading: &Reading, sign: Sign) -> f64 {
    let course = reading.history.course(sign, 1).unwrap();
    course.means[0]
}

/// Whether a message has all of these parts.
#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no `{part}` in: {message}");
    }
}

#[test]
fn what_is_not_there_is_said() {
    let bench = Bench::new();
    let message = outcome(&bench.path("run"), &[]).unwrap_err();
    says(&message, &["run: not found", ".jsonl"]);
    bench.write("run/notes.txt", "");
    let message = outcome(&bench.path("run"), &[]).unwrap_err();
    says(&message, &["no log", "metrics.jsonl", "*tfevents*"]);
    bench.write("run/metrics.csv", "");
    let message = outcome(&bench.path("run"), &[]).unwrap_err();
    says(&message, &["it has metrics.csv"]);
}

#[test]
fn a_file_is_told_by_its_name_or_else_by_its_first_bytes() {
    let bench = Bench::new();
    let csv = "step,d_loss\n1,0.5\n2,0.25\n";
    let json = "{\"step\":1,\"d_loss\":0.5}\n{\"step\":2,\"d_loss\":0.25}\n";
    for (name, text) in [
        ("a.csv", csv),
        ("a.TSV", csv),
        ("a.txt", csv),
        ("a", csv),
        ("a.jsonl", json),
        ("a.ndjson", json),
        ("a.json", json),
        ("a.log", json),
        ("b", json),
        ("run/metrics.jsonl", json),
    ] {
        let reading = bench.read(name, text, &[]).unwrap();
        assert_eq!(mean(&reading, Sign::CriticLoss), 0.375, "{name}");
    }
    let reading = outcome(&bench.path("run"), &[]).unwrap();
    assert_eq!(signs(&reading), ["d_loss"]);
    let message = bench.read("c", "\n[{\"step\":1}]", &[]).unwrap_err();
    says(&message, &["JSON array", "jq"]);
    let message = bench.read("d", "[0/5] Loss_D: 1.4", &[]).unwrap_err();
    says(&message, &["no line after the header"]);
}
