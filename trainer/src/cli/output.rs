//! Where words go: results to stdout, narration to stderr.

use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::Context;
use gannet_trainer::data::ImageFolder;

/// Says something to a person. A closed stderr is no reason to stop a training run.
pub(super) fn narrate(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Says what of a folder counts as images, if anything else is there.
pub(super) fn narrate_folder(path: &Path, folder: &ImageFolder) {
    let others = folder.passed_over();
    if others > 0 {
        let images = folder.len();
        narrate(&format!(
            "{}: {images} images; {others} other files are passed over",
            path.display()
        ));
    }
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
