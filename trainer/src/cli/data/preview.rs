//! `gannet data preview`

use std::path::PathBuf;

use anyhow::Context;
use gannet::Samples;
use gannet_trainer::data::{self, Batches, Files, Preparation, Split, Survey};
use gannet_trainer::recipe::Background;
use gannet_trainer::streams::Stream;
use gannet_trainer::text::{grouped, images};
use serde_json::json;

use super::super::{Ending, output};

/// Images in a row of the picture.
const COLUMNS: usize = 8;

/// Classes that are named each.
const MOST_CLASSES: usize = 20;

/// Shows the images as training would see them, and says what they are.
///
/// The picture has the first images that `gannet train --seed N` shows its critic: decoded,
/// cropped and resized by the same code.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gannet data preview photos --size 32
  gannet data preview emoji --size 32 --background white
  gannet data preview data/fashion-mnist -n 16 --out clothes.png --json")]
pub(in super::super) struct Args {
    /// A data set, as data.path of a recipe names it.
    data: PathBuf,
    /// The side that images are cropped and resized to, as data.size of a recipe.
    #[arg(long, value_name = "SIDE", value_parser = clap::value_parser!(u16).range(1..=1024))]
    size: Option<u16>,
    /// What transparent images are laid on, as data.background of a recipe: none, white, black or
    /// #rrggbb.
    #[arg(long, value_name = "COLOUR", default_value = "none")]
    background: Background,
    /// How many images the picture has at most.
    #[arg(short, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    n: u16,
    /// Decides which, as it decides the order of training.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: u64,
    /// The picture to write.
    #[arg(long, value_name = "FILE.png", default_value = "preview.png")]
    out: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(in super::super) fn run(args: Args) -> anyhow::Result<Ending> {
    let (split, survey) = data::survey(
        &args.data,
        Preparation {
            side: args.size.map(usize::from),
            background: args.background,
        },
    )?;
    let shown = draw(&args, &split)?;
    let warnings = survey.warnings();
    let text = match args.json {
        true => serde_json::to_string_pretty(&json!({
            "out": args.out,
            "shown": shown,
            "data": survey,
            "warnings": warnings,
        }))?,
        false => {
            let mut text = told(&survey);
            text += &format!("picture    {} ({})\n", args.out.display(), images(shown));
            for warning in &warnings {
                text += &format!("warning: {warning}\n");
            }
            text
        }
    };
    output::print(&text).map(|()| Ending::Done)
}

/// Writes the picture, and says how many images it has.
fn draw(args: &Args, split: &Split) -> anyhow::Result<u64> {
    let n = split.training.len().min(args.n.into());
    let order = Stream::DataOrder.seed(args.seed);
    let batch = Batches::start(&split.training, order, 0, n)?.next()?;
    let [channels, height, width] = split.training.shape();
    Samples::new([n, channels, height, width], batch.images)
        .and_then(|samples| samples.write_grid(&args.out, COLUMNS))
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    Ok(n as u64)
}

/// What was found, a line a matter.
fn told(survey: &Survey) -> String {
    let [channels, height, width] = survey.shape;
    let mut text = format!(
        "data       {}: {} to train on, {} held out\n           {}\n\
         seen as    {channels}x{height}x{width}, {}\n",
        survey.name,
        images(survey.training as u64),
        grouped(survey.held_out as u64),
        survey.rule,
        if channels == 1 { "grey" } else { "RGB" },
    );
    if let Some(files) = &survey.files {
        text += &stored(files);
    }
    text += &match &survey.classes {
        None => "classes    none: the images have no labels\n".to_owned(),
        Some(classes) => {
            let named = classes.iter().take(MOST_CLASSES);
            let named: Vec<String> = named
                .map(|class| format!("{} {}", class.name, grouped(class.training as u64)))
                .collect();
            let more = match classes.len().saturating_sub(MOST_CLASSES) {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            format!("classes    {}: {}{more}\n", classes.len(), named.join(", "))
        }
    };
    text += &format!(
        "pixels     {} to {}, mean {:.1}\nduplicates {} in every pixel\n",
        survey.least,
        survey.greatest,
        survey.mean,
        grouped(survey.duplicates as u64),
    );
    text
}

fn stored(files: &Files) -> String {
    let size = |[height, width]: [usize; 2]| format!("{width}x{height}");
    match files.smallest == files.largest {
        true => format!("stored as  {}\n", size(files.smallest)),
        false => format!(
            "stored as  {} (smallest), {} (median), {} (largest)\n",
            size(files.smallest),
            size(files.median),
            size(files.largest)
        ),
    }
}
