//! The thousand modes of Stacked MNIST (Metz et al. 2017; Lin et al. 2018, section 4.2).

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use gannet::metrics::{class_modes, predicted_classes};
use gannet::{FeatureNet, Latents, Logits, Samples};
use gannet_trainer::data;
use gannet_trainer::recipe::Recipe;
use serde_json::{Value, json};

use gannet_benches::output::narrate;

use super::runs::Kept;

/// Samples that are judged, as in the papers.
const SAMPLES: u64 = 26_000;

/// Samples drawn at once.
const BATCH: u64 = 500;

/// Their latents are drawn with this seed.
const SEED: u64 = 0;

/// What the classifier must find of the held-out digits.
const LEAST_ACCURACY: f64 = 0.99;

const DIGITS: usize = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A folder of MNIST's IDX files, or of others like them with ten classes.
    #[arg(long, value_name = "FOLDER")]
    mnist: PathBuf,
    /// A classifier of its digits: `gannet features train FOLDER --no-mirror --out NET.onnx`.
    #[arg(long, value_name = "NET.onnx")]
    classifier: PathBuf,
    /// Seeds of the runs.
    #[arg(long, value_delimiter = ',', default_value = "0")]
    seeds: Vec<u64>,
    /// Images from one measurement of the curve to the next.
    #[arg(long, default_value_t = 250_000)]
    interval_images: u64,
    /// Change a key of the recipe.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

impl Args {
    /// Trains the recipe `stacked-mnist` and measures its modes as it goes.
    pub(crate) fn measure(&self, out: &Path) -> Result<Value> {
        let net = FeatureNet::open(&self.classifier)?;
        let accuracy = self.accuracy(&net)?;
        narrate(&format!(
            "the classifier finds {:.2} % of the held-out digits",
            100.0 * accuracy
        ));
        ensure!(
            accuracy >= LEAST_ACCURACY,
            "the classifier must find {LEAST_ACCURACY} of the held-out digits: train it for longer"
        );
        let mut results = Vec::with_capacity(self.seeds.len());
        for &seed in &self.seeds {
            results.push(self.curve(&net, seed, out)?);
        }
        Ok(json!({
            "benchmark": "stacked-mnist",
            "protocol": {
                "source": "PacGAN, Lin et al. 2018, section 4.2",
                "modes": DIGITS.pow(3),
                "samples": SAMPLES,
                "reverse_kl": "shares of predicted triples against those of the training labels, nats",
                "classifier_accuracy": accuracy,
                "recipe": "stacked-mnist",
                "settings": self.settings,
            },
            "seeds": results,
        }))
    }

    fn curve(&self, net: &FeatureNet, seed: u64, out: &Path) -> Result<Value> {
        let mut settings = self.settings.clone();
        let path = self.mnist.display();
        settings.extend([format!("seed={seed}"), format!("data.path=stacked:{path}")]);
        let mut recipe = Recipe::resolve(Some("stacked-mnist"), &settings)?;
        let split = data::load_for(&recipe.data)?;
        recipe.data.digest = Some(split.training.image_digest());
        let mut real = vec![0.0; DIGITS.pow(3)];
        for &label in split
            .training
            .labels()
            .context("the digits have no labels")?
        {
            real[usize::from(label)] += 1.0;
        }
        let folder = out.join(format!("stacked-mnist-{seed}"));
        let mut kept = Kept::open(&recipe, &folder)?;
        let curve_file = folder.join("curve.json");
        let mut curve: Vec<Value> = match std::fs::read_to_string(&curve_file) {
            Ok(text) => serde_json::from_str(&text)?,
            Err(_) => Vec::new(),
        };
        loop {
            let next = (curve.len() as u64 + 1) * self.interval_images;
            let ended = kept.train_until(next, f64::INFINITY)?;
            let found = class_modes(&triples(net, &kept, &recipe)?, &real)?;
            narrate(&format!(
                "{} images: {} modes, reverse KL {:.4}, {:.0} s of processor time",
                kept.images(),
                found.captured,
                found.reverse_kl,
                kept.seconds(),
            ));
            curve.push(json!({
                "images": kept.images(),
                "modes": found.captured,
                "reverse_kl": found.reverse_kl,
                "processor_seconds": kept.seconds(),
            }));
            gannet::durable::write_file(&curve_file, serde_json::to_string(&curve)?.as_bytes())?;
            if ended {
                return Ok(json!({ "seed": seed, "curve": curve }));
            }
        }
    }

    /// The share of the held-out digits that the classifier finds.
    fn accuracy(&self, net: &FeatureNet) -> Result<f64> {
        let set = data::load(Some(&self.mnist), None)?.held_out;
        let labels = set.labels().context("the digits have no labels")?;
        let [channels, height, width] = set.shape();
        let mut right = 0;
        let all: Vec<usize> = (0..set.len()).collect();
        for indices in all.chunks(BATCH as usize) {
            let shape = [indices.len(), channels, height, width];
            let images = Samples::from_bytes(shape, &set.pixels(indices)?)?;
            let found = predicted_classes(&[&logits(net, &images)?])?;
            let pairs = found.iter().zip(indices);
            right += pairs
                .filter(|&(&found, &index)| found == usize::from(labels[index]))
                .count();
        }
        Ok(right as f64 / set.len() as f64)
    }
}

/// The class of each sample, from 0 to 999, by its three digits.
fn triples(net: &FeatureNet, kept: &Kept, recipe: &Recipe) -> Result<Vec<usize>> {
    let mut found = Vec::with_capacity(SAMPLES as usize);
    for start in (0..SAMPLES).step_by(BATCH as usize) {
        let latents = Latents::draw(
            SEED,
            start..SAMPLES.min(start + BATCH),
            recipe.generator.latent,
        );
        let samples = kept.run.state().sample(&latents)?;
        let [n, channels, height, width] = samples.shape();
        let parts: Vec<Logits> = (0..channels)
            .map(|channel| {
                let images = samples.values().chunks_exact(height * width);
                let digits = images.skip(channel).step_by(channels).flatten().copied();
                logits(net, &Samples::new([n, 1, height, width], digits.collect())?)
            })
            .collect::<Result<_>>()?;
        found.extend(predicted_classes(&parts.iter().collect::<Vec<_>>())?);
    }
    Ok(found)
}

fn logits(net: &FeatureNet, images: &Samples) -> Result<Logits> {
    let features = net.extract(images)?;
    let logits = features
        .logits()
        .context("the classifier gives no logits")?;
    Ok(logits.clone())
}
