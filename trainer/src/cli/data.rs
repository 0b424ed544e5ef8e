//! `gannet data`

mod preview;

use clap::Subcommand;

use super::Ending;

/// Looks at images before a network is trained on them.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Preview(preview::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    match args.command {
        Command::Preview(args) => preview::run(args),
    }
}
