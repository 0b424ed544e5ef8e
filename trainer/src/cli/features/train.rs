//! `gannet features train`

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use gannet_trainer::data::{self, Preparation};
use gannet_trainer::features::{
    ClassifierConfig, FEATURE_COUNT, Progress, check_destination, export_classifier,
    train_classifier,
};
use gannet_trainer::recipe::Background;
use gannet_trainer::threads;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::super::{Ending, output};
use super::network_name;

/// Trains a small convolutional classifier on labelled images and exports it to ONNX.
///
/// Its last hidden layer (64 numbers) describes an image, its logits name a class; scores use
/// both. The accuracy printed is measured on images it was not trained on. Scores made with
/// different feature networks cannot be compared.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A folder of labelled IDX files, of CIFAR files, or of image files in one folder a class [default: Fashion-MNIST, all of it where Debian's
    /// dataset-fashion-mnist is installed, else the repository's 10,000 images].
    data: Option<PathBuf>,
    /// Crop images to a centred square and resize them to so many pixels a side: needed if image
    /// files differ in size [default: as they are].
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    size: Option<u16>,
    /// Lay transparent images on this: none (alpha is dropped), white, black or #rrggbb.
    #[arg(long, value_name = "COLOUR", default_value = "none")]
    background: Background,
    /// The file to write; its stem becomes the network's name, which every score states.
    #[arg(long, value_name = "FILE.onnx")]
    out: PathBuf,
    /// Decides weights, order of the data and distortions.
    #[arg(long, default_value_t = ClassifierConfig::default().seed)]
    seed: u64,
    /// How often each training image is seen.
    #[arg(
        long,
        default_value_t = ClassifierConfig::default().epochs as u64,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    epochs: u64,
    /// Do not mirror images while training: for letters and digits.
    #[arg(long)]
    no_mirror: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    threads::enlist();
    let name = network_name(&args.out)?;
    check_destination(&args.out).context("--out")?;
    let folder = args.data.map_or_else(data::fullest_folder, Ok)?;
    let split = data::load_prepared(
        Some(&folder),
        Preparation {
            side: args.size.map(usize::from),
            background: args.background,
        },
    )?;
    output::narrate(&split.to_string());
    let config = ClassifierConfig {
        seed: args.seed,
        epochs: usize::try_from(args.epochs).context("--epochs")?,
        mirror: !args.no_mirror,
        ..ClassifierConfig::default()
    };

    let began = Instant::now();
    let mut narrator = Narrator::new();
    let trained = train_classifier(&split, &config, &mut |progress| narrator.show(progress));
    narrator.close();
    let trained = trained?;
    let exported = export_classifier(&trained, &split, name, &args.out)?;

    let text = if args.json {
        serde_json::to_string_pretty(&json!({
            "onnx": args.out,
            "sha256": exported.digest,
            "name": name,
            "accuracy": trained.accuracy,
            "held_out": trained.held_out,
            "training": trained.training,
            "data": split.training.name(),
            "data_sha256": split.training.digest(),
            "classes": trained.classes,
            "features": FEATURE_COUNT,
            "live_features": trained.live_features,
            "seed": config.seed,
            "epochs": config.epochs,
            "seconds": began.elapsed().as_secs_f64(),
            "largest_difference": exported.largest_difference,
            "compared": exported.compared,
        }))?
    } else {
        format!(
            "accuracy {:.4} on {} held-out images, trained on {}; {} of {FEATURE_COUNT} features in use\n{}",
            trained.accuracy,
            trained.held_out,
            trained.training,
            trained.live_features,
            args.out.display(),
        )
    };
    output::print(&text)?;
    Ok(Ending::Done)
}

/// Shows progress: a bar on a terminal, one plain line an epoch everywhere.
struct Narrator {
    bar: Option<ProgressBar>,
    began: Instant,
}

impl Narrator {
    fn new() -> Self {
        let bar = output::is_watched().then(|| {
            let style = ProgressStyle::with_template("{bar:32} {percent:>3}%  {msg}  {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        });
        Self {
            bar,
            began: Instant::now(),
        }
    }

    fn show(&mut self, progress: Progress) {
        match (progress, &self.bar) {
            (Progress::Step { step, steps, loss }, Some(bar)) => {
                bar.set_length(steps as u64);
                bar.set_position(step as u64);
                bar.set_message(format!("loss {loss:.3}"));
            }
            (Progress::Step { .. }, None) => {}
            (
                Progress::Epoch {
                    epoch,
                    epochs,
                    loss,
                    accuracy,
                },
                bar,
            ) => {
                let seconds = self.began.elapsed().as_secs_f64();
                let line = format!(
                    "epoch {epoch} of {epochs}  loss {loss:.3}  held-out accuracy {accuracy:.4}  {seconds:.0} s"
                );
                match bar {
                    Some(bar) => bar.println(line),
                    None => output::narrate(&line),
                }
            }
        }
    }

    fn close(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
