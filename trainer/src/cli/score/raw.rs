//! Scores of features and logits that some other program computed.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use gannet::metrics::{Interval, inception_score, jackknife};
use gannet::{Features, Logits, ScoreOptions, Scores};
use serde_json::json;

use super::{Args, describe};

/// The confidence of an interval, as that of other scores.
const LEVEL: f64 = 0.95;

/// Arrays instead of a generator or images.
#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// Features of real images, a NumPy array [n, d].
    #[arg(
        long,
        value_name = "A.npy|A.npz:ARRAY",
        requires = "fake_features",
        conflicts_with = "subject"
    )]
    real_features: Option<PathBuf>,
    /// Features of generated images, a NumPy array [m, d].
    #[arg(
        long,
        value_name = "B.npy|B.npz:ARRAY",
        requires = "real_features",
        conflicts_with = "subject"
    )]
    fake_features: Option<PathBuf>,
    /// A classifier's logits of generated images, a NumPy array [m, classes], for the Inception
    /// Score.
    #[arg(long, value_name = "L.npy|L.npz:ARRAY", conflicts_with = "subject")]
    logits: Option<PathBuf>,
}

impl Files {
    /// The scores that the arrays allow, as text.
    pub(super) fn describe(&self, args: &Args) -> anyhow::Result<String> {
        let options = ScoreOptions {
            kid_seed: args.seed.unwrap_or_default(),
            ..args.protocol.options()
        };
        let logits = self.logits.as_deref();
        match (&self.real_features, &self.fake_features, logits) {
            (Some(real), Some(fake), logits) => {
                let no_logits = logits.is_none().then_some("there are no --logits");
                args.protocol.check(None, no_logits)?;
                let real = Features::read_npy(real, None)?;
                let fake = Features::read_npy(fake, logits)?;
                describe(&Scores::of_features(&real, &fake, &options)?, args.json)
            }
            (_, _, Some(logits)) => {
                args.protocol.check(Some("there are only --logits"), None)?;
                ensure!(
                    args.seed.is_none(),
                    "--seed has no use: there are only --logits"
                );
                let logits = Logits::read_npy(logits)?;
                describe_inception(&logits, &options, args.json)
            }
            _ => bail!("expected a model, images or arrays; see gannet score --help"),
        }
    }
}

fn describe_inception(
    logits: &Logits,
    options: &ScoreOptions,
    json: bool,
) -> anyhow::Result<String> {
    let splits = options.is_splits;
    let score = inception_score(logits, splits)?;
    let n = logits.values.len() / logits.classes;
    let interval = match options.interval_groups {
        Some(groups) => Some(jackknife(n, groups, LEVEL, 0, |rows| {
            Ok(inception_score(&logits.select(rows)?, splits)?.mean)
        })?),
        None => None,
    };
    if json {
        let mut object = json!({
            "is_mean": score.mean,
            "is_std": score.std,
            "n_fake": n,
            "protocol": { "is_splits": splits, "fake_count": n },
        });
        if let Some(interval) = interval {
            object["intervals"] = json!({ "is_mean": interval });
        }
        return Ok(serde_json::to_string_pretty(&object)?);
    }
    let interval = interval.map_or(String::new(), |Interval { low, high, .. }| {
        format!("  [{low:.3}, {high:.3}] {:.0} %", 100.0 * LEVEL)
    });
    Ok(format!(
        "Inception Score   {:.3} ± {:.3}{interval}\n{n} fakes in {splits} splits",
        score.mean, score.std
    ))
}
