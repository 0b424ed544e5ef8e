use super::*;
use crate::doctor::records::crc32c::masked;

fn varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value > 0x7F {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn key(number: u64, wire: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    varint(number << 3 | wire, &mut bytes);
    bytes
}

fn message(number: u64, inner: &[u8]) -> Vec<u8> {
    let mut bytes = key(number, 2);
    varint(inner.len() as u64, &mut bytes);
    bytes.extend(inner);
    bytes
}

fn number(number: u64, value: u64) -> Vec<u8> {
    let mut bytes = key(number, 0);
    varint(value, &mut bytes);
    bytes
}

pub(super) fn frame(record: &[u8]) -> Vec<u8> {
    let length = (record.len() as u64).to_le_bytes();
    let parts = [
        length.as_slice(),
        &masked(&length).to_le_bytes(),
        record,
        &masked(record).to_le_bytes(),
    ];
    parts.concat()
}

/// An event with a value, of which all but the tag is given.
fn event(step: i64, tag: &str, value: &[u8]) -> Vec<u8> {
    let time = [key(1, 1), 1.5_f64.to_le_bytes().to_vec()].concat();
    let value = [message(1, tag.as_bytes()), value.to_vec()].concat();
    let summary = message(5, &message(1, &value));
    frame(&[time, number(2, step.cast_unsigned()), summary].concat())
}

fn simple(value: f32) -> Vec<u8> {
    [key(2, 5), value.to_le_bytes().to_vec()].concat()
}

fn tensor(kind: u64, value: &[u8]) -> Vec<u8> {
    message(
        8,
        &[number(1, kind), message(2, &[]), value.to_vec()].concat(),
    )
}

fn version() -> Vec<u8> {
    let time = [key(1, 1), 1.5_f64.to_le_bytes().to_vec()].concat();
    frame(&[time, message(3, b"brain.Event:2")].concat())
}

/// A file as PyTorch's `SummaryWriter` writes it.
pub(super) fn file(steps: std::ops::Range<i64>) -> Vec<u8> {
    let mut bytes = version();
    for step in steps {
        bytes.extend(event(step, "Loss/D", &simple(0.5)));
        bytes.extend(event(step, "Loss/G", &simple(step as f32)));
        bytes.extend(event(step, "lr", &simple(1e-4)));
    }
    bytes
}

const NAME: &str = "events.out.tfevents.1700000000.host.1.0";

#[test]
fn simple_values_are_read() {
    let bench = Bench::new();
    let reading = bench.read(NAME, file(0..10), &[]).unwrap();
    assert_eq!(signs(&reading), ["d_loss", "g_loss"]);
    assert_eq!(mean(&reading, Sign::GeneratorLoss), 4.5);
    assert_eq!(reading.history.last_step(), 9);
    assert_eq!(reading.ignored, ["lr"]);
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    // Told by its first bytes too.
    assert!(bench.read("log", file(0..10), &[]).is_ok());
}

#[test]
fn scalars_in_tensors_are_read_in_all_their_forms() {
    let bench = Bench::new();
    let float = 2.5_f32.to_le_bytes();
    let double = 2.5_f64.to_le_bytes();
    let forms = [
        tensor(1, &message(4, &float)),
        tensor(1, &message(5, &float)),
        tensor(1, &[key(5, 5), float.to_vec()].concat()),
        tensor(2, &message(4, &double)),
        tensor(2, &message(6, &double)),
        tensor(2, &[key(6, 1), double.to_vec()].concat()),
        simple(2.5),
    ];
    let mut bytes = version();
    for (step, form) in (0..).zip(&forms) {
        bytes.extend(event(step, "d_loss", form));
    }
    let whole = [
        tensor(3, &message(4, &(-7_i32).to_le_bytes())),
        tensor(
            3,
            &message(7, &[number(9, (-7_i64).cast_unsigned())].concat()[1..]),
        ),
        tensor(9, &number(10, (-7_i64).cast_unsigned())),
        tensor(9, &message(4, &(-7_i64).to_le_bytes())),
    ];
    for (step, form) in (0..).zip(&whole) {
        bytes.extend(event(step, "d_real", form));
    }
    let reading = bench.read(NAME, bytes, &[]).unwrap();
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    assert_eq!(reading.history.lines(), 7);
    assert_eq!(mean(&reading, Sign::CriticLoss), 2.5);
    assert_eq!(mean(&reading, Sign::RealScore), -7.0);
}

#[test]
fn values_that_are_no_scalars_are_left_out() {
    let bench = Bench::new();
    let mut bytes = file(0..3);
    let two = [1.0_f32.to_le_bytes(), 2.0_f32.to_le_bytes()].concat();
    for value in [
        tensor(1, &message(5, &two)),
        tensor(1, &message(4, &two)),
        tensor(7, &message(8, b"text")),
        message(5, b"histogram"),
        tensor(1, &[]),
    ] {
        bytes.extend(event(3, "Loss/D", &value));
        bytes.extend(event(3, "image", &value));
    }
    let reading = bench.read(NAME, bytes, &[]).unwrap();
    assert_eq!(reading.history.last_step(), 2);
    assert_eq!(reading.ignored, ["lr", "image"]);
    says(&reading.notes[0], &["`Loss/D` is no single number"]);
    says(&reading.notes[3], &["and 2 more"]);
}

#[test]
fn a_folder_is_read_in_the_order_of_names() {
    let bench = Bench::new();
    bench.write("run/events.out.tfevents.1700000002.host", file(5..20));
    bench.write("run/events.out.tfevents.1700000001.host", file(0..10));
    bench.write("run/other.txt", "x");
    let reading = outcome(&bench.path("run"), &[]).unwrap();
    assert_eq!(reading.history.lines(), 20);
    assert_eq!(reading.notes.len(), 1);
    says(&reading.notes[0], &["steps went back once"]);
}

#[test]
fn the_folders_of_add_scalars_are_the_columns() {
    let bench = Bench::new();
    bench.write(&format!("run/{NAME}"), version());
    let part = |value| {
        let events = (0..4).flat_map(|step| event(step, "loss", &simple(value)));
        [version(), events.collect()].concat()
    };
    bench.write(&format!("run/loss_d/{NAME}"), part(1.0));
    bench.write(&format!("run/loss_g/{NAME}"), part(2.0));
    bench.write(&format!("run/loss_x/{NAME}"), part(3.0));
    let reading = outcome(&bench.path("run"), &[]).unwrap();
    assert_eq!(mean(&reading, Sign::CriticLoss), 1.0);
    assert_eq!(mean(&reading, Sign::GeneratorLoss), 2.0);
    assert_eq!(reading.ignored, ["loss_x/loss"]);
    for theirs in ["loss_x", "loss_x/loss"] {
        let reading = outcome(&bench.path("run"), &[&format!("d_real={theirs}")]);
        assert_eq!(mean(&reading.unwrap(), Sign::RealScore), 3.0);
    }
}

#[test]
fn two_runs_in_one_folder_are_refused() {
    let bench = Bench::new();
    bench.write(&format!("runs/a/{NAME}"), file(0..4));
    bench.write(&format!("runs/b/{NAME}"), file(0..4));
    let said = outcome(&bench.path("runs"), &[]).unwrap_err();
    says(
        &said,
        &["`a/Loss/D` and `b/Loss/D`", "the folder of one run"],
    );
    assert!(outcome(&bench.path("runs/b"), &[]).is_ok());
    let maps = ["d_loss=b/Loss/D", "g_loss=a/Loss/G"];
    assert!(outcome(&bench.path("runs"), &maps).is_ok());
}

#[test]
fn a_file_cut_anywhere_is_read_up_to_there() {
    let bench = Bench::new();
    let whole = file(0..5);
    let least = version().len() + event(0, "Loss/D", &simple(0.5)).len();
    for length in (least..whole.len()).step_by(3) {
        let reading = bench.read(NAME, &whole[..length], &[]).unwrap();
        assert!(reading.notes.len() <= 1);
        if let Some(note) = reading.notes.first() {
            says(note, &["cut short within the record at offset"]);
        }
    }
    let said = bench.read(NAME, &whole[..5], &[]).unwrap_err();
    says(&said, &["no row with a value"]);
    says(
        &bench.read(NAME, "", &[]).unwrap_err(),
        &["no row with a value"],
    );
}

#[test]
fn a_wrong_checksum_ends_the_reading() {
    let bench = Bench::new();
    let whole = file(0..5);
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        match bench.read(NAME, bytes, &[]) {
            Ok(reading) => says(&reading.notes[0], &["damaged at offset", "checksum"]),
            Err(said) if at < version().len() => says(&said, &["offset 0", "checksum"]),
            Err(said) => says(&said, &["no row with a value"]),
        }
    }
}

