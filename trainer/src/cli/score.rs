//! `gannet score`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use gannet::{FeatureNet, Generator, Manifest, RealStats, Samples, Scorer, Scores};
use gannet_trainer::data::{self, ImageFolder, Source};
use gannet_trainer::recipe::Background;
use gannet_trainer::repository;
use gannet_trainer::scoring::{self, Shard};

use super::engine::EngineArgs;
use super::{Ending, Part, Ports, output};
use protocol::Protocol;

mod protocol;
mod raw;

/// Scores samples against real images.
///
/// Fréchet distance, Inception Score, kernel distance, precision, recall, density and coverage,
/// with the protocol that makes two scores comparable: the feature network, the real images, the
/// sample counts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  A package against its own statistics:
    gannet score models/fashion-mnist
  Samples, and real images for comparison (the floor):
    gannet score samples.npy --against models/fashion-mnist/real.npz
    gannet score DATA --part held-out --against models/fashion-mnist/real.npz
  PNG, JPEG and WebP files:
    gannet score photos/ --against real.npz --features NET.onnx
  Features of any network, real ones also as clean-fid keeps them:
    gannet score --real-features a.npy --fake-features b.npy
    gannet score --real-features set_kid.npz:feats --fake-features b.npy

Arrays are FILE.npy, FILE.npz if it has one array only, or FILE.npz:ARRAY, of
numbers of any kind. Samples are [n, c, h, w], floats in [-1, 1] or 8-bit pixels
(u1); channels may stand last.")]
pub(super) struct Args {
    /// A package folder, a generator's ONNX file, an array of samples (FILE.npy, FILE.npz or
    /// FILE.npz:ARRAY), a folder of .png, .jpg, .jpeg and .webp files (also in folders below it), or
    /// a folder of IDX or CIFAR files.
    #[arg(
        value_name = "MODEL|IMAGES",
        required_unless_present_any = ["real_features", "fake_features", "logits"]
    )]
    subject: Option<PathBuf>,
    /// Statistics (.npz), a folder of image files, or the training part of a folder of IDX or CIFAR
    /// files or of an array (FILE.npy, FILE.npz:ARRAY) [default: the package's own real.npz].
    /// Statistics of pytorch-fid and clean-fid allow the Fréchet distance alone.
    #[arg(long, value_name = "REAL.npz|DATA", requires = "subject")]
    against: Option<PathBuf>,
    /// The feature network [default: the shipped one that the statistics name].
    #[arg(long, value_name = "NET.onnx", requires = "subject")]
    features: Option<PathBuf>,
    #[command(flatten)]
    raw: raw::Files,
    /// How many samples a generator draws, or how many of the images given are scored, from
    /// the first on [default: 10000, or all].
    #[arg(short, value_parser = clap::value_parser!(u64).range(2..), requires = "subject")]
    n: Option<u64>,
    /// Decides a generator's samples, or with --real-features the subsets of the kernel
    /// distance [default: 0].
    #[arg(long)]
    seed: Option<u64>,
    /// Which part of a folder of IDX or CIFAR files is scored [default: held-out].
    #[arg(long, value_enum, requires = "subject")]
    part: Option<Part>,
    /// Lay transparent images, scored or real, on this: none (alpha is dropped), white, black or
    /// #rrggbb [default: none].
    #[arg(long, value_name = "COLOUR", requires = "subject")]
    background: Option<Background>,
    #[command(flatten)]
    protocol: Protocol,
    #[command(flatten)]
    ports: Ports,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Of the generator and of the feature network.
    #[command(flatten)]
    engine: EngineArgs,
}

/// What makes a folder a package.
const MANIFEST: &str = "manifest.toml";

/// Samples that a generator draws by default.
const DRAWN: u64 = 10_000;

/// What is scored.
enum Subject {
    Generator(Box<Generator>),
    Samples(Samples),
    Folder(ImageFolder),
}

pub(super) fn run(args: Args) -> anyhow::Result<Ending> {
    let text = match &args.subject {
        Some(path) => describe(&score(&args, path)?, args.json)?,
        None => {
            args.engine.must_not_be_given()?;
            args.raw.describe(&args)?
        }
    };
    output::print(&text)?;
    Ok(Ending::Done)
}

fn score(args: &Args, path: &Path) -> anyhow::Result<Scores> {
    let subject = subject(args, path)?;
    let (net, stats) = reference(args, path)?;
    let scorer = Scorer::with_options(net, stats, args.protocol.options())?;
    let no_logits = "the feature network gives no logits";
    let no_logits = scorer.net().classes().is_none().then_some(no_logits);
    args.protocol.check(scorer.why_no_rows(), no_logits)?;
    Ok(match subject {
        Subject::Generator(generator) => {
            let (n, seed) = (args.n.unwrap_or(DRAWN), args.seed.unwrap_or_default());
            scorer.score(&generator, n, seed)?
        }
        Subject::Samples(samples) => scorer.score_samples(&samples)?,
        Subject::Folder(folder) => scorer.score_features(&scoring::folder_features(
            scorer.net(),
            &folder,
            most(args),
        )?)?,
    })
}

