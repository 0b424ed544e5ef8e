//! The binary, a folder to run it in, and what to expect of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::Duration;

use tempfile::TempDir;

/// A command that takes longer hangs.
const TIMEOUT: Duration = Duration::from_secs(180);

/// The binary that `cargo test --workspace` put beside the test executables.
/// `cargo test -p gannet-tests` alone runs the one that was built last.
static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let binary = profile.join(format!("gannet{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.exists(),
        "{} is not built: run `cargo test --workspace`",
        binary.display()
    );
    binary
});

/// Every file below `folder`, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = entries(folder);
    found.retain(|path| path.is_file());
    found
}

/// Every file and folder below `folder`, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(entries(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

/// A temporary folder in which `gannet` is run.
pub(crate) struct Workshop(TempDir);

impl Workshop {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// `gannet ARGS`, split at spaces, to be run in the folder.
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = Command::new(&*BINARY);
        command.current_dir(self.0.path()).args(args.split(' '));
        command
    }

    /// Runs `gannet ARGS` and expects success.
    pub(crate) fn gannet(&self, args: &str) -> Output {
        self.expect(args, 0)
    }

    /// Runs `gannet ARGS` and expects the exit code.
    pub(crate) fn expect(&self, args: &str, code: i32) -> Output {
        assert_cmd::Command::from_std(self.command(args))
            .timeout(TIMEOUT)
            .assert()
            .code(code)
            .get_output()
            .clone()
    }

    /// Runs `gannet ARGS` and expects a refusal: the exit code, one error that
    /// has every one of `words`, nothing on stdout, and no file touched.
    pub(crate) fn refuses(&self, args: &str, code: i32, words: &[&str]) {
        let before = self.contents();
        let output = self.expect(args, code);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let errors = stderr.lines().filter(|l| l.starts_with("error:")).count();
        assert_eq!(errors, 1, "expected one error of `{args}`, got:\n{stderr}");
        for word in words {
            assert!(
                stderr.contains(word),
                "`{args}` does not say {word:?}:\n{stderr}"
            );
        }
        assert!(output.stdout.is_empty(), "`{args}` wrote to stdout");
        assert!(
            self.contents() == before,
            "`{args}` left something behind: {:?}",
            self.contents().iter().map(|(p, _)| p).collect::<Vec<_>>()
        );
    }

    /// Every file and folder, with what the files hold.
    fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        entries(self.0.path())
            .into_iter()
            .map(|path| {
                let bytes = if path.is_dir() {
                    Vec::new()
                } else {
                    fs::read(&path).unwrap()
                };
                (path, bytes)
            })
            .collect()
    }
}
