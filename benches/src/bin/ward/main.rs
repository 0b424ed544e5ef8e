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
mod tally;

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
use tally::Case;

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
    /// Train each sick run with the doctor as well.
    #[arg(long)]
    cure: bool,
    /// Train each of them with another seed and with a random change too.
    #[arg(long, requires = "cure")]
    chance: bool,
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
        out: args.out.clone(),
        mnist: args.mnist.clone().zip(args.classifier.clone()),
        clothes: OnceCell::new(),
        digits: OnceCell::new(),
    };
    if args.list {
        for planting in chosen {
            let condition = planting.condition.unwrap_or("healthy");
            narrate(&format!("{:32} {condition}", planting.name));
        }
        return Ok(());
    }
    let (mut rows, mut cases) = (Vec::new(), Vec::new());
    for planting in chosen {
        for &seed in &args.seeds {
            let (row, case) = attend(&cohort, planting, seed, &args)?;
            rows.push(row);
            cases.push(case);
        }
    }
    let halves = [("calibration", Half::Calibration), ("report", Half::Report)];
    let halves = halves.map(|(name, half)| {
        let figures = tally::of(&cases, half);
        tally::narrate_half(name, &figures);
        (name, figures)
    });
    print(&json!({
        "benchmark": "ward",
        "protocol": {
            "sick": "diverged, or a share of good samples below, or a Fréchet distance above, 1.25 times worse than the twin's",
            "onset": "the last twentieth of the run after which the samples were not so bad yet",
            "points": outcome::POINTS_PROTOCOL,
            "images": outcome::IMAGES_PROTOCOL,
        },
        "figures": serde_json::Map::from_iter(halves.map(|(name, figures)| (name.to_owned(), figures))),
        "rows": rows,
    }))
}

/// Trains and examines a run, and cures it if that is wanted.
fn attend(
    cohort: &Cohort,
    planting: &'static Planting,
    seed: u64,
    args: &Args,
) -> Result<(Value, Case)> {
    let twin = cohort.outcome(planting.twin(), seed, Care::None)?;
    let outcome = cohort.outcome(planting, seed, Care::None)?;
    let is_sick = outcome.is_sick_beside(&twin);
    let onset_step = outcome.onset(&twin);
    let findings = diagnosis::of_run(&cohort.folder(planting, seed, Care::None))?;
    narrate(&format!(
        "{:32} {:24} seed {seed}  {}  {}  {}",
        planting.name,
        planting.condition.unwrap_or("healthy"),
        outcome.summary(&twin),
        match onset_step {
            Some(step) => format!("sick from step {step}"),
            None => "well".to_owned(),
        },
        diagnosis::summary(&findings),
    ));
    let cures = match args.cure && is_sick && planting.condition.is_some() {
        true => Some(cures(cohort, planting, seed, &twin, args.chance)?),
        false => None,
    };
    let row = json!({
        "name": planting.name,
        "condition": planting.condition,
        "half": match planting.half {
            Half::Calibration => "calibration",
            Half::Report => "report",
        },
        "seed": seed,
        "outcome": outcome,
        "is_sick": is_sick,
        "onset_step": onset_step,
        "root": findings.first().map(|finding| finding.condition),
        "findings": findings,
        "cures": cures.as_ref().map(|(told, _)| told),
    });
    let case = Case {
        planting,
        is_sick,
        onset_step,
        total_steps: outcome.total_steps,
        findings,
        cures: cures.map(|(_, cured)| cured),
    };
    Ok((row, case))
}

/// What comes of a sick run under the doctor's care, and under that of chance.
fn cures(
    cohort: &Cohort,
    planting: &Planting,
    seed: u64,
    twin: &Outcome,
    chance: bool,
) -> Result<(Value, Vec<bool>)> {
    let recipe = planting.recipe(seed)?;
    let treated = cohort.outcome(planting, seed, Care::Doctor)?;
    let images = treated.total_steps * recipe.images_per_step();
    let mut cures = serde_json::Map::new();
    let mut cured = Vec::new();
    let all = [
        ("treated", Care::Doctor),
        ("other_seed", Care::OtherSeed { images }),
        ("random_change", Care::RandomChange { images }),
    ];
    for (name, care) in all.into_iter().take(if chance { 3 } else { 1 }) {
        let outcome = cohort.outcome(planting, seed, care)?;
        let is_cured = outcome.last().is_some() && !outcome.is_sick_beside(twin);
        narrate(&format!(
            "    {name:14} {}  {}",
            outcome.summary(twin),
            if is_cured { "cured" } else { "sick" },
        ));
        cured.push(is_cured);
        cures.insert(
            name.to_owned(),
            json!({ "outcome": outcome, "is_cured": is_cured }),
        );
    }
    Ok((cures.into(), cured))
}
