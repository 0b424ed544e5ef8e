//! `gannet score`

use std::path::PathBuf;

use anyhow::{Context, bail};
use gannet::{FeatureNet, Generator, RealStats, Samples, Scorer, Scores};
use gannet_trainer::{data, repository, scoring};

use super::{Ending, Part, output};

/// Scores samples against the statistics of real images.
///
/// Fréchet distance, Inception Score, kernel distance, precision, recall, density and coverage,
/// with the protocol that makes two scores comparable: the feature network, the real images, the
/// sample counts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gannet score models/fashion-mnist                         a package against its own statistics
  gannet score samples.npy --against models/fashion-mnist/real.npz
  gannet score data/fashion-mnist --part held-out --against models/fashion-mnist/real.npz
                                                            real images: the floor")]
pub(super) struct Args {
    /// A package folder, a generator's ONNX file, an .npy of samples or a folder of IDX files.
    subject: PathBuf,
    /// Statistics (.npz) or a folder of IDX files (its training part) [default: the package's
    /// own real.npz].
    #[arg(long, value_name = "REAL.npz|DATA")]
    against: Option<PathBuf>,
    /// The feature network [default: the shipped one that the statistics name].
    #[arg(long, value_name = "NET.onnx")]
    features: Option<PathBuf>,
    /// How many samples a generator draws.
    #[arg(short, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(2..))]
    n: u64,
    /// Decides a generator's samples.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Which part of a folder of IDX files is scored.
    #[arg(long, value_enum, default_value_t = Part::HeldOut)]
    part: Part,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What is scored.
enum Subject {
    Generator(Box<Generator>),
    Samples(Samples),
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let subject = subject(&args)?;
    let (net, stats) = reference(&args)?;
    let scorer = Scorer::new(net, stats)?;
    let scores = match subject {
        Subject::Generator(generator) => scorer.score(&generator, args.n, args.seed)?,
        Subject::Samples(samples) => scorer.score_samples(&samples)?,
    };
    output::print(&describe(&scores, args.json)?)?;
    Ok(Ending::Done)
}

fn describe(scores: &Scores, json: bool) -> anyhow::Result<String> {
    Ok(match json {
        true => serde_json::to_string_pretty(scores)?,
        false => scores.to_string(),
    })
}

fn subject(args: &Args) -> anyhow::Result<Subject> {
    let path = &args.subject;
    let is = |extension| path.extension().is_some_and(|found| found == extension);
    if is("npy") {
        return Ok(Subject::Samples(Samples::read_npy(path)?));
    }
    if is("onnx") || path.join("manifest.toml").is_file() {
        return Ok(Subject::Generator(Box::new(Generator::open(path)?)));
    }
    let split = data::load(Some(path)).with_context(|| {
        format!(
            "{}: expected a package folder (with a manifest.toml), an .onnx, an .npy or a folder of IDX files",
            path.display()
        )
    })?;
    let samples = scoring::all_samples(args.part.of(&split))?;
    Ok(Subject::Samples(samples))
}

fn reference(args: &Args) -> anyhow::Result<(FeatureNet, RealStats)> {
    let against = match &args.against {
        Some(path) => path.clone(),
        None => {
            let own = args.subject.join("real.npz");
            if !own.is_file() {
                bail!(
                    "--against is needed: {} has no statistics of its own",
                    args.subject.display()
                );
            }
            own
        }
    };
    if against.is_dir() {
        let split = data::load(Some(&against))?;
        let net = network(args, split.training.name())?;
        let stats = scoring::real_stats(&net, &split.training, Part::Training.name())?;
        return Ok((net, stats));
    }
    let stats = RealStats::load(&against)?;
    let name = stats.protocol().map(|protocol| protocol.extractor.clone());
    let net = network(args, &name.unwrap_or_default())?;
    Ok((net, stats))
}

fn network(args: &Args, name: &str) -> anyhow::Result<FeatureNet> {
    let shipped = || repository::find_features(name);
    let Some(path) = args.features.clone().or_else(shipped) else {
        bail!(
            "--features is needed: no models/features/{name}.onnx in this directory or above it; \
             `gannet features train` makes a feature network"
        );
    };
    Ok(FeatureNet::open(path)?)
}
