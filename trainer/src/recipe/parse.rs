//! From TOML and settings to a checked recipe.

use toml::{Table, Value};

use super::keys::look_up;
use super::{
    Activation, Architecture, Attendance, Background, Course, CriticClasses, GeneratorClasses,
    Initialisation, KEYS, Loss, Norm, Optimiser, Recipe, RecipeError, check,
};
use crate::text::proposal;

/// The keys whose values are names, with the names.
const CHOICES: [(&str, &[&str]); 19] = [
    (BACKGROUND, Background::NAMES),
    ("generator.architecture", Architecture::NAMES),
    ("generator.activation", Activation::NAMES),
    ("generator.norm", Norm::NAMES),
    ("generator.initialiser", Initialisation::NAMES),
    ("generator.classes", GeneratorClasses::NAMES),
    ("generator.optimiser", Optimiser::NAMES),
    ("critic.architecture", Architecture::NAMES),
    ("critic.activation", Activation::NAMES),
    ("critic.norm", Norm::NAMES),
    ("critic.initialiser", Initialisation::NAMES),
    ("critic.classes", CriticClasses::NAMES),
    ("critic.optimiser", Optimiser::NAMES),
    ("objective.loss", Loss::NAMES),
    ("training.doctor", Attendance::NAMES),
    ("schedule.learning_rate", Course::NAMES),
    ("schedule.beta2", Course::NAMES),
    ("schedule.penalty", Course::NAMES),
    ("schedule.ema_half_life", Course::NAMES),
];

/// The key whose value may be a colour of any name.
const BACKGROUND: &str = "data.background";

/// Keys of earlier versions, which run folders keep, and what they are called now.
const FORMER_KEYS: [(&str, &str); 1] = [("training.learning_rate_decay", "schedule.learning_rate")];

/// Names of earlier versions, which run folders keep.
const FORMER_NAMES: [(&str, &str); 1] = [("objective.loss", "relativistic-logistic")];

pub(super) fn recipe(place: &str, text: &str, settings: &[String]) -> Result<Recipe, RecipeError> {
    let syntax = |reason: String| RecipeError::Syntax {
        place: place.to_owned(),
        reason: reason.trim_end().to_owned(),
    };
    let mut table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| syntax(error.to_string()))?;
    rename_former_keys(&mut table);
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
    check::values(&recipe)?;
    Ok(recipe)
}

fn rename_former_keys(table: &mut Table) {
    for (former, key) in FORMER_KEYS {
        let Some((outer, inner)) = former.split_once('.') else {
            continue;
        };
        let former = table.get_mut(outer).and_then(Value::as_table_mut);
        if let (Some(value), Some((outer, inner))) = (
            former.and_then(|table| table.remove(inner)),
            key.split_once('.'),
        ) {
            let renamed = Table::from_iter([(inner.to_owned(), value)]);
            merge(
                table,
                Table::from_iter([(outer.to_owned(), Value::Table(renamed))]),
            );
        }
    }
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
            Some(Value::Boolean(_)) => (value.is_bool(), "true or false"),
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
        let is_known = match key {
            BACKGROUND => got.parse::<Background>().is_ok(),
            _ => known.contains(&got) || FORMER_NAMES.contains(&(key, got)),
        };
        if !is_known {
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
