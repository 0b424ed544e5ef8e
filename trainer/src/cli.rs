//! The command line: one file a command.

mod completions;
mod data;
mod diagnose;
mod engine;
mod export;
mod features;
mod finish;
mod interrupt;
mod live;
mod named;
mod output;
mod part;
mod ports;
mod progress;
mod recipes;
mod report;
mod resume;
mod sample;
mod score;
mod stats;
mod train;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gannet_trainer::recipe::RecipeError;
use part::Part;
use ports::Ports;

const AFTER: &str = "\
Results go to stdout, narration to stderr.
Exit codes: 0 done, 1 failure, 2 usage or recipe, 3 the doctor found a disease that stands, 130
interrupted (training saves a checkpoint).

From nothing to scored samples:
  gannet train                                     train the default recipe, export and score it
  gannet sample runs/fashion-mnist-quick-1/package --out grid.png";

/// The exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// The exit code when the doctor found a disease that stands.
const SICK: u8 = 3;

/// Trains GANs, exports their generators to ONNX, samples and scores them.
#[derive(Debug, Parser)]
#[command(name = "gannet", version, after_help = AFTER, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Args),
    Resume(resume::Args),
    Diagnose(diagnose::Args),
    Report(report::Args),
    Export(export::Args),
    Features(features::Args),
    Sample(sample::Args),
    Score(score::Args),
    Verify(verify::Args),
    Stats(stats::Args),
    Recipes(recipes::Args),
    Data(data::Args),
    Completions(completions::Args),
}

/// How a command ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Done,
    Sick,
    Interrupted,
}

/// Runs the command line and says how the process should end.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let ended = match cli.command {
        Command::Train(args) => train::run(args),
        Command::Resume(args) => resume::run(args),
        Command::Diagnose(args) => diagnose::run(args),
        Command::Report(args) => report::run(args),
        Command::Export(args) => export::run(args),
        Command::Features(args) => features::run(args),
        Command::Sample(args) => sample::run(args),
        Command::Score(args) => score::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Stats(args) => stats::run(args),
        Command::Recipes(args) => recipes::run(args),
        Command::Data(args) => data::run(args),
        Command::Completions(args) => completions::run(args),
    };
    match ended {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Sick) => ExitCode::from(SICK),
        Ok(Ending::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            output::narrate(&format!("error: {error:#}"));
            match error.downcast_ref::<RecipeError>() {
                Some(_) => ExitCode::from(2),
                None => ExitCode::FAILURE,
            }
        }
    }
}
