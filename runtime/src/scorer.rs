//! Scores of a generator against statistics of real images.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::features::{FeatureNet, Features, Logits};
use crate::generator::Generator;
use crate::metrics::{
    Boundary, KernelDistance, Neighbours, frechet_from_moments, inception_score, kernel_distance,
    kernel_distance_in_subsets, neighbours,
};
use crate::moments::Moments;
use crate::samples::Samples;
use crate::stats::RealStats;

/// Samples made and looked at together.
const BATCH: u64 = 256;

/// Neighbours that make the balls of precision and recall, as in their paper.
const K: usize = 3;

/// Splits of the Inception Score, as in its paper.
const IS_SPLITS: usize = 10;

/// Subsets of the kernel distance and their rows, as in its common protocol;
/// of fewer than twice as many rows, half are taken, so that subsets differ.
const KID_SUBSETS: usize = 100;
const KID_SUBSET_SIZE: usize = 1_000;

/// Chooses the subsets: one seed for all, so that scores compare.
const KID_SEED: u64 = 0;

/// How the Fréchet distance was computed.
const FRECHET_METHOD: &str = "moments, symmetric eigendecomposition in f64";

/// Scores images against the statistics of real ones.
///
/// ```no_run
/// use gannet::{FeatureNet, Generator, RealStats, Scorer};
///
/// let scorer = Scorer::new(
///     FeatureNet::open("models/features/fashion-mnist.onnx")?,
///     RealStats::load("models/fashion-mnist/real.npz")?,
/// )?;
/// let scores = scorer.score(&Generator::open("models/fashion-mnist")?, 10_000, 0)?;
/// # let _ = scores.to_string();
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Debug)]
pub struct Scorer {
    net: FeatureNet,
    real: RealStats,
    reservoir: Option<Features>,
}

impl Scorer {
    /// Pairs a feature network with the statistics it was used for.
    ///
    /// Statistics without a protocol, of another tool, are taken on trust: the
    /// scores then state no real data set.
    ///
    /// # Errors
    ///
    /// [`Contract`](crate::ErrorKind::Contract) if the statistics were computed
    /// with another network.
    pub fn new(net: FeatureNet, real: RealStats) -> Result<Self> {
        if let Some(protocol) = real.protocol()
            && protocol.extractor_sha256 != net.digest()
        {
            return Err(Error::contract(format!(
                "the statistics of `{}` were computed with the feature network `{}` of SHA-256 \
                 {}, but the network given is `{}` of {}: give that network, or compute the \
                 statistics anew",
                protocol.real_data,
                protocol.extractor,
                protocol.extractor_sha256,
                net.name(),
                net.digest()
            )));
        }
        if real.dim() != net.dim() {
            return Err(Error::contract(format!(
                "the statistics are of dimension {}, but the feature network `{}` has {}",
                real.dim(),
                net.name(),
                net.dim()
            )));
        }
        let reservoir = real.reservoir().filter(|reservoir| reservoir.len() > K);
        Ok(Self {
            net,
            real,
            reservoir,
        })
    }

    /// The feature network.
    pub fn net(&self) -> &FeatureNet {
        &self.net
    }

    /// The statistics of the real images.
    pub fn real(&self) -> &RealStats {
        &self.real
    }

    /// Scores the samples `0..n` of `seed`, made and looked at in batches.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if `n` is too small or the generator's
    /// images are not those of the feature network, and what
    /// [`Generator::sample`] and [`FeatureNet::extract`] return.
    pub fn score(&self, generator: &Generator, n: u64, seed: u64) -> Result<Scores> {
        self.check_count(n)?;
        let mut fakes = Fakes::new(self);
        for start in (0..n).step_by(BATCH as usize) {
            let samples = generator.sample(seed, start..(start + BATCH).min(n))?;
            fakes.push(&self.net.extract(&samples)?)?;
        }
        self.finish(fakes, Some(seed))
    }

    /// Scores images from elsewhere.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if there are too few or they are not
    /// those of the feature network, and what [`FeatureNet::extract`] returns.
    pub fn score_samples(&self, samples: &Samples) -> Result<Scores> {
        self.check_count(samples.len() as u64)?;
        self.score_features(&self.net.extract(samples)?)
    }

    /// Scores features that this scorer's network saw in images in 8 bits.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if there are too few or they are not
    /// of the statistics' dimension.
    pub fn score_features(&self, features: &Features) -> Result<Scores> {
        self.check_count(features.len() as u64)?;
        let mut fakes = Fakes::new(self);
        fakes.push(features)?;
        self.finish(fakes, None)
    }

