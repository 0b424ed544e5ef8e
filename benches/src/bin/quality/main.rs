//! What quality the recipes reach, by protocols that others have published figures for.
//!
//! `cargo run --release -p gannet-benches --bin quality -- ring|grid|stacked-mnist|fashion`. Runs
//! are kept below `--out` and gone on with when the same command is given again. Results are
//! JSON on stdout, with their protocol; narration is on stderr.

mod fashion;
mod runs;
mod stacked;
mod toys;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use gannet_trainer::data::Toy;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Train by the recipes and measure how good the results are.
#[derive(Debug, Parser)]
struct Args {
    /// Where runs and results are kept.
    #[arg(long, global = true, default_value = "target/quality")]
    out: PathBuf,
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// Eight Gaussians on a circle (PacGAN's 2D-ring).
    Ring {
        #[command(flatten)]
        seeds: Seeds,
    },
    /// Twenty-five Gaussians on a grid (PacGAN's 2D-grid).
    Grid {
        #[command(flatten)]
        seeds: Seeds,
    },
    /// The thousand modes of Stacked MNIST.
    StackedMnist(stacked::Args),
    /// Fashion-MNIST at equal processor time, for several objectives.
    Fashion(fashion::Args),
}

#[derive(Debug, clap::Args)]
struct Seeds {
    /// Seeds of the runs.
    #[arg(long, value_delimiter = ',', default_values_t = 0..10)]
    seeds: Vec<u64>,
    /// Change a key of the recipe.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    gannet_trainer::threads::enlist();
    let results = match args.benchmark {
        Benchmark::Ring { seeds } => {
            toys::measure(Toy::Ring, &seeds.seeds, &seeds.settings, &args.out)?
        }
        Benchmark::Grid { seeds } => {
            toys::measure(Toy::Grid, &seeds.seeds, &seeds.settings, &args.out)?
        }
        Benchmark::StackedMnist(stacked) => stacked.measure(&args.out)?,
        Benchmark::Fashion(fashion) => fashion.measure(&args.out)?,
    };
    gannet_benches::output::print(&results)
}
