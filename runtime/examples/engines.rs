//! Draws the same samples with tract and with ONNX Runtime, and says how far apart they are:
//! `cargo run --release -p gannet --features ort --example engines -- MODEL LIBRARY [PROVIDER]
//! [--fallback]`, with the feature of the provider too.

#![allow(
    clippy::print_stdout,
    reason = "a program that exists to print what it found"
)]

use std::thread;

use gannet::{Engine, Fallback, Generator};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(model), Some(library)) = (args.next(), args.next()) else {
        return Err("usage: engines MODEL LIBRARY [PROVIDER] [--fallback]".into());
    };
    let mut builder = Generator::builder(&model)
        .engine(Engine::Ort)
        .library(library);
    for arg in args {
        builder = match &*arg {
            "--fallback" => builder.fallback(Fallback::Cpu),
            provider => builder.provider(provider.parse()?),
        };
    }
    let ort = builder.build()?;
    let expected = Generator::open(&model)?.sample(7, 0..64)?;
    let samples = ort.sample(7, 0..64)?;
    let pairs = samples.values().iter().zip(expected.values());
    let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);

    // One generator serves all of them.
    let same = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| ort.sample(7, 0..64)))
            .collect();
        threads
            .into_iter()
            .map(|thread| Ok(thread.join().map_err(|_| "a thread panicked")?? == samples))
            .collect::<Result<Vec<bool>, Box<dyn std::error::Error>>>()
    })?;
    let info = ort.engine_info();
    let nodes = info.assignments().iter().map(|a| (&a.provider, a.nodes));
    let result = json!({
        "info": info.to_string(),
        "version": info.version(),
        "nodes": nodes.collect::<std::collections::BTreeMap<_, _>>(),
        "fallback_reason": info.fallback_reason(),
        "apart": apart,
        "threads_agree": same.iter().all(|&same| same),
    });
    println!("{result}");
    Ok(())
}
