//! Tables with a header.

use std::io::BufRead;
use std::path::Path;

use super::aliases::Role;
use super::fields::{Fields, separator};
use super::intake::{Intake, Row, number, whole};
use super::lines::{LIMIT, Line, Lines};
use super::{Columns, Reading, RecordsError};

/// Reads a table.
pub(super) fn read(
    path: &Path,
    reader: impl BufRead,
    columns: &Columns,
) -> Result<Reading, RecordsError> {
    let mut lines = Lines::new(path, reader);
    let empty = |what| RecordsError::Empty {
        path: path.to_owned(),
        what,
    };
    let mut record = loop {
        let line = lines.next()?.ok_or_else(|| empty("line"))?;
        if !line.text.trim().is_empty() {
            break Record::of_header(path, &line);
        }
    };
    record.complete(&mut lines)?;
    let mut intake = Intake::new(path, columns);
    let header = Header::new(path, &record.fields, &mut intake)?;

    let mut row = Row::default();
    let mut has_rows = false;
    while record.next(&mut lines)? {
        has_rows = true;
        header.read(&record, &mut row, &mut intake)?;
    }
    if !has_rows {
        return Err(empty("line after the header"));
    }
    if header.has_signs() && !header.has_steps() {
        intake.notes.add("missing steps", || {
            "no column of steps; the lines are numbered".to_owned()
        });
    }
    intake.finish()
}

/// A record, and the line in which it begins.
struct Record<'p> {
    path: &'p Path,
    fields: Fields,
    line: u64,
}

impl<'p> Record<'p> {
    fn of_header(path: &'p Path, line: &Line<'_>) -> Self {
        let mut fields = Fields::new(separator(line.text));
        fields.take(line.text);
        Self {
            path,
            fields,
            line: line.number,
        }
    }

    /// Reads the next record that is not an empty line.
    fn next<R: BufRead>(&mut self, lines: &mut Lines<'_, R>) -> Result<bool, RecordsError> {
        while let Some(line) = lines.next()? {
            if line.text.trim().is_empty() {
                continue;
            }
            self.line = line.number;
            self.fields.take(line.text);
            self.complete(lines)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads on while a quote is open.
    fn complete<R: BufRead>(&mut self, lines: &mut Lines<'_, R>) -> Result<(), RecordsError> {
        while self.fields.is_open() {
            match lines.next()? {
                Some(line) if self.fields.bytes() <= LIMIT => {
                    self.fields.take(line.text);
                }
                _ => {
                    return Err(RecordsError::OpenQuote {
                        path: self.path.to_owned(),
                        line: self.line,
                    });
                }
            }
        }
        Ok(())
    }
}

/// The columns that matter.
struct Header {
    width: usize,
    known: Vec<(usize, String, Role)>,
}

impl Header {
    fn new(path: &Path, fields: &Fields, intake: &mut Intake<'_>) -> Result<Self, RecordsError> {
        let is_number = |field: &str| number(field).is_some();
        let mut numbers = fields.iter().filter(|field| !field.trim().is_empty());
        if fields.iter().any(is_number) && numbers.all(is_number) {
            return Err(RecordsError::NoHeader {
                path: path.to_owned(),
            });
        }
        let mut known: Vec<(usize, String, Role)> = Vec::new();
        for (place, name) in fields.iter().enumerate() {
            let name = name.trim();
            let Some(role) = intake.roles.role(name, &[name])? else {
                continue;
            };
            let twin = known.iter().find(|(_, other, _)| other == name);
            if let Some((other, ..)) = twin {
                return Err(RecordsError::TwoColumns {
                    path: path.to_owned(),
                    sign: role.name(),
                    first: format!("{name} (column {})", other + 1),
                    second: format!("{name} (column {})", place + 1),
                });
            }
            known.push((place, name.to_owned(), role));
        }
        // A column may have lost its role to one that fits better.
        known.retain(|(_, name, role)| intake.roles.holder(*role) == Some(name));
        Ok(Self {
            width: fields.len(),
            known,
        })
    }

    fn has_steps(&self) -> bool {
        let mut roles = self.known.iter().map(|(.., role)| *role);
        roles.any(|role| role == Role::Step)
    }

    fn has_signs(&self) -> bool {
        let mut roles = self.known.iter().map(|(.., role)| *role);
        roles.any(|role| matches!(role, Role::Sign(_)))
    }

    /// Reads a row.
    fn read(
        &self,
        record: &Record<'_>,
        row: &mut Row,
        intake: &mut Intake<'_>,
    ) -> Result<(), RecordsError> {
        row.clear();
        let (line, fields) = (record.line, &record.fields);
        if fields.len() != self.width {
            let (got, expected) = (fields.len(), self.width);
            intake.pass_over(
                "lines with a wrong number of columns",
                format!("line {line}: {got} columns instead of {expected}"),
            );
            return Ok(());
        }
        for (place, name, role) in &self.known {
            let text = fields.get(*place).unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            match (role, number(text)) {
                (Role::Sign(sign), Some(value)) => row.values.push((*sign, value)),
                (Role::Sign(_), None) => intake.no_number(line, name, text),
                (Role::Epoch, epoch) => row.epoch = epoch,
                (Role::Step, Some(step)) => match whole(step) {
                    Some(step) => row.step = Some(step),
                    None => return Err(intake.no_step(format_args!("line {line}"), text)),
                },
                (Role::Step, None) => {
                    // As where a script that was started again wrote its header again.
                    intake.pass_over(
                        "lines whose step is no number",
                        format!("line {line}: the step is no number"),
                    );
                    return Ok(());
                }
            }
        }
        intake.take(line, row);
        Ok(())
    }
}
