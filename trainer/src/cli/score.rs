//! `gannet score`

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use gannet::{FeatureNet, Generator, Manifest, RealStats, Samples, Scorer, Scores};
use gannet_trainer::scoring::{self, Shard};
use gannet_trainer::{data, repository};

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
    /// How many samples a generator draws, or how many of the images given are scored, from
    /// the first on [default: 10000, or all].
    #[arg(short, value_parser = clap::value_parser!(u64).range(2..))]
    n: Option<u64>,
    /// Decides a generator's samples [default: 0].
    #[arg(long)]
    seed: Option<u64>,
    /// Which part of a folder of IDX files is scored [default: held-out].
    #[arg(long, value_enum)]
    part: Option<Part>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What makes a folder a package.
const MANIFEST: &str = "manifest.toml";

/// Samples that a generator draws by default.
const DRAWN: u64 = 10_000;

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
        Subject::Generator(generator) => {
            let (n, seed) = (args.n.unwrap_or(DRAWN), args.seed.unwrap_or_default());
            scorer.score(&generator, n, seed)?
        }
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
    let is_generator = is("onnx") || path.join(MANIFEST).is_file();
    let is_array = is("npy");
    ensure!(
        args.seed.is_none() || is_generator,
        "--seed is for a generator: {} is scored as it is",
        path.display()
    );
    ensure!(
        args.part.is_none() || !(is_generator || is_array),
        "--part is for a folder of IDX files: {} has no parts",
        path.display()
    );
    if is_generator {
        return Ok(Subject::Generator(Box::new(Generator::open(path)?)));
    }
    let most = args
        .n
        .map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    if is_array {
        return Ok(Subject::Samples(first(&Samples::read_npy(path)?, most)?));
    }
    let split = data::load(Some(path)).with_context(|| {
        format!(
            "{}: expected a package folder (with a {MANIFEST}), an .onnx, an .npy or a folder of IDX files",
            path.display()
        )
    })?;
    let set = args.part.unwrap_or(Part::HeldOut).of(&split);
    Ok(Subject::Samples(scoring::first_samples(set, most)?))
}

fn first(samples: &Samples, most: usize) -> gannet::Result<Samples> {
    let [n, channels, height, width] = samples.shape();
    let n = n.min(most);
    let values = &samples.values()[..n * channels * height * width];
    Samples::new([n, channels, height, width], values.to_vec())
}

fn reference(args: &Args) -> anyhow::Result<(FeatureNet, RealStats)> {
    let against = match &args.against {
        Some(path) => path.clone(),
        None => {
            let own = args.subject.join("real.npz");
            if args.subject.join(MANIFEST).is_file() {
                Manifest::read(&args.subject)?.verify(&args.subject)?;
            }
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
        let stats =
            scoring::real_stats(&net, &split.training, Part::Training.name(), Shard::WHOLE)?;
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