    fn check_count(&self, n: u64) -> Result<()> {
        let mut least = 2;
        if self.net.classes().is_some() {
            least = least.max(IS_SPLITS);
        }
        if self.reservoir.is_some() {
            least = least.max(K + 1);
        }
        if n < least as u64 {
            return Err(Error::input(format!(
                "scoring needs {least} samples at least, got {n}; below 10,000 the scores are \
                 rough"
            )));
        }
        Ok(())
    }

    fn finish(&self, fakes: Fakes, seed: Option<u64>) -> Result<Scores> {
        let Fakes {
            moments,
            kept,
            logits,
            ..
        } = fakes;
        let fid = frechet_from_moments(
            self.real.mu(),
            self.real.sigma(),
            &moments.mean,
            &moments.covariance(),
        )?;
        let inception = logits
            .map(|logits| inception_score(&logits, IS_SPLITS))
            .transpose()?;
        let rows = self
            .reservoir
            .as_ref()
            .map(|reservoir| Rows::compare(reservoir, kept))
            .transpose()?;
        let rows = rows.as_ref();
        let near = rows.map(|rows| rows.neighbours);
        let stats = self.real.protocol();
        Ok(Scores {
            fid,
            is_mean: inception.map(|inception| inception.mean),
            is_std: inception.map(|inception| inception.std),
            kid_mean: rows.map(|rows| rows.kid.mean),
            kid_std: rows.map(|rows| rows.kid.std),
            kid_full: rows.map(|rows| rows.kid_full),
            precision: near.map(|near| near.precision),
            recall: near.map(|near| near.recall),
            density: near.map(|near| near.density),
            coverage: near.map(|near| near.coverage),
            n_real: self.real.n(),
            n_fake: moments.n,
            k: near.map(|_| K),
            protocol: Protocol {
                extractor: self.net.name().to_owned(),
                extractor_sha256: self.net.digest().to_owned(),
                real_data: stats.map(|stats| stats.real_data.clone()),
                split: stats.map(|stats| stats.split.clone()),
                real_count: self.real.n(),
                fake_count: moments.n,
                quantised: true,
                frechet_method: FRECHET_METHOD.to_owned(),
                kid_subsets: rows.map(|_| KID_SUBSETS),
                kid_subset_size: rows.map(|rows| rows.kid_subset_size),
                neighbours_real_count: rows.map(|rows| rows.real_count),
                neighbours_fake_count: rows.map(|rows| rows.fake_count),
                k: near.map(|_| K),
                convention: near.map(|_| Boundary::default()),
                is_splits: inception.map(|_| IS_SPLITS),
                seed,
            },
        })
    }
}

/// What comes of comparing rows with rows: the reservoir of the real ones and
/// the fakes kept.
struct Rows {
    real_count: u64,
    fake_count: u64,
    neighbours: Neighbours,
    kid: KernelDistance,
    kid_full: f64,
    kid_subset_size: usize,
}

impl Rows {
    fn compare(real: &Features, kept: Vec<f32>) -> Result<Self> {
        let fake = Features::new(kept.len() / real.dim(), real.dim(), kept, None)?;
        let kid_subset_size = KID_SUBSET_SIZE.min(real.len().min(fake.len()) / 2);
        Ok(Self {
            real_count: real.len() as u64,
            fake_count: fake.len() as u64,
            neighbours: neighbours(real, &fake, K, Boundary::default())?,
            kid: kernel_distance_in_subsets(real, &fake, KID_SUBSETS, kid_subset_size, KID_SEED)?,
            kid_full: kernel_distance(real, &fake)?,
            kid_subset_size,
        })
    }
}

/// What is kept of the fakes: the moments of all, the logits of all, and as
/// many of the first rows as there are real rows to compare them with.
struct Fakes {
    moments: Moments,
    kept: Vec<f32>,
    most_kept: usize,
    logits: Option<Logits>,
}

impl Fakes {
    fn new(scorer: &Scorer) -> Self {
        Self {
            moments: Moments::empty(scorer.net.dim()),
            kept: Vec::new(),
            most_kept: scorer.reservoir.as_ref().map_or(0, |r| r.rows().len()),
            logits: scorer.net.classes().map(|classes| Logits {
                classes,
                values: Vec::new(),
            }),
        }
    }

