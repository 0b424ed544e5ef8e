//! Completions of shells.

use crate::harness::Workshop;

#[test]
fn every_shell_completes_the_commands() {
    let workshop = Workshop::new();
    for (shell, sign) in [
        ("bash", "complete -F _gannet"),
        ("zsh", "#compdef gannet"),
        ("fish", "complete -c gannet"),
        ("elvish", "edit:completion:arg-completer[gannet]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let output = workshop.gannet(&format!("completions {shell}"));
        let script = String::from_utf8(output.stdout).unwrap();
        for word in [sign, "diagnose", "dry-run", "live"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
    workshop.refuses("completions csh", 2, &["csh", "bash", "fish"]);
}
