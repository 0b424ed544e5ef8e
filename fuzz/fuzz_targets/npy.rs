//! `.npy` arrays as samples, features, logits and latents.

#![no_main]

use gannet::{Features, Latents, Logits, Samples};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    gannet_fuzz::with_file("array.npy", content, |folder| {
        let path = folder.join("array.npy");
        if let Ok(samples) = Samples::read_npy(&path) {
            let [n, c, h, w] = samples.shape();
            assert_eq!(samples.values().len(), n * c * h * w);
        }
        if let Ok(features) = Features::read_npy(&path, None) {
            assert_eq!(features.rows().len(), features.len() * features.dim());
        }
        let _ = Logits::read_npy(&path);
        let _ = Latents::read_npy(&path);
    });
});
