//! What `gannet --help` says. That this crate has an integration test is also
//! why `cargo test --workspace` builds the binary, which `gannet-tests` runs.

use std::io;
use std::process::{Command, Output};

fn gannet(args: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_gannet"))
        .args(args)
        .output()
}

#[test]
fn help_names_every_command() -> io::Result<()> {
    let output = gannet(&["--help"])?;
    assert!(output.status.success());
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for command in [
        "train", "resume", "export", "sample", "stats", "score", "features", "recipes",
    ] {
        let explained = help
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{command} ")));
        assert!(explained, "no line on {command} in:\n{help}");
        assert!(gannet(&[command, "--help"])?.status.success());
    }
    Ok(())
}

#[test]
fn version_is_the_crates() -> io::Result<()> {
    let output = gannet(&["--version"])?;
    let expected = format!("gannet {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    Ok(())
}
