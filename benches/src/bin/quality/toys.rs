//! Modes of known mixtures: the protocol of PacGAN (Lin et al. 2018, section 4.1).

use std::path::Path;

use anyhow::Result;
use gannet_trainer::data::{self, Toy};
use gannet_trainer::recipe::Recipe;
use serde_json::{Value, json};

use gannet_benches::output::narrate;
use gannet_benches::samples::modes;

use super::runs::Kept;

/// Samples that are judged.
const SAMPLES: u64 = 2_500;

/// Trains the recipe of a toy's name with each of the seeds.
pub(crate) fn measure(toy: Toy, seeds: &[u64], settings: &[String], out: &Path) -> Result<Value> {
    let name = toy.name();
    let mut results = Vec::with_capacity(seeds.len());
    let mut sums = [0.0; 3];
    for &seed in seeds {
        let mut settings = settings.to_vec();
        settings.push(format!("seed={seed}"));
        let mut recipe = Recipe::resolve(Some(name), &settings)?;
        let split = data::load_for(&recipe.data)?;
        recipe.data.digest = Some(split.training.image_digest());
        let mut kept = Kept::open(&recipe, &out.join(format!("{name}-{seed}")))?;
        kept.train_until(u64::MAX, f64::INFINITY)?;

        let found = modes(kept.run.state(), recipe.generator.latent, toy, SAMPLES)?;
        narrate(&format!(
            "{name}, seed {seed}: {} modes, {:.2} % of high quality, reverse KL {:.4}, {:.0} s of processor time",
            found.captured,
            100.0 * found.high_quality,
            found.reverse_kl,
            kept.seconds(),
        ));
        let figures = [found.captured as f64, found.high_quality, found.reverse_kl];
        for (sum, figure) in sums.iter_mut().zip(figures) {
            *sum += figure;
        }
        results.push(json!({
            "seed": seed,
            "modes": found.captured,
            "high_quality": found.high_quality,
            "reverse_kl": found.reverse_kl,
            "images": kept.images(),
            "processor_seconds": kept.seconds(),
        }));
    }
    let means = sums.map(|sum| sum / seeds.len() as f64);
    Ok(json!({
        "benchmark": name,
        "protocol": {
            "source": "PacGAN, Lin et al. 2018, section 4.1",
            "modes": toy.modes()?.len(),
            "samples": SAMPLES,
            "high_quality": "within 3 standard deviations of the nearest mode",
            "reverse_kl": "shares of all samples by nearest mode against equal shares, nats",
            "recipe": name,
            "settings": settings,
        },
        "means": { "modes": means[0], "high_quality": means[1], "reverse_kl": means[2] },
        "seeds": results,
    }))
}
