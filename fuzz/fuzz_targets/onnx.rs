//! ONNX files: metadata, contract and graph of a generator and of a feature
//! network, and a run of what loads.

#![no_main]

use std::sync::Once;

use gannet::{FeatureNet, Generator};
use libfuzzer_sys::fuzz_target;

static QUIET: Once = Once::new();

fuzz_target!(|content: &[u8]| {
    QUIET.call_once(gannet_fuzz::allow_caught_panics);
    gannet_fuzz::with_file("network.onnx", content, |folder| {
        let path = folder.join("network.onnx");
        // One thread: the fuzzer sees only its own.
        if let Ok(generator) = Generator::open(&path) {
            let contract = generator.contract();
            let values = contract.channels * contract.height * contract.width;
            if let Ok(samples) = generator.sample(7, 0..2) {
                assert_eq!(samples.values().len(), 2 * values);
            }
        }
        let _ = FeatureNet::open(&path);
    });
});
