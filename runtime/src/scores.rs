//! Scores, and how they were made.

mod intervals;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use self::intervals::{intervals, options_without};
use crate::error::Result;
use crate::features::Features;
use crate::metrics::{
    Boundary, InceptionScore, Interval, KernelDistance, Neighbours, frechet_from_features,
    inception_score, kernel_distances, neighbours,
};

/// Rows of a subset of the kernel distance, as in its common protocol.
const KID_SUBSET_SIZE: usize = 1_000;

/// The scores that compare rows with rows.
pub(crate) const OF_ROWS: &str = "kernel distance, precision, recall, density and coverage";

/// The score of logits.
pub(crate) const OF_LOGITS: &str = "Inception Score";

/// How the Fréchet distance was computed from features.
const FRECHET_METHOD: &str = "features, nuclear norm in f64";

/// What the protocol of scores leaves to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreOptions {
    /// Nearest neighbours that make the balls of precision and recall.
    pub k: usize,
    /// Subsets of the kernel distance.
    pub kid_subsets: usize,
    /// Rows of either side in each of them. Without, 1,000 or half of the rows,
    /// whichever is fewer, so that subsets differ.
    pub kid_subset_size: Option<usize>,
    /// The seed of their choice: one for all scores that are to compare.
    pub kid_seed: u64,
    /// Splits of the Inception Score.
    pub is_splits: usize,
    /// Groups of fakes, each left out once, that give each score a confidence
    /// interval ([`jackknife`](crate::metrics::jackknife)); 20 to 50 are usual.
    /// Without, there are none. They cost as many further scorings, and the memory
    /// of all fakes' features.
    pub interval_groups: Option<usize>,
}

impl Default for ScoreOptions {
    /// The protocol of the metrics' papers: k = 3, 100 subsets, 10 splits; no
    /// intervals.
    fn default() -> Self {
        Self {
            k: 3,
            kid_subsets: 100,
            kid_subset_size: None,
            kid_seed: 0,
            is_splits: 10,
            interval_groups: None,
        }
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
    /// 95 % confidence intervals by the names of the scores here, if they were
    /// asked for: how far chance in the fakes may have moved a score. The real
    /// images stay the same, and a bias that all sets of this size share, as the
    /// Fréchet distance has, is not in them. That of `kid_mean` is as wide as that
    /// of `kid_full` and the choice of subsets make it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<BTreeMap<String, Interval>>,
    /// Which scores are `None` and why, in words; empty if none is.
    #[serde(default)]
    pub missing: Vec<String>,
    /// How the scores were made.
    pub protocol: Protocol,
}

/// How scores were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Protocol {
    /// The name of the feature network, unless features came without one.
    pub extractor: Option<String>,
    /// The SHA-256 of the feature network's file, likewise.
    pub extractor_sha256: Option<String>,
    /// The data set of the real images, if the statistics state it.
    pub real_data: Option<String>,
    /// The part of the data set, if the statistics state it.
    pub split: Option<String>,
    /// The number of real images, if the statistics state it.
    pub real_count: Option<u64>,
    /// The number of fake images.
    pub fake_count: u64,
    /// Whether samples passed through 8 bits before the network saw them, if
    /// that is known.
    pub quantised: Option<bool>,
    /// How images of another size were brought to the feature network's, as in
    /// `pil-bilinear to 224x224` (height x width), if it resizes.
    pub resize: Option<String>,
    /// How the Fréchet distance was computed.
    pub frechet_method: String,
    /// Subsets of the kernel distance.
    pub kid_subsets: Option<usize>,
    /// Rows of either side in each of them.
    pub kid_subset_size: Option<usize>,
    /// The seed of their choice.
    pub kid_seed: Option<u64>,
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
    /// Their class, if all are of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<usize>,
    /// The bound of their latents, if they were truncated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncation: Option<f64>,
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Protocol {
            extractor,
            real_data,
            split,
            resize,
            class,
            truncation,
            ..
        } = &self.protocol;
        let mut line = |label, key: &str, value: Option<f64>, std: Option<f64>, digits: usize| {
            let Some(value) = value else { return Ok(()) };
            write!(f, "{label:<17} {value:.digits$}")?;
            if let Some(std) = std {
                write!(f, " ± {std:.digits$}")?;
            }
            if let Some(Interval {
                low, high, level, ..
            }) = self.interval(key)
            {
                write!(
                    f,
                    "  [{low:.digits$}, {high:.digits$}] {:.0} %",
                    100.0 * level
                )?;
            }
            writeln!(f)
        };
        line("Fréchet distance", "fid", Some(self.fid), None, 3)?;
        line("Inception Score", "is_mean", self.is_mean, self.is_std, 3)?;
        line(
            "kernel distance",
            "kid_mean",
            self.kid_mean,
            self.kid_std,
            5,
        )?;
        line("precision", "precision", self.precision, None, 4)?;
        line("recall", "recall", self.recall, None, 4)?;
        line("density", "density", self.density, None, 4)?;
        line("coverage", "coverage", self.coverage, None, 4)?;
        for missing in &self.missing {
            writeln!(f, "not computed: {missing}")?;
        }
        write!(f, "{} fakes against ", self.n_fake)?;
        match (self.n_real, real_data, split) {
            (Some(n), Some(data), Some(split)) => write!(f, "{n} of {data} ({split})")?,
            (Some(n), ..) => write!(f, "{n} reals")?,
            _ => write!(f, "real images not stated")?,
        }
        match extractor {
            Some(extractor) => write!(f, ", features of {extractor}")?,
            None => write!(f, ", features of an unknown network")?,
        }
        if let Some(class) = class {
            write!(f, ", of class {class}")?;
        }
        if let Some(truncation) = truncation {
            write!(f, ", latents within {truncation}")?;
        }
        match resize {
            Some(resize) => write!(f, ", images resized by {resize}"),
            None => Ok(()),
        }
    }
}

