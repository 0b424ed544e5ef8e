use std::path::Path;

use crate::engine::{self, Engine};
use crate::error::{ErrorKind, Result};
use crate::testing::{IMAGE, LATENT, Onnx, Outcome, bare_generator, feature_net, weights};
use tract_onnx::pb::tensor_proto::DataType;

fn load(onnx: &Onnx, threads: Option<usize>) -> Result<Box<dyn Engine>> {
    engine::load(Path::new("tiny.onnx"), &onnx.encode(), threads)
}

fn kind(onnx: &Onnx) -> Option<ErrorKind> {
    load(onnx, None).err().map(|error| error.kind())
}

#[test]
fn computes_what_the_graph_says() -> Outcome {
    let engine = load(&bare_generator(), None)?;
    let size: usize = IMAGE.iter().product();
    let (z, w) = (weights(2 * LATENT), weights(LATENT * size));
    let got = engine.run(&z)?.swap_remove(0);
    assert_eq!(got.len(), 2 * size);
    for (n, image) in got.chunks_exact(size).enumerate() {
        for (j, value) in image.iter().enumerate() {
            let sum: f32 = (0..LATENT)
                .map(|i| z[n * LATENT + i] * w[i * size + j])
                .sum();
            assert!((value - sum.tanh()).abs() < 1e-6, "row {n}, value {j}");
        }
    }
    Ok(())
}

#[test]
fn results_depend_on_no_thread_count_nor_batch() -> Outcome {
    let z = weights(37 * LATENT);
    let one = load(&bare_generator(), Some(1))?.run(&z)?;
    for threads in [None, Some(2), Some(5)] {
        assert_eq!(load(&bare_generator(), threads)?.run(&z)?, one);
    }
    let engine = load(&bare_generator(), None)?;
    let alone: Vec<f32> = z
        .chunks_exact(LATENT)
        .map(|row| engine.run(row).map(|mut outputs| outputs.swap_remove(0)))
        .collect::<Result<Vec<_>>>()?
        .concat();
    assert_eq!(alone, one[0]);
    Ok(())
}

#[test]
fn real_ports_and_metadata_are_described() -> Outcome {
    let engine = load(&feature_net(), None)?;
    let network = engine.network();
    assert_eq!(
        (&*network.input.name, &*network.input.row),
        ("image", &IMAGE[..])
    );
    let outputs: Vec<_> = network
        .outputs
        .iter()
        .map(|p| (&*p.name, &*p.row))
        .collect();
    assert_eq!(outputs, [("features", &[5][..]), ("logits", &[3])]);
    assert_eq!(network.required("gannet.kind")?, "features");
    Ok(())
}

#[test]
fn no_cut_of_a_file_is_taken_for_a_whole_one() -> Outcome {
    let bytes = bare_generator().encode();
    for length in 0..bytes.len() {
        let result = engine::load(Path::new("cut.onnx"), &bytes[..length], None);
        let Err(error) = result else {
            return Err(format!("the first {length} bytes load").into());
        };
        assert!(error.to_string().contains("cut.onnx"));
    }
    Ok(())
}

#[test]
fn garbage_is_refused() -> Outcome {
    for bytes in [
        &b"garbage"[..],
        b"\x00\x00\x00\x00",
        b"<html></html>",
        &[0xff; 300],
    ] {
        let error = engine::load(Path::new("x.onnx"), bytes, None).err();
        assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::Format));
    }
    Ok(())
}

#[test]
fn any_flipped_byte_loads_or_fails_without_panic() {
    let bytes = bare_generator().encode();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        if let Ok(engine) = engine::load(Path::new("x.onnx"), &damaged, None) {
            let row = vec![0.5; engine.network().input.row_len()];
            let _ = engine.run(&row);
        }
    }
}

#[test]
fn a_second_input_is_refused_with_a_list() {
    let onnx = bare_generator().input("label", DataType::Int64, &[]);
    let error = load(&onnx, None).err().map(|e| e.to_string());
    let message = error.unwrap_or_default();
    for part in [
        "`z` FLOAT [?, 4]",
        "`label` INT64 [?]",
        "`image` FLOAT [?, 3, 2, 2]",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn graphs_that_are_no_networks_are_refused() {
    assert_eq!(kind(&Onnx::default()), Some(ErrorKind::Contract));
    let unmade = bare_generator().output("phantom", &[3]);
    assert_eq!(kind(&unmade), Some(ErrorKind::Format));
    let unknown = bare_generator()
        .node("NoSuchOperator", &["image"], "x")
        .output("x", &[3]);
    assert_eq!(kind(&unknown), Some(ErrorKind::Engine));
    let mut loose = bare_generator();
    loose.graph.node[0].input[1] = "nothing".into();
    assert_eq!(kind(&loose), Some(ErrorKind::Engine));
    let twice = Onnx {
        metadata: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
        ..bare_generator()
    };
    assert_eq!(kind(&twice), Some(ErrorKind::Format));
}

#[test]
fn rows_beyond_all_memory_are_refused() {
    for size in [1 << 30, 1 << 31, 1 << 40, i64::MAX] {
        let wide = bare_generator()
            .ints("wide", vec![1, 3, 2, 2, size])
            .ints("last", vec![-1, 3, 2, 2, 1])
            .node("Reshape", &["image", "last"], "column")
            .node("Expand", &["column", "wide"], "row");
        let mut onnx = wide.output("row", &[3, 2, 2, 5]);
        onnx.graph.output.remove(0);
        let error = load(&onnx, None).err().map(|e| e.kind());
        let refused = [Some(ErrorKind::Contract), Some(ErrorKind::Engine)];
        assert!(refused.contains(&error), "{size}: {error:?}");
    }
    let size = 1 << 62;
    let onnx = Onnx::default()
        .input("z", DataType::Float, &[size, 8])
        .node("Tanh", &["z"], "image")
        .output("image", &[size, 8]);
    assert_eq!(kind(&onnx), Some(ErrorKind::Contract));
}

#[test]
fn no_thread_at_all_is_refused() {
    let error = load(&bare_generator(), Some(0)).err().map(|e| e.kind());
    assert_eq!(error, Some(ErrorKind::Input));
}
