//! Statistics of real images, computed once and kept beside a generator.

mod npz;
mod packaged;
mod reservoir;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::features::{FeatureNet, Features};
use crate::moments::Moments;
use reservoir::Reservoir;

/// What statistics were computed from: the part of a score's protocol that
/// concerns the real images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StatsProtocol {
    /// The name of the feature network.
    pub extractor: String,
    /// The SHA-256 of the feature network's file.
    pub extractor_sha256: String,
    /// The name of the data set.
    pub real_data: String,
    /// The part of the data set, such as `train`.
    pub split: String,
}

impl StatsProtocol {
    /// States the feature network and the part of a data set that it sees.
    pub fn new(net: &FeatureNet, real_data: impl Into<String>, split: impl Into<String>) -> Self {
        Self {
            extractor: net.name().to_owned(),
            extractor_sha256: net.digest().to_owned(),
            real_data: real_data.into(),
            split: split.into(),
        }
    }
}

/// Statistics of real features: mean and covariance, a sample of rows, class
/// counts and the protocol.
///
/// They are collected in one pass and constant memory, merge over shards, and
/// are stored as `.npz`. A file of another tool that holds only `mu` and
/// `sigma`, as pytorch-fid writes, serves for the Fréchet distance alone.
///
/// ```
/// use gannet::{FeatureNet, Generator, RealStats, StatsProtocol};
///
/// # std::env::set_current_dir("..").unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("real.npz");
/// let net = FeatureNet::open("models/features/fashion-mnist.onnx")?;
/// # // Any images will do.
/// # let images = Generator::open("models/fashion-mnist")?.sample(7, 0..20)?;
/// let protocol = StatsProtocol::new(&net, "photos", "train");
/// let mut collector = RealStats::collect(protocol, RealStats::DEFAULT_RESERVOIR, 0);
/// collector.push(&net.extract(&images)?)?; // As often as there are batches.
/// let stats = collector.finish()?;
/// stats.save(&path)?;
/// assert_eq!(RealStats::load(&path)?.n(), Some(20));
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RealStats {
    mu: Vec<f64>,
    sigma: Vec<f64>,
    collected: Option<Collected>,
}

/// What a file of another tool lacks.
#[derive(Clone, Debug)]
struct Collected {
    n: u64,
    protocol: StatsProtocol,
    reservoir: Reservoir,
    class_counts: Option<Vec<u64>>,
}

impl RealStats {
    /// The number of rows kept by default.
    pub const DEFAULT_RESERVOIR: usize = 5_000;

    /// Starts to collect statistics, keeping up to `reservoir` feature rows.
    ///
    /// The rows kept are those of lowest hash of `seed` and content, so they do
    /// not depend on the order of the images or on sharding. The last bits of
    /// features may differ between kinds of processor, and with them the choice.
    /// Images with equal features have one hash; where they are the last that
    /// fit, only some of them are kept.
    pub fn collect(protocol: StatsProtocol, reservoir: usize, seed: u64) -> StatsCollector {
        StatsCollector {
            protocol,
            reservoir: Reservoir::new(reservoir, seed),
            class_counts: None,
            moments: None,
        }
    }

    /// Joins the statistics of two disjoint shards of a data set: those of the
    /// whole, up to rounding. The rows kept are exactly those of the whole if
    /// the features are equal to the last bit, as from one kind of processor.
    ///
    /// ```
    /// use gannet::{FeatureNet, Generator, RealStats, StatsProtocol};
    ///
    /// # std::env::set_current_dir("..").unwrap();
    /// let net = FeatureNet::open("models/features/fashion-mnist.onnx")?;
    /// let generator = Generator::open("models/fashion-mnist")?;
    /// let shard = |indices: std::ops::Range<u64>| -> gannet::Result<RealStats> {
    ///     let images = generator.sample(7, indices)?; // As if they were real.
    ///     let mut collector = RealStats::collect(StatsProtocol::new(&net, "photos", "train"), 9, 0);
    ///     collector.push(&net.extract(&images)?)?;
    ///     collector.finish()
    /// };
    /// let whole = RealStats::merge(shard(0..12)?, shard(12..20)?)?;
    /// assert_eq!(whole.n(), Some(20));
    /// # Ok::<(), gannet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Contract`](crate::ErrorKind::Contract) if their protocols differ or one
    /// comes from another tool, [`Input`](crate::ErrorKind::Input) if their
    /// reservoirs differ in capacity or seed.
    pub fn merge(a: Self, b: Self) -> Result<Self> {
        let mut moments = a.moments()?;
        let more = b.moments()?;
        let (Some(mut ours), Some(theirs)) = (a.collected, b.collected) else {
            return Err(foreign());
        };
        if ours.protocol != theirs.protocol || moments.mean.len() != more.mean.len() {
            return Err(Error::contract(format!(
                "statistics merge only under one protocol, got {:?} and {:?}",
                ours.protocol, theirs.protocol
            )));
        }
        moments.merge(&more);
        ours.n = moments.n;
        ours.reservoir.merge(theirs.reservoir)?;
        ours.class_counts = add_counts(ours.class_counts, theirs.class_counts)?;
        Ok(Self {
            sigma: moments.covariance(),
            mu: moments.mean,
            collected: Some(ours),
        })
    }

