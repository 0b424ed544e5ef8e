use std::io::{BufWriter, Write};

use super::events::{file, frame};
use super::*;
use crate::doctor::records::{csv, events, json};

/// Xorshift: the same bytes in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.below(600);
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Text of the characters that mean something.
    fn text(&mut self) -> Vec<u8> {
        const PARTS: [&str; 26] = [
            "step",
            "d_loss",
            "g_loss",
            "epoch",
            ",",
            ",",
            ";",
            "\t",
            "\"",
            "\n",
            "\n",
            "\r\n",
            "{",
            "}",
            "[",
            "]",
            ":",
            "1",
            "-2",
            "3.5",
            "NaN",
            "-Infinity",
            "null",
            "\\",
            "é",
            "\u{feff}",
        ];
        let parts = self.below(200);
        let parts = (0..parts).map(|_| PARTS[self.below(PARTS.len())]);
        parts.collect::<String>().into_bytes()
    }

    /// A good file with a few bytes changed, removed or repeated.
    fn damaged(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            let (from, to) = (self.below(bytes.len()), self.below(bytes.len()));
            let (from, to) = (from.min(to), from.max(to).min(from + 20));
            match self.below(3) {
                0 => bytes[from] = self.next() as u8,
                1 if bytes.len() > 40 => drop(bytes.drain(from..to)),
                _ => bytes.extend_from_within(from..to),
            }
        }
        bytes
    }
}

#[test]
fn nothing_makes_a_reader_panic() {
    let bench = Bench::new();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let table = b"step,epoch,d_loss,g_loss\n1,0,0.5,\"0.25\"\n2,0,nan,1e3\n3,1,0.5,0.25\n";
    let lines = b"{\"step\":1,\"d_loss\":NaN,\"a\":{\"mean\":1}}\n{\"step\":2,\"d_loss\":0.5}\n";
    let log = file(0..4);
    let columns = Columns::default();
    let path = Path::new("log");
    let mut read_any = 0;
    for round in 0..30_000 {
        let bytes = match round % 6 {
            0 => random.bytes(),
            1 => random.text(),
            2 => random.damaged(table),
            3 => random.damaged(lines),
            4 => random.damaged(&log),
            // Checksums that fit, so that the messages are reached.
            _ => [frame(&random.bytes()), frame(&random.damaged(&log[52..]))].concat(),
        };
        let mut outcomes = vec![
            csv::read(path, bytes.as_slice(), &columns),
            json::read(path, bytes.as_slice(), &columns),
            events::read_file(path, bytes.as_slice(), &columns),
        ];
        if round % 97 == 0 {
            outcomes.push(read(&bench.write("log", &bytes), &columns));
        }
        for outcome in outcomes {
            match outcome {
                Ok(reading) => {
                    read_any += 1;
                    assert!(reading.notes.len() < 60);
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
    assert!(read_any > 5000, "{read_any}");
}

fn stream(lines: u64) {
    let bench = Bench::new();
    let path = bench.path("long.csv");
    let mut file = BufWriter::new(fs::File::create(&path).unwrap());
    writeln!(file, "step,d_loss,g_loss,lr").unwrap();
    for step in 0..lines {
        let value = step % 10;
        if step % 1000 == 7 {
            writeln!(file, "{step},nan,0.{value}").unwrap();
        } else {
            writeln!(file, "{step},0.{value},1.{value},1e-4").unwrap();
        }
    }
    file.into_inner().unwrap();
    let reading = outcome(&path, &[]).unwrap();
    assert_eq!(reading.history.lines(), lines - lines / 1000);
    assert_eq!(reading.history.last_step(), lines - 1);
    assert_eq!(reading.notes.len(), 4);
    assert_eq!(reading.ignored, ["lr"]);
}

#[test]
fn a_million_lines_are_streamed() {
    stream(1_000_000);
}

#[test]
#[ignore = "takes a file of 200 MB"]
fn ten_million_lines_are_streamed() {
    stream(10_000_000);
}
