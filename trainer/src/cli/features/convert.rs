//! `gannet features convert`

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;
use gannet::Resize;
use gannet_trainer::features::{Inception, check_destination, export_inception, load_inception};
use serde_json::json;

use super::super::named::named;
use super::super::{Ending, output};
use super::network_name;

/// Converts the published weights of a known network to ONNX.
///
/// inception is the network of FID. Its weights are the file pt_inception-2015-12-05.pth
/// (pt_inception-2015-12-05-6726825d.pth) among the releases of
/// https://github.com/mseitzer/pytorch-fid; nothing is downloaded here. Its features are the 2048
/// means of the last block, as pytorch-fid reads them: with them and the resize torch-bilinear a
/// Fréchet distance is FID in pytorch-fid's sense. Its logits are those of 1008 classes without
/// the last layer's bias, which the Inception Score is computed from.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file of weights: a state dict saved by PyTorch.
    #[arg(value_name = "WEIGHTS.pth")]
    weights: PathBuf,
    /// The network that the weights belong to.
    #[arg(long, value_enum)]
    network: Network,
    /// The file to write; its stem becomes the network's name, which every score states.
    #[arg(long, value_name = "FILE.onnx")]
    out: PathBuf,
    /// How images of another size become 299x299: torch-bilinear as in pytorch-fid, where pixels x
    /// become 2x / 255 - 1, or pil-bicubic-float as in clean-fid, where they become (x - 128) / 128.
    #[arg(
        long,
        default_value_t = Resize::TorchBilinear,
        value_parser = named::<Resize, _>(Resize::ALL.iter().map(|resize| resize.name()))
    )]
    resize: Resize,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Network {
    /// FID's Inception v3, from pytorch-fid's weights.
    Inception,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let name = network_name(&args.out)?;
    check_destination(&args.out).context("--out")?;

    let began = Instant::now();
    let (loaded, exported) = match args.network {
        Network::Inception => {
            let loaded = load_inception(&args.weights)?;
            let exported = export_inception(&loaded, args.resize, name, &args.out)?;
            (loaded, exported)
        }
    };

    let text = if args.json {
        serde_json::to_string_pretty(&json!({
            "onnx": args.out,
            "sha256": exported.digest,
            "name": name,
            "weights": args.weights,
            "weights_sha256": loaded.digest,
            "features": Inception::FEATURES,
            "classes": Inception::CLASSES,
            "resize": args.resize.name(),
            "seconds": began.elapsed().as_secs_f64(),
            "largest_difference": exported.largest_difference,
            "compared": exported.compared,
        }))?
    } else {
        format!(
            "{} features, {} classes, resize {}; as Burn's to {:.1e} of the greatest value on {} images\n{}",
            Inception::FEATURES,
            Inception::CLASSES,
            args.resize,
            exported.largest_difference,
            exported.compared,
            args.out.display(),
        )
    };
    output::print(&text)?;
    Ok(Ending::Done)
}
