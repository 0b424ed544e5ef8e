//! `gannet stats`

use std::path::PathBuf;

use anyhow::Context;
use gannet::FeatureNet;
use gannet_trainer::{data, scoring};
use serde_json::json;

use super::{Ending, Part, output};

/// Computes the statistics of real images that samples are scored against.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  gannet stats data/fashion-mnist --features models/features/fashion-mnist.onnx --out real.npz

The file holds mu and sigma as pytorch-fid reads them, a sample of feature rows, and the
protocol: which images, which feature network.")]
pub(super) struct Args {
    /// A folder of IDX files.
    data: PathBuf,
    /// The feature network, an ONNX file.
    #[arg(long, value_name = "NET.onnx")]
    features: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE.npz")]
    out: PathBuf,
    /// Which part of the data set.
    #[arg(long, value_enum, default_value_t = Part::Training)]
    part: Part,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let net = FeatureNet::open(&args.features)?;
    let split = data::load(Some(&args.data))?;
    let set = args.part.of(&split);
    let stats = scoring::real_stats(&net, set, args.part.name())?;
    stats.save(&args.out).context("--out")?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&json!({
            "out": args.out,
            "n": stats.n(),
            "dim": stats.dim(),
            "protocol": stats.protocol(),
        }))?,
        false => format!(
            "{} features of {} {} images: {}",
            stats.dim(),
            set.len(),
            args.part.name(),
            args.out.display()
        ),
    };
    output::print(&text)?;
    Ok(Ending::Done)
}
