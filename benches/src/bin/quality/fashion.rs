//! Fashion-MNIST at equal processor time: objectives beside each other and beside samples that
//! other programs drew.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use gannet::{FeatureNet, Samples, Scorer, Scores};
use gannet_trainer::data;
use gannet_trainer::recipe::Recipe;
use gannet_trainer::scoring::{self, Shard};
use serde_json::{Value, json};

use gannet_benches::output::narrate;
use gannet_benches::samples::draw;

use super::runs::Kept;

/// Samples that are scored.
const SAMPLES: u64 = 10_000;

/// Seconds in a minute.
const MINUTE: f64 = 60.0;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A folder with the IDX files of all 70,000 images.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// The feature network.
    #[arg(long, default_value = "models/features/fashion-mnist.onnx")]
    features: PathBuf,
    /// Recipes to compare, by name or path.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "fashion-mnist-quick,dcgan,lsgan,wgan,wgan-gp"
    )]
    recipes: Vec<String>,
    /// A folder of MINUTES.npy, samples that another program drew after so many minutes of
    /// processor time, at the size of the data.
    #[arg(long, value_name = "NAME=FOLDER")]
    peer: Vec<String>,
    /// Minutes of processor time, all threads' together, after which samples are scored.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 30, 60])]
    minutes: Vec<u32>,
    /// Seeds of the runs.
    #[arg(long, value_delimiter = ',', default_value = "0")]
    seeds: Vec<u64>,
}

impl Args {
    /// Trains each recipe for as long as the others and scores them on the way.
    pub(crate) fn measure(&self, out: &Path) -> Result<Value> {
        let split = data::load(Some(&self.data), None)?;
        let net = FeatureNet::open(&self.features)?;
        narrate("describing the training images");
        let real = scoring::real_stats(&net, &split.training, "training", Shard::WHOLE)?;
        let protocol = real.protocol().cloned();
        let scorer = Scorer::new(net, real)?;

        let mut rows = Vec::new();
        for recipe in &self.recipes {
            for &seed in &self.seeds {
                rows.extend(self.run(&scorer, recipe, seed, out)?);
            }
        }
        for peer in &self.peer {
            rows.extend(self.peer(&scorer, peer, split.training.shape())?);
        }
        Ok(json!({
            "benchmark": "fashion",
            "protocol": {
                "real": protocol,
                "samples": SAMPLES,
                "budget": "processor time of the training, all threads together",
            },
            "rows": rows,
        }))
    }

    fn run(&self, scorer: &Scorer, name: &str, seed: u64, out: &Path) -> Result<Vec<Value>> {
        let data = format!("data.path={}", self.data.display());
        // The schedules of these recipes do not depend on the length.
        let settings = [
            format!("seed={seed}"),
            data,
            "training.length_images=1000000000".to_owned(),
            "training.checkpoint_interval_images=1000000000".to_owned(),
            "training.sheet_interval_images=1000000".to_owned(),
            "score.samples=0".to_owned(),
        ];
        let mut recipe = Recipe::resolve(Some(name), &settings)?;
        recipe.data.digest = Some(data::load_for(&recipe.data)?.training.image_digest());
        let folder = out.join(format!("fashion-{}-{seed}", recipe.name));
        let mut kept = Kept::open(&recipe, &folder)?;
        let mut rows = Vec::new();
        for &minutes in &self.minutes {
            let file = folder.join(format!("scores-{minutes}.json"));
            let row = match std::fs::read_to_string(&file) {
                Ok(text) => serde_json::from_str(&text)?,
                Err(_) => {
                    kept.train_until(u64::MAX, f64::from(minutes) * MINUTE)?;
                    let scores = scorer.score_samples(&draw(
                        kept.run.state(),
                        recipe.generator.latent,
                        SAMPLES,
                    )?)?;
                    let mut row = described(&recipe.name, minutes, &scores);
                    row["seed"] = seed.into();
                    row["images"] = kept.images().into();
                    row["processor_seconds"] = kept.seconds().into();
                    gannet::durable::write_file(&file, row.to_string().as_bytes())?;
                    row
                }
            };
            rows.push(row);
        }
        Ok(rows)
    }

    fn peer(&self, scorer: &Scorer, peer: &str, shape: [usize; 3]) -> Result<Vec<Value>> {
        let (name, folder) = peer.split_once('=').context("--peer takes NAME=FOLDER")?;
        self.minutes
            .iter()
            .map(|&minutes| {
                let path = Path::new(folder).join(format!("{minutes}.npy"));
                let samples = Samples::read_npy(&path)?;
                ensure!(
                    samples.shape()[1..] == shape,
                    "{}: expected samples of {shape:?}, got {:?}",
                    path.display(),
                    samples.shape()
                );
                Ok(described(name, minutes, &scorer.score_samples(&samples)?))
            })
            .collect()
    }
}

fn described(name: &str, minutes: u32, scores: &Scores) -> Value {
    let score = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
    narrate(&format!(
        "{name:20} {minutes:3} min  Fréchet distance {:.3}  precision {}  recall {}",
        scores.fid,
        score(scores.precision),
        score(scores.recall),
    ));
    json!({
        "name": name,
        "minutes": minutes,
        "frechet_distance": scores.fid,
        "kid": scores.kid_mean,
        "precision": scores.precision,
        "recall": scores.recall,
        "density": scores.density,
        "coverage": scores.coverage,
    })
}
