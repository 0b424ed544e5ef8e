use std::error::Error;
use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::augment::Augmentation;
use super::random::Random;
use super::*;
use crate::data::{Dataset, Split};

type Outcome = Result<(), Box<dyn Error>>;

/// Forty 10x9 images of two classes: noise whose upper (class 0) or lower
/// (class 1) half is 100 brighter.
pub(super) fn halves() -> Result<Split, Box<dyn Error>> {
    let random = &mut Random::weights(99);
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for index in 0..40 {
        let label = (index / 3) % 2;
        labels.push(label);
        for y in 0..10 {
            let bright = (y < 5) == (label == 0);
            pixels.extend((0..9).map(|_| random.below(150) as u8 + if bright { 100 } else { 0 }));
        }
    }
    let set = Dataset::new("halves", [1, 10, 9], pixels, Some(labels))?;
    Ok(Split::every_fifth(&set)?)
}

pub(super) fn quick(seed: u64) -> ClassifierConfig {
    ClassifierConfig {
        seed,
        epochs: 6,
        batch: 8,
        ..ClassifierConfig::default()
    }
}

fn logits(net: &Classifier, split: &Split) -> Result<Vec<f32>, Box<dyn Error>> {
    let images = split.held_out.batch(&[0, 1, 2, 3, 4, 5, 6, 7])?.images;
    let images = TensorData::new(images, [8, 1, 10, 9]);
    let (features, logits) = net.forward(Tensor::from_data(images, &Device::flex()));
    assert_eq!(features.dims(), [8, FEATURE_COUNT]);
    assert_eq!(logits.dims(), [8, 2]);
    Ok(logits.into_data().try_to_vec()?)
}

#[test]
fn it_learns_what_can_be_learned_and_says_how_it_goes() -> Outcome {
    let split = halves()?;
    let (mut steps, mut epochs) = (Vec::new(), Vec::new());
    let trained = train_classifier(&split, &quick(1), &mut |progress| match progress {
        Progress::Step {
            step, steps: all, ..
        } => steps.push((step, all)),
        Progress::Epoch {
            epoch, accuracy, ..
        } => epochs.push((epoch, accuracy)),
    })?;
    assert_eq!(trained.accuracy, 1.0);
    assert!(trained.live_features > FEATURE_COUNT / 2);
    assert_eq!((trained.training, trained.held_out), (32, 8));
    assert_eq!(trained.classes, ["0", "1"]);
    assert_eq!(steps, (1..=24).map(|step| (step, 24)).collect::<Vec<_>>());
    assert_eq!(epochs.len(), 6);
    assert_eq!(epochs.last(), Some(&(6, trained.accuracy)));

    // The accuracy is that of the network returned.
    let found = logits(&trained.net, &split)?;
    let labels = split.held_out.labels().ok_or("no labels")?;
    for (logits, &label) in found.chunks(2).zip(labels) {
        assert_eq!(logits[1] > logits[0], label == 1);
    }
    Ok(())
}

#[test]
fn a_seed_gives_the_same_network_on_any_number_of_threads() -> Outcome {
    let split = halves()?;
    let train = |seed, threads| -> Result<Vec<f32>, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()?;
        let trained = pool.install(|| train_classifier(&split, &quick(seed), &mut |_| ()))?;
        logits(&trained.net, &split)
    };
    let once = train(5, 1)?;
    assert_eq!(once, train(5, 1)?);
    assert_eq!(once, train(5, 3)?);
    assert_ne!(once, train(6, 1)?);
    Ok(())
}

#[test]
fn data_that_cannot_teach_are_refused() -> Outcome {
    let train = |set: &Dataset| -> Result<_, Box<dyn Error>> {
        let split = Split::every_fifth(set)?;
        Ok(train_classifier(&split, &quick(0), &mut |_| ()).err())
    };
    let unlabelled = Dataset::new("a", [1, 2, 2], vec![0; 40], None)?;
    assert!(matches!(
        train(&unlabelled)?,
        Some(FeaturesError::NoLabels {
            part: "training",
            ..
        })
    ));
    let uniform = Dataset::new("a", [1, 2, 2], vec![0; 40], Some(vec![3; 10]))?;
    assert!(matches!(
        train(&uniform)?,
        Some(FeaturesError::OneClass { label: 3, .. })
    ));
    let labels = (0..10).map(|index| index % 2).collect();
    let narrow = Dataset::new("a", [1, 100, 9], vec![0; 9000], Some(labels))?;
    assert!(matches!(
        train(&narrow)?,
        Some(FeaturesError::TooNarrow { needed: 16, .. })
    ));
    Ok(())
}

