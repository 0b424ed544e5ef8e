//! TensorBoard's event files. The records of an input get their frames here, since
//! no fuzzer finds a checksum; the last record keeps what frame it has.

#![no_main]

use gannet_trainer::doctor::records::{Columns, read_csv, read_events, read_json_lines};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((kind, content)) = input.split_first() else {
        return;
    };
    let columns = Columns::default();
    gannet_fuzz::with_file("log", &content_of(*kind, content), |folder| {
        let path = folder.join("log");
        let _ = match kind % 4 {
            0 => read_csv(&path, &columns),
            1 => read_json_lines(&path, &columns),
            _ => read_events(&path, &columns),
        };
    });
});

/// The bytes as they are, or as framed records, each of the length that its first
/// byte says.
fn content_of(kind: u8, mut content: &[u8]) -> Vec<u8> {
    if kind % 4 != 3 {
        return content.to_vec();
    }
    let mut file = Vec::new();
    while let Some((length, rest)) = content.split_first() {
        let (record, others) = rest.split_at(usize::from(*length).min(rest.len()));
        let header = (record.len() as u64).to_le_bytes();
        file.extend(header);
        file.extend(masked(&header).to_le_bytes());
        file.extend(record);
        file.extend(masked(record).to_le_bytes());
        content = others;
    }
    file
}

/// The masked CRC-32C of TFRecord.
fn masked(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
        }
    }
    (!crc).rotate_right(15).wrapping_add(0xa282_ead8)
}
