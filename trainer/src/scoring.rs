//! Statistics of data sets, measured with the code that an app embeds.

use gannet::{FeatureNet, RealStats, Samples, StatsProtocol};

use crate::data::Dataset;

/// Images whose features are extracted at once.
const BATCH: usize = 512;

/// Rows are chosen for the reservoir with this seed, so that shards agree.
const RESERVOIR_SEED: u64 = 0;

/// The statistics of all images of one part of a data set, `split` being its name.
///
/// # Errors
///
/// Those of the runtime: images that the network does not take.
pub fn real_stats(net: &FeatureNet, set: &Dataset, split: &str) -> gannet::Result<RealStats> {
    let protocol = StatsProtocol::new(net, set.name(), split);
    let reservoir = RealStats::DEFAULT_RESERVOIR;
    let mut collector = RealStats::collect(protocol, reservoir, RESERVOIR_SEED);
    for pixels in set.pixels().chunks(BATCH * set.image_size()) {
        collector.push(&net.extract(&samples(set, pixels)?)?)?;
    }
    collector.finish()
}

/// All images of a part of a data set as samples.
///
/// # Errors
///
/// Those of [`Samples::from_bytes`].
pub fn all_samples(set: &Dataset) -> gannet::Result<Samples> {
    samples(set, set.pixels())
}

fn samples(set: &Dataset, pixels: &[u8]) -> gannet::Result<Samples> {
    let [channels, height, width] = set.shape();
    let n = pixels.len() / set.image_size();
    Samples::from_bytes([n, channels, height, width], pixels)
}
