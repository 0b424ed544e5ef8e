//! A scorer: a feature network and the statistics of real images.

use crate::error::{Error, Result};
use crate::features::{FeatureNet, Features, Logits};
use crate::generator::{Draw, Generator};
use crate::metrics::{frechet_from_moments, inception_score};
use crate::moments::Moments;
use crate::samples::Samples;
use crate::scores::{
    Compared, OF_LOGITS, OF_ROWS, ScoreOptions, Scores, intervals, options_without,
};
use crate::stats::RealStats;

/// Samples made and looked at together.
const BATCH: usize = 256;

/// How the Fréchet distance was computed.
const FRECHET_METHOD: &str = "moments, pivoted Cholesky factors in f64";

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
    /// Real rows to compare with, or why there are none.
    rows: std::result::Result<Features, String>,
    options: ScoreOptions,
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
        Self::with_options(net, real, ScoreOptions::default())
    }

    /// [`new`](Self::new) with another protocol than the default.
    ///
    /// ```
    /// use gannet::{FeatureNet, RealStats, ScoreOptions, Scorer};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let scorer = Scorer::with_options(
    ///     FeatureNet::open("models/features/fashion-mnist.onnx")?,
    ///     RealStats::load("models/fashion-mnist/real.npz")?,
    ///     ScoreOptions { k: 5, ..ScoreOptions::default() },
    /// )?;
    /// assert_eq!(scorer.why_no_rows(), None);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new). Options that suit no number of rows are
    /// refused when the scores are made.
    pub fn with_options(net: FeatureNet, real: RealStats, options: ScoreOptions) -> Result<Self> {
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
        let rows = match real.reservoir() {
            Some(rows) if rows.len() > options.k => Ok(rows),
            Some(rows) => Err(format!(
                "the statistics keep {} feature rows, too few for {} nearest neighbours",
                rows.len(),
                options.k
            )),
            None if real.protocol().is_some() => {
                Err("the statistics were made without keeping feature rows".to_owned())
            }
            None => Err("the statistics hold only `mu` and `sigma`, no feature rows".to_owned()),
        };
        Ok(Self {
            net,
            real,
            rows,
            options,
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

    /// Why there will be no kernel distance, precision, recall, density and
    /// coverage, unless there will be.
    pub fn why_no_rows(&self) -> Option<&str> {
        self.rows.as_ref().err().map(String::as_str)
    }

    /// Scores the samples `0..n` of `seed`, made and looked at in batches.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if `n` is too small or the generator's
    /// images are not those of the feature network, and what
    /// [`Generator::sample`] and [`FeatureNet::extract`] return.
    pub fn score(&self, generator: &Generator, n: u64, seed: u64) -> Result<Scores> {
        self.score_draw(generator, &Draw::new(seed, 0..n))
    }

    /// Scores samples of one class, of truncated latents, or of any range of indices, made
    /// and looked at in batches.
    ///
    /// ```
    /// use gannet::{Draw, FeatureNet, Generator, RealStats, Scorer};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let scorer = Scorer::new(
    ///     FeatureNet::open("models/features/fashion-mnist.onnx")?,
    ///     RealStats::load("models/fashion-mnist/real.npz")?,
    /// )?;
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// let all = scorer.score(&generator, 100, 0)?;
    /// let typical = scorer.score_draw(&generator, &Draw::new(0, 0..100).truncation(0.5))?;
    /// assert!(typical.recall < all.recall);
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score), and those of [`Generator::draw`].
    pub fn score_draw(&self, generator: &Generator, draw: &Draw) -> Result<Scores> {
        self.check_count(draw.len())?;
        let mut fakes = Fakes::new(self);
        for samples in generator.batches(draw.clone(), BATCH)? {
            fakes.push(&self.net.extract(&samples?)?)?;
        }
        let mut scores = self.finish(fakes, Some(draw.seed))?;
        scores.protocol.class = draw.class;
        scores.protocol.truncation = draw.truncation;
        Ok(scores)
    }

    /// Scores images from elsewhere.
    ///
    /// ```
    /// use gannet::{FeatureNet, Generator, RealStats, Scorer};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let scorer = Scorer::new(
    ///     FeatureNet::open("models/features/fashion-mnist.onnx")?,
    ///     RealStats::load("models/fashion-mnist/real.npz")?,
    /// )?;
    /// // Images from anywhere.
    /// let images = Generator::open("models/fashion-mnist")?.sample(7, 0..100)?;
    /// let scores = scorer.score_samples(&images)?;
    /// assert_eq!((scores.n_fake, scores.protocol.seed), (100, None));
    /// # Ok::<(), gannet::Error>(())
    /// ```
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
            least = least.max(self.options.is_splits);
        }
        if self.rows.is_ok() {
            least = least.max(self.options.k.saturating_add(1));
        }
        if let Some(groups) = self.options.interval_groups {
            // A group's share is left out.
            least += least.div_ceil(groups.saturating_sub(1).max(1));
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
        let dim = self.net.dim();
        let compared = self.compared_values().min(fakes.kept.len());
        let mut scores = self.compare(
            &fakes.moments,
            fakes.logits.as_ref(),
            &fakes.kept[..compared],
            &self.options,
        )?;
        if let Some(groups) = self.options.interval_groups {
            let all = Features::new(fakes.kept.len() / dim, dim, fakes.kept, fakes.logits)?;
            let options = options_without(&scores, &self.options);
            scores.intervals = Some(intervals(&scores, all.len(), groups, |rows| {
                let some = all.select(rows)?;
                // No row takes the place of one left out.
                let compared = rows.partition_point(|row| row * dim < compared);
                self.compare(
                    &Moments::of(some.rows(), dim),
                    some.logits(),
                    &some.rows()[..compared * dim],
                    &options,
                )
            })?);
        }
        let protocol = &mut scores.protocol;
        protocol.extractor = Some(self.net.name().to_owned());
        protocol.extractor_sha256 = Some(self.net.digest().to_owned());
        if let Some(stats) = self.real.protocol() {
            protocol.real_data = Some(stats.real_data.clone());
            protocol.split = Some(stats.split.clone());
        }
        protocol.quantised = Some(true);
        let [_, height, width] = self.net.image_shape();
        let resize = self.net.resize();
        protocol.resize = resize.map(|method| format!("{method} to {height}x{width}"));
        protocol.seed = seed;
        Ok(scores)
    }

    /// The scores of fakes of these moments and logits, and of these rows.
    fn compare(
        &self,
        moments: &Moments,
        logits: Option<&Logits>,
        rows: &[f32],
        options: &ScoreOptions,
    ) -> Result<Scores> {
        let fid = frechet_from_moments(
            self.real.mu(),
            self.real.sigma(),
            &moments.mean,
            &moments.covariance(),
        )?;
        let counts = (self.real.n(), moments.n);
        let mut scores = Scores::of_parts(fid, FRECHET_METHOD, counts);
        match logits {
            Some(logits) => {
                scores.add_inception(inception_score(logits, options.is_splits)?, options);
            }
            None => scores.miss(OF_LOGITS, "the feature network gives no logits"),
        }
        match &self.rows {
            Ok(real) => {
                let dim = real.dim();
                let fake = Features::new(rows.len() / dim, dim, rows.to_vec(), None)?;
                scores.add_rows(&Compared::new(real, &fake, options)?, options);
            }
            Err(reason) => scores.miss(OF_ROWS, reason),
        }
        Ok(scores)
    }

    /// How many values of the fakes' first rows are compared with real rows.
    fn compared_values(&self) -> usize {
        self.rows.as_ref().map_or(0, |rows| rows.rows().len())
    }
}

/// What is kept of the fakes: the moments of all, the logits of all, and as
/// many of the first rows as there are real rows to compare them with, or all
/// rows for intervals.
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
            most_kept: match scorer.options.interval_groups {
                Some(_) => usize::MAX,
                None => scorer.compared_values(),
            },
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

#[cfg(test)]
mod tests;
