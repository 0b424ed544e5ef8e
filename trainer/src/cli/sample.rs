//! `gannet sample`

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use gannet::{Generator, Latents, Samples};
use serde_json::json;

use super::engine::EngineArgs;
use super::{Ending, output};

/// Columns of a grid by default.
const COLUMNS: u16 = 8;

/// Draws samples from a generator: a package folder or an ONNX file.
///
/// Sample i of a seed is the same at any number of samples and threads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  A sheet, an array [n, c, h, w] of f32 in [-1, 1], one PNG a sample:
    gannet sample models/fashion-mnist -n 64 --seed 7 --out grid.png
    gannet sample models/fashion-mnist -n 1000 --out samples.npy
    gannet sample models/fashion-mnist -n 1000 --out folder/")]
pub(super) struct Args {
    /// A package folder or an ONNX file.
    model: PathBuf,
    /// How many samples.
    #[arg(short, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..))]
    n: u64,
    /// Decides the latents.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Draw latents from a normal distribution cut off at ±T: fewer odd samples, less variety.
    #[arg(long, value_name = "T", conflicts_with = "latents")]
    truncation: Option<f64>,
    /// Use these latents, a NumPy array [n, latent], instead of drawing them.
    #[arg(long, value_name = "Z.npy|Z.npz:ARRAY", conflicts_with_all = ["n", "seed"])]
    latents: Option<PathBuf>,
    /// `.png`: one grid; `.npy`: an array; anything else: a folder of PNG files.
    #[arg(long)]
    out: PathBuf,
    /// Columns of the grid [default: 8].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    columns: Option<u16>,
    /// Threads to use [default: all cores].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let generator = args.engine.generator(&args.model, args.threads)?;
    let samples = draw(&args, &generator)?;
    write(&samples, &args.out, args.columns)?;
    let [n, channels, height, width] = samples.shape();
    let text = match args.json {
        true => serde_json::to_string_pretty(&json!({
            "out": args.out,
            "shape": samples.shape(),
            "model": generator.name(),
            "seed": args.latents.is_none().then_some(args.seed),
        }))?,
        false => format!(
            "{n} samples of {channels}x{height}x{width}: {}",
            args.out.display()
        ),
    };
    output::print(&text)?;
    Ok(Ending::Done)
}

fn draw(args: &Args, generator: &Generator) -> anyhow::Result<Samples> {
    let samples = match (&args.latents, args.truncation) {
        (Some(path), _) => {
            let latent = generator.contract().latent;
            let latents = Latents::read_npy(path)?;
            ensure!(
                latents.dim() == latent,
                "{}: expected latents of {latent} values, got {}",
                path.display(),
                latents.dim()
            );
            generator.generate(&latents)?
        }
        (None, Some(limit)) => generator.sample_truncated(args.seed, 0..args.n, limit)?,
        (None, None) => generator.sample(args.seed, 0..args.n)?,
    };
    Ok(samples)
}

fn write(samples: &Samples, out: &Path, columns: Option<u16>) -> anyhow::Result<()> {
    let extension = out.extension().and_then(|extension| extension.to_str());
    ensure!(
        columns.is_none() || extension == Some("png"),
        "--columns is for a grid, a .png: {} has none",
        out.display()
    );
    match extension {
        Some("png") => samples.write_grid(out, columns.unwrap_or(COLUMNS).into()),
        Some("npy") => samples.write_npy(out),
        _ => samples.write_png_folder(out),
    }
    .context("--out")
}
