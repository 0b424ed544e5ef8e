//! A small labelled data set in IDX files: ten classes of noisy rectangles.

use std::fs;
use std::path::Path;

const SIDE: usize = 28;
const CLASSES: usize = 10;

/// Writes 480 training and 120 held-out images of 28x28, with their labels,
/// into a new folder.
pub(crate) fn write_data_set(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (set, count, seed) in [("train", 480, 1), ("t10k", 120, 2)] {
        let (images, labels) = draw(count, seed);
        fs::write(folder.join(format!("{set}-images-idx3-ubyte")), images).unwrap();
        fs::write(folder.join(format!("{set}-labels-idx1-ubyte")), labels).unwrap();
    }
}

fn draw(count: usize, seed: u32) -> (Vec<u8>, Vec<u8>) {
    let mut images = header(0x803, &[count, SIDE, SIDE]);
    let mut labels = header(0x801, &[count]);
    let mut noise = seed;
    for index in 0..count {
        let class = index % CLASSES;
        labels.push(class as u8);
        let (left, top) = (2 + class % 5 * 3, 3 + class / 5 * 10);
        for y in 0..SIDE {
            for x in 0..SIDE {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let inside = (left..left + 12).contains(&x) && (top..top + 10).contains(&y);
                let base = if inside { 180 } else { 0 };
                images.push(base + (noise >> 26) as u8);
            }
        }
    }
    (images, labels)
}

fn header(magic: u32, sizes: &[usize]) -> Vec<u8> {
    let mut bytes = magic.to_be_bytes().to_vec();
    for &size in sizes {
        bytes.extend(u32::try_from(size).unwrap().to_be_bytes());
    }
    bytes
}
