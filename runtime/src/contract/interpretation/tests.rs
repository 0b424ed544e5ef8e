use tract_onnx::pb::tensor_proto::DataType;

use super::*;
use crate::ErrorKind;
use crate::generator::{Generator, GeneratorBuilder};
use crate::testing::{
    LATENT, Onnx, Outcome, bare_generator, conditional_generator, feature_net, fixed, weights,
};

/// `image` = the last operators on `reshape(z · W)` to a row of these sizes.
fn onnx(row: &[usize], last: impl FnOnce(Onnx) -> Onnx) -> Onnx {
    let size: usize = row.iter().product();
    let mut shape = vec![-1];
    shape.extend(row.iter().map(|&size| size as i64));
    let onnx = Onnx::default()
        .input("z", DataType::Float, &[LATENT])
        .floats("w", &[LATENT as i64, size as i64], weights(LATENT * size))
        .ints("shape", shape)
        .node("MatMul", &["z", "w"], "flat")
        .node("Reshape", &["flat", "shape"], "square");
    last(onnx).output("image", row)
}

fn tanh(onnx: Onnx) -> Onnx {
    onnx.node("Tanh", &["square"], "image")
}

fn builder(onnx: &Onnx) -> GeneratorBuilder {
    Generator::builder(crate::Source::bytes(onnx.encode()))
}

/// The message of a refusal.
fn refusal(builder: GeneratorBuilder) -> std::result::Result<String, Box<dyn std::error::Error>> {
    let error = builder.build().err().ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Contract, "{error}");
    Ok(error.to_string())
}

#[test]
fn a_bare_generator_is_understood_with_reasons() -> Outcome {
    let generator = builder(&bare_generator()).build()?;
    let interpretation = generator.interpretation();
    assert_eq!(interpretation.contract, Contract::new(LATENT, 3, 2, 2));
    assert_eq!(
        interpretation.reasons,
        [
            "latents: `z` [batch, 4] is the only float input → dimension 4",
            "image: the output `image` [batch, 3, 2, 2] is the only one of three sizes",
            "layout: of `image` [batch, 3, 2, 2] the first size, 3, is a number of channels and \
             the last, 2, is not → NCHW",
            "range: the graph ends in Tanh → [-1, 1]",
        ]
    );
    Ok(())
}

#[test]
fn a_fixed_batch_draws_any_number() -> Outcome {
    let generator = builder(&fixed(bare_generator(), 16)).build()?;
    let reasons = generator.interpretation().to_string();
    assert!(reasons.contains("batch: the file says 16"), "{reasons}");
    let expected = builder(&bare_generator()).build()?.sample(7, 0..19)?;
    assert_eq!(generator.sample(7, 0..19)?, expected);
    Ok(())
}

#[test]
fn every_layout_and_range_gives_the_same_samples() -> Outcome {
    let expected = builder(&onnx(&[3, 5, 6], tanh)).build()?.sample(7, 0..5)?;
    // The same values with their channels last.
    let transposed = |onnx: Onnx| {
        onnx.node("Tanh", &["square"], "first")
            .node("Transpose", &["first"], "image")
            .attributes("perm", &[0, 2, 3, 1])
    };
    let mut last = onnx(&[3, 5, 6], transposed);
    last.graph.output.clear();
    let last = builder(&last.output("image", &[5, 6, 3])).build()?;
    assert_eq!(last.interpretation().layout, Layout::ChannelsLast);
    assert_eq!(last.contract(), &Contract::new(LATENT, 3, 5, 6));
    assert_eq!(last.sample(7, 0..5)?, expected);

    let scaled = |scale: f32, shift: f32| {
        onnx(&[3, 5, 6], |onnx| {
            onnx.floats("scale", &[], vec![scale])
                .floats("shift", &[1], vec![shift])
                .node("Tanh", &["square"], "signed")
                .node("Mul", &["signed", "scale"], "scaled")
                .node("Add", &["scaled", "shift"], "image")
        })
    };
    for (onnx, range) in [
        (scaled(0.5, 0.5), PixelRange::Unit),
        (scaled(127.5, 127.5), PixelRange::Bytes),
    ] {
        let generator = builder(&onnx).build()?;
        assert_eq!(generator.interpretation().range, range);
        let samples = generator.sample(7, 0..5)?;
        for (got, expected) in samples.values().iter().zip(expected.values()) {
            assert!((got - expected).abs() < 1e-6, "{range}: {got} {expected}");
        }
    }
    Ok(())
}

