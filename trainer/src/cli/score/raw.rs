//! Scores of features and logits that some other program computed.

use std::path::PathBuf;

use gannet::metrics::inception_score;
use gannet::{Features, Logits, ScoreOptions, Scores};
use serde_json::json;

use super::{Args, describe};

/// Arrays instead of a generator or images.
#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// Features of real images, a NumPy array of floats [n, d].
    #[arg(
        long,
        value_name = "A.npy",
        requires = "fake_features",
        conflicts_with = "subject"
    )]
    real_features: Option<PathBuf>,
    /// Features of generated images, a NumPy array of floats [m, d].
    #[arg(
        long,
        value_name = "B.npy",
        requires = "real_features",
        conflicts_with = "subject"
    )]
    fake_features: Option<PathBuf>,
    /// A classifier's logits of generated images, a NumPy array of floats [m, classes], for the
    /// Inception Score.
    #[arg(long, value_name = "L.npy", conflicts_with = "subject")]
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
                let real = Features::read_npy(real, None)?;
                let fake = Features::read_npy(fake, logits)?;
                describe(&Scores::of_features(&real, &fake, &options)?, args.json)
            }
            (_, _, Some(logits)) => {
                let logits = Logits::read_npy(logits)?;
                describe_inception(&logits, options.is_splits, args.json)
            }
            _ => anyhow::bail!("expected a model, images or arrays; see gannet score --help"),
        }
    }
}

fn describe_inception(logits: &Logits, splits: usize, json: bool) -> anyhow::Result<String> {
    let score = inception_score(logits, splits)?;
    let n = logits.values.len() / logits.classes;
    Ok(match json {
        true => serde_json::to_string_pretty(&json!({
            "is_mean": score.mean,
            "is_std": score.std,
            "n_fake": n,
            "protocol": { "is_splits": splits, "fake_count": n },
        }))?,
        false => format!(
            "Inception Score   {:.3} ± {:.3}\n{n} fakes in {splits} splits",
            score.mean, score.std
        ),
    })
}
