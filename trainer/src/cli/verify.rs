//! `gannet verify`

use std::path::PathBuf;

use anyhow::{Context, ensure};
use gannet::{Generator, Golden};
use serde_json::json;

use super::engine::EngineArgs;
use super::{Ending, output};

/// The golden samples of a package.
const GOLDEN: &str = "golden.npz";

/// Which golden samples `--record` keeps: those that `gannet export` keeps.
const SEED: u64 = 0;
const COUNT: u64 = 4;

/// Checks a package: the digest of every file, and that its generator makes here what it made
/// where it was exported.
///
/// The golden samples may differ by 1e-4 of [-1, 1] on a processor and by 0.02 elsewhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  gannet verify models/fashion-mnist")]
pub(super) struct Args {
    /// A package folder.
    package: PathBuf,
    /// Draw golden samples on this machine for a package that has none.
    #[arg(long)]
    record: bool,
    #[command(flatten)]
    engine: EngineArgs,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let folder = &args.package;
    if args.record {
        record(folder)?;
    }
    let generator = args.engine.generator(Generator::builder(folder), None)?;
    let manifest = generator.manifest().with_context(|| {
        format!(
            "{}: expected a package folder, got a bare generator",
            folder.display()
        )
    })?;
    manifest.verify(folder)?;
    let verification = generator.verify()?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&json!({
            "files": manifest.files.len(),
            "samples": verification.samples,
            "largest_difference": verification.largest_difference,
            "tolerance": verification.tolerance,
            "engine": verification.engine,
        }))?,
        false => format!(
            "{} files are as the manifest lists them\n{verification}",
            manifest.files.len()
        ),
    };
    output::print(&text)?;
    Ok(Ending::Done)
}

fn record(folder: &PathBuf) -> anyhow::Result<()> {
    let generator = Generator::open(folder)?;
    let Some(manifest) = generator.manifest() else {
        anyhow::bail!("{}: only a package keeps golden samples", folder.display());
    };
    ensure!(
        !manifest.files.contains_key(GOLDEN),
        "{}: it has golden samples: export the generator again to renew them",
        folder.display()
    );
    let mut manifest = manifest.clone();
    Golden::record(&generator, SEED, COUNT)?.save(folder.join(GOLDEN))?;
    manifest.add_file(folder, GOLDEN)?;
    manifest.write(folder)?;
    Ok(())
}
