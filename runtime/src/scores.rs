//! Scores, and how they were made.

mod boundary;
#[cfg(feature = "score")]
mod comparison;
mod interval;
#[cfg(feature = "score")]
mod intervals;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use boundary::Boundary;
#[cfg(feature = "score")]
pub use comparison::ScoreOptions;
#[cfg(feature = "score")]
pub(crate) use comparison::{Compared, OF_LOGITS, OF_ROWS};
pub use interval::Interval;
#[cfg(feature = "score")]
pub(crate) use intervals::{intervals, options_without};

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
    /// The interval of a score, if it was asked for.
    fn interval(&self, name: &str) -> Option<&Interval> {
        self.intervals.as_ref()?.get(name)
    }
}
