//! `gannet sample`

use std::path::PathBuf;

use anyhow::{Context, ensure};
use gannet::{Draw, Generator, Interpolation, Latents, Samples};
use serde_json::json;

use super::engine::EngineArgs;
use super::{Ending, Ports, output};

/// Columns of a grid by default.
const COLUMNS: u16 = 8;

/// Samples in memory at a time, on the way to an array or a folder.
const BATCH: usize = 256;

/// Draws samples from a generator: a package folder or an ONNX file.
///
/// Sample i of a seed is the same at any number of samples and threads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  A sheet, an array [n, c, h, w] of f32 in [-1, 1], one PNG a sample:
    gannet sample models/fashion-mnist -n 64 --seed 7 --out grid.png
    gannet sample models/fashion-mnist -n 1000 --out samples.npy
    gannet sample models/fashion-mnist -n 1000 --out folder/
  From each of four samples to the next in eight steps:
    gannet sample models/fashion-mnist -n 4 --interpolate 8 --out morph.png
  A file of another program:
    gannet sample theirs.onnx --range 0..1 --out grid.png")]
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
    /// Draw one class of a generator of classes, counted from 0 [default: all in turn].
    #[arg(long, value_name = "K")]
    class: Option<usize>,
    /// Go from each latent to the next in so many steps, along great circles.
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u16).range(1..))]
    interpolate: Option<u16>,
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
    #[command(flatten)]
    ports: Ports,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let builder = args.ports.of(Generator::builder(&args.model));
    let generator = args.engine.generator(builder, args.threads)?;
    let n = write(&args, &generator)?;
    let contract = generator.contract();
    let [channels, height, width] = [contract.channels, contract.height, contract.width];
    let text = match args.json {
        true => serde_json::to_string_pretty(&json!({
            "out": args.out,
            "shape": [n, channels as u64, height as u64, width as u64],
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

/// Where samples go.
enum Form {
    Grid,
    Array,
    Folder,
}

/// Draws and writes; says how many.
fn write(args: &Args, generator: &Generator) -> anyhow::Result<u64> {
    let form = match args
        .out
        .extension()
        .and_then(|extension| extension.to_str())
    {
        Some("png") => Form::Grid,
        Some("npy") => Form::Array,
        _ => Form::Folder,
    };
    ensure!(
        args.columns.is_none() || matches!(form, Form::Grid),
        "--columns is for a grid, a .png: {} has none",
        args.out.display()
    );
    let mut draw = Draw::new(args.seed, 0..args.n);
    if let Some(class) = args.class {
        draw = draw.class(class);
    }
    if let Some(limit) = args.truncation {
        draw = draw.truncation(limit);
    }
    let out = &args.out;
    if let Some(latents) = latents(args, generator)? {
        let samples = match args.class {
            Some(class) => generator.generate_classes(&latents, &vec![class; latents.len()])?,
            None => generator.generate(&latents)?,
        };
        match form {
            Form::Grid => write_grid(args, &samples)?,
            Form::Array => samples.write_npy(out)?,
            Form::Folder => samples.write_png_folder(out)?,
        }
        return Ok(samples.len() as u64);
    }
    match form {
        Form::Grid => write_grid(args, &generator.draw(&draw)?)?,
        Form::Array => generator.batches(draw, BATCH)?.write_npy(out)?,
        Form::Folder => generator.batches(draw, BATCH)?.write_png_folder(out)?,
    }
    Ok(args.n)
}

fn write_grid(args: &Args, samples: &Samples) -> gannet::Result<()> {
    let columns = args.columns.unwrap_or(COLUMNS).into();
    samples.write_grid(&args.out, columns)
}

/// The latents, where they are more than those of a seed.
fn latents(args: &Args, generator: &Generator) -> anyhow::Result<Option<Latents>> {
    let dim = generator.contract().latent;
    let latents = match (&args.latents, args.truncation) {
        (Some(path), _) => {
            let latents = Latents::read_npy(path)?;
            ensure!(
                latents.dim() == dim,
                "{}: expected latents of {dim} values, got {}",
                path.display(),
                latents.dim()
            );
            latents
        }
        (None, _) if args.interpolate.is_none() => return Ok(None),
        (None, Some(limit)) => Latents::truncated(args.seed, 0..args.n, dim, limit)?,
        (None, None) => Latents::draw(args.seed, 0..args.n, dim),
    };
    Ok(Some(match args.interpolate {
        Some(steps) => latents
            .path(steps.into(), Interpolation::Spherical)
            .context("--interpolate")?,
        None => latents,
    }))
}
