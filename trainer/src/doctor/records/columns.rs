//! Which columns are which signs.

use super::aliases::{Role, meaning, normalise};
use super::{RecordsError, Sign};
use crate::text::proposal;

/// The columns of a log as a person maps them; those that are not mapped are told by their
/// names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    maps: Vec<Map>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Map {
    ours: Role,
    theirs: String,
    normal: String,
    given: String,
}

/// How well a name fits: smaller is better, and two of the same are a conflict.
pub(super) type Rank = u8;

const EXACT: Rank = 0;
const LIKE: Rank = 1;
const UNMAPPED: Rank = 2;

impl Columns {
    /// Takes mappings of the form `OURS=THEIRS`: a sign's name, or `step`, and the name of a
    /// column. `OURS=` with nothing behind says that no column is that; without a column of
    /// steps, rows are numbered.
    pub fn parse(maps: &[String]) -> Result<Self, RecordsError> {
        let mut columns = Self::default();
        for given in maps {
            let map = Map::parse(given)?;
            let clash = columns.maps.iter().find_map(|former| {
                let same_theirs = !map.theirs.is_empty() && former.theirs == map.theirs;
                if former.ours == map.ours {
                    Some((former, map.ours.name()))
                } else if same_theirs {
                    Some((former, map.theirs.as_str()))
                } else {
                    None
                }
            });
            if let Some((former, name)) = clash {
                return Err(RecordsError::MapTwice {
                    first: former.given.clone(),
                    second: given.clone(),
                    name: name.to_owned(),
                });
            }
            columns.maps.push(map);
        }
        Ok(columns)
    }

    /// What a column of this name is, by a mapping or else by its name.
    pub(super) fn claim(&self, name: &str) -> Option<(Role, Rank)> {
        let is_exact = |map: &&Map| !name.is_empty() && map.theirs == name;
        if let Some(map) = self.maps.iter().find(is_exact) {
            return Some((map.ours, EXACT));
        }
        let normal = normalise(name);
        if normal.is_empty() {
            return None;
        }
        if let Some(map) = self.maps.iter().find(|map| map.normal == normal) {
            return Some((map.ours, LIKE));
        }
        let (role, rank) = meaning(&normal)?;
        (!self.is_mapped(role)).then_some((role, UNMAPPED + rank))
    }

    /// Whether a person said which column this is, or that none is.
    pub(super) fn is_mapped(&self, role: Role) -> bool {
        self.maps.iter().any(|map| map.ours == role)
    }

    /// Whether nothing is mapped.
    pub(super) fn is_empty(&self) -> bool {
        self.maps.is_empty()
    }

    /// Each mapping to a column.
    pub(super) fn mapped(&self) -> impl Iterator<Item = (Role, &str)> {
        let maps = self.maps.iter().filter(|map| !map.theirs.is_empty());
        maps.map(|map| (map.ours, map.theirs.as_str()))
    }
}

impl Map {
    fn parse(given: &str) -> Result<Self, RecordsError> {
        let form = || RecordsError::MapForm {
            given: given.to_owned(),
        };
        let (ours, theirs) = given.split_once('=').ok_or_else(form)?;
        let (ours, theirs) = (ours.trim(), theirs.trim());
        let role = match (ours, Sign::of_name(ours)) {
            ("", _) => return Err(form()),
            ("step", _) => Role::Step,
            (_, Some(sign)) => Role::Sign(sign),
            (_, None) => {
                let names = Sign::ALL.iter().map(|sign| sign.name());
                return Err(RecordsError::MapUnknown {
                    given: given.to_owned(),
                    ours: ours.to_owned(),
                    proposal: proposal(ours, names.chain(["step"])),
                });
            }
        };
        Ok(Self {
            ours: role,
            theirs: theirs.to_owned(),
            normal: normalise(theirs),
            given: given.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use super::*;

    fn parse(maps: &[&str]) -> Result<Columns, String> {
        let maps: Vec<String> = maps.iter().map(|map| (*map).to_owned()).collect();
        Columns::parse(&maps).map_err(|error| error.to_string())
    }

    #[test]
    fn mapped_columns_go_before_known_names() {
        let columns = parse(&["d_loss=My D=1", "step=kimg", "fid="]).unwrap();
        let loss = Role::Sign(Sign::CriticLoss);
        assert_eq!(columns.claim("My D=1"), Some((loss, EXACT)));
        assert_eq!(columns.claim("my_d=1"), Some((loss, LIKE)));
        assert_eq!(columns.claim("d_loss"), None);
        assert_eq!(columns.claim("step"), None);
        assert_eq!(columns.claim("fid"), None);
        assert_eq!(columns.claim(""), None);
        assert_eq!(columns.claim("kimg"), Some((Role::Step, EXACT)));
        assert!(columns.claim("G_loss").is_some());
    }

    #[test]
    fn mappings_that_make_no_sense_are_refused() {
        let message = parse(&["d_lss=x"]).unwrap_err();
        assert!(message.contains("did you mean `d_loss`?"), "{message}");
        assert!(parse(&["d_loss"]).unwrap_err().contains("OURS=THEIRS"));
        assert!(parse(&["=x"]).unwrap_err().contains("OURS=THEIRS"));
        let message = parse(&["d_loss=x", "d_loss=y"]).unwrap_err();
        assert!(
            message.contains("--map d_loss=x and --map d_loss=y"),
            "{message}"
        );
        let message = parse(&["d_loss=x", "g_loss=x"]).unwrap_err();
        assert!(message.contains("both use `x`"), "{message}");
    }
}
