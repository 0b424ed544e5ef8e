use std::path::Path;

use super::*;
use crate::testing::Outcome;

fn refusal(options: &EngineOptions) -> Option<String> {
    let error = options.check().err()?;
    assert_eq!(error.kind(), ErrorKind::Input);
    Some(error.to_string())
}

#[test]
fn what_the_engine_would_not_use_is_refused() {
    let tract = EngineOptions::default();
    assert_eq!(refusal(&tract), None);
    let library = Some(Path::new("libonnxruntime.so").to_owned());
    let cuda = Some(Provider::Cuda { device: 0 });
    for (options, named) in [
        (
            EngineOptions {
                library: library.clone(),
                ..tract.clone()
            },
            "a library",
        ),
        (
            EngineOptions {
                provider: Some(Provider::Cpu),
                ..tract.clone()
            },
            "a provider",
        ),
        (
            EngineOptions {
                fallback: Fallback::Cpu,
                ..tract.clone()
            },
            "a fallback",
        ),
        (
            EngineOptions {
                threads: Some(0),
                ..tract.clone()
            },
            "one thread",
        ),
        (
            EngineOptions {
                engine: Engine::Ort,
                library: library.clone(),
                fallback: Fallback::Cpu,
                provider: Some(Provider::Cpu),
                ..tract.clone()
            },
            "a fallback",
        ),
    ] {
        let message = refusal(&options);
        let tells = message.as_ref().is_some_and(|text| text.contains(named));
        assert!(tells, "{options:?}: {message:?}");
    }
    let foreign = EngineOptions {
        engine: Engine::Ort,
        library: library.clone(),
        provider: Some(Provider::OpenVino {
            device: "CPU\0".into(),
        }),
        ..tract.clone()
    };
    assert!(refusal(&foreign).is_some());
    let without_library = EngineOptions {
        engine: Engine::Ort,
        ..tract
    };
    // A build without the engine says that instead.
    assert_eq!(refusal(&without_library).is_some(), cfg!(feature = "ort"));
    let complete = EngineOptions {
        engine: Engine::Ort,
        library,
        provider: cuda,
        fallback: Fallback::Cpu,
        threads: Some(2),
        ..EngineOptions::default()
    };
    assert_eq!(refusal(&complete), None);
}

#[test]
fn a_provider_reads_as_it_prints() -> Outcome {
    for text in [
        "cpu",
        "cuda:0",
        "cuda:3",
        "tensorrt:1",
        "coreml",
        "directml:0",
        "openvino:CPU",
        "openvino:HETERO:GPU.1,CPU",
        "rocm:0",
        "migraphx:2",
        "webgpu",
        "xnnpack",
    ] {
        assert_eq!(text.parse::<Provider>()?.to_string(), text);
    }
    for (text, full) in [("cuda", "cuda:0"), ("openvino", "openvino:CPU")] {
        assert_eq!(text.parse::<Provider>()?.to_string(), full);
    }
    for text in [
        "",
        "gpu",
        "cpu:0",
        "cuda:",
        "cuda:x",
        "openvino:",
        "openvino:a\0b",
        "CUDA",
    ] {
        let error = text.parse::<Provider>().err().ok_or(text)?;
        assert_eq!(error.kind(), ErrorKind::Input, "{text}");
    }
    for text in ["tract", "ort"] {
        assert_eq!(text.parse::<Engine>()?.to_string(), text);
    }
    assert!("onnxruntime".parse::<Engine>().is_err());
    Ok(())
}
