//! Notes for people, of each kind a few.

/// Examples of one kind at most.
const EXAMPLES: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Notes {
    kinds: Vec<Kind>,
}

#[derive(Debug)]
struct Kind {
    /// What the others of the kind are called, as `lines with a wrong number of columns`.
    plural: &'static str,
    examples: Vec<String>,
    more: u64,
}

impl Notes {
    /// Takes a note of a kind; its text is made only if it is among the first.
    pub(super) fn add(&mut self, plural: &'static str, text: impl FnOnce() -> String) {
        match self.kinds.iter_mut().find(|kind| kind.plural == plural) {
            None => self.kinds.push(Kind {
                plural,
                examples: vec![text()],
                more: 0,
            }),
            Some(kind) if kind.examples.len() < EXAMPLES => kind.examples.push(text()),
            Some(kind) => kind.more += 1,
        }
    }

    /// The notes in the order in which their kinds came up.
    pub(super) fn into_texts(self) -> Vec<String> {
        let kinds = self.kinds.into_iter();
        let texts = kinds.flat_map(|kind| {
            let rest = (kind.more > 0).then(|| format!("and {} more {}", kind.more, kind.plural));
            kind.examples.into_iter().chain(rest)
        });
        texts.collect()
    }
}

/// The beginning of a text from a file, fit to be shown.
pub(super) fn shown(text: &str) -> String {
    const CHARS: usize = 40;
    let mut short: String = text
        .chars()
        .take(CHARS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(CHARS).is_some() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_notes_are_four() {
        let mut notes = Notes::default();
        for line in 0..1_000_000 {
            notes.add("odd lines", || format!("line {line}"));
        }
        notes.add("things", || "a thing".to_owned());
        let texts = notes.into_texts();
        assert_eq!(
            texts,
            [
                "line 0",
                "line 1",
                "line 2",
                "and 999997 more odd lines",
                "a thing"
            ]
        );
    }

    #[test]
    fn what_is_shown_is_short_and_has_no_control_codes() {
        assert_eq!(shown("a\u{1b}[31m"), "a\\u{1b}[31m");
        assert!(shown(&"x".repeat(1 << 20)).len() < 50);
    }
}