#[test]
fn settings_out_of_range_are_refused() -> Outcome {
    let split = halves()?;
    let good = quick(0);
    for (key, config) in [
        (
            "epochs",
            ClassifierConfig {
                epochs: 0,
                ..good.clone()
            },
        ),
        (
            "batch",
            ClassifierConfig {
                batch: 1,
                ..good.clone()
            },
        ),
        (
            "learning_rate",
            ClassifierConfig {
                learning_rate: f64::NAN,
                ..good.clone()
            },
        ),
        (
            "weight_decay",
            ClassifierConfig {
                weight_decay: -1.0,
                ..good.clone()
            },
        ),
        (
            "label_smoothing",
            ClassifierConfig {
                label_smoothing: 1.0,
                ..good
            },
        ),
    ] {
        let error = train_classifier(&split, &config, &mut |_| ()).err();
        assert!(
            matches!(error, Some(FeaturesError::Config { key: named, .. }) if named == key),
            "{key}: {error:?}"
        );
    }
    Ok(())
}

#[test]
fn a_loss_that_is_no_number_is_an_error() -> Outcome {
    let config = ClassifierConfig {
        learning_rate: 1e30,
        ..quick(0)
    };
    let error = train_classifier(&halves()?, &config, &mut |_| ()).err();
    assert!(
        matches!(error, Some(FeaturesError::Diverged { .. })),
        "{error:?}"
    );
    Ok(())
}

#[test]
fn distortions_shift_and_mirror() -> Outcome {
    let set = Dataset::new("a", [2, 1, 3], vec![0, 51, 102, 153, 204, 255], None)?;
    let random = &mut Random::weights(0);
    let same = Augmentation {
        shift: 0,
        mirror: false,
    };
    assert_eq!(same.images(&set, &[0], random)?, set.batch(&[0])?.images);

    let seen = |augmentation: Augmentation, random: &mut Random| {
        let seen: Result<Vec<Vec<i32>>, _> = (0..100)
            .map(|_| {
                let values = augmentation.images(&set, &[0], random)?;
                let levels = values.iter().map(|v| ((v + 1.0) * 2.5).round() as i32);
                Ok::<_, crate::data::DataError>(levels.collect())
            })
            .collect();
        let mut seen = seen?;
        seen.sort();
        seen.dedup();
        Ok::<_, crate::data::DataError>(seen)
    };
    let mirror = Augmentation {
        shift: 0,
        mirror: true,
    };
    assert_eq!(
        seen(mirror, random)?,
        [[0, 1, 2, 3, 4, 5], [2, 1, 0, 5, 4, 3]]
    );
    let shift = Augmentation {
        shift: 1,
        mirror: false,
    };
    assert_eq!(
        seen(shift, random)?,
        [[0, 0, 1, 3, 3, 4], [0, 1, 2, 3, 4, 5], [1, 2, 2, 4, 5, 5]]
    );
    Ok(())
}

#[test]
fn random_numbers_keep_to_their_range() {
    let random = &mut Random::epoch(3, 1);
    assert!((0..1000).all(|_| random.below(7) < 7));
    assert!((0..1000).all(|_| (-0.5..0.5).contains(&random.symmetric(0.5))));
    let mut order = random.order(100);
    assert_ne!(order, (0..100).collect::<Vec<_>>());
    order.sort_unstable();
    assert_eq!(order, (0..100).collect::<Vec<_>>());
}

#[test]
fn an_exported_network_is_what_the_runtime_reads() -> Outcome {
    let split = halves()?;
    let trained = train_classifier(&split, &quick(2), &mut |_| ())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("halves.onnx");
    check_destination(&path)?;
    let exported = export_classifier(&trained, &split, "halves", &path)?;
    assert!(exported.largest_difference <= publish::TOLERANCE);
    assert_eq!(exported.compared, 8);
    assert_eq!(exported.digest, gannet::digest_file(&path)?);
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);

    let net = gannet::FeatureNet::open(&path)?;
    assert_eq!(net.name(), "halves");
    assert_eq!(net.image_shape(), [1, 10, 9]);
    assert_eq!(net.dim(), FEATURE_COUNT);
    assert_eq!(
        net.class_names(),
        Some(&["0".to_owned(), "1".to_owned()][..])
    );
    let held_out = export::compared(&split.held_out)?;
    let found = net.extract(&held_out)?;
    assert!(found.rows().iter().all(|&feature| feature >= 0.0));
    let found = found.logits().ok_or("no logits")?;
    for (found, burn) in found.values.iter().zip(logits(&trained.net, &split)?) {
        assert!((found - burn).abs() < 1e-4, "{found} {burn}");
    }

    // Another network's results are not this file's.
    let other = train_classifier(&split, &quick(3), &mut |_| ())?;
    let images = export::compared(&split.held_out)?;
    let error = publish::compare(&path, &images, |images| other.net.forward(images)).err();
    assert!(
        matches!(error, Some(FeaturesError::Differs { .. })),
        "{error:?}"
    );
    Ok(())
}

#[test]
fn a_destination_that_cannot_be_written_is_refused_and_left_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let missing = folder.path().join("missing/net.onnx");
    for path in [&missing, folder.path(), Path::new("/"), Path::new("")] {
        let error = check_destination(path).err();
        assert!(
            matches!(error, Some(FeaturesError::Write { .. })),
            "{error:?}"
        );
    }
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);

    let file = folder.path().join("net.onnx");
    fs::write(&file, "before")?;
    check_destination(&file)?;
    assert_eq!(fs::read_to_string(&file)?, "before");
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}
