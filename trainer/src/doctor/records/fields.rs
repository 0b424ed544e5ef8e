//! Fields of a line of CSV.

/// The fields of a record, which may go over several lines: one buffer for all records.
#[derive(Debug)]
pub(super) struct Fields {
    separator: char,
    text: String,
    /// Where each field ends in the text.
    ends: Vec<usize>,
    is_open: bool,
}

impl Fields {
    pub(super) fn new(separator: char) -> Self {
        Self {
            separator,
            text: String::new(),
            ends: Vec::new(),
            is_open: false,
        }
    }

    /// Takes a line; returns whether the record is complete, and not within quotes.
    ///
    /// Only a quote at the beginning of a field opens one, as in RFC 4180; others are text.
    pub(super) fn take(&mut self, line: &str) -> bool {
        if self.is_open {
            self.text.push('\n');
        } else {
            self.text.clear();
            self.ends.clear();
        }
        let mut rest = line;
        let mut at_start = !self.is_open;
        loop {
            if at_start && let Some(quoted) = rest.trim_start_matches(' ').strip_prefix('"') {
                self.is_open = true;
                rest = quoted;
            }
            at_start = false;
            if self.is_open {
                let Some((quoted, after)) = rest.split_once('"') else {
                    self.text.push_str(rest);
                    return false;
                };
                self.text.push_str(quoted);
                if let Some(after) = after.strip_prefix('"') {
                    self.text.push('"');
                    rest = after;
                    continue;
                }
                self.is_open = false;
                rest = after;
            }
            match rest.split_once(self.separator) {
                Some((field, after)) => {
                    self.text.push_str(field);
                    self.ends.push(self.text.len());
                    rest = after;
                    at_start = true;
                }
                None => {
                    self.text.push_str(rest);
                    self.ends.push(self.text.len());
                    return true;
                }
            }
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Bytes taken of the present record.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let start = match place.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|place| self.get(place))
    }
}

/// The separator that a header has most of, outside quotes: comma, semicolon or tab.
pub(super) fn separator(header: &str) -> char {
    let mut counts = [(',', 0_u32), (';', 0), ('\t', 0)];
    let mut is_quoted = false;
    for character in header.chars() {
        is_quoted ^= character == '"';
        let count = counts.iter_mut().find(|(known, _)| *known == character);
        if let Some((_, count)) = count.filter(|_| !is_quoted) {
            *count += 1;
        }
    }
    // Of equals the first.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(',', |(separator, _)| *separator)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use super::*;

    fn fields(lines: &[&str]) -> Vec<String> {
        let mut fields = Fields::new(',');
        let (last, before) = lines.split_last().unwrap();
        assert!(before.iter().all(|line| !fields.take(line)));
        assert!(fields.take(last));
        assert!(!fields.is_open());
        fields.iter().map(str::to_owned).collect()
    }

    #[test]
    fn quotes_are_those_of_rfc_4180() {
        assert_eq!(fields(&["a,b,"]), ["a", "b", ""]);
        assert_eq!(fields(&[""]), [""]);
        assert_eq!(fields(&[r#""a,b","c ""d""",e"#]), ["a,b", r#"c "d""#, "e"]);
        assert_eq!(fields(&[r#""a"#, r#"b",c"#]), ["a\nb", "c"]);
        assert_eq!(fields(&[r#"a"b",c"#]), [r#"a"b""#, "c"]);
        assert_eq!(fields(&[r#"a, "b,c" ,d"#]), ["a", "b,c ", "d"]);
        assert_eq!(fields(&["\",", "\""]), [",\n"]);
        assert_eq!(fields(&["\"\"\"", "\""]), ["\"\n"]);
    }

    #[test]
    fn the_header_tells_the_separator() {
        assert_eq!(separator("step;d;g"), ';');
        assert_eq!(separator("step\td,1\tg"), '\t');
        assert_eq!(separator("\"a;b;c\",d"), ',');
        assert_eq!(separator("loss"), ',');
    }
}
