//! From TOML and settings to a checked recipe.

use toml::{Table, Value};

use super::keys::look_up;
use super::{Decay, KEYS, Loss, Optimiser, Recipe, RecipeError};

/// The keys whose values are names, with the names.
const CHOICES: [(&str, &[&str]); 4] = [
    ("generator.optimiser", Optimiser::NAMES),
    ("critic.optimiser", Optimiser::NAMES),
    ("objective.loss", Loss::NAMES),
    ("training.learning_rate_decay", Decay::NAMES),
];

/// Names of earlier versions, which run folders keep.
const FORMER_NAMES: [(&str, &str); 1] = [("objective.loss", "relativistic-logistic")];

/// Names further than this from every known one get no proposal.
const SIMILAR: f64 = 0.7;

/// An Inception Score has ten splits.
const LEAST_SCORED: u64 = 10;

pub(super) fn recipe(place: &str, text: &str, settings: &[String]) -> Result<Recipe, RecipeError> {
    let syntax = |reason: String| RecipeError::Syntax {
        place: place.to_owned(),
        reason: reason.trim_end().to_owned(),
    };
    let mut table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| syntax(error.to_string()))?;
    // Every table starts from the default recipe, so that a file may give one key of it.
    let mut complete = Recipe::default().values()?;
    check_keys(place, &table)?;
    check_types(place, &table, &complete)?;
    check_choices(place, &table)?;
    for setting in settings {
        set(&mut table, setting, &complete)?;
    }
    merge(&mut complete, table);
    let recipe: Recipe = complete
        .try_into()
        .map_err(|error: toml::de::Error| syntax(error.to_string()))?;
    check_values(&recipe)?;
    Ok(recipe)
}

/// The nearest of `known`, as the end of a sentence, or nothing.
pub(super) fn proposal<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

fn check_keys(place: &str, table: &Table) -> Result<(), RecipeError> {
    for (name, value) in table {
        match value {
            Value::Table(inner) if is_table(name) => {
                for key in inner.keys() {
                    check_key(place, &format!("{name}.{key}"))?;
                }
            }
            _ => check_key(place, name)?,
        }
    }
    Ok(())
}

fn is_table(name: &str) -> bool {
    KEYS.iter()
        .filter_map(|(key, _)| key.split_once('.'))
        .any(|(table, _)| table == name)
}

fn check_key(place: &str, key: &str) -> Result<(), RecipeError> {
    if KEYS.iter().any(|(known, _)| *known == key) {
        return Ok(());
    }
    let mut hint = proposal(key, KEYS.iter().map(|(known, _)| *known));
    if hint.is_empty() {
        "; `gannet recipes show` lists every key".clone_into(&mut hint);
    }
    Err(RecipeError::Key {
        place: place.to_owned(),
        key: key.to_owned(),
        hint,
    })
}

