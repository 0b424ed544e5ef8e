//! `gannet stats`

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use gannet::{FeatureNet, RealStats};
use gannet_trainer::data::{self, Source};
use gannet_trainer::recipe::Background;
use gannet_trainer::scoring::{self, Shard};
use serde_json::json;

use super::{Ending, Part, output};

/// Computes the statistics of real images that samples are scored against.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  gannet stats DATA --features NET.onnx --out real.npz
  gannet stats photos/ --features NET.onnx --out real.npz

In two shards, on any two machines:
  gannet stats DATA --features NET.onnx --shard 0/2 --out a.npz
  gannet stats DATA --features NET.onnx --shard 1/2 --out b.npz
  gannet stats merge a.npz b.npz --out real.npz

The file holds mu and sigma as pytorch-fid reads them, a sample of feature rows,
and the protocol: which images, which feature network."
)]
pub(super) struct Args {
    #[command(subcommand)]
    merge: Option<Merge>,
    #[command(flatten)]
    collect: Option<Collect>,
}

#[derive(Debug, clap::Args)]
struct Collect {
    /// A folder of .png, .jpg, .jpeg and .webp files (also in folders below it), a folder of IDX or
    /// CIFAR files, or an array (FILE.npy, FILE.npz or FILE.npz:ARRAY).
    data: PathBuf,
    /// The feature network, an ONNX file.
    #[arg(long, value_name = "NET.onnx")]
    features: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE.npz")]
    out: PathBuf,
    /// Which part of an array or of a folder of IDX or CIFAR files [default: training].
    #[arg(long, value_enum)]
    part: Option<Part>,
    /// Lay transparent images on this: none (alpha is dropped), white, black or #rrggbb.
    #[arg(long, value_name = "COLOUR", default_value = "none")]
    background: Background,
    /// Only the I-th of N shards of that part or folder, I from 0.
    #[arg(
        long,
        value_name = "I/N",
        default_value = "0/1",
        hide_default_value = true
    )]
    shard: Shard,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Merge {
    /// Joins the statistics of shards: those of the whole, up to rounding.
    Merge {
        /// Statistics of disjoint shards of one data set.
        #[arg(required = true, num_args = 2.., value_name = "SHARD.npz")]
        shards: Vec<PathBuf>,
        /// The file to write.
        #[arg(long, value_name = "FILE.npz")]
        out: PathBuf,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let (stats, out, json) = match (args.merge, args.collect) {
        (Some(Merge::Merge { shards, out, json }), _) => (merge(&shards)?, out, json),
        (None, Some(args)) => (collect(&args)?, args.out, args.json),
        (None, None) => {
            anyhow::bail!("expected a folder of images, or `merge`; see gannet stats --help")
        }
    };
    stats.save(&out).context("--out")?;
    let text = match json {
        true => serde_json::to_string_pretty(&json!({
            "out": out,
            "n": stats.n(),
            "dim": stats.dim(),
            "protocol": stats.protocol(),
        }))?,
        false => describe(&stats, &out),
    };
    output::print(&text)?;
    Ok(Ending::Done)
}

fn collect(args: &Collect) -> anyhow::Result<RealStats> {
    let net = FeatureNet::open(&args.features)?;
    Ok(match data::open(&args.data, args.background)? {
        Source::Parts(split) => {
            let part = args.part.unwrap_or(Part::Training);
            let name = args.background.under(part.name());
            scoring::real_stats(&net, part.of(&split), &name, args.shard)?
        }
        Source::Files(folder) => {
            Part::must_not_be_given(args.part, &args.data)?;
            output::narrate_folder(&args.data, &folder);
            scoring::folder_stats(&net, &folder, args.shard)?
        }
    })
}

fn merge(shards: &[PathBuf]) -> anyhow::Result<RealStats> {
    let mut stats = shards.iter().map(RealStats::load);
    let first = stats.next().context("no statistics to merge")??;
    Ok(stats.try_fold(first, |whole, shard| RealStats::merge(whole, shard?))?)
}

fn describe(stats: &RealStats, out: &Path) -> String {
    let images = match (stats.n(), stats.protocol()) {
        (Some(n), Some(protocol)) => format!("{n} images ({})", protocol.split),
        _ => "an unknown number of images".to_owned(),
    };
    format!("{} features of {images}: {}", stats.dim(), out.display())
}