impl Scores {
    /// Scores features against features, with the logits that the fakes carry.
    ///
    /// No network is stated in the protocol: whoever gives features knows it.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if the dimensions differ, or either
    /// side has too few rows for the options.
    ///
    /// ```
    /// use gannet::{Features, Latents, ScoreOptions, Scores};
    ///
    /// let features = |seed| {
    ///     Features::new(50, 4, Latents::draw(seed, 0..50, 4).values().to_vec(), None)
    /// };
    /// let scores = Scores::of_features(&features(1)?, &features(2)?, &ScoreOptions::default())?;
    /// assert!(scores.fid < 1.0 && scores.recall > Some(0.5));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    pub fn of_features(real: &Features, fake: &Features, options: &ScoreOptions) -> Result<Self> {
        let mut scores = Self::without_intervals(real, fake, options)?;
        if let Some(groups) = options.interval_groups {
            let options = options_without(&scores, options);
            scores.intervals = Some(intervals(&scores, fake.len(), groups, |rows| {
                Self::without_intervals(real, &fake.select(rows)?, &options)
            })?);
        }
        Ok(scores)
    }

    /// The interval of a score, if it was asked for.
    fn interval(&self, name: &str) -> Option<&Interval> {
        self.intervals.as_ref()?.get(name)
    }

    fn without_intervals(real: &Features, fake: &Features, options: &ScoreOptions) -> Result<Self> {
        let fid = frechet_from_features(real, fake)?;
        let rows = Compared::new(real, fake, options)?;
        let counts = (Some(real.len() as u64), fake.len() as u64);
        let mut scores = Self::of_parts(fid, FRECHET_METHOD, counts);
        scores.add_rows(&rows, options);
        match fake.logits() {
            Some(logits) => {
                scores.add_inception(inception_score(logits, options.is_splits)?, options);
            }
            None => scores.miss(OF_LOGITS, "no logits were given"),
        }
        Ok(scores)
    }

    /// Scores of the Fréchet distance alone, of `counts` reals and fakes.
    pub(crate) fn of_parts(fid: f64, method: &str, counts: (Option<u64>, u64)) -> Self {
        let (n_real, n_fake) = counts;
        Self {
            fid,
            is_mean: None,
            is_std: None,
            kid_mean: None,
            kid_std: None,
            kid_full: None,
            precision: None,
            recall: None,
            density: None,
            coverage: None,
            n_real,
            n_fake,
            k: None,
            intervals: None,
            missing: Vec::new(),
            protocol: Protocol {
                extractor: None,
                extractor_sha256: None,
                real_data: None,
                split: None,
                real_count: n_real,
                fake_count: n_fake,
                quantised: None,
                resize: None,
                frechet_method: method.to_owned(),
                kid_subsets: None,
                kid_subset_size: None,
                kid_seed: None,
                neighbours_real_count: None,
                neighbours_fake_count: None,
                k: None,
                convention: None,
                is_splits: None,
                seed: None,
                class: None,
                truncation: None,
            },
        }
    }

    pub(crate) fn add_rows(&mut self, rows: &Compared, options: &ScoreOptions) {
        self.kid_mean = Some(rows.kid.mean);
        self.kid_std = Some(rows.kid.std);
        self.kid_full = Some(rows.kid_full);
        self.precision = Some(rows.neighbours.precision);
        self.recall = Some(rows.neighbours.recall);
        self.density = Some(rows.neighbours.density);
        self.coverage = Some(rows.neighbours.coverage);
        self.k = Some(options.k);
        let protocol = &mut self.protocol;
        protocol.kid_subsets = Some(options.kid_subsets);
        protocol.kid_subset_size = Some(rows.kid_subset_size);
        protocol.kid_seed = Some(options.kid_seed);
        protocol.neighbours_real_count = Some(rows.real_count);
        protocol.neighbours_fake_count = Some(rows.fake_count);
        protocol.k = Some(options.k);
        protocol.convention = Some(Boundary::default());
    }

    /// Notes why some scores are not there.
    pub(crate) fn miss(&mut self, scores: &str, reason: &str) {
        self.missing.push(format!("{scores}: {reason}"));
    }

    pub(crate) fn add_inception(&mut self, score: InceptionScore, options: &ScoreOptions) {
        self.is_mean = Some(score.mean);
        self.is_std = Some(score.std);
        self.protocol.is_splits = Some(options.is_splits);
    }
}

/// What comes of comparing rows with rows.
pub(crate) struct Compared {
    real_count: u64,
    fake_count: u64,
    neighbours: Neighbours,
    kid: KernelDistance,
    kid_full: f64,
    kid_subset_size: usize,
}

impl Compared {
    pub(crate) fn new(real: &Features, fake: &Features, options: &ScoreOptions) -> Result<Self> {
        let half = real.len().min(fake.len()) / 2;
        let size = options.kid_subset_size.unwrap_or(KID_SUBSET_SIZE.min(half));
        let (subsets, seed) = (options.kid_subsets, options.kid_seed);
        let (kid, kid_full) = kernel_distances(real, fake, subsets, size, seed)?;
        Ok(Self {
            real_count: real.len() as u64,
            fake_count: fake.len() as u64,
            neighbours: neighbours(real, fake, options.k, Boundary::default())?,
            kid,
            kid_full,
            kid_subset_size: size,
        })
    }
}
