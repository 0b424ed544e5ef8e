//! The ranges of a recipe's values, and which of them exclude each other.

use super::{Network, Recipe, RecipeError};

type Checked = Result<(), RecipeError>;

/// An Inception Score has ten splits.
const LEAST_SCORED: u64 = 10;

/// Refuses a recipe whose values are out of range or exclude each other.
pub(super) fn values(recipe: &Recipe) -> Checked {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name = &recipe.name;
    check(
        "name",
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain),
        "letters, digits, `-`, `_` and `.`, a letter or digit first, since it names folders",
        format!("{name:?}"),
    )?;
    check(
        "data.size",
        recipe.data.size <= 1024,
        "0 to 1024",
        recipe.data.size.to_string(),
    )?;
    size("generator.latent", recipe.generator.latent)?;
    rate("generator.latent_scale", recipe.generator.latent_scale)?;
    network(&recipe.generator.network, GENERATOR)?;
    network(&recipe.critic.network, CRITIC)?;
    let critic = &recipe.critic;
    check(
        "critic.packing",
        (1..=4).contains(&critic.packing),
        "1 to 4",
        critic.packing.to_string(),
    )?;
    share("critic.dropout", critic.dropout)?;
    let objective = &recipe.objective;
    share("objective.label_smoothing", objective.label_smoothing)?;
    share(
        "objective.fake_label_smoothing",
        objective.fake_label_smoothing,
    )?;
    share("objective.label_flip", objective.label_flip)?;
    strength("objective.instance_noise", objective.instance_noise)?;
    strength("objective.r1_gamma", objective.r1_gamma)?;
    strength("objective.r2_gamma", objective.r2_gamma)?;
    strength("objective.gradient_penalty", objective.gradient_penalty)?;
    strength("objective.dragan", objective.dragan)?;
    strength("objective.lecam", objective.lecam)?;
    strength("objective.orthogonal", objective.orthogonal)?;
    strength("objective.weight_clip", objective.weight_clip)?;
    objective.check_together(critic.spectral_norm)?;
    count(
        "objective.penalty_interval_steps",
        objective.penalty_interval_steps,
    )?;
    let augment = &recipe.augment;
    closed_share("augment.probability", augment.probability)?;
    closed_share("augment.adaptive_target", augment.adaptive_target)?;
    count(
        "augment.adaptive_speed_images",
        augment.adaptive_speed_images,
    )?;
    let training = &recipe.training;
    count("training.length_images", training.length_images)?;
    size("training.batch_images", training.batch_images)?;
    size("training.accumulation", training.accumulation)?;
    let part = training.accumulation * critic.packing;
    check(
        "training.batch_images",
        training.batch_images.is_multiple_of(part),
        "a multiple of training.accumulation times critic.packing",
        format!("{}, no multiple of {part}", training.batch_images),
    )?;
    strength(
        "training.ema_half_life_images",
        training.ema_half_life_images,
    )?;
    count("training.log_interval_images", training.log_interval_images)?;
    count(
        "training.sheet_interval_images",
        training.sheet_interval_images,
    )?;
    count(
        "training.checkpoint_interval_images",
        training.checkpoint_interval_images,
    )?;
    let schedule = &recipe.schedule;
    closed_share("schedule.learning_rate_final", schedule.learning_rate_final)?;
    share("schedule.beta2_final", schedule.beta2_final)?;
    closed_share("schedule.penalty_final", schedule.penalty_final)?;
    strength("schedule.ema_half_life_final", schedule.ema_half_life_final)?;
    count(
        "schedule.step_interval_images",
        schedule.step_interval_images,
    )?;
    closed_share("schedule.step_factor", schedule.step_factor)?;
    count("schedule.plateau_patience", schedule.plateau_patience)?;
    let score = &recipe.score;
    check(
        "score.samples",
        score.samples == 0 || score.samples >= LEAST_SCORED,
        "0 or at least 10",
        score.samples.to_string(),
    )?;
    check(
        "score.interval_samples",
        score.interval_samples >= LEAST_SCORED,
        "at least 10",
        score.interval_samples.to_string(),
    )?;
    super::networks_check::networks(recipe)?;
    let waiting = [
        ("training.patience", training.patience > 0),
        ("training.keep_best", training.keep_best),
        ("schedule", schedule.waits_for_plateaus()),
    ];
    for (key, waits) in waiting {
        check(
            key,
            !waits || score.interval_images > 0,
            "score.interval_images above 0, for what waits for scores during the run",
            "one that waits for scores that nothing asks for".to_owned(),
        )?;
    }
    Ok(())
}

