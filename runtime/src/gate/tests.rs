use super::*;
use crate::ErrorKind;
use crate::features::{FeatureNet, Features};
use crate::latent::Latents;
use crate::scores::ScoreOptions;
use crate::stats::{RealStats, StatsProtocol};
use crate::testing::{Outcome, feature_net, generator};

fn scores() -> Result<Scores> {
    let rows = |seed| Features::new(40, 3, Latents::draw(seed, 0..40, 3).values().to_vec(), None);
    Scores::of_features(&rows(1)?, &rows(2)?, &ScoreOptions::default())
}

#[test]
fn each_limit_has_its_good_side() -> Outcome {
    let scores = scores()?;
    let recall = scores.recall.ok_or("no recall")?;
    let at = |fid, recall| Limits {
        fid: Some(fid),
        recall: Some(recall),
        ..Limits::default()
    };
    // The limit itself is good on either side.
    let verdict = at(scores.fid, recall).judge(scores.clone())?;
    assert!(verdict.passed());
    assert_eq!(verdict.scores, scores);
    let verdict = at(scores.fid / 2.0, recall).judge(scores.clone())?;
    let passed: Vec<_> = verdict.checks.iter().map(|c| (c.score, c.passed)).collect();
    assert_eq!(passed, [("fid", false), ("recall", true)]);
    assert!(!at(scores.fid, recall + 0.01).judge(scores)?.passed());
    let table = verdict.to_string();
    for part in [
        "FAILED",
        "recall",
        "failed: 1 of 2 limits",
        "40 fakes against",
    ] {
        assert!(table.contains(part), "{table}");
    }
    Ok(())
}

#[test]
fn limits_that_decide_nothing_are_refused() -> Outcome {
    for (limits, part) in [
        (Limits::default(), "set one"),
        (
            Limits {
                fid: Some(f64::NAN),
                ..Limits::default()
            },
            "`fid` is not a number",
        ),
        (
            Limits {
                is_mean: Some(2.0),
                ..Limits::default()
            },
            "no logits",
        ),
    ] {
        let error = limits.judge(scores()?).err().ok_or(part)?;
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.to_string().contains(part), "{error}");
    }
    Ok(())
}

#[test]
fn a_generator_is_scored_and_judged() -> Outcome {
    let folder = tempfile::tempdir()?;
    let generator = Generator::open(generator().write(&folder, "g.onnx")?)?;
    let net = FeatureNet::open(feature_net().write(&folder, "net.onnx")?)?;
    // The generator's own images as the real ones: it passes what noise would not.
    let features = net.extract(&generator.sample(1, 0..300)?)?;
    let collect = |reservoir| -> Result<RealStats> {
        let protocol = StatsProtocol::new(&net, "own", "train");
        let mut collector = RealStats::collect(protocol, reservoir, 0);
        collector.push(&features)?;
        collector.finish()
    };
    let (kept, without) = (collect(100)?, collect(0)?);
    let limits = Limits {
        fid: Some(0.5),
        recall: Some(0.5),
        samples: 300,
        seed: 2,
        ..Limits::default()
    };
    let scorer = Scorer::new(net, kept)?;
    let verdict = scorer.gate(&generator, &limits)?;
    assert!(verdict.passed(), "{verdict}");
    assert_eq!(verdict.scores, scorer.score(&generator, 300, 2)?);
    assert!(
        !scorer
            .gate(
                &generator,
                &Limits {
                    fid: Some(0.0),
                    ..limits
                }
            )?
            .passed()
    );

    // What cannot be measured is found before anything is drawn.
    let net = FeatureNet::open(feature_net().write(&folder, "net.onnx")?)?;
    let impossible = Limits {
        samples: u64::MAX,
        ..limits
    };
    let error = Scorer::new(net, without)?.gate(&generator, &impossible);
    let error = error.err().ok_or("recall without rows was measured")?;
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.to_string().contains("`recall`"), "{error}");
    Ok(())
}