/// Applies one `KEY=VALUE`.
fn set(table: &mut Table, setting: &str, defaults: &Table) -> Result<(), RecipeError> {
    let place = format!("--set {setting}");
    let Some((key, text)) = setting.split_once('=') else {
        return Err(RecipeError::Syntax {
            place,
            reason: "expected KEY=VALUE, for example --set training.length_images=50000".to_owned(),
        });
    };
    let key = key.trim();
    check_key(&place, key)?;
    let parsed = format!("value = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut parsed| parsed.remove("value"));
    let value = match parsed {
        Some(value @ Value::String(_)) => value,
        Some(value) if !is_text(key, defaults) => value,
        // A name or a path may look like a number or like nothing in TOML.
        _ => Value::String(text.to_owned()),
    };
    let mut change = Table::new();
    match key.split_once('.') {
        None => change.insert(key.to_owned(), value),
        Some((outer, inner)) => {
            let inner = Table::from_iter([(inner.to_owned(), value)]);
            change.insert(outer.to_owned(), Value::Table(inner))
        }
    };
    check_types(&place, &change, defaults)?;
    check_choices(&place, &change)?;
    merge(table, change);
    Ok(())
}

/// Whether a key's value is text: keys without a default are paths and digests.
fn is_text(key: &str, defaults: &Table) -> bool {
    matches!(look_up(defaults, key), None | Some(Value::String(_)))
}

/// Refuses values that are not of their default's type, by the key's full name.
fn check_types(place: &str, table: &Table, defaults: &Table) -> Result<(), RecipeError> {
    for (key, _) in KEYS {
        let Some(value) = look_up(table, key) else {
            continue;
        };
        let (holds, expected) = match look_up(defaults, key) {
            Some(Value::Integer(_)) => {
                let holds = value.as_integer().is_some_and(|value| value >= 0);
                (holds, "a whole number of at least 0")
            }
            Some(Value::Float(_)) => (value.is_float() || value.is_integer(), "a number"),
            _ => (value.is_str(), "text in quotes"),
        };
        if !holds {
            return Err(RecipeError::Syntax {
                place: place.to_owned(),
                reason: format!("`{key}` is {value}: expected {expected}"),
            });
        }
    }
    Ok(())
}

/// Refuses names that their key does not know, with the nearest one that it does.
fn check_choices(place: &str, table: &Table) -> Result<(), RecipeError> {
    for (key, known) in CHOICES {
        let Some(got) = look_up(table, key).and_then(Value::as_str) else {
            continue;
        };
        if !known.contains(&got) && !FORMER_NAMES.contains(&(key, got)) {
            return Err(RecipeError::Choice {
                place: place.to_owned(),
                key,
                got: got.to_owned(),
                known: known.join(", "),
                hint: proposal(got, known.iter().copied()),
            });
        }
    }
    Ok(())
}

fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn check_values(recipe: &Recipe) -> Result<(), RecipeError> {
    let check = |key: &'static str, holds: bool, expected: &'static str, got: String| {
        if holds {
            Ok(())
        } else {
            Err(RecipeError::Value { key, expected, got })
        }
    };
    let count = |key, value: u64| check(key, value >= 1, "at least 1", value.to_string());
    let size = |key, value: usize| {
        let holds = (1..=1024).contains(&value);
        check(key, holds, "1 to 1024", value.to_string())
    };
    let strength = |key, value: f64| {
        let holds = value.is_finite() && value >= 0.0;
        check(key, holds, "a number of at least 0", value.to_string())
    };
    let rate = |key, value: f64| {
        let holds = value.is_finite() && value > 0.0;
        check(key, holds, "a number above 0", value.to_string())
    };
    let share = |key, value: f64| {
        // The optimiser computes with 32 bits, in which 0.99999999 is 1.
        let holds = value >= 0.0 && (value as f32) < 1.0;
        check(key, holds, "a number from 0 to below 1", value.to_string())
    };

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
    let (generator, critic) = (&recipe.generator.network, &recipe.critic);
    size("generator.latent", recipe.generator.latent)?;
    size("generator.width", generator.width)?;
    rate("generator.learning_rate", generator.learning_rate)?;
    share("generator.beta1", generator.beta1)?;
    share("generator.beta2", generator.beta2)?;
    strength("generator.weight_decay", generator.weight_decay)?;
    strength("generator.gradient_clip_norm", generator.gradient_clip_norm)?;
    size("critic.width", critic.width)?;
    rate("critic.learning_rate", critic.learning_rate)?;
    share("critic.beta1", critic.beta1)?;
    share("critic.beta2", critic.beta2)?;
    strength("critic.weight_decay", critic.weight_decay)?;
    strength("critic.gradient_clip_norm", critic.gradient_clip_norm)?;
    let objective = &recipe.objective;
    share("objective.label_smoothing", objective.label_smoothing)?;
    strength("objective.r1_gamma", objective.r1_gamma)?;
    strength("objective.r2_gamma", objective.r2_gamma)?;
    strength("objective.gradient_penalty", objective.gradient_penalty)?;
    strength("objective.weight_clip", objective.weight_clip)?;
    objective.check_together()?;
    count(
        "objective.penalty_interval_steps",
        objective.penalty_interval_steps,
    )?;
    let training = &recipe.training;
    count("training.length_images", training.length_images)?;
    size("training.batch_images", training.batch_images)?;
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
    let samples = recipe.score.samples;
    let holds = samples == 0 || samples >= LEAST_SCORED;
    check(
        "score.samples",
        holds,
        "0 or at least 10",
        samples.to_string(),
    )
}