fn check(key: &'static str, holds: bool, expected: &'static str, got: String) -> Checked {
    match holds {
        true => Ok(()),
        false => Err(RecipeError::Value { key, expected, got }),
    }
}

fn count(key: &'static str, value: u64) -> Checked {
    check(key, value >= 1, "at least 1", value.to_string())
}

fn size(key: &'static str, value: usize) -> Checked {
    let holds = (1..=1024).contains(&value);
    check(key, holds, "1 to 1024", value.to_string())
}

fn strength(key: &'static str, value: f64) -> Checked {
    let holds = value.is_finite() && value >= 0.0;
    check(key, holds, "a number of at least 0", value.to_string())
}

fn rate(key: &'static str, value: f64) -> Checked {
    let holds = value.is_finite() && value > 0.0;
    check(key, holds, "a number above 0", value.to_string())
}

fn share(key: &'static str, value: f64) -> Checked {
    // The optimiser computes with 32 bits, in which 0.99999999 is 1.
    let holds = value >= 0.0 && (value as f32) < 1.0;
    check(key, holds, "a number from 0 to below 1", value.to_string())
}

fn closed_share(key: &'static str, value: f64) -> Checked {
    let holds = (0.0..=1.0).contains(&value);
    check(key, holds, "a number from 0 to 1", value.to_string())
}

/// The keys of one network's numbers.
struct NetworkKeys {
    width: &'static str,
    depth: &'static str,
    steps: &'static str,
    initial_scale: &'static str,
    initial_bias: &'static str,
    learning_rate: &'static str,
    beta1: &'static str,
    beta2: &'static str,
    weight_decay: &'static str,
    gradient_clip_norm: &'static str,
    gradient_clip_value: &'static str,
}

macro_rules! network_keys {
    ($table:literal) => {
        NetworkKeys {
            width: concat!($table, ".width"),
            depth: concat!($table, ".depth"),
            steps: concat!($table, ".steps"),
            initial_scale: concat!($table, ".initial_scale"),
            initial_bias: concat!($table, ".initial_bias"),
            learning_rate: concat!($table, ".learning_rate"),
            beta1: concat!($table, ".beta1"),
            beta2: concat!($table, ".beta2"),
            weight_decay: concat!($table, ".weight_decay"),
            gradient_clip_norm: concat!($table, ".gradient_clip_norm"),
            gradient_clip_value: concat!($table, ".gradient_clip_value"),
        }
    };
}

const GENERATOR: NetworkKeys = network_keys!("generator");
const CRITIC: NetworkKeys = network_keys!("critic");

fn network(network: &Network, keys: NetworkKeys) -> Checked {
    size(keys.width, network.width)?;
    check(
        keys.depth,
        network.depth <= 64,
        "0 to 64",
        network.depth.to_string(),
    )?;
    size(keys.steps, network.steps)?;
    rate(keys.initial_scale, network.initial_scale)?;
    strength(keys.initial_bias, network.initial_bias)?;
    rate(keys.learning_rate, network.learning_rate)?;
    share(keys.beta1, network.beta1)?;
    share(keys.beta2, network.beta2)?;
    strength(keys.weight_decay, network.weight_decay)?;
    strength(keys.gradient_clip_norm, network.gradient_clip_norm)?;
    strength(keys.gradient_clip_value, network.gradient_clip_value)
}