#[test]
fn records_that_are_too_long_or_no_events_are_refused() {
    let bench = Bench::new();
    let length = u64::MAX.to_le_bytes();
    let bytes = [
        version(),
        length.to_vec(),
        masked(&length).to_le_bytes().to_vec(),
    ]
    .concat();
    let said = bench.read(NAME, bytes, &[]).unwrap_err();
    says(
        &said,
        &["record at offset 40", "18446744073709551615 bytes"],
    );
    // A claim within the limit takes no memory before the bytes are there.
    let length = (64_u64 << 20).to_le_bytes();
    let bytes = [
        file(0..2),
        length.to_vec(),
        masked(&length).to_le_bytes().to_vec(),
    ]
    .concat();
    assert!(bench.read(NAME, bytes, &[]).is_ok());
    // A `tf.Example`.
    let said = bench.read(NAME, frame(&message(1, b"x")), &[]).unwrap_err();
    says(&said, &["not an event file", "offset 0"]);
    says(
        &bench.read(NAME, "step,d_loss\n1,1\n", &[]).unwrap_err(),
        &["checksum"],
    );
}

#[test]
fn steps_of_events_are_checked_and_may_be_numbered() {
    let bench = Bench::new();
    let said = bench
        .read(NAME, event(-1, "d_loss", &simple(1.0)), &[])
        .unwrap_err();
    says(&said, &["offset 0: the step is -1"]);
    let none: Vec<u8> = (0..9)
        .flat_map(|_| event(0, "d_loss", &simple(1.0)))
        .collect();
    let said = bench.read(NAME, &none, &[]).unwrap_err();
    says(&said, &["the step is 0 in all of 9 rows"]);
    let reading = bench.read(NAME, &none, &["step="]).unwrap();
    assert_eq!(reading.history.last_step(), 9);
    let said = bench.read(NAME, &none, &["step=lr"]).unwrap_err();
    says(&said, &["events carry their steps"]);
}

