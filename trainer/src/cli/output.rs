//! Where words go: results to stdout, narration to stderr.

use std::io::{IsTerminal, Write};

use anyhow::Context;

/// Says something to a person. A closed stderr is no reason to stop a training run.
pub(super) fn narrate(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints a result.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{}", text.trim_end()) {
        // The reader has what it wanted (`gannet ... | head`).
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to stdout"),
    }
}

/// Whether a person watches stderr.
pub(super) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}
