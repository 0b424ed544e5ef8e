//! Every key of a recipe with its explanation, in the order in which they are printed.

use super::{Recipe, RecipeError};

/// Key and explanation; the keys of one table stand together.
pub const KEYS: &[(&str, &str)] = &[
    ("name", "Names the run and its package."),
    (
        "seed",
        "Decides initial weights, order of the data and latents.",
    ),
    (
        "data.path",
        "Folder of image, IDX, CIFAR or Parquet files, FILE.parquet, FILE.npy, FILE.npz[:ARRAY], \
         \"stacked:FOLDER\" (triples of IDX images as colours), \"toy:ring\", \"toy:grid\", \"toy:spiral\" or \
         \"toy:moons\"; the repository's Fashion-MNIST if absent.",
    ),
    (
        "data.size",
        "Side in pixels: images are cropped to a centred square and resized; 0 leaves them as they are.",
    ),
    (
        "data.digest",
        "SHA-256 of the training images, any others are refused; filled in when a run starts.",
    ),
    ("generator.latent", "Size of the latent vector."),
    (
        "generator.width",
        "Channels at full resolution; they double with every halving.",
    ),
    (
        "generator.optimiser",
        "\"adam\", \"adamw\" (decoupled weight decay), \"rmsprop\" or \"sgd\".",
    ),
    ("generator.learning_rate", "The optimiser's step size."),
    (
        "generator.beta1",
        "Decay of the gradient's mean, 0 to 1; the momentum of rmsprop and sgd.",
    ),
    (
        "generator.beta2",
        "Decay of the squared gradient's mean, 0 to 1; sgd has none.",
    ),
    (
        "generator.weight_decay",
        "How strongly weights are drawn to 0; added to the gradient but for adamw.",
    ),
    (
        "generator.gradient_clip_norm",
        "A gradient longer than this, all weights together, is shortened to it; 0 turns it off.",
    ),
    (
        "critic.width",
        "Channels after the first halving; they double with every further one.",
    ),
    (
        "critic.optimiser",
        "\"adam\", \"adamw\" (decoupled weight decay), \"rmsprop\" or \"sgd\".",
    ),
    ("critic.learning_rate", "The optimiser's step size."),
    (
        "critic.beta1",
        "Decay of the gradient's mean, 0 to 1; the momentum of rmsprop and sgd.",
    ),
    (
        "critic.beta2",
        "Decay of the squared gradient's mean, 0 to 1; sgd has none.",
    ),
    (
        "critic.weight_decay",
        "How strongly weights are drawn to 0; added to the gradient but for adamw.",
    ),
    (
        "critic.gradient_clip_norm",
        "A gradient longer than this, all weights together, is shortened to it; 0 turns it off.",
    ),
    (
        "objective.loss",
        "\"relativistic\" (RpGAN), \"relativistic-average\", \"non-saturating\", \"minimax\", \
         \"least-squares\", \"hinge\" or \"wasserstein\".",
    ),
    (
        "objective.label_smoothing",
        "Lowers the critic's label of real images from 1 by this; for \"non-saturating\", \
         \"minimax\" and \"least-squares\".",
    ),
    (
        "objective.r1_gamma",
        "Strength of the gradient penalty on real images (R1).",
    ),
    (
        "objective.r2_gamma",
        "Strength of the gradient penalty on generated images (R2).",
    ),
    (
        "objective.gradient_penalty",
        "Strength of the gradient penalty between real and generated images (WGAN-GP: 10); 0 is none.",
    ),
    (
        "objective.weight_clip",
        "Clamps the critic's weights to this on both sides of zero, for \"wasserstein\"; 0 is none.",
    ),
    (
        "objective.penalty_interval_steps",
        "Penalties every so many steps, scaled up to match; 1 is every step.",
    ),
    (
        "training.length_images",
        "Real images shown over the whole run.",
    ),
    ("training.batch_images", "Images a step."),
    (
        "training.learning_rate_decay",
        "\"constant\", \"linear\" (over the second half) or \"cosine\", to zero at the end.",
    ),
    (
        "training.ema_half_life_images",
        "Half-life of the generator's moving average; 0 turns it off.",
    ),
    (
        "training.log_interval_images",
        "Images from one line of metrics.jsonl to the next.",
    ),
    (
        "training.sheet_interval_images",
        "Images from one sample sheet to the next.",
    ),
    (
        "training.checkpoint_interval_images",
        "Images from one checkpoint to the next.",
    ),
    (
        "score.features",
        "Feature network (ONNX); models/features/DATA.onnx of the repository if absent.",
    ),
    (
        "score.samples",
        "Samples drawn for the scores at the end, 10 or more; 0 leaves scoring out.",
    ),
];

impl Recipe {
    /// The complete recipe as TOML, every key with its explanation; absent ones are commented out.
    ///
    /// # Errors
    ///
    /// [`RecipeError::Unwritable`] if a path is not UTF-8 text.
    pub fn to_documented_toml(&self) -> Result<String, RecipeError> {
        let values = self.values()?;
        let mut text = String::new();
        let mut current = "";
        for (key, explanation) in KEYS {
            let (table, name) = key.split_once('.').unwrap_or(("", key));
            if table != current {
                text.push_str(&format!("\n[{table}]\n"));
                current = table;
            }
            text.push_str(&format!("# {explanation}\n"));
            match look_up(&values, key) {
                Some(value) => text.push_str(&format!("{name} = {value}\n")),
                None => text.push_str(&format!("# {name} = \"...\"\n")),
            }
        }
        Ok(text)
    }

    /// The `KEY=VALUE` settings that make this recipe of `base`, in the order of the keys. Keys
    /// that only `base` has cannot be taken away and are left out.
    ///
    /// # Errors
    ///
    /// [`RecipeError::Unwritable`] if a path is not UTF-8 text.
    pub fn settings_from(&self, base: &Self) -> Result<Vec<String>, RecipeError> {
        let (values, base) = (self.values()?, base.values()?);
        let settings = KEYS
            .iter()
            .filter_map(|(key, _)| {
                let value = look_up(&values, key)?;
                (look_up(&base, key) != Some(value)).then(|| format!("{key}={value}"))
            })
            .collect();
        Ok(settings)
    }

    pub(super) fn values(&self) -> Result<toml::Table, RecipeError> {
        toml::Table::try_from(self).map_err(|error| RecipeError::Unwritable {
            reason: error.to_string(),
        })
    }
}

pub(super) fn look_up<'a>(values: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    match key.split_once('.') {
        None => values.get(key),
        Some((table, name)) => values.get(table)?.get(name),
    }
}