fn describe(scores: &Scores, json: bool) -> anyhow::Result<String> {
    Ok(match json {
        true => serde_json::to_string_pretty(scores)?,
        false => scores.to_string(),
    })
}

fn subject(args: &Args, path: &Path) -> anyhow::Result<Subject> {
    let is = |extension| path.extension().is_some_and(|found| found == extension);
    let is_generator = is("onnx") || path.join(MANIFEST).is_file();
    let is_array = data::is_array(path);
    ensure!(
        args.seed.is_none() || is_generator,
        "--seed is for a generator: {} is scored as it is",
        path.display()
    );
    if is_generator || is_array {
        Part::must_not_be_given(args.part, path)?;
        ensure!(
            args.background.is_none() || args.against.as_deref().is_some_and(is_data),
            "--background is for image files and Parquet, and neither {} nor --against is such",
            path.display()
        );
    }
    if is_generator {
        let builder = args.ports.of(Generator::builder(path));
        let generator = args.engine.generator(builder, None)?;
        return Ok(Subject::Generator(Box::new(generator)));
    }
    if is_array {
        return Ok(Subject::Samples(first(
            &Samples::read_npy(path)?,
            most(args),
        )?));
    }
    let source = data::open(path, args.background.unwrap_or_default()).with_context(|| {
        format!(
            "{}: expected a package folder (with a {MANIFEST}), an .onnx, an .npy, an .npz, a folder \
             of images or a folder of IDX or CIFAR files",
            path.display()
        )
    })?;
    match source {
        Source::Parts(split) => {
            let set = args.part.unwrap_or(Part::HeldOut).of(&split);
            Ok(Subject::Samples(scoring::first_samples(set, most(args))?))
        }
        Source::Files(folder) => {
            Part::must_not_be_given(args.part, path)?;
            output::narrate_folder(path, &folder);
            Ok(Subject::Folder(folder))
        }
    }
}

/// How many of the images given are scored.
fn most(args: &Args) -> usize {
    args.n
        .map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX))
}

fn first(samples: &Samples, most: usize) -> gannet::Result<Samples> {
    let [n, channels, height, width] = samples.shape();
    let n = n.min(most);
    let values = &samples.values()[..n * channels * height * width];
    Samples::new([n, channels, height, width], values.to_vec())
}

fn reference(args: &Args, subject: &Path) -> anyhow::Result<(FeatureNet, RealStats)> {
    let stats = match &args.against {
        Some(data) if is_data(data) => return measured(args, data).context("--against"),
        Some(path) => RealStats::load(path)?,
        None if subject.join(MANIFEST).is_file() => Manifest::read(subject)?
            .real_stats(subject)
            .context("name other statistics with --against, or mend the package's own")?,
        None => bail!(
            "--against is needed: {} has no statistics of its own",
            subject.display()
        ),
    };
    let name = stats.protocol().map(|protocol| protocol.extractor.clone());
    ensure!(
        args.features.is_some() || name.is_some(),
        "--features is needed: the statistics do not say which network's features they are of"
    );
    let net = network(args, &name.unwrap_or_default())?;
    Ok((net, stats))
}

/// Whether reals are images, not statistics: of arrays a bare `.npz` is none.
fn is_data(path: &Path) -> bool {
    let may_be_statistics = path.extension().is_some_and(|found| found == "npz");
    path.is_dir() || (data::is_array(path) && !may_be_statistics)
}

/// Statistics made on the spot.
fn measured(args: &Args, data: &Path) -> anyhow::Result<(FeatureNet, RealStats)> {
    let background = args.background.unwrap_or_default();
    Ok(match data::open(data, background)? {
        Source::Parts(split) => {
            let (set, part) = (&split.training, background.under(Part::Training.name()));
            let net = network(args, set.name())?;
            let stats = scoring::real_stats(&net, set, &part, Shard::WHOLE)?;
            (net, stats)
        }
        Source::Files(files) => {
            output::narrate_folder(data, &files);
            let net = network(args, files.name())?;
            let stats = scoring::folder_stats(&net, &files, Shard::WHOLE)?;
            (net, stats)
        }
    })
}

fn network(args: &Args, name: &str) -> anyhow::Result<FeatureNet> {
    let shipped = || repository::find_features(name);
    let Some(path) = args.features.clone().or_else(shipped) else {
        bail!(
            "--features is needed: no models/features/{name}.onnx in this directory or above it; \
             `gannet features train` makes a feature network"
        );
    };
    args.engine.feature_net(&path)
}
