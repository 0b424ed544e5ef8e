//! `gannet resume`

use std::path::PathBuf;

use anyhow::Context;
use gannet_trainer::data;
use gannet_trainer::device::DeviceChoice;
use gannet_trainer::recipe::Recipe;
use gannet_trainer::threads;
use gannet_trainer::training::{Run, RunFolder};

use super::finish::Features;
use super::live::{self, Port};
use super::{Ending, output, train};

/// Goes on with an interrupted run as if it had never stopped; to the last bit on the same device.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run folder, as `gannet train` printed it.
    run: PathBuf,
    /// Where to train: auto, cpu, gpu or cuda[:INDEX].
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Serve the report while the run trains, on 127.0.0.1 only, at PORT or any free one.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
    #[arg(value_parser = live::port)]
    live: Option<u16>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    threads::enlist();
    let folder = RunFolder::open(&args.run)?;
    let port = args.live.map(Port::take).transpose()?;
    let recipe = Recipe::read(&folder.recipe()).context("the run's recipe")?;
    let chosen = args.device.open()?;
    output::narrate(&chosen.report);
    let split = data::load_for(&recipe.data)?;
    let features = Features::find(&recipe, &split)?;
    let judge = features.judge(&recipe, &split)?;
    let run = Run::resume(recipe, split, judge, folder, &chosen.device)?;
    train::drive(run, features, port, args.json)
}
