//! Lines of JSON.

use std::io::BufRead;
use std::path::Path;

use serde_json::{Map, Value};

use super::aliases::Role;
use super::intake::{Intake, Row, number, whole};
use super::lines::Lines;
use super::notes::shown;
use super::{Columns, Reading, RecordsError, Sign};

/// Reads lines of JSON.
pub(super) fn read(
    path: &Path,
    reader: impl BufRead,
    columns: &Columns,
) -> Result<Reading, RecordsError> {
    let mut lines = Lines::new(path, reader);
    let mut log = Log {
        intake: Intake::new(path, columns),
        row: Row::default(),
        nulls: 0,
    };
    let mut is_empty = true;
    while let Some(line) = lines.next()? {
        let text = line.text.trim();
        if text.is_empty() {
            continue;
        }
        if is_empty && is_array(text) {
            return Err(RecordsError::JsonArray {
                path: path.to_owned(),
            });
        }
        is_empty = false;
        match parse(text) {
            Ok(Value::Object(record)) => log.take(line.number, record)?,
            Err(error) if !line.is_ended && error.is_eof() => {
                let number = line.number;
                log.intake.notes.add("cut lines", || {
                    format!("line {number}, the last, is cut short (a run that still writes?), passed over")
                });
            }
            Ok(_) => log.intake.pass_over(
                "lines that are no objects",
                format!("line {}: JSON, but no object", line.number),
            ),
            Err(error) => {
                let (number, column) = (line.number, error.column());
                let text = shown(text);
                log.intake.pass_over(
                    "lines that are no JSON",
                    format!("line {number}: no JSON from column {column} on, `{text}`"),
                );
            }
        }
    }
    if is_empty {
        return Err(RecordsError::Empty {
            path: path.to_owned(),
            what: "line",
        });
    }
    log.finish()
}

/// Whether a text begins as an array of objects; a line as `[1/5] Loss_D: 0.5` does not.
pub(super) fn is_array(text: &str) -> bool {
    let inner = text.strip_prefix('[').map(str::trim_start);
    inner.is_some_and(|inner| inner.is_empty() || inner.starts_with(['{', '[']))
}

/// Parses a line, in which Python may have written `NaN`, `Infinity` and `-Infinity`.
fn parse(text: &str) -> serde_json::Result<Value> {
    match serde_json::from_str(text) {
        Err(_) if text.contains("NaN") || text.contains("Infinity") => {
            serde_json::from_str(&without_bare(text))
        }
        outcome => outcome,
    }
}

/// Writes `null`, which means the same here, for each bare token outside of strings.
fn without_bare(text: &str) -> String {
    const TOKENS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];
    let mut clean = String::with_capacity(text.len());
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let token = TOKENS.iter().find_map(|token| rest.strip_prefix(token));
        if let Some(after) = token.filter(|_| !is_quoted) {
            clean.push_str("null");
            rest = after;
            continue;
        }
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        clean.push(character);
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    clean
}

struct Log<'a> {
    intake: Intake<'a>,
    row: Row,
    /// Values that are `null` in logs of others.
    nulls: u64,
}

impl Log<'_> {
    /// Takes in an object.
    fn take(&mut self, line: u64, record: Map<String, Value>) -> Result<(), RecordsError> {
        self.row.clear();
        let record = Value::Object(record);
        let columns = self.intake.roles.columns();
        let is_ours = is_ours(&record);
        if is_ours {
            self.intake.is_ours = true;
            let unmapped = |sign: &Sign| !columns.is_mapped(Role::Sign(*sign));
            let signs = Sign::ALL.iter().copied().filter(unmapped);
            let values = signs.filter_map(|sign| Some((sign, sign.of_record(&record)?)));
            self.row.values.extend(values);
            if !columns.is_mapped(Role::Step) {
                self.row.step = record.get("step").and_then(Value::as_u64);
            }
        }
        if !is_ours || !columns.is_empty() {
            let mut name = String::new();
            self.walk(line, &record, &mut name, is_ours)?;
        }
        self.intake.take(line, &self.row);
        Ok(())
    }

    /// Takes in what is below a value; `name` is the keys to it.
    fn walk(
        &mut self,
        line: u64,
        value: &Value,
        name: &mut String,
        is_ours: bool,
    ) -> Result<(), RecordsError> {
        let Value::Object(object) = value else {
            return self.leaf(line, value, name, is_ours);
        };
        let length = name.len();
        for (key, value) in object {
            if length > 0 {
                name.push('.');
            }
            name.push_str(key);
            self.walk(line, value, name, is_ours)?;
            name.truncate(length);
        }
        Ok(())
    }

    fn leaf(
        &mut self,
        line: u64,
        value: &Value,
        name: &str,
        is_ours: bool,
    ) -> Result<(), RecordsError> {
        let role = match name.strip_suffix(".mean") {
            Some(stem) => self.intake.roles.role(name, &[name, stem])?,
            None => self.intake.roles.role(name, &[name])?,
        };
        let Some(role) = role else {
            return Ok(());
        };
        // In ours only what was mapped is not yet known.
        if is_ours && !self.intake.roles.columns().is_mapped(role) {
            return Ok(());
        }
        let got = match value {
            Value::Null => Some(f64::NAN),
            Value::Number(number) => number.as_f64(),
            Value::String(text) => number(text),
            _ => None,
        };
        match (role, got) {
            (Role::Sign(sign), Some(got)) => {
                // A column that fits better may come after one of this record.
                self.row.values.retain(|(former, _)| *former != sign);
                self.nulls += u64::from(value.is_null());
                self.row.values.push((sign, got));
            }
            (Role::Sign(_), None) => self.intake.no_number(line, name, value),
            (Role::Epoch, epoch) => self.row.epoch = epoch,
            (Role::Step, _) if value.is_null() => {}
            (Role::Step, step) => match step.and_then(whole) {
                Some(step) => self.row.step = Some(step),
                None => return Err(self.intake.no_step(format_args!("line {line}"), value)),
            },
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Reading, RecordsError> {
        if !self.intake.is_ours && self.intake.roles.holder(Role::Step).is_none() {
            self.intake.notes.add("missing steps", || {
                "no column of steps; the lines are numbered".to_owned()
            });
        }
        if self.nulls > 0 {
            let nulls = self.nulls;
            self.intake.notes.add("nulls", || {
                format!("{nulls} values are null or NaN and count as not finite; if a null means that nothing was measured, leave the key out")
            });
        }
        self.intake.finish()
    }
}

/// Whether a record is a line of our `metrics.jsonl`.
fn is_ours(record: &Value) -> bool {
    let has = |key| record.get(key).is_some();
    has("critic_loss") && (has("vitals") || has("real_score"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_tokens_are_replaced_outside_of_strings() {
        let text = r#"{"NaN \" NaN": [NaN, -Infinity,Infinity], "é": "Infinity\\"}"#;
        let clean = r#"{"NaN \" NaN": [null, null,null], "é": "Infinity\\"}"#;
        assert_eq!(without_bare(text), clean);
        assert!(parse(text).is_ok());
        assert!(parse("{\"a\": NaNa}").is_err());
    }
}
