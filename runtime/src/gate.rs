//! A quality gate: whether a generator is good enough to ship or to start with.

use std::fmt;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::scorer::Scorer;
use crate::scores::Scores;

/// The least or greatest scores that a generator may have, and how they are measured.
///
/// Limits hold for one protocol: scores of another number of samples, or of other
/// statistics, are other scores. Take them from a measurement of a good generator, with
/// room for chance ([`ScoreOptions::interval_groups`](crate::ScoreOptions) tells how much).
///
/// ```
/// use gannet::Limits;
///
/// let limits = Limits { fid: Some(0.5), recall: Some(0.7), ..Limits::default() };
/// assert_eq!(limits.samples, 10_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The Fréchet distance, at most.
    pub fid: Option<f64>,
    /// The kernel distance (mean over subsets), at most.
    pub kid_mean: Option<f64>,
    /// The Inception Score, at least.
    pub is_mean: Option<f64>,
    /// Precision, at least.
    pub precision: Option<f64>,
    /// Recall, at least.
    pub recall: Option<f64>,
    /// Density, at least.
    pub density: Option<f64>,
    /// Coverage, at least.
    pub coverage: Option<f64>,
    /// How many samples are drawn and scored.
    pub samples: u64,
    /// The seed that they are drawn from.
    pub seed: u64,
}

impl Default for Limits {
    /// No limit; 10,000 samples of seed 0.
    fn default() -> Self {
        Self {
            fid: None,
            kid_mean: None,
            is_mean: None,
            precision: None,
            recall: None,
            density: None,
            coverage: None,
            samples: 10_000,
            seed: 0,
        }
    }
}

/// What a gate found: each limit beside what was measured, and all scores with their
/// protocol. It prints as a table.
///
/// ```
/// use gannet::{Features, Latents, Limits, ScoreOptions, Scores};
///
/// # let rows = |seed| Latents::draw(seed, 0..50, 4).values().to_vec();
/// # let (real, fake) = (Features::new(50, 4, rows(1), None)?, Features::new(50, 4, rows(2), None)?);
/// let scores = Scores::of_features(&real, &fake, &ScoreOptions::default())?;
/// let verdict = Limits { recall: Some(0.99), ..Limits::default() }.judge(scores)?;
/// for check in verdict.checks.iter().filter(|check| !check.passed) {
///     assert_eq!(check.score, "recall"); // Tell it to whoever ships.
/// }
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// One check for each limit.
    pub checks: Vec<Check>,
    /// All scores that were measured, and their protocol.
    pub scores: Scores,
}

/// One limit and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The score, by its name in [`Scores`].
    pub score: &'static str,
    /// Which side of the limit is good.
    pub bound: Bound,
    /// The limit.
    pub limit: f64,
    /// What was measured.
    pub measured: f64,
    /// Whether the limit holds.
    pub passed: bool,
}

/// Which side of a limit is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The limit or less.
    AtMost,
    /// The limit or more.
    AtLeast,
}

/// A limit that is set, and where its score stands.
struct Limit {
    score: &'static str,
    bound: Bound,
    limit: f64,
    measured: fn(&Scores) -> Option<f64>,
}

impl Limits {
    fn set(&self) -> impl Iterator<Item = Limit> {
        use Bound::{AtLeast, AtMost};
        type Measured = fn(&Scores) -> Option<f64>;
        let limits: [(_, _, _, Measured); 7] = [
            ("fid", AtMost, self.fid, |scores| Some(scores.fid)),
            ("kid_mean", AtMost, self.kid_mean, |scores| scores.kid_mean),
            ("is_mean", AtLeast, self.is_mean, |scores| scores.is_mean),
            ("precision", AtLeast, self.precision, |scores| {
                scores.precision
            }),
            ("recall", AtLeast, self.recall, |scores| scores.recall),
            ("density", AtLeast, self.density, |scores| scores.density),
            ("coverage", AtLeast, self.coverage, |scores| scores.coverage),
        ];
        limits
            .into_iter()
            .filter_map(|(score, bound, limit, measured)| {
                Some(Limit {
                    score,
                    bound,
                    limit: limit?,
                    measured,
                })
            })
    }

    fn check(&self) -> Result<()> {
        if self.set().next().is_none() {
            return Err(Error::input(
                "limits without a limit let everything pass: set one, such as `fid`",
            ));
        }
        match self.set().find(|limit| limit.limit.is_nan()) {
            Some(limit) => Err(Error::input(format!(
                "the limit of `{}` is not a number",
                limit.score
            ))),
            None => Ok(()),
        }
    }

