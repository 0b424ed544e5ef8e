//! Image files: PNG, JPEG and WebP, whichever the content is.

#![no_main]

use gannet_trainer::data;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    gannet_fuzz::with_file("image.png", content, |folder| {
        let Ok(images) = data::ImageFolder::open(folder) else {
            return;
        };
        if let Ok(image) = images.read(0) {
            assert_eq!(image.pixels.len(), image.shape.iter().product::<usize>());
        }
    });
});
