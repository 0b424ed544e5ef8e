//! The choice of an engine, as an application makes it.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::thread;

use gannet::{Engine, ErrorKind, Fallback, FeatureNet, Generator, GeneratorBuilder, Provider};

type Outcome = Result<(), Box<dyn StdError>>;

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/fashion-mnist")
}

fn refusal(builder: GeneratorBuilder) -> Result<(ErrorKind, String), Box<dyn StdError>> {
    let error = builder.build().err().ok_or("it was accepted")?;
    Ok((error.kind(), format!("{error:?}")))
}

#[test]
fn tract_says_what_runs() -> Outcome {
    let generator = Generator::builder(model()).threads(2).build()?;
    let info = generator.engine_info();
    assert_eq!(info.engine(), Engine::Tract);
    assert_eq!((info.threads(), info.share("tract")), (2, 1.0));
    assert_eq!((info.library(), info.provider()), (None, None));
    assert_eq!(info.fallback_reason(), None);
    let lock = include_str!("../../Cargo.lock");
    let locked = lock.split("name = \"tract-core\"\nversion = \"").nth(1);
    let series = format!("{}.", info.version());
    assert!(
        locked.is_some_and(|version| version.starts_with(&series)),
        "{info}"
    );
    let nodes = info.assignments()[0].nodes;
    let line = format!(
        "tract {} on 2 threads; tract runs {nodes} of {nodes} nodes",
        info.version()
    );
    assert_eq!(info.to_string(), line);
    Ok(())
}

#[test]
fn sixteen_threads_share_a_generator() -> Outcome {
    let generator = Generator::open(model())?;
    let one = generator.sample(7, 0..9)?;
    let same = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| generator.sample(7, 0..9)))
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .filter(|samples| samples.as_ref().is_ok_and(|samples| *samples == one))
            .count()
    });
    assert_eq!(same, 16);
    Ok(())
}

#[test]
fn options_that_tract_would_not_use_are_refused() -> Outcome {
    for builder in [
        Generator::builder(model()).library("libonnxruntime.so"),
        Generator::builder(model()).provider(Provider::Cpu),
        Generator::builder(model()).fallback(Fallback::Cpu),
        Generator::builder(model()).threads(0),
    ] {
        assert_eq!(refusal(builder)?.0, ErrorKind::Input);
    }
    let net = model().join("../features/fashion-mnist.onnx");
    let error = FeatureNet::builder(net)
        .provider(Provider::Cpu)
        .build()
        .err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Input));
    Ok(())
}

#[cfg(not(feature = "ort"))]
#[test]
fn an_engine_that_is_not_built_in_names_its_feature() -> Outcome {
    let builder = Generator::builder(model()).engine(Engine::Ort);
    let (kind, message) = refusal(builder)?;
    assert_eq!(kind, ErrorKind::Engine);
    assert!(
        message.contains("enable the Cargo feature `ort`"),
        "{message}"
    );
    Ok(())
}

#[cfg(feature = "ort")]
#[test]
fn a_library_that_cannot_be_had_is_an_error() -> Outcome {
    let ort = || Generator::builder(model()).engine(Engine::Ort);
    assert_eq!(refusal(ort())?.0, ErrorKind::Input);
    let (kind, message) = refusal(ort().library("no/such/libonnxruntime.so"))?;
    assert_eq!(kind, ErrorKind::Io);
    assert!(message.contains("no/such/libonnxruntime.so"), "{message}");
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let (kind, message) = refusal(ort().library(text))?;
    assert_eq!(kind, ErrorKind::Engine);
    assert!(message.contains("1.24 or newer"), "{message}");
    Ok(())
}