    /// Holds scores that were measured already against the limits; `samples` and `seed` are
    /// not looked at.
    ///
    /// ```
    /// use gannet::{Features, Latents, Limits, ScoreOptions, Scores};
    ///
    /// let features = |seed| {
    ///     Features::new(50, 4, Latents::draw(seed, 0..50, 4).values().to_vec(), None)
    /// };
    /// let scores = Scores::of_features(&features(1)?, &features(2)?, &ScoreOptions::default())?;
    /// let strict = Limits { fid: Some(0.0), ..Limits::default() };
    /// assert!(!strict.judge(scores)?.passed());
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if no limit is set, one is not a number, or one is
    /// of a score that was not measured.
    pub fn judge(&self, scores: Scores) -> Result<Verdict> {
        self.check()?;
        let judge = |limit: Limit| {
            let Limit {
                score,
                bound,
                limit,
                measured,
            } = limit;
            let why = scores.missing.join("; ");
            let measured = measured(&scores).ok_or_else(|| not_there(score, &why))?;
            let passed = match bound {
                Bound::AtMost => measured <= limit,
                Bound::AtLeast => measured >= limit,
            };
            Ok(Check {
                score,
                bound,
                limit,
                measured,
                passed,
            })
        };
        let checks = self.set().map(judge).collect::<Result<_>>()?;
        Ok(Verdict { checks, scores })
    }
}

impl Scorer {
    /// Scores a generator and holds the scores against limits.
    ///
    /// A generator that fails is no error: [`Verdict::passed`] says so. It costs what
    /// [`score`](Self::score) costs: the drawing of `limits.samples` samples, the feature
    /// network on each of them, and the comparison with the real rows, which grows with the
    /// square of their number. As a start-up check, lower `samples` and take limits
    /// measured with as many; [`Generator::verify`] costs a few samples. To be able to stop
    /// it, [`score_draw`](Self::score_draw) with a [`Cancel`](crate::Cancel) and
    /// [`Limits::judge`] do the same in two steps.
    ///
    /// ```
    /// use gannet::{FeatureNet, Generator, Limits, Manifest, Scorer};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let package = "models/fashion-mnist";
    /// let scorer = Scorer::new(
    ///     FeatureNet::open("models/features/fashion-mnist.onnx")?,
    ///     Manifest::read(package)?.real_stats(package)?,
    /// )?;
    /// let limits = Limits { fid: Some(5.0), recall: Some(0.2), samples: 200, ..Limits::default() };
    /// let verdict = scorer.gate(&Generator::open(package)?, &limits)?;
    /// assert!(verdict.passed(), "{verdict}");
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if no limit is set, one is not a number, or one is
    /// of a score that the statistics or the feature network do not allow, which is found
    /// before anything is drawn; and those of [`score`](Self::score).
    pub fn gate(&self, generator: &Generator, limits: &Limits) -> Result<Verdict> {
        limits.check()?;
        for Limit { score, .. } in limits.set() {
            match (score, self.why_no_rows()) {
                ("fid", _) => {}
                ("is_mean", _) if self.net().classes().is_some() => {}
                ("is_mean", _) => {
                    return Err(not_there(score, "the feature network gives no logits"));
                }
                (_, Some(why)) => return Err(not_there(score, why)),
                _ => {}
            }
        }
        limits.judge(self.score(generator, limits.samples, limits.seed)?)
    }
}

fn not_there(score: &str, why: &str) -> Error {
    Error::input(format!(
        "there is a limit for `{score}`, which cannot be measured: {why}"
    ))
}

impl Verdict {
    /// Whether all limits hold.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{check}")?;
        }
        let failed = self.checks.iter().filter(|check| !check.passed).count();
        match failed {
            0 => writeln!(f, "passed: all {} limits hold", self.checks.len())?,
            _ => writeln!(f, "failed: {failed} of {} limits", self.checks.len())?,
        }
        write!(f, "{}", self.scores)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            score,
            limit,
            measured,
            ..
        } = self;
        let bound = match self.bound {
            Bound::AtMost => "at most",
            Bound::AtLeast => "at least",
        };
        let result = if self.passed { "ok" } else { "FAILED" };
        write!(f, "{score:<9} {measured:.4}, {bound} {limit}: {result}")
    }
}

#[cfg(test)]
mod tests;
