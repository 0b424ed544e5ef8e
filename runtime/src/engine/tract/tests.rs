use std::path::Path;

use crate::engine::{self, Batch, EngineOptions, Executor};
use crate::error::{ErrorKind, Result};
use crate::testing::{
    IMAGE, LATENT, Onnx, Outcome, bare_generator, conditional, feature_net, fixed, weights,
};
use tract_onnx::pb::tensor_proto::DataType;

fn load(onnx: &Onnx, threads: Option<usize>) -> Result<Box<dyn Executor>> {
    let options = EngineOptions {
        threads,
        ..EngineOptions::default()
    };
    engine::load(Path::new("tiny.onnx"), &onnx.encode(), &options)
}

fn kind(onnx: &Onnx) -> Option<ErrorKind> {
    load(onnx, None).err().map(|error| error.kind())
}

#[test]
fn computes_what_the_graph_says() -> Outcome {
    let engine = load(&bare_generator(), None)?;
    let size: usize = IMAGE.iter().product();
    let (z, w) = (weights(2 * LATENT), weights(LATENT * size));
    let got = engine.run(&z, None)?.swap_remove(0);
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
    let one = load(&bare_generator(), Some(1))?.run(&z, None)?;
    for threads in [None, Some(2), Some(5)] {
        assert_eq!(load(&bare_generator(), threads)?.run(&z, None)?, one);
    }
    let engine = load(&bare_generator(), None)?;
    let alone: Vec<f32> = z
        .chunks_exact(LATENT)
        .map(|row| {
            engine
                .run(row, None)
                .map(|mut outputs| outputs.swap_remove(0))
        })
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
        let result = engine::load(
            Path::new("cut.onnx"),
            &bytes[..length],
            &EngineOptions::default(),
        );
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
        let error = engine::load(Path::new("x.onnx"), bytes, &EngineOptions::default()).err();
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
        if let Ok(engine) = engine::load(Path::new("x.onnx"), &damaged, &EngineOptions::default()) {
            let row = vec![0.5; engine.network().input.row_len()];
            let _ = engine.run(&row, None);
        }
    }
}

#[test]
fn inputs_that_cannot_be_fed_are_refused_with_a_list() {
    let (float, long) = (DataType::Float, DataType::Int64);
    for extra in [
        vec![("noise", float, &[4][..])],
        vec![("label", long, &[]), ("layer", long, &[])],
        vec![("label", long, &[2])],
        vec![("flag", DataType::Bool, &[])],
    ] {
        let onnx = extra
            .iter()
            .fold(bare_generator(), |onnx, &(name, element, row)| {
                onnx.input(name, element, row)
            });
        let error = load(&onnx, None).err().map(|e| e.to_string());
        let message = error.unwrap_or_default();
        for part in ["`z` FLOAT [?, 4]", extra[0].0, "`image` FLOAT [?, 3, 2, 2]"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn a_label_goes_with_each_row() -> Outcome {
    let z = weights(5 * LATENT);
    for element in [DataType::Int64, DataType::Int32] {
        for row in [&[][..], &[1]] {
            for label_first in [false, true] {
                let engine = load(&conditional(element, row, label_first), Some(2))?;
                let label = engine.network().label.as_ref().ok_or("no label")?;
                assert_eq!((&*label.name, &*label.row), ("label", row));
                let classes = [0, 2, 1, 1, 0];
                let got = engine.run(&z, Some(&classes))?.swap_remove(0);
                let plain = engine.run(&z, Some(&[0; 5]))?.swap_remove(0);
                let e = weights(18);
                for (at, (got, plain)) in got.iter().zip(&plain).enumerate() {
                    let class = classes[at / 6] as usize;
                    let shift = e[class * 6 + at % 6] - e[at % 6];
                    assert!((got - plain - shift).abs() < 1e-5, "value {at}");
                }
                for wrong in [None, Some(&classes[..4])] {
                    let error = engine.run(&z, wrong).map_err(|error| error.kind());
                    assert_eq!(error, Err(ErrorKind::Input));
                }
                let error = engine.run(&z, Some(&[0, 1, 2, 3, 0])).err();
                assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::Engine));
            }
        }
    }
    let narrow = load(&conditional(DataType::Int32, &[], false), None)?;
    let error = narrow.run(&z[..LATENT], Some(&[1 << 40])).err();
    assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::Input));
    let unlabelled = load(&bare_generator(), None)?.run(&z, Some(&[0; 5]));
    assert_eq!(unlabelled.map_err(|e| e.kind()), Err(ErrorKind::Input));
    Ok(())
}

