//! What the fuzz targets share: a folder in memory to put an input into.
//!
//! The readers take paths, as an application gives them, so every input becomes a
//! file. `TMPDIR=/dev/shm` keeps the files in memory.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Calls `read` with a folder that holds the one file `name` with this content.
pub fn with_file(name: &str, content: &[u8], read: impl FnOnce(&Path)) {
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a folder for inputs"));
        fs::write(folder.path().join(name), content).expect("a file for an input");
        read(folder.path());
    });
}

/// Lets panics that gannet catches, as those of a loader, pass in silence; the
/// fuzzer's own hook would end the process at them. A panic that gannet does not
/// catch still ends the run as a crash.
pub fn allow_caught_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}