#[test]
#[ignore = "needs files of the Python writers in the folder that GANNET_EVENTS names"]
fn files_of_the_python_writers_are_read() {
    let root = PathBuf::from(std::env::var_os("GANNET_EVENTS").unwrap());
    for (folder, lines) in [
        ("torch", 201),
        ("scalars", 10),
        ("newstyle", 10),
        ("tf2", 10),
        ("tbx", 20),
    ] {
        let reading = outcome(&root.join(folder), &[]).unwrap();
        assert!(reading.notes.is_empty(), "{:?}", reading.notes);
        assert_eq!(reading.history.lines(), lines, "{folder}");
        assert!(reading.history.has(Sign::CriticLoss), "{folder}");
        assert!(reading.history.has(Sign::GeneratorLoss), "{folder}");
    }
    for (folder, sign, expected) in [
        ("scalars", Sign::GeneratorLoss, 0.9),
        ("newstyle", Sign::FrechetDistance, 1.35),
        ("tf2", Sign::CriticLoss, 2.25),
        ("tf2", Sign::GeneratorLoss, 1.125),
        ("tbx", Sign::GeneratorLoss, -9.5),
    ] {
        let reading = outcome(&root.join(folder), &[]).unwrap();
        assert!((mean(&reading, sign) - expected).abs() < 1e-6, "{folder}");
    }
    let reading = outcome(&root.join("torch"), &[]).unwrap();
    assert_eq!(
        reading.history.non_finite(Sign::GeneratorLoss),
        Some((1, 200))
    );
    assert_eq!(reading.ignored, ["lr", "weights", "img"]);
}
