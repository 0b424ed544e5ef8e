//! The making of scores.

use super::{Boundary, Protocol, Scores, intervals, options_without};
use crate::error::Result;
use crate::features::Features;
use crate::metrics::{
    InceptionScore, KernelDistance, Neighbours, frechet_from_features, inception_score,
    kernel_distances, neighbours,
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
