//! `gannet completions`

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Ending, output};

/// Prints the completions of a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gannet completions bash > ~/.local/share/bash-completion/completions/gannet
  gannet completions zsh > ~/.zfunc/_gannet
  gannet completions fish > ~/.config/fish/completions/gannet.fish")]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    output::print(&String::from_utf8(script)?).map(|()| Ending::Done)
}
