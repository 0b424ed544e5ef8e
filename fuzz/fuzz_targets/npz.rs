//! `.npz` archives as they come: as statistics and as an array in an archive.

#![no_main]

use gannet::{Features, RealStats};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    gannet_fuzz::with_file("real.npz", content, |folder| {
        let path = folder.join("real.npz");
        let _ = RealStats::load(&path);
        let _ = Features::read_npy(&path, None);
        let _ = Features::read_npy(folder.join("real.npz:mu"), None);
    });
});
