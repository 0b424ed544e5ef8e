use tempfile::TempDir;

use super::*;
use crate::ErrorKind;
use crate::latent::Latents;
use crate::metrics::{
    frechet_from_features, jackknife, kernel_distance, kernel_distance_in_subsets,
};
use crate::scores::Protocol;
use crate::stats::StatsProtocol;
use crate::testing::{DIM, IMAGE, Outcome, feature_net, generator, on_threads};

type Fallible<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn net(folder: &TempDir) -> Fallible<FeatureNet> {
    Ok(FeatureNet::open(feature_net().write(folder, "net.onnx")?)?)
}

fn real_images(n: usize) -> Result<Samples> {
    let [c, h, w] = IMAGE;
    let values = Latents::draw(99, 0..n as u64, c * h * w).values().to_vec();
    Samples::new(
        [n, c, h, w],
        values.iter().map(|v| (v / 2.0).tanh()).collect(),
    )
}

fn scorer(folder: &TempDir, reservoir: usize) -> Fallible<Scorer> {
    let net = net(folder)?;
    let mut collector =
        RealStats::collect(StatsProtocol::new(&net, "noise", "train"), reservoir, 0);
    collector.push(&net.extract(&real_images(400)?)?)?;
    Ok(Scorer::new(net, collector.finish()?)?)
}

#[test]
fn scores_a_generator_as_its_samples_and_its_features() -> Outcome {
    let folder = tempfile::tempdir()?;
    let scorer = scorer(&folder, 150)?;
    let generator = Generator::open(generator().write(&folder, "g.onnx")?)?;
    // More than one batch, and not a multiple of it.
    let n = BATCH as u64 + 44;
    let scores = scorer.score(&generator, n, 5)?;
    let samples = generator.sample(5, 0..n)?;
    let by_samples = scorer.score_samples(&samples)?;
    let features = scorer.net().extract(&samples)?;
    assert_eq!(by_samples, scorer.score_features(&features)?);

    let real = scorer.net().extract(&real_images(400)?)?;
    let expected = frechet_from_features(&real, &features)?;
    assert!((scores.fid / expected - 1.0).abs() < 1e-9);
    assert!((scores.fid / by_samples.fid - 1.0).abs() < 1e-12);
    assert_eq!(
        Scores {
            fid: scores.fid,
            protocol: Protocol {
                seed: Some(5),
                ..by_samples.protocol.clone()
            },
            ..by_samples
        },
        scores
    );
    assert_eq!(
        (scores.n_real, scores.n_fake, scores.k),
        (Some(400), n, Some(3))
    );
    let protocol = &scores.protocol;
    assert_eq!(protocol.neighbours_real_count, Some(150));
    assert_eq!(protocol.neighbours_fake_count, Some(150));
    let reservoir = scorer.real().reservoir().ok_or("no reservoir")?;
    let kept = features.select(&(0..150).collect::<Vec<_>>())?;
    let kid = kernel_distance_in_subsets(&reservoir, &kept, 100, 75, 0)?;
    assert_eq!(
        (scores.kid_mean, scores.kid_std),
        (Some(kid.mean), Some(kid.std))
    );
    assert_eq!(scores.kid_full, Some(kernel_distance(&reservoir, &kept)?));
    let subsets = (protocol.kid_subsets, protocol.kid_subset_size);
    assert_eq!(subsets, (Some(100), Some(75)));
    assert_eq!(protocol.real_data.as_deref(), Some("noise"));
    assert_eq!(
        protocol.extractor_sha256.as_deref(),
        Some(scorer.net().digest())
    );
    Ok(())
}

