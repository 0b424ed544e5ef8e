//! The ward: runs that were made sick on purpose, beside healthy ones, and what came of them.
//!
//! `cargo run --release -p gannet-benches --bin ward`. Each run keeps its recipe, its vital signs
//! and its outcome below `--out`, and is not trained again. Whether a run is sick is judged by its
//! samples alone, against its healthy twin of the same seed: never by the vital signs, which a
//! diagnosis reads. Results are JSON on stdout, narration is on stderr.

mod care;
mod cohort;
mod diagnosis;
mod judge;
mod outcome;
mod plantings;

use std::cell::OnceCell;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use care::Care;
use clap::Parser;
use cohort::Cohort;
use gannet_benches::output::{narrate, print};
use outcome::Outcome;
use plantings::{Half, Planting};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Train sick and healthy runs and say which of them are sick.
#[derive(Debug, Parser)]
struct Args {
    /// Where runs and outcomes are kept.
    #[arg(long, default_value = "target/ward")]
    out: PathBuf,
    /// Runs whose names contain this; all without.
    #[arg(long, default_value = "")]
    only: String,
    /// Seeds of each run.
    #[arg(long, value_delimiter = ',', default_value = "0")]
    seeds: Vec<u64>,
    /// Train each sick run with the doctor, with another seed and with a random change as well.
    #[arg(long)]
    cure: bool,
    /// A folder of MNIST's IDX files, for the runs on digits.
    #[arg(long, value_name = "FOLDER", requires = "classifier")]
    mnist: Option<PathBuf>,
    /// A classifier of its digits: `gannet features train FOLDER --no-mirror --out NET.onnx`.
    #[arg(long, value_name = "NET.onnx", requires = "mnist")]
    classifier: Option<PathBuf>,
    /// Print names and conditions, and train nothing.
    #[arg(long)]
    list: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    gannet_trainer::threads::enlist();
    let chosen: Vec<_> = Planting::all()
        .filter(|planting| planting.name.contains(&args.only))
        .collect();
    ensure!(
        !chosen.is_empty(),
        "no run's name contains `{}`; `--list` names all",
        args.only
    );
    let cohort = Cohort {
        out: args.out,
        mnist: args.mnist.zip(args.classifier),
        clothes: OnceCell::new(),
        digits: OnceCell::new(),
    };
    let mut rows = Vec::new();
    for planting in chosen {
        let condition = planting.condition.unwrap_or("healthy");
        if args.list {
            narrate(&format!("{:32} {condition}", planting.name));
            continue;
        }
        for &seed in &args.seeds {
            let twin = cohort.outcome(planting.twin(), seed, Care::None)?;
            let outcome = cohort.outcome(planting, seed, Care::None)?;
            let is_sick = outcome.is_sick_beside(&twin);
            let onset = outcome.onset(&twin);
            let findings = diagnosis::of_run(&cohort.folder(planting, seed, Care::None))?;
            narrate(&format!(
                "{:32} {condition:24} seed {seed}  {}  {}  {}",
                planting.name,
                outcome.summary(&twin),
                match onset {
                    Some(step) => format!("sick from step {step}"),
                    None => "well".to_owned(),
                },
                diagnosis::summary(&findings),
            ));
            let cures = match args.cure && is_sick && planting.condition.is_some() {
                true => Some(cures(&cohort, planting, seed, &twin)?),
                false => None,
            };
            rows.push(json!({
                "name": planting.name,
                "condition": planting.condition,
                "half": match planting.half {
                    Half::Calibration => "calibration",
                    Half::Report => "report",
                },
                "seed": seed,
                "outcome": outcome,
                "is_sick": is_sick,
                "onset_step": onset,
                "root": diagnosis::root(&findings),
                "findings": findings,
                "cures": cures,
            }));
        }
    }
    if args.list {
        return Ok(());
    }
    print(&json!({
        "benchmark": "ward",
        "protocol": {
            "sick": "diverged, or a share of good samples below, or a Fréchet distance above, 1.25 times worse than the twin's",
            "points": outcome::POINTS_PROTOCOL,
            "images": outcome::IMAGES_PROTOCOL,
        },
        "rows": rows,
    }))
}

/// What comes of a sick run under the doctor's care, and under that of chance.
fn cures(cohort: &Cohort, planting: &Planting, seed: u64, twin: &Outcome) -> Result<Value> {
    let recipe = planting.recipe(seed)?;
    let treated = cohort.outcome(planting, seed, Care::Doctor)?;
    let images = treated.total_steps * recipe.images_per_step();
    let mut cures = serde_json::Map::new();
    for (name, care) in [
        ("treated", Care::Doctor),
        ("other_seed", Care::OtherSeed { images }),
        ("random_change", Care::RandomChange { images }),
    ] {
        let outcome = cohort.outcome(planting, seed, care)?;
        let is_cured = !outcome.is_sick_beside(twin);
        narrate(&format!(
            "    {name:14} {}  {}",
            outcome.summary(twin),
            if is_cured { "cured" } else { "sick" },
        ));
        cures.insert(
            name.to_owned(),
            json!({ "outcome": outcome, "is_cured": is_cured }),
        );
    }
    Ok(cures.into())
}