#[test]
fn a_fixed_batch_takes_any_number_of_rows() -> Outcome {
    let z = weights(10 * LATENT);
    let expected = load(&bare_generator(), None)?.run(&z, None)?;
    let movable = fixed(bare_generator(), 4);
    let mut rigid = fixed(bare_generator(), 4);
    rigid.graph.initializer[1].int64_data[0] = 4;
    rigid.graph.initializer[1].int64_data[1] = -1;
    for onnx in [movable, rigid] {
        for threads in [1, 3] {
            let engine = load(&onnx, Some(threads))?;
            assert_eq!(engine.network().batch, Batch::Fixed(4));
            for n in [0, 1, 4, 7, 10] {
                let got = engine.run(&z[..n * LATENT], None)?.swap_remove(0);
                assert_eq!(got.len(), n * 12);
                for (got, expected) in got.iter().zip(&expected[0]) {
                    assert!((got - expected).abs() < 1e-6);
                }
            }
            let two = engine.run(&z[4 * LATENT..6 * LATENT], None)?;
            let all = engine.run(&z, None)?;
            assert_eq!(two[0], all[0][4 * 12..6 * 12]);
        }
    }
    Ok(())
}

#[test]
fn rows_that_mix_in_a_fixed_batch_are_refused() -> Outcome {
    // Each image less the mean image of the batch, which is there as 4 rows only.
    let mut mixing = bare_generator()
        .node("ReduceMean", &["image"], "mean")
        .attributes("axes", &[0])
        .node("Sub", &["image", "mean"], "less")
        .ints("four", vec![4, 3, 2, 2])
        .node("Reshape", &["less", "four"], "out")
        .output("out", &IMAGE);
    mixing.graph.output.remove(0);
    let error = load(&fixed(mixing, 4), None)
        .err()
        .ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert!(error.to_string().contains("rows beside it"), "{error}");
    Ok(())
}

#[test]
fn the_operators_before_an_output_are_told() -> Outcome {
    let onnx = bare_generator()
        .floats("half", &[1], vec![0.5])
        .node("Mul", &["half", "image"], "halved")
        .output("halved", &IMAGE);
    let engine = load(&onnx, None)?;
    let names = |slot: usize| -> Vec<_> {
        let operators = &engine.network().outputs[slot].operators;
        operators
            .iter()
            .map(|o| (&*o.name, &*o.constants))
            .collect()
    };
    let image = [("Tanh", &[][..]), ("Reshape", &[]), ("MatMul", &[])];
    assert_eq!(names(0), image);
    assert_eq!(names(1), [&[("Mul", &[0.5][..])][..], &image].concat());
    Ok(())
}

#[test]
fn outputs_that_are_no_rows_of_floats_are_left_out() -> Outcome {
    let onnx = bare_generator()
        .node("Shape", &["image"], "size")
        .output("size", &[]);
    let engine = load(&onnx, None)?;
    let names: Vec<_> = engine.network().outputs.iter().map(|o| &*o.name).collect();
    assert_eq!(names, ["image"]);
    assert_eq!(engine.run(&weights(2 * LATENT), None)?.len(), 1);
    assert!(engine.network().ports.contains("`size`"));
    Ok(())
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

#[test]
fn constants_are_measured_before_they_are_computed() -> Outcome {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    for name in [
        "networks/range-beyond-memory",
        "odd/range-by-steps-beyond-memory",
    ] {
        let path = corpus.join(name).with_extension("onnx");
        let bytes = std::fs::read(&path)?;
        let refused = engine::load(&path, &bytes, &EngineOptions::default()).err();
        let refused = refused.ok_or("was taken")?;
        let cause = std::error::Error::source(&refused).ok_or("has no cause")?;
        assert!(
            cause.to_string().contains("but the limit is"),
            "{name}: {cause}"
        );
    }
    Ok(())
}
