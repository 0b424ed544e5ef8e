//! What the guides in `docs/` say of recipes is so.

use std::error::Error;
use std::fs;
use std::path::Path;

use gannet_trainer::recipe::KEYS;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

#[test]
fn every_key_that_a_guide_names_is_one_of_a_recipe() -> Result<(), Box<dyn Error>> {
    let mut named = 0;
    for entry in fs::read_dir(DOCS)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            for key in keys(&fs::read_to_string(&path)?) {
                let known = KEYS.iter().any(|(known, _)| *known == key);
                assert!(known, "{}: no recipe has the key {key}", name(&path));
                named += 1;
            }
        }
    }
    assert!(named > 0, "no guide in {DOCS} names a key");
    Ok(())
}

/// Words of the form `TABLE.NAME`, where a recipe has that table.
fn keys(text: &str) -> Vec<String> {
    let in_key = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    let words = text
        .split(|c| !in_key(c))
        .map(|word| word.trim_matches('.'));
    let is_key = |word: &&str| {
        let table = word.split_once('.').map(|(table, _)| table);
        table.is_some_and(|table| tables().any(|known| known == table))
    };
    words.filter(is_key).map(str::to_owned).collect()
}

fn tables() -> impl Iterator<Item = &'static str> {
    let table = |(key, _): &(&'static str, _)| key.split_once('.').map(|(table, _)| table);
    KEYS.iter().filter_map(table)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}