/// Scores of resized images say so; others do not.
#[test]
fn the_protocol_states_the_resizing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let plain = scorer(&folder, 150)?.score_samples(&real_images(40)?)?;
    assert_eq!(plain.protocol.resize, None);
    assert!(!plain.to_string().contains("resized"));

    let onnx = feature_net().meta("gannet.resize", "torch-bilinear");
    let net = FeatureNet::open(onnx.write(&folder, "resizing.onnx")?)?;
    let mut collector = RealStats::collect(StatsProtocol::new(&net, "noise", "train"), 0, 0);
    collector.push(&net.extract(&real_images(40)?)?)?;
    let scorer = Scorer::new(net, collector.finish()?)?;
    let large = real_images(40)?.resized(9, 7, crate::Resize::PilBilinear)?;
    let scores = scorer.score_samples(&large)?;
    let resize = scores.protocol.resize.as_deref();
    assert_eq!(resize, Some("torch-bilinear to 2x2"));
    let shown = scores.to_string();
    let end = "features of tiny-features, images resized by torch-bilinear to 2x2";
    assert!(shown.ends_with(end), "{shown}");
    Ok(())
}

#[test]
fn real_images_score_best_against_themselves() -> Outcome {
    let folder = tempfile::tempdir()?;
    let scorer = scorer(&folder, 400)?;
    let real = scorer.score_samples(&real_images(400)?)?;
    assert!(real.fid < 1e-9);
    assert_eq!((real.precision, real.recall), (Some(1.0), Some(1.0)));
    assert_eq!(real.coverage, Some(1.0));
    Ok(())
}

#[test]
fn scores_are_the_same_on_any_number_of_threads() -> Outcome {
    let folder = tempfile::tempdir()?;
    let scorer = scorer(&folder, 100)?;
    let path = generator().write(&folder, "g.onnx")?;
    let on = |threads: usize| -> Fallible<Scores> {
        let generator = Generator::builder(&path).threads(threads).build()?;
        on_threads(threads, || scorer.score(&generator, 300, 1))
    };
    let one = on(1)?;
    assert_eq!(one, on(2)?);
    assert_eq!(one, on(5)?);
    Ok(())
}

#[test]
fn json_and_toml_keep_every_score() -> Outcome {
    let folder = tempfile::tempdir()?;
    let scores = scorer(&folder, 100)?.score_samples(&real_images(50)?)?;
    let json = serde_json::to_value(&scores)?;
    for key in [
        "fid",
        "is_mean",
        "is_std",
        "kid_mean",
        "kid_std",
        "kid_full",
        "precision",
        "recall",
        "density",
        "coverage",
        "n_real",
        "n_fake",
        "k",
    ] {
        assert!(json[key].is_number(), "{key}");
    }
    assert_eq!(json["protocol"]["convention"], "closed");
    assert_eq!(serde_json::from_value::<Scores>(json)?, scores);
    assert_eq!(
        toml::from_str::<Scores>(&toml::to_string(&scores)?)?,
        scores
    );
    let table = scores.to_string();
    assert!(table.contains("precision") && table.contains("50 fakes against 400 of noise (train)"));
    Ok(())
}

#[test]
fn moments_alone_give_the_frechet_distance_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let whole = scorer(&folder, 100)?;
    let path = folder.path().join("foreign.npz");
    let moments = crate::testing::npz(&[
        ("mu", &[DIM], whole.real().mu()),
        ("sigma", &[DIM, DIM], whole.real().sigma()),
    ])?;
    std::fs::write(&path, moments)?;
    let foreign = Scorer::new(net(&folder)?, RealStats::load(&path)?)?;
    let images = real_images(50)?;
    let (scores, expected) = (
        foreign.score_samples(&images)?,
        whole.score_samples(&images)?,
    );
    assert_eq!(scores.fid, expected.fid);
    assert_eq!(scores.is_mean, expected.is_mean);
    assert_eq!(
        (scores.precision, scores.coverage, scores.k),
        (None, None, None)
    );
    assert_eq!((scores.kid_mean, scores.kid_full), (None, None));
    assert_eq!((scores.n_real, &scores.protocol.real_data), (None, &None));
    assert!(scores.to_string().contains("not stated"));
    Ok(())
}

