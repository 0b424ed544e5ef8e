//! IDX files of images and labels: a byte says where the labels begin, 32 bytes a
//! step, and whether both files are gzip-compressed.

#![no_main]

use gannet_trainer::data;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((first, content)) = input.split_first() else {
        return;
    };
    let at = (usize::from(first >> 1) * 32).min(content.len());
    let (labels, images) = content.split_at(at);
    let end = if first & 1 == 1 { ".gz" } else { "" };
    let names =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"].map(|name| format!("{name}{end}"));
    gannet_fuzz::with_file(&names[0], images, |folder| {
        gannet_fuzz::with_file(&names[1], labels, |_| {
            let _ = data::load(Some(folder), None);
        });
        for name in &names {
            std::fs::remove_file(folder.join(name)).expect("the input was there");
        }
    });
});