    /// The number of features of one image.
    pub fn dim(&self) -> usize {
        self.mu.len()
    }

    /// The mean of the features, `[dim]`.
    pub fn mu(&self) -> &[f64] {
        &self.mu
    }

    /// The unbiased covariance of the features, `[dim, dim]` row-major.
    pub fn sigma(&self) -> &[f64] {
        &self.sigma
    }

    /// The number of images, unless the file came from another tool.
    pub fn n(&self) -> Option<u64> {
        self.collected.as_ref().map(|collected| collected.n)
    }

    /// What the statistics were computed from, unless the file came from
    /// another tool.
    pub fn protocol(&self) -> Option<&StatsProtocol> {
        self.collected.as_ref().map(|collected| &collected.protocol)
    }

    /// How many images the classifier put into each class, if it classifies.
    pub fn class_counts(&self) -> Option<&[u64]> {
        self.collected.as_ref()?.class_counts.as_deref()
    }

    /// The feature rows kept, unless there are none.
    pub fn reservoir(&self) -> Option<Features> {
        let rows = self.collected.as_ref()?.reservoir.rows();
        let n = rows.len() / self.dim();
        let features = Features::new(n, self.dim(), rows, None).ok()?;
        (!features.is_empty()).then_some(features)
    }

    fn moments(&self) -> Result<Moments> {
        let n = self.n().ok_or_else(foreign)?;
        let freedom = n as f64 - 1.0;
        Ok(Moments {
            n,
            mean: self.mu.clone(),
            scatter: self.sigma.iter().map(|value| value * freedom).collect(),
        })
    }
}

fn foreign() -> Error {
    Error::contract(
        "statistics that hold only `mu` and `sigma` cannot be merged: \
         the number of images is not known",
    )
}

fn add_counts(ours: Option<Vec<u64>>, theirs: Option<Vec<u64>>) -> Result<Option<Vec<u64>>> {
    match (ours, theirs) {
        (Some(mut ours), Some(theirs)) if ours.len() == theirs.len() => {
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                *ours += theirs;
            }
            Ok(Some(ours))
        }
        (None, None) => Ok(None),
        (ours, theirs) => Err(Error::input(format!(
            "one data set has one number of classes, got {:?} and {:?}",
            ours.map(|counts| counts.len()),
            theirs.map(|counts| counts.len())
        ))),
    }
}

/// Statistics in the making; see [`RealStats::collect`].
#[derive(Clone, Debug)]
pub struct StatsCollector {
    protocol: StatsProtocol,
    reservoir: Reservoir,
    class_counts: Option<Vec<u64>>,
    moments: Option<Moments>,
}

impl StatsCollector {
    /// Takes the features of further images.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if their dimension or number of
    /// classes is not that of the images before; nothing is taken then.
    pub fn push(&mut self, features: &Features) -> Result<()> {
        let dim = features.dim();
        let counts = class_counts(features);
        match &mut self.moments {
            None => {
                self.class_counts = counts;
                self.moments = Some(Moments::of(features.rows(), dim));
            }
            Some(moments) if moments.mean.len() == dim => {
                self.class_counts = add_counts(self.class_counts.clone(), counts)?;
                moments.merge(&Moments::of(features.rows(), dim));
            }
            Some(moments) => {
                return Err(Error::input(format!(
                    "statistics of dimension {} cannot take features of dimension {dim}",
                    moments.mean.len()
                )));
            }
        }
        self.reservoir.push(features.rows(), dim);
        Ok(())
    }

    /// Ends the collection.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) with fewer than two images, which
    /// have no covariance.
    pub fn finish(self) -> Result<RealStats> {
        let n = self.moments.as_ref().map_or(0, |moments| moments.n);
        match self.moments {
            Some(moments) if n >= 2 => Ok(RealStats {
                sigma: moments.covariance(),
                mu: moments.mean,
                collected: Some(Collected {
                    n,
                    protocol: self.protocol,
                    reservoir: self.reservoir,
                    class_counts: self.class_counts,
                }),
            }),
            _ => Err(Error::input(format!(
                "statistics need two images at least, got {n}"
            ))),
        }
    }
}

/// How often each class has the highest logit; the first of equals counts.
fn class_counts(features: &Features) -> Option<Vec<u64>> {
    let logits = features.logits()?;
    let mut counts = vec![0; logits.classes];
    for row in logits.values.chunks_exact(logits.classes) {
        let best = (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best });
        counts[best] += 1;
    }
    Some(counts)
}

#[cfg(test)]
mod tests;