#[test]
fn what_does_not_belong_together_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let stats = scorer(&folder, 100)?.real().clone();
    let other = feature_net()
        .meta("gannet.name", "another")
        .write(&folder, "other.onnx")?;
    let error = Scorer::new(FeatureNet::open(other)?, stats)
        .err()
        .ok_or("it was accepted")?;
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert!(error.to_string().contains("tiny-features") && error.to_string().contains("another"));

    let scorer = scorer(&folder, 100)?;
    let kind = |result: Result<Scores>| result.err().map(|e| e.kind());
    for n in [0, 1, 9] {
        let few = scorer.score_samples(&real_images(n)?);
        assert_eq!(kind(few), Some(ErrorKind::Input), "{n}");
    }
    assert!(scorer.score_samples(&real_images(10)?).is_ok());
    let narrow = Features::new(20, DIM - 1, vec![0.0; 20 * (DIM - 1)], None)?;
    assert_eq!(kind(scorer.score_features(&narrow)), Some(ErrorKind::Input));
    let unclassified = Features::new(20, DIM, vec![0.0; 20 * DIM], None)?;
    assert_eq!(
        kind(scorer.score_features(&unclassified)),
        Some(ErrorKind::Input)
    );
    Ok(())
}

#[test]
fn intervals_are_the_jackknife_of_the_scores() -> Outcome {
    let folder = tempfile::tempdir()?;
    let options = ScoreOptions {
        interval_groups: Some(8),
        ..ScoreOptions::default()
    };
    let net = net(&folder)?;
    let mut collector = RealStats::collect(StatsProtocol::new(&net, "noise", "train"), 150, 0);
    collector.push(&net.extract(&real_images(400)?)?)?;
    let scorer = Scorer::with_options(net, collector.finish()?, options)?;
    let features = scorer.net().extract(&real_images(220)?)?;
    let scores = scorer.score_features(&features)?;
    let found = scores.intervals.as_ref().ok_or("no intervals")?;
    let names = [
        "coverage",
        "density",
        "fid",
        "is_mean",
        "kid_full",
        "kid_mean",
        "precision",
        "recall",
    ];
    assert!(found.keys().eq(names));

    let fid = jackknife(220, 8, 0.95, 0, |rows| {
        let fakes = Moments::of(features.select(rows)?.rows(), DIM);
        let real = scorer.real();
        frechet_from_moments(real.mu(), real.sigma(), &fakes.mean, &fakes.covariance())
    })?;
    assert!((found["fid"].std_error / fid.std_error - 1.0).abs() < 1e-9);
    assert!((found["fid"].value / scores.fid - 1.0).abs() < 1e-9);
    // Of the first 150 fakes only, each of which is left out once.
    let reservoir = scorer.real().reservoir().ok_or("no reservoir")?;
    let kid = jackknife(220, 8, 0.95, 0, |rows| {
        let rows: Vec<usize> = rows.iter().copied().filter(|&row| row < 150).collect();
        kernel_distance(&reservoir, &features.select(&rows)?)
    })?;
    assert!((found["kid_full"].std_error / kid.std_error - 1.0).abs() < 1e-9);
    let kid_std = scores.kid_std.ok_or("no kernel distance")?;
    let of_draws = kid_std * kid_std / 100.0;
    let error = (found["kid_full"].std_error.powi(2) + of_draws).sqrt();
    assert!((found["kid_mean"].std_error / error - 1.0).abs() < 1e-12);
    assert_eq!(Some(found["kid_mean"].value), scores.kid_mean);
    assert!(found["recall"].low < found["recall"].high);
    assert_eq!(found["recall"].value, scores.recall.ok_or("no recall")?);

    let plain = Scorer::new(
        FeatureNet::open(folder.path().join("net.onnx"))?,
        scorer.real().clone(),
    )?;
    let plain = plain.score_features(&features)?;
    assert_eq!(plain.intervals, None);
    assert_eq!(
        Scores {
            intervals: None,
            ..scores
        },
        plain
    );
    Ok(())
}
