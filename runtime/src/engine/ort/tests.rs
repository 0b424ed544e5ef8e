//! These need a library: `GANNET_ORT_LIBRARY=…/libonnxruntime.so cargo test`.

use std::io::Write;
use std::path::{Path, PathBuf};

use tract_onnx::pb::tensor_proto::DataType;

use super::*;
use crate::engine;
use crate::testing::{LATENT, Onnx, Outcome, bare_generator, conditional, fixed, weights};

/// The library to test with. Without one the test says so, past the harness's capture.
fn library() -> Option<PathBuf> {
    let named = std::env::var_os("GANNET_ORT_LIBRARY").map(PathBuf::from);
    if named.is_none() {
        let test = std::thread::current();
        let test = test.name().unwrap_or("a test");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED {test}: GANNET_ORT_LIBRARY names no ONNX Runtime library"
        );
    }
    named
}

fn load(onnx: &Onnx, options: &EngineOptions) -> Result<Box<dyn Executor>> {
    engine::load(Path::new("tiny.onnx"), &onnx.encode(), options)
}

fn on_ort(library: &Path, threads: usize) -> EngineOptions {
    EngineOptions {
        engine: Engine::Ort,
        library: Some(library.to_owned()),
        threads: Some(threads),
        ..EngineOptions::default()
    }
}

fn assert_close(got: &[Vec<f32>], expected: &[Vec<f32>]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().flatten().zip(expected.iter().flatten()) {
        assert!((got - expected).abs() < 1e-5, "{got} instead of {expected}");
    }
}

#[test]
fn both_engines_agree_with_and_without_labels() -> Outcome {
    let Some(library) = library() else {
        return Ok(());
    };
    let tract = EngineOptions::default();
    let z = weights(10 * LATENT);
    let labels: Vec<i64> = (0..10).map(|i| i % 3).collect();
    let rigid = {
        let mut onnx = fixed(bare_generator(), 4);
        onnx.graph.initializer[1].int64_data = vec![4, -1, 2, 2];
        onnx
    };
    for (onnx, labels) in [
        (bare_generator(), None),
        (fixed(bare_generator(), 4), None),
        (rigid, None),
        (conditional(DataType::Int64, &[], false), Some(&*labels)),
        (conditional(DataType::Int32, &[1], true), Some(&*labels)),
    ] {
        let expected = load(&onnx, &tract)?.run(&z, labels)?;
        let ort = load(&onnx, &on_ort(&library, 3))?;
        assert_close(&ort.run(&z, labels)?, &expected);
        assert_eq!(ort.info().share("CPUExecutionProvider"), 1.0);
        assert!(ort.info().nodes() > 0);
        assert_eq!(
            ort.info().library(),
            Some(&*std::fs::canonicalize(&library)?)
        );
    }
    Ok(())
}

#[test]
fn a_row_is_the_same_in_any_batch_on_any_number_of_threads() -> Outcome {
    let Some(library) = library() else {
        return Ok(());
    };
    let z = weights(37 * LATENT);
    let one = load(&bare_generator(), &on_ort(&library, 1))?;
    let expected = one.run(&z, None)?.swap_remove(0);
    for threads in [2, 5] {
        let engine = load(&bare_generator(), &on_ort(&library, threads))?;
        assert_eq!(engine.run(&z, None)?[0], expected);
        let alone = engine.run(&z[30 * LATENT..31 * LATENT], None)?;
        assert_eq!(alone[0], expected[30 * 12..31 * 12]);
        let same = std::thread::scope(|scope| {
            let run = || engine.run(&z, None).is_ok_and(|got| got[0] == expected);
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(run)).collect();
            threads.into_iter().all(|t| t.join().unwrap_or(false))
        });
        assert!(same);
    }
    Ok(())
}

#[test]
fn a_failing_run_is_an_error_and_gives_its_session_back() -> Outcome {
    let Some(library) = library() else {
        return Ok(());
    };
    let onnx = conditional(DataType::Int64, &[], false);
    let engine = load(&onnx, &on_ort(&library, 1))?;
    let z = weights(LATENT);
    for _ in 0..3 {
        let error = engine.run(&z, Some(&[99])).err().ok_or("it ran")?;
        assert_eq!(error.kind(), ErrorKind::Engine);
    }
    assert_eq!(engine.run(&z, Some(&[1]))?.len(), 1);
    let unknown = bare_generator()
        .node("NoSuchOperator", &["image"], "x")
        .output("x", &[3]);
    let error = load(&unknown, &on_ort(&library, 1)).err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Engine));
    Ok(())
}

#[test]
fn what_cannot_be_had_is_refused_or_replaced_with_the_reason() -> Outcome {
    let Some(library) = library() else {
        return Ok(());
    };
    // No build has all of them.
    let missing = [
        Provider::MiGraphX { device: 0 },
        Provider::CoreMl,
        Provider::DirectMl { device: 0 },
    ];
    let mut refused = 0;
    for provider in missing {
        let mut options = on_ort(&library, 1);
        options.provider = Some(provider.clone());
        let Err(error) = load(&bare_generator(), &options) else {
            continue;
        };
        refused += 1;
        assert_eq!(error.kind(), ErrorKind::Engine);
        let reason = std::error::Error::source(&error).ok_or("no reason")?;
        assert!(error.to_string().contains(&provider.to_string()), "{error}");
        options.fallback = Fallback::Cpu;
        let engine = load(&bare_generator(), &options)?;
        assert_eq!(
            engine.info().fallback_reason(),
            Some(reason.to_string().trim_end())
        );
        assert_eq!(engine.info().provider(), Some(&provider));
        assert_eq!(engine.info().share("CPUExecutionProvider"), 1.0);
    }
    assert!(refused > 0);
    Ok(())
}

#[test]
fn a_second_library_is_refused() -> Outcome {
    let Some(library) = library() else {
        return Ok(());
    };
    load(&bare_generator(), &on_ort(&library, 1))?;
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let error = load(&bare_generator(), &on_ort(Path::new(other), 1)).err();
    let error = error.ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.to_string().contains("loaded once only"), "{error}");
    Ok(())
}
