//! How a recipe differs from others.

use std::collections::BTreeMap;

use crate::recipe::{KEYS, PRESETS, Recipe, RecipeError};

/// Keys that differ between any two runs, and say nothing of them.
const OWN: [&str; 2] = ["name", "data.digest"];

/// A key whose value differs between recipes.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(super) struct Difference {
    pub(super) key: &'static str,
    /// What the key decides.
    pub(super) meaning: &'static str,
    /// Its value in each of the recipes.
    pub(super) values: Vec<String>,
}

/// The preset of the recipe's name, or the one that it differs least from.
pub(super) fn nearest_preset(recipe: &Recipe) -> Result<(&'static str, Recipe), RecipeError> {
    let mut nearest: Option<(usize, &'static str, Recipe)> = None;
    for preset in PRESETS {
        let base = Recipe::resolve(Some(preset.name), &[])?;
        let distance = match preset.name == recipe.name {
            true => 0,
            false => 1 + recipe.settings_from(&base)?.len(),
        };
        if nearest.as_ref().is_none_or(|(known, ..)| distance < *known) {
            nearest = Some((distance, preset.name, base));
        }
    }
    let (_, name, base) = nearest.unwrap_or_default();
    Ok((name, base))
}

/// The keys that not all recipes agree on, in the order of the keys.
pub(super) fn differences(recipes: &[&Recipe]) -> Result<Vec<Difference>, RecipeError> {
    let values: Result<Vec<_>, RecipeError> = recipes.iter().map(|it| values(it)).collect();
    let values = values?;
    let keys = KEYS.iter().filter(|(key, _)| !OWN.contains(key));
    let differences = keys.filter_map(|&(key, meaning)| {
        let values = values.iter().map(|values| values.get(key).cloned());
        let values: Vec<String> = values.map(Option::unwrap_or_default).collect();
        let differs = values.windows(2).any(|two| two[0] != two[1]);
        differs.then_some(Difference {
            key,
            meaning,
            values,
        })
    });
    Ok(differences.collect())
}

/// The value of every key that a recipe has.
fn values(recipe: &Recipe) -> Result<BTreeMap<String, String>, RecipeError> {
    let settings = recipe.settings()?.into_iter();
    Ok(settings
        .filter_map(|setting| {
            let (key, value) = setting.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        })
        .collect())
}
