//! `gannet diagnose`

mod report;
mod samples;

use std::path::PathBuf;

use anyhow::Context;
use gannet_trainer::doctor::records::{self, Columns, Reading};
use gannet_trainer::doctor::{Doctor, Severity};
use gannet_trainer::recipe::{Loss, Recipe};
use gannet_trainer::training::RunFolder;
use report::Report;

use super::{Ending, output};

/// Says what ails a training run, and what shows it, from its log.
///
/// LOG is a run folder of gannet, a table (.csv, .tsv), JSON lines (.jsonl), or TensorBoard's event
/// files (a file or a folder). Of others' logs it reads columns named as `--columns` lists them, or
/// as `--map` says.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code 3 if anything serious is found.

Examples:
  gannet diagnose runs/fashion-mnist-quick-1
  gannet diagnose log.csv --objective hinge --map d_loss=lossD --map g_loss=lossG
  gannet diagnose runs/tensorboard --objective non-saturating --samples samples")]
pub(super) struct Args {
    /// A run folder, .csv, .jsonl or event files.
    #[arg(required_unless_present = "columns")]
    log: Option<PathBuf>,
    /// What a column is called in the log, for example `--map d_loss=errD`; `--map d_loss=` if
    /// there is none.
    #[arg(long = "map", value_name = "OURS=THEIRS")]
    maps: Vec<String>,
    /// The loss of the run, which says how to read its values [default: the run's own, or
    /// non-saturating].
    #[arg(long, value_name = "LOSS", value_parser = clap::builder::PossibleValuesParser::new(Loss::NAMES))]
    objective: Option<String>,
    /// A folder with a folder of generated images for each of some steps, whose number ends its
    /// name: their diversity is measured.
    #[arg(long, value_name = "DIR")]
    samples: Option<PathBuf>,
    /// A folder of real images of the same size, beside --samples.
    #[arg(long, value_name = "DIR", requires = "samples")]
    real: Option<PathBuf>,
    /// The steps that the run was meant to take [default: the recipe's, or what the log has].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    /// List the columns that are understood, and stop.
    #[arg(long)]
    columns: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let Some(log) = args.log.filter(|_| !args.columns) else {
        return output::print(&report::columns(args.json)?).map(|()| Ending::Done);
    };
    let columns = Columns::parse(&args.maps)?;
    let Reading {
        mut history,
        notes,
        ignored,
    } = records::read(&log, &columns)?;
    let own = match RunFolder::open(&log) {
        Ok(folder) => Some(Recipe::read(&folder.recipe()).context("the run's recipe")?),
        Err(_) => None,
    };
    let mut recipe = own.clone().unwrap_or_default();
    let objective = args.objective.as_deref();
    if let Some(name) = objective.or(own.is_none().then_some("non-saturating")) {
        recipe.objective.loss = Loss::of_name(name).unwrap_or(recipe.objective.loss);
    }
    if let Some(steps) = args.steps.or(own.map(|recipe| recipe.total_steps())) {
        history.plan(steps);
    }
    if let Some(samples) = &args.samples {
        samples::observe(&mut history, samples, args.real.as_deref())?;
    }
    let findings = Doctor::examine(&history, &recipe);
    let is_sick = findings
        .iter()
        .any(|finding| finding.severity > Severity::Notice);
    let report = Report {
        log: &log,
        loss: recipe.objective.loss,
        history: &history,
        findings,
        unexamined: Doctor::unexamined(&history),
        notes,
        ignored,
    };
    output::print(&match args.json {
        true => serde_json::to_string_pretty(&report)?,
        false => report.to_string(),
    })?;
    Ok(if is_sick { Ending::Sick } else { Ending::Done })
}
