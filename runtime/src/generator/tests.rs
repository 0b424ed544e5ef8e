use std::fs;

use tempfile::TempDir;

use super::*;
use crate::package::GENERATOR_FILE;
use crate::testing::{IMAGE, LATENT, Onnx, Outcome, bare_generator, feature_net, generator};
use crate::{ErrorKind, Provenance};

fn open(onnx: &Onnx) -> std::io::Result<Result<Generator>> {
    let folder = tempfile::tempdir()?;
    let path = onnx.write(&folder, "file.onnx")?;
    Ok(Generator::open(path))
}

fn package(contract: Contract) -> std::result::Result<TempDir, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    generator().write(&folder, GENERATOR_FILE)?;
    let provenance = Provenance {
        recipe: "default".into(),
        dataset: "noise".into(),
        images_seen: 0,
        seed: 0,
        gannet: "0.1.0".into(),
    };
    let mut manifest = Manifest::new("packaged", "MIT", contract, provenance);
    manifest.add_file(&folder, GENERATOR_FILE)?;
    manifest.write(&folder)?;
    Ok(folder)
}

#[test]
fn is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Generator>();
    shared::<crate::FeatureNet>();
    shared::<crate::Scorer>();
}

#[test]
fn the_contract_is_stated_or_inferred() -> Outcome {
    let expected = Contract::new(4, 3, 2, 2);
    let stated = open(&generator())??;
    assert_eq!((stated.contract(), stated.name()), (&expected, "tiny"));
    let inferred = open(&bare_generator())??;
    assert_eq!((inferred.contract(), inferred.name()), (&expected, "file"));
    assert!(inferred.manifest().is_none());
    Ok(())
}

#[test]
fn a_latent_may_have_the_shape_of_an_image() -> Outcome {
    let mut onnx = bare_generator().ints("flat_shape", vec![-1, 4]);
    onnx.graph.input.clear();
    let float = tract_onnx::pb::tensor_proto::DataType::Float;
    let mut onnx = onnx.input("z4", float, &[LATENT, 1, 1]);
    let mut nodes = Onnx::default()
        .node("Reshape", &["z4", "flat_shape"], "z")
        .graph
        .node;
    nodes.append(&mut onnx.graph.node);
    onnx.graph.node = nodes;
    let square = open(&onnx)??;
    assert_eq!(square.contract().latent, LATENT);
    assert_eq!(
        square.sample(1, 0..3)?,
        open(&bare_generator())??.sample(1, 0..3)?
    );
    Ok(())
}

#[test]
fn a_sample_depends_on_its_seed_and_index_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = generator().write(&folder, "g.onnx")?;
    let one = Generator::builder(&path).threads(1).build()?;
    let two = Generator::builder(&path).threads(2).build()?;
    let hundred = one.sample(7, 0..100)?;
    let [channels, height, width] = IMAGE;
    assert_eq!(hundred.shape(), [100, channels, height, width]);
    assert_eq!(two.sample(7, 0..100)?, hundred);
    let first = two.sample(7, 0..64)?;
    assert_eq!(first.values(), &hundred.values()[..first.values().len()]);
    assert_eq!(one.sample(7, 99..100)?.image(0), hundred.image(99));
    assert_ne!(one.sample(8, 99..100)?.image(0), hundred.image(99));
    assert!(one.sample(7, 5..5)?.is_empty());
    Ok(())
}

#[test]
fn metadata_must_fit_the_graph() -> Outcome {
    for (key, value) in [
        ("gannet.latent", "5"),
        ("gannet.channels", "1"),
        ("gannet.height", "0"),
        ("gannet.width", "two"),
        ("gannet.kind", "features"),
        ("gannet.format", "2"),
        ("gannet.classes", "10"),
    ] {
        let error = open(&generator().meta(key, value))?.err().ok_or(key)?;
        assert_eq!(error.kind(), ErrorKind::Contract, "{key}: {error}");
        assert!(error.to_string().contains("file.onnx"), "{error}");
    }
    let error = open(&generator().without_meta("gannet.latent"))?.err();
    assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::Contract));
    Ok(())
}

#[test]
fn what_is_no_generator_is_refused_with_its_ports() -> Outcome {
    let bare_features = Onnx {
        metadata: Vec::new(),
        ..feature_net()
    };
    let error = open(&bare_features)?.err().ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Contract);
    let message = error.to_string();
    for part in [
        "`image` FLOAT [?, 3, 2, 2]",
        "`features` FLOAT [?, 5]",
        "`logits` FLOAT [?, 3]",
    ] {
        assert!(message.contains(part), "{message}");
    }
    Ok(())
}

#[test]
fn metadata_leave_no_layout_to_be_guessed() -> Outcome {
    let mut stated = generator();
    stated.graph.initializer[1].int64_data = vec![-1, 6, 2, 1];
    let stated = stated
        .meta("gannet.channels", "6")
        .meta("gannet.width", "1");
    assert_eq!(open(&stated)??.contract().channels, 6);
    Ok(())
}

