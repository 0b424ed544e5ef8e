//! `gannet export`

use std::path::PathBuf;

use anyhow::Context;
use burn::tensor::Device;
use gannet_trainer::data;
use gannet_trainer::export::check_package_destination;
use gannet_trainer::recipe::Recipe;
use gannet_trainer::training::{Restored, RunFolder, State};

use super::finish::{Features, Request};
use super::{Ending, train};

/// Writes a run's newest checkpoint as a package: ONNX file, statistics, scores, card.
///
/// The file is loaded by the runtime and compared with the trained network; more than 1e-4
/// between them is an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  gannet export runs/fashion-mnist-quick-1 --out models/mine --licence MIT")]
pub(super) struct Args {
    /// The run folder, as `gannet train` printed it.
    run: PathBuf,
    /// The package folder to write.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The model's licence, an SPDX expression.
    #[arg(long, default_value = train::UNSTATED)]
    licence: String,
    /// Replace a package that is there already.
    #[arg(long)]
    replace: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    check_package_destination(&args.out, args.replace)?;
    let folder = RunFolder::open(&args.run)?;
    let recipe = Recipe::read(&folder.recipe()).context("the run's recipe")?;
    let split = data::load_for(&recipe.data)?;
    let features = Features::find(&recipe, &split)?;
    let shape = split.training.shape();
    let classes = split.class_count();
    let Restored { state, recipe, .. } =
        State::restore_result(&recipe, shape, classes, &folder, &Device::flex())?;
    let request = Request {
        recipe: &recipe,
        split: &split,
        features,
        licence: &args.licence,
        replace: args.replace,
        json: args.json,
    };
    request.fulfil(&state, &args.out)
}
