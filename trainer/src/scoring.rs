//! Statistics of data sets, measured with the code that an app embeds.

use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use gannet::{FeatureNet, Features, Logits, RealStats, Samples, StatsCollector, StatsProtocol};
use rayon::prelude::*;

use crate::data::{DataError, Dataset, ImageFolder};

/// Images whose features are extracted at once.
const BATCH: usize = 512;

/// Values of prepared images in memory at once: 64 MiB.
const MOST_PREPARED: usize = 1 << 24;

/// Values of a streamed set's images in memory at once: 2 GiB.
const MOST_STREAMED: usize = 1 << 29;

/// The part of a folder of image files that a protocol states.
const WHOLE_FOLDER: &str = "all";

/// Rows are chosen for the reservoir with this seed, so that shards agree.
const RESERVOIR_SEED: u64 = 0;

/// One of `count` parts of nearly equal size that cover a data set, written `INDEX/COUNT` with
/// indices from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// The whole data set.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// The indices of its images among `n`.
    pub fn range(self, n: usize) -> Range<usize> {
        let at = |index| (index as u128 * n as u128 / self.count as u128) as usize;
        at(self.index)..at(self.index + 1)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parsed {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            _ => {
                Err("expected INDEX/COUNT with an index from 0 to COUNT - 1, as in 0/4".to_owned())
            }
        }
    }
}

/// The statistics of a shard of one part of a data set, `split` being the part's name.
///
/// # Errors
///
/// A [`ScoringError`]: images that the network does not take, fewer than two of them, points
/// that are no images.
pub fn real_stats(
    net: &FeatureNet,
    set: &Dataset,
    split: &str,
    shard: Shard,
) -> Result<RealStats, ScoringError> {
    let mut collector = collector(net, set.name(), split);
    let images = shard.range(set.len());
    for start in images.clone().step_by(BATCH) {
        let samples = samples(set, start..images.end.min(start + BATCH))?;
        collector.push(&net.extract(&samples)?)?;
    }
    Ok(collector.finish()?)
}

fn collector(net: &FeatureNet, name: &str, split: &str) -> StatsCollector {
    let protocol = StatsProtocol::new(net, name, split);
    RealStats::collect(protocol, RealStats::DEFAULT_RESERVOIR, RESERVOIR_SEED)
}

/// Why images have no features.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoringError {
    /// An image cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A streamed set has more images than memory should hold at once.
    #[error(
        "{name}: {images} images are too many to score at once; score the first {most} at most, with -n"
    )]
    TooMany {
        /// The data set.
        name: String,
        /// How many images were to be scored.
        images: usize,
        /// The most.
        most: usize,
    },
    /// The feature network does not take an image.
    #[error("{}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// The network's reason.
        source: gannet::Error,
    },
    /// The network failed, or there are too few images.
    #[error(transparent)]
    Runtime(#[from] gannet::Error),
}

/// The statistics of a shard of a folder of image files. No more images are in memory at once
/// than there are threads, whatever the folder's size.
///
/// # Errors
///
/// A [`ScoringError`], which names the file where one is at fault.
pub fn folder_stats(
    net: &FeatureNet,
    folder: &ImageFolder,
    shard: Shard,
) -> Result<RealStats, ScoringError> {
    let part = folder.background().under(WHOLE_FOLDER);
    let mut collector = collector(net, folder.name(), &part);
    in_batches(net, folder, shard.range(folder.len()), |features| {
        collector.push(&features)
    })?;
    Ok(collector.finish()?)
}

/// The features of the first `n` images of a folder, or of all if there are fewer. They are all
/// that is kept in memory.
///
/// # Errors
///
/// A [`ScoringError`], which names the file where one is at fault.
pub fn folder_features(
    net: &FeatureNet,
    folder: &ImageFolder,
    n: usize,
) -> Result<Features, ScoringError> {
    let n = n.min(folder.len());
    let mut rows = Vec::new();
    let mut logits = net.classes().map(|classes| Logits {
        classes,
        values: Vec::new(),
    });
    in_batches(net, folder, 0..n, |features| {
        rows.extend_from_slice(features.rows());
        if let (Some(all), Some(more)) = (&mut logits, features.logits()) {
            all.values.extend_from_slice(&more.values);
        }
        Ok(())
    })?;
    Ok(Features::new(n, net.dim(), rows, logits)?)
}

/// Hands on the features of these images in their order, batch by batch.
fn in_batches(
    net: &FeatureNet,
    folder: &ImageFolder,
    images: Range<usize>,
    mut take: impl FnMut(Features) -> gannet::Result<()>,
) -> Result<(), ScoringError> {
    let size: usize = net.image_shape().iter().product();
    let batch = (MOST_PREPARED / size).clamp(1, BATCH);
    for start in images.clone().step_by(batch) {
        let prepared: Vec<_> = (start..images.end.min(start + batch))
            .into_par_iter()
            .map(|index| prepared(net, folder, index))
            .collect();
        // Of several files at fault the first is named, whatever the threads.
        let inputs: Vec<Vec<f32>> = prepared.into_iter().collect::<Result<_, _>>()?;
        take(net.extract_prepared(&inputs.concat())?)?;
    }
    Ok(())
}

fn prepared(
    net: &FeatureNet,
    folder: &ImageFolder,
    index: usize,
) -> Result<Vec<f32>, ScoringError> {
    let image = folder.read(index)?;
    net.prepare(image.shape, &image.pixels)
        .map_err(|source| ScoringError::Image {
            path: folder.path(index),
            source,
        })
}

/// The first `n` images of a part of a data set as samples, or all if there are fewer.
///
/// # Errors
///
/// [`ScoringError::TooMany`] if a streamed set has more images than are read at once, else
/// [`ScoringError::Data`] and [`ScoringError::Runtime`].
pub fn first_samples(set: &Dataset, n: usize) -> Result<Samples, ScoringError> {
    let n = n.min(set.len());
    let most = MOST_STREAMED / set.image_size();
    if set.is_streamed() && n > most {
        return Err(ScoringError::TooMany {
            name: set.name().to_owned(),
            images: n,
            most,
        });
    }
    samples(set, 0..n)
}

fn samples(set: &Dataset, images: Range<usize>) -> Result<Samples, ScoringError> {
    let [channels, height, width] = set.shape();
    let indices: Vec<usize> = images.collect();
    let pixels = set.pixels(&indices)?;
    let shape = [indices.len(), channels, height, width];
    Ok(Samples::from_bytes(shape, &pixels)?)
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn shards_cover_a_set_without_overlap() -> Result<(), String> {
        for (n, count) in [(10, 3), (3, 5), (7, 1), (60_000, 7)] {
            let mut end = 0;
            for index in 0..count {
                let shard: Shard = format!("{index}/{count}").parse()?;
                let range = shard.range(n);
                assert_eq!(range.start, end);
                end = range.end;
            }
            assert_eq!(end, n);
        }
        Ok(())
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "1", "1/1", "4/3", "-1/3", "a/b", "0/0", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