#[test]
fn a_package_is_checked_before_use() -> Outcome {
    let folder = package(Contract::new(4, 3, 2, 2))?;
    let generator = Generator::open(&folder)?;
    assert_eq!(generator.name(), "packaged");
    assert_eq!(generator.manifest().map(|m| &*m.licence), Some("MIT"));

    let path = folder.path().join(GENERATOR_FILE);
    let mut bytes = fs::read(&path)?;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes)?;
    let kind = || Generator::open(&folder).err().map(|e| e.kind());
    assert_eq!(kind(), Some(ErrorKind::Digest));
    fs::write(&path, &bytes[..last])?;
    assert_eq!(kind(), Some(ErrorKind::Digest));
    fs::remove_file(&path)?;
    assert_eq!(kind(), Some(ErrorKind::Io));

    let lying = package(Contract::new(5, 3, 2, 2))?;
    let error = Generator::open(&lying).err().map(|e| e.kind());
    assert_eq!(error, Some(ErrorKind::Contract));
    Ok(())
}

#[test]
fn unusable_latents_are_refused() -> Outcome {
    let generator = open(&generator())??;
    let wrong = Latents::draw(0, 0..2, LATENT + 1);
    assert_eq!(
        generator.generate(&wrong).map_err(|e| e.kind()),
        Err(ErrorKind::Input)
    );
    Ok(())
}

#[test]
fn too_many_samples_are_refused_before_they_take_memory() -> Outcome {
    let generator = open(&generator())??;
    for count in [10_000_000_000_000, u64::MAX] {
        for result in [
            generator.sample(0, 0..count),
            generator.draw(&Draw::new(0, 0..count).truncation(0.7)),
        ] {
            let error = result.err().ok_or("it was accepted")?;
            assert_eq!(error.kind(), ErrorKind::Input);
            assert!(error.to_string().contains("at most at a time"), "{error}");
        }
    }
    Ok(())
}

#[test]
fn truncated_samples_are_those_of_truncated_latents() -> Outcome {
    let generator = open(&generator())??;
    let latents = Latents::truncated(3, 5..9, LATENT, 0.5)?;
    let expected = generator.generate(&latents)?;
    assert_eq!(
        generator.draw(&Draw::new(3, 5..9).truncation(0.5))?,
        expected
    );
    let error = generator.draw(&Draw::new(3, 5..9).truncation(0.0));
    assert_eq!(error.map_err(|e| e.kind()), Err(ErrorKind::Input));
    Ok(())
}

#[test]
fn values_that_are_not_finite_are_reported() -> Outcome {
    let mut onnx = generator();
    onnx.graph.initializer[0].float_data[3] = f32::NAN;
    let error = open(&onnx)?.err().ok_or("NaN passed")?;
    assert_eq!(error.kind(), ErrorKind::Numeric);
    assert!(error.to_string().contains("`w`"), "{error}");

    let mut onnx = generator();
    onnx.graph.initializer[0].float_data = vec![f32::MAX; 48];
    onnx.graph.node[2].op_type = "Identity".into();
    let generator = open(&onnx)??;
    let steep = Latents::from_values(LATENT, vec![2.0; LATENT])?;
    let error = generator.generate(&steep).err().ok_or("infinity passed")?;
    assert_eq!(error.kind(), ErrorKind::Numeric);
    assert!(
        format!("{error:?}").contains("sample 0, value 0"),
        "{error:?}"
    );
    Ok(())
}

#[test]
fn sixteen_threads_draw_the_bytes_of_one() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = generator().write(&folder, "g.onnx")?;
    for builder in [
        Generator::builder(&path),
        Generator::builder(&path).threads(2),
    ] {
        let generator = builder.build()?;
        let expected = generator.sample(7, 0..160)?;
        let size = expected.image(0).len();
        std::thread::scope(|scope| -> Outcome {
            let threads: Vec<_> = (0..16)
                .map(|i| {
                    let generator = &generator;
                    scope.spawn(move || {
                        // Its own part, and all of it.
                        let own = generator.sample(7, 10 * i..10 * (i + 1))?;
                        Result::Ok((own, generator.sample(7, 0..160)?))
                    })
                })
                .collect();
            for (i, thread) in threads.into_iter().enumerate() {
                let (own, all) = thread.join().map_err(|_| "a thread panicked")??;
                assert_eq!(
                    own.values(),
                    &expected.values()[10 * i * size..][..10 * size]
                );
                assert_eq!(all, expected);
            }
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_package_verifies_its_golden_samples() -> Outcome {
    let folder = package(Contract::new(4, 3, 2, 2))?;
    let error = Generator::open(&folder)?
        .verify()
        .err()
        .ok_or("nothing to verify against")?;
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert!(error.to_string().contains(GOLDEN_FILE), "{error}");

    let add = |golden: &Golden| -> Result<()> {
        golden.save(folder.path().join(GOLDEN_FILE))?;
        let mut manifest = Manifest::read(&folder)?;
        manifest.add_file(&folder, GOLDEN_FILE)?;
        manifest.write(&folder)
    };
    let generator = Generator::open(&folder)?;
    add(&Golden::record(&generator, 7, 3)?)?;
    let generator = Generator::open(&folder)?;
    let verification = generator.verify()?;
    assert_eq!((verification.samples, verification.tolerance), (3, 1e-4));
    generator.warm_up()?;

    // Samples of another network of the same ports.
    let mut other = crate::testing::generator();
    other.graph.initializer[0].float_data[0] += 1.0;
    let other = open(&other)??;
    add(&Golden::record(&other, 7, 3)?)?;
    let error = Generator::open(&folder)?.verify().map_err(|e| e.kind());
    assert_eq!(error.map(drop), Err(ErrorKind::Engine));

    fs::write(folder.path().join(GOLDEN_FILE), b"changed")?;
    let error = Generator::open(&folder)?.verify().map_err(|e| e.kind());
    assert_eq!(error.map(drop), Err(ErrorKind::Digest));
    Ok(())
}