    fn push(&mut self, features: &Features) -> Result<()> {
        let dim = self.moments.mean.len();
        let classes = self.logits.as_ref().map(|logits| logits.classes);
        let given = features.logits().map(|logits| logits.classes);
        if features.dim() != dim || given != classes {
            return Err(Error::input(format!(
                "expected features of dimension {dim} with logits of {classes:?} classes, got \
                 dimension {} with {given:?}",
                features.dim()
            )));
        }
        self.moments.merge(&Moments::of(features.rows(), dim));
        let room = self.most_kept - self.kept.len();
        let rows = features.rows();
        self.kept.extend_from_slice(&rows[..rows.len().min(room)]);
        if let (Some(ours), Some(theirs)) = (&mut self.logits, features.logits()) {
            ours.values.extend_from_slice(&theirs.values);
        }
        Ok(())
    }
}

/// The scores of a set of images, with the protocol that makes them
/// comparable: two scores compare only if their protocols agree in all but the
/// seed.
///
/// Where the feature network is not FID's Inception network, `fid` and
/// `is_mean` are **not** comparable with published numbers. A score that the
/// statistics or the network do not allow is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scores {
    /// The Fréchet distance; lower is better.
    pub fid: f64,
    /// The Inception Score; higher is better.
    pub is_mean: Option<f64>,
    /// Its population standard deviation over the splits.
    pub is_std: Option<f64>,
    /// The kernel distance (KID), the mean over subsets; lower is better, and
    /// unbiased, so that it may be below 0.
    pub kid_mean: Option<f64>,
    /// Its population standard deviation over the subsets.
    pub kid_std: Option<f64>,
    /// The kernel distance of all rows compared.
    pub kid_full: Option<f64>,
    /// The share of fakes that look real.
    pub precision: Option<f64>,
    /// The share of reals that the fakes reach.
    pub recall: Option<f64>,
    /// How densely reals surround the fakes.
    pub density: Option<f64>,
    /// The share of reals with a fake near by.
    pub coverage: Option<f64>,
    /// The number of real images.
    pub n_real: Option<u64>,
    /// The number of fake images.
    pub n_fake: u64,
    /// Nearest neighbours used for precision, recall, density and coverage.
    pub k: Option<usize>,
    /// How the scores were made.
    pub protocol: Protocol,
}

/// How scores were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Protocol {
    /// The name of the feature network.
    pub extractor: String,
    /// The SHA-256 of the feature network's file.
    pub extractor_sha256: String,
    /// The data set of the real images, if the statistics state it.
    pub real_data: Option<String>,
    /// The part of the data set, if the statistics state it.
    pub split: Option<String>,
    /// The number of real images, if the statistics state it.
    pub real_count: Option<u64>,
    /// The number of fake images.
    pub fake_count: u64,
    /// Whether samples passed through 8 bits before the network saw them.
    pub quantised: bool,
    /// How the Fréchet distance was computed.
    pub frechet_method: String,
    /// Subsets of the kernel distance, drawn with the seed 0.
    pub kid_subsets: Option<usize>,
    /// Rows of either side in each of them.
    pub kid_subset_size: Option<usize>,
    /// Real rows that the neighbours were sought among, and the subsets drawn
    /// from.
    pub neighbours_real_count: Option<u64>,
    /// Fake rows for the same: the first samples.
    pub neighbours_fake_count: Option<u64>,
    /// Nearest neighbours that make a ball.
    pub k: Option<usize>,
    /// Whether the edge of a ball belongs to it.
    pub convention: Option<Boundary>,
    /// Splits of the Inception Score.
    pub is_splits: Option<usize>,
    /// The seed of the samples, if a generator made them for the score.
    pub seed: Option<u64>,
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Protocol {
            extractor,
            real_data,
            split,
            ..
        } = &self.protocol;
        writeln!(f, "Fréchet distance  {:.3}", self.fid)?;
        if let (Some(mean), Some(std)) = (self.is_mean, self.is_std) {
            writeln!(f, "Inception Score   {mean:.3} ± {std:.3}")?;
        }
        if let (Some(mean), Some(std)) = (self.kid_mean, self.kid_std) {
            writeln!(f, "kernel distance   {mean:.5} ± {std:.5}")?;
        }
        for (name, score) in [
            ("precision", self.precision),
            ("recall", self.recall),
            ("density", self.density),
            ("coverage", self.coverage),
        ] {
            if let Some(score) = score {
                writeln!(f, "{name:<17} {score:.4}")?;
            }
        }
        write!(f, "{} fakes against ", self.n_fake)?;
        match (self.n_real, real_data, split) {
            (Some(n), Some(data), Some(split)) => write!(f, "{n} of {data} ({split})")?,
            _ => write!(f, "real images not stated")?,
        }
        write!(f, ", features of {extractor}")
    }
}

#[cfg(test)]
mod tests;
