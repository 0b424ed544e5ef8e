//! Which columns of one log are which signs, found out as the columns appear.

use std::collections::HashMap;
use std::path::Path;

use super::aliases::Role;
use super::columns::Rank;
use super::{Columns, RecordsError};
use crate::text::proposal;

/// Columns that are remembered by name at most, so that a log which makes up a new name a line
/// costs no memory.
const MOST_NAMES: usize = 4096;
/// Bytes of a name that is remembered at most.
const MOST_BYTES: usize = 256;

#[derive(Debug)]
pub(super) struct Roles<'a> {
    path: &'a Path,
    columns: &'a Columns,
    of: HashMap<String, Option<Role>>,
    /// The names in the order of their appearance.
    found: Vec<String>,
    holders: Vec<Holder>,
}

#[derive(Debug)]
struct Holder {
    role: Role,
    rank: Rank,
    name: String,
}

impl<'a> Roles<'a> {
    pub(super) fn new(path: &'a Path, columns: &'a Columns) -> Self {
        Self {
            path,
            columns,
            of: HashMap::new(),
            found: Vec::new(),
            holders: Vec::new(),
        }
    }

    pub(super) fn columns(&self) -> &'a Columns {
        self.columns
    }

    /// What a column is that appeared before.
    pub(super) fn known(&self, column: &str) -> Option<Option<Role>> {
        self.of.get(column).copied()
    }

    /// What a column is; `names` are those that it is known by.
    pub(super) fn role(
        &mut self,
        column: &str,
        names: &[&str],
    ) -> Result<Option<Role>, RecordsError> {
        if let Some(role) = self.known(column) {
            return Ok(role);
        }
        let claims = names.iter().filter_map(|name| self.columns.claim(name));
        let mut role = None;
        if let Some((claimed, rank)) = claims.min_by_key(|(_, rank)| *rank)
            && self.hold(claimed, rank, column)?
        {
            role = Some(claimed);
        }
        if self.of.len() < MOST_NAMES && column.len() <= MOST_BYTES {
            self.of.insert(column.to_owned(), role);
            self.found.push(column.to_owned());
        }
        Ok(role)
    }

    /// Gives a role to a column unless another fits better.
    fn hold(&mut self, role: Role, rank: Rank, column: &str) -> Result<bool, RecordsError> {
        let Some(holder) = self.holders.iter_mut().find(|holder| holder.role == role) else {
            self.holders.push(Holder {
                role,
                rank,
                name: column.to_owned(),
            });
            return Ok(true);
        };
        if holder.name == column || rank > holder.rank {
            return Ok(holder.name == column);
        }
        if rank == holder.rank {
            return Err(RecordsError::TwoColumns {
                path: self.path.to_owned(),
                sign: role.name(),
                first: printable(&holder.name),
                second: printable(column),
            });
        }
        if let Some(former) = self.of.get_mut(&holder.name) {
            *former = None;
        }
        holder.rank = rank;
        holder.name = column.to_owned();
        Ok(true)
    }

    /// The column that has a role.
    pub(super) fn holder(&self, role: Role) -> Option<&str> {
        let holder = self.holders.iter().find(|holder| holder.role == role);
        holder.map(|holder| holder.name.as_str())
    }

    /// The columns that appeared, but for those that only say how a mean came about.
    pub(super) fn found(&self) -> Vec<String> {
        self.listed(|_| true)
    }

    /// Those of them that have no role.
    pub(super) fn ignored(&self) -> Vec<String> {
        self.listed(|name| self.known(name) == Some(None))
    }

    fn listed(&self, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
        let names = self.found.iter().map(String::as_str);
        let names = names.filter(|name| !self.is_of_mean(name) && is_meant(name));
        names.map(printable).collect()
    }

    /// Whether a column is the `X.num` or `X.std` of an `X.mean`, and nothing to us.
    fn is_of_mean(&self, name: &str) -> bool {
        let stem = name.strip_suffix(".num");
        let stem = stem.or_else(|| name.strip_suffix(".std"));
        self.known(name) == Some(None)
            && stem.is_some_and(|stem| self.of.contains_key(&format!("{stem}.mean")))
    }

    /// Whether each column that was mapped has appeared.
    pub(super) fn check_mapped(&self) -> Result<(), RecordsError> {
        let mut mapped = self.columns.mapped();
        match mapped.find(|(role, _)| self.holder(*role).is_none()) {
            None => Ok(()),
            Some((role, theirs)) => {
                let found = self.found();
                Err(RecordsError::MappedMissing {
                    path: self.path.to_owned(),
                    ours: role.name(),
                    theirs: theirs.to_owned(),
                    proposal: proposal(theirs, found.iter().map(String::as_str)),
                    found,
                })
            }
        }
    }
}

/// A name from a file without the control codes that a terminal would obey.
fn printable(name: &str) -> String {
    let characters = name.chars();
    let safe = characters.map(|c| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    });
    safe.collect()
}
