//! The arrays of statistics, in an archive whose own structure is sound: an input
//! begins with a bit for each array that is there, and each array with its length.

#![no_main]

use std::io::{Cursor, Write};

use gannet::RealStats;
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const ARRAYS: [&str; 7] = [
    "mu",
    "sigma",
    "n",
    "reservoir",
    "class_counts",
    "protocol",
    "other",
];

fuzz_target!(|input: &[u8]| {
    let Some(archive) = archive(input) else {
        return;
    };
    gannet_fuzz::with_file("real.npz", &archive, |folder| {
        let path = folder.join("real.npz");
        let Ok(stats) = RealStats::load(&path) else {
            return;
        };
        assert_eq!(stats.sigma().len(), stats.dim() * stats.dim());
        let _ = stats.reservoir();
        stats.save(&path).expect("what was read can be written");
        let again = RealStats::load(&path).expect("and read again");
        assert_eq!(again.mu(), stats.mu());
        let _ = RealStats::merge(stats, again);
    });
});

fn archive(input: &[u8]) -> Option<Vec<u8>> {
    let (present, mut rest) = input.split_first()?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (bit, name) in ARRAYS.iter().enumerate() {
        if present & 1 << bit == 0 {
            continue;
        }
        let (length, data) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_le_bytes(*length)).min(data.len());
        let (content, others) = data.split_at(length);
        rest = others;
        zip.start_file(format!("{name}.npy"), options).ok()?;
        zip.write_all(content).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}
