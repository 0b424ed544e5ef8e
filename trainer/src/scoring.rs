//! Statistics of data sets, measured with the code that an app embeds.

use std::ops::Range;
use std::str::FromStr;

use gannet::{FeatureNet, RealStats, Samples, StatsProtocol};

use crate::data::Dataset;

/// Images whose features are extracted at once.
const BATCH: usize = 512;

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
/// Those of the runtime: images that the network does not take, fewer than two of them.
pub fn real_stats(
    net: &FeatureNet,
    set: &Dataset,
    split: &str,
    shard: Shard,
) -> gannet::Result<RealStats> {
    let protocol = StatsProtocol::new(net, set.name(), split);
    let reservoir = RealStats::DEFAULT_RESERVOIR;
    let mut collector = RealStats::collect(protocol, reservoir, RESERVOIR_SEED);
    let images = shard.range(set.len());
    let pixels = &set.pixels()[images.start * set.image_size()..images.end * set.image_size()];
    for pixels in pixels.chunks(BATCH * set.image_size()) {
        collector.push(&net.extract(&samples(set, pixels)?)?)?;
    }
    collector.finish()
}

/// The first `n` images of a part of a data set as samples, or all if there are fewer.
///
/// # Errors
///
/// Those of [`Samples::from_bytes`].
pub fn first_samples(set: &Dataset, n: usize) -> gannet::Result<Samples> {
    samples(set, &set.pixels()[..n.min(set.len()) * set.image_size()])
}

fn samples(set: &Dataset, pixels: &[u8]) -> gannet::Result<Samples> {
    let [channels, height, width] = set.shape();
    let n = pixels.len() / set.image_size();
    Samples::from_bytes([n, channels, height, width], pixels)
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
