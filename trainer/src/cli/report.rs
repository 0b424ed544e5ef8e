//! `gannet report`

use std::path::PathBuf;

use gannet_trainer::report;
use gannet_trainer::training::RunFolder;

use super::{Ending, output};

/// Writes the report of a run: one HTML page that says how the run is, and shows it.
///
/// `gannet train` and `resume` write it at their end. Of several runs it is one page that lays
/// them over each other.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gannet report runs/fashion-mnist-quick-1
  gannet report runs/dcgan-1 runs/wgan-gp-1 --out compared.html")]
pub(super) struct Args {
    /// The run folders.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The page [default: report.html in the folder of the run, or, of several, here].
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let out = match (args.out, args.runs.as_slice()) {
        (Some(out), _) => out,
        (None, [run]) => RunFolder::open(run)?.report(),
        (None, _) => PathBuf::from("report.html"),
    };
    report::write(&args.runs, &out)?;
    output::print(&out.display().to_string()).map(|()| Ending::Done)
}
