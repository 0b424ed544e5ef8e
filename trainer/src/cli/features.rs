//! `gannet features`

mod convert;
mod train;

use std::path::Path;

use anyhow::Context;
use clap::Subcommand;

use super::Ending;

/// Makes feature networks: what scores see in an image.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Args),
    Convert(convert::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    match args.command {
        Command::Train(args) => train::run(args),
        Command::Convert(args) => convert::run(args),
    }
}

/// The name of the network in the file to be written.
fn network_name(out: &Path) -> anyhow::Result<&str> {
    out.file_stem()
        .and_then(|stem| stem.to_str())
        .context("--out: the name of the file must be UTF-8 text")
}
