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
        "data.background",
        "What transparent images are laid on: \"white\", \"black\" or \"#rrggbb\"; \"none\" drops alpha and shows the colours below it.",
    ),
    (
        "data.digest",
        "SHA-256 of the training images, any others are refused; filled in when a run starts.",
    ),
    ("generator.latent", "Size of the latent vector."),
    (
        "generator.architecture",
        "\"convolutional\", \"dcgan\", \"upsample\", \"resnet\", \"r3gan\" or, for points and small vectors, \"mlp\".",
    ),
    (
        "generator.latent_scale",
        "What latents are multiplied by before the first layer; above 1 it starts with sharper folds.",
    ),
    (
        "generator.width",
        "Channels at full resolution, doubled with every halving; of an MLP, units a layer.",
    ),
    (
        "generator.depth",
        "Further layers, or residual blocks, at each resolution; of an MLP, hidden layers.",
    ),
    (
        "generator.activation",
        "\"leaky-relu\" (0.2), \"relu\", \"silu\", \"tanh\" or \"sigmoid\".",
    ),
    (
        "generator.norm",
        "\"none\", \"batch\", \"instance\" or \"layer\".",
    ),
    (
        "generator.initialiser",
        "\"he\", \"glorot\", \"dcgan\" (normal, 0.02) or \"orthogonal\".",
    ),
    (
        "generator.initial_scale",
        "What the initialiser's weights are multiplied by; 1 is what it is made for.",
    ),
    (
        "generator.initial_bias",
        "Standard deviation of the biases at the start; 0 starts them at 0.",
    ),
    (
        "generator.classes",
        "How it is told a class: \"none\", \"embedding\" or \"one-hot\".",
    ),
    ("generator.steps", "Updates of this network in a step."),
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
        "generator.gradient_clip_value",
        "Entries of the gradient are clamped to this on both sides of 0; 0 turns it off.",
    ),
    (
        "critic.architecture",
        "\"convolutional\", \"dcgan\", \"upsample\", \"resnet\", \"r3gan\" or, for points and small vectors, \"mlp\".",
    ),
    (
        "critic.width",
        "Channels after the first halving, doubled with every further one; of an MLP, units a layer.",
    ),
    (
        "critic.depth",
        "Further layers, or residual blocks, at each resolution; of an MLP, hidden layers.",
    ),
    (
        "critic.activation",
        "\"leaky-relu\" (0.2), \"relu\", \"silu\", \"tanh\" or \"sigmoid\".",
    ),
    (
        "critic.norm",
        "\"none\", \"batch\", \"instance\" or \"layer\"; \"batch\" in a critic excludes penalties on its gradient.",
    ),
    (
        "critic.initialiser",
        "\"he\", \"glorot\", \"dcgan\" (normal, 0.02) or \"orthogonal\".",
    ),
    (
        "critic.initial_scale",
        "What the initialiser's weights are multiplied by; 1 is what it is made for.",
    ),
    (
        "critic.initial_bias",
        "Standard deviation of the biases at the start; 0 starts them at 0.",
    ),
    (
        "critic.packing",
        "Images that are scored together, 1 to 4 (PacGAN).",
    ),
    (
        "critic.minibatch_std",
        "Whether it sees how much the images of a batch differ.",
    ),
    (
        "critic.spectral_norm",
        "Whether each weight is divided by its largest singular value.",
    ),
    (
        "critic.dropout",
        "Share of activations set to 0, from 0 to below 1.",
    ),
    (
        "critic.classes",
        "How it is told a class: \"none\", \"projection\" or \"concatenation\".",
    ),
    (
        "critic.steps",
        "Updates of this network in a step, each on new images.",
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
        "critic.gradient_clip_value",
        "Entries of the gradient are clamped to this on both sides of 0; 0 turns it off.",
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
        "objective.fake_label_smoothing",
        "Raises its label of generated images by this (two-sided smoothing); for the same losses.",
    ),
    (
        "objective.label_flip",
        "Share of images whose labels are exchanged for the critic; for the same losses.",
    ),
    (
        "objective.instance_noise",
        "Standard deviation of noise on all images that the critic sees; 0 is none.",
    ),
    (
        "objective.instance_noise_images",
        "Images over which that noise falls linearly to 0; 0 keeps it.",
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
        "objective.dragan",
        "Strength of the gradient penalty around real images (DRAGAN: 10); 0 is none.",
    ),
    (
        "objective.lecam",
        "Strength of the pull of scores towards the other side's average (LeCam: 0.1 to 0.3); 0 is none.",
    ),
    (
        "objective.orthogonal",
        "Strength of the orthogonal regularisation of the critic's weights (BigGAN: 1e-4); 0 is none.",
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
        "augment.policy",
        "DiffAugment on all images that the critic sees: some of \"color,translation,cutout\"; empty is none.",
    ),
    (
        "augment.probability",
        "Share of images that each of them is applied to, at the start.",
    ),
    (
        "augment.adaptive_target",
        "Adapts the share (ADA) so that this many more real images score above 0 than below, as 0.6; 0 is fixed.",
    ),
    (
        "augment.adaptive_speed_images",
        "Images in which the share can go from 0 to 1.",
    ),
    (
        "augment.mirror",
        "Whether half of the real images are mirrored left to right.",
    ),
    (
        "training.length_images",
        "Real images shown over the whole run.",
    ),
    ("training.batch_images", "Images of an update."),
    (
        "training.accumulation",
        "Parts of a batch whose gradients are added up, to save memory; each part is scored by itself.",
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
        "training.log_layers",
        "Whether its lines have the gradient norm of each layer, from the first to the last.",
    ),
    (
        "training.tensorboard",
        "Whether the run is written as TensorBoard's event files too, in the run's folder tensorboard.",
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
        "training.patience",
        "Scores during the run without improvement after which it stops; 0 never stops it.",
    ),
    (
        "training.doctor",
        "What the doctor may do about what it finds: \"treat\" (change this recipe), \"watch\" (say it) or \"off\".",
    ),
    (
        "training.keep_best",
        "Whether the generator with the best score during the run is exported, not the last.",
    ),
    (
        "schedule.learning_rate",
        "Course of both learning rates: \"constant\", \"linear\" (over the second half), \"cosine\", \"step\" or \"plateau\" (of the score).",
    ),
    (
        "schedule.learning_rate_final",
        "Share of the learning rates left at the end of it.",
    ),
    ("schedule.beta2", "Course of both beta2, as above."),
    ("schedule.beta2_final", "beta2 at the end of it."),
    (
        "schedule.penalty",
        "Course of the gradient penalties' strengths, as above.",
    ),
    (
        "schedule.penalty_final",
        "Share of them left at the end of it.",
    ),
    (
        "schedule.ema_half_life",
        "Course of the moving average's half-life, as above.",
    ),
    (
        "schedule.ema_half_life_final",
        "Share of it left at the end of it.",
    ),
    (
        "schedule.step_interval_images",
        "Images from one step to the next, for \"step\".",
    ),
    (
        "schedule.step_factor",
        "What a step leaves of the way to the end, for \"step\" and \"plateau\".",
    ),
    (
        "schedule.plateau_patience",
        "Scores without improvement that make a step, for \"plateau\".",
    ),
    (
        "score.features",
        "Feature network (ONNX); models/features/DATA.onnx of the repository if absent.",
    ),
    (
        "score.samples",
        "Samples drawn for the scores at the end, 10 or more; 0 leaves scoring out.",
    ),
    (
        "score.interval_images",
        "Images from one Fréchet distance during the run to the next; 0 scores at the end only.",
    ),
    (
        "score.interval_samples",
        "Samples drawn for a score during the run, 10 or more.",
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

    /// Every key that this recipe has, as `KEY=VALUE`, in the order of the keys.
    ///
    /// # Errors
    ///
    /// [`RecipeError::Unwritable`] if a path is not UTF-8 text.
    pub fn settings(&self) -> Result<Vec<String>, RecipeError> {
        let values = self.values()?;
        let settings = KEYS
            .iter()
            .filter_map(|(key, _)| Some(format!("{key}={}", look_up(&values, key)?)));
        Ok(settings.collect())
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