#[test]
fn what_is_given_needs_no_inference() -> Outcome {
    let bare = onnx(&[3, 4, 3], |onnx| {
        onnx.node("Identity", &["square"], "image")
    });
    let generator = builder(&bare)
        .layout(Layout::ChannelsLast)
        .range(PixelRange::Signed)
        .build()?;
    assert_eq!(generator.contract(), &Contract::new(LATENT, 3, 3, 4));
    let reasons = generator.interpretation().to_string();
    assert!(
        reasons.contains("layout: NHWC was given\nrange: [-1, 1] was given"),
        "{reasons}"
    );
    Ok(())
}

#[test]
fn what_cannot_be_told_is_refused_with_the_ports_and_what_to_give() -> Outcome {
    let ports = ["`z` FLOAT [?, 4]", "`image` FLOAT"];
    let plain = |row: &[usize]| onnx(row, |onnx| onnx.node("Identity", &["square"], "image"));
    for (onnx, part) in [
        (
            onnx(&[3, 4, 3], tanh),
            "both the first size, 3, and the last, 3",
        ),
        (
            onnx(&[5, 4, 6], tanh),
            "neither the first size, 5, nor the last, 6",
        ),
        (
            plain(&[3, 4, 6]),
            "range of `image` cannot be told: the graph ends in MatMul",
        ),
        (
            onnx(&[12], tanh),
            "expected a float output [batch, channels, height, width]",
        ),
    ] {
        let message = refusal(builder(&onnx))?;
        for part in ports.into_iter().chain([part]) {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    let message = refusal(builder(&Onnx {
        metadata: Vec::new(),
        ..feature_net()
    }))?;
    assert!(
        message.contains("got the input `image` [batch, 3, 2, 2]"),
        "{message}"
    );
    Ok(())
}

#[test]
fn one_of_several_outputs_is_the_image() -> Outcome {
    // The latent beside the image is no image.
    let with_latent = bare_generator()
        .node("Identity", &["z"], "style")
        .output("style", &[LATENT]);
    let generator = builder(&with_latent).build()?;
    assert_eq!(generator.interpretation().output, "image");

    let with_small = bare_generator()
        .node("Neg", &["image"], "negative")
        .output("negative", &[3, 2, 2]);
    let message = refusal(builder(&with_small))?;
    assert!(
        message.contains("`image`, `negative`") && message.contains("(`output`)"),
        "{message}"
    );
    let generator = builder(&with_small)
        .output("negative")
        .range(PixelRange::Signed)
        .build()?;
    let samples = generator.sample(7, 0..3)?;
    let expected = builder(&bare_generator()).build()?.sample(7, 0..3)?;
    assert!(
        samples
            .values()
            .iter()
            .zip(expected.values())
            .all(|(a, b)| *a == -b)
    );
    let message = refusal(builder(&with_small).output("no"))?;
    assert!(message.contains("no float output `no`"), "{message}");
    Ok(())
}

#[test]
fn a_label_needs_the_number_of_classes() -> Outcome {
    let bare = Onnx {
        metadata: Vec::new(),
        ..conditional_generator()
    };
    let message = refusal(builder(&bare))?;
    assert!(
        message.contains("`label`") && message.contains("(`classes`)"),
        "{message}"
    );
    let given = builder(&bare).classes(3).build()?;
    assert_eq!(given.contract().classes, Some(3));
    let stated = builder(&conditional_generator()).build()?;
    assert_eq!(stated.contract(), given.contract());
    assert_eq!(stated.sample(7, 0..6)?, given.sample(7, 0..6)?);
    let message = refusal(builder(&bare_generator()).classes(3))?;
    assert!(message.contains("no integer input"), "{message}");
    Ok(())
}

#[test]
fn metadata_leave_nothing_to_be_given() -> Outcome {
    let stated = crate::testing::generator();
    let generator = builder(&stated).layout(Layout::ChannelsFirst).build()?;
    let reasons = &generator.interpretation().reasons;
    assert!(
        reasons[0].contains("the metadata `gannet.*` state"),
        "{reasons:?}"
    );
    for wrong in [
        builder(&stated).layout(Layout::ChannelsLast),
        builder(&stated).range(PixelRange::Unit),
        builder(&stated).classes(3),
    ] {
        let error = wrong.build().err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    }
    Ok(())
}
