//! What is shown of a finished generator: the training images nearest to its samples, which tell
//! whether it repeats them, and what lies between samples.

use gannet::metrics::memorisation;
use gannet::{FeatureNet, Features, Interpolation, Latents, Samples};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{FolderError, Run, TrainingError};
use crate::data::{DataError, Dataset};
use crate::streams::Stream;

/// Samples that are looked at: the first ones of every sample sheet.
const SAMPLES: usize = 8;

/// Training images that are shown of each.
const NEIGHBOURS: usize = 3;

/// Ways between samples, and images on each, both ends among them.
const WAYS: (usize, usize) = (3, 8);

/// The most training images whose features are computed.
const MOST_DESCRIBED: usize = 10_000;

/// The most values of training images in memory: 256 MiB.
const MOST_VALUES: usize = 1 << 26;

/// Images that are described at once.
const BATCH: usize = 256;

/// What the pictures of a finished generator show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portrait {
    /// Real images that were shown to the generator.
    pub images: u64,
    /// The network whose features decide what is near; without one, pixels do.
    pub features: Option<String>,
    /// Training images that were compared.
    pub compared: usize,
    /// All training images.
    pub training_images: usize,
    /// Of each sample its distance from the nearest of them, over that image's distance from the
    /// next one ([`gannet::metrics::NearestTraining::ratio`]): 0 of a copy, none where the image
    /// occurs twice.
    pub ratios: Vec<Option<f64>>,
}

impl Portrait {
    /// Writes [`RunFolder::neighbours`](super::RunFolder::neighbours): a row of samples, and below
    /// each the training images nearest to it, the nearest first; then
    /// [`RunFolder::interpolation`](super::RunFolder::interpolation): rows that lead from one
    /// sample to another; then what this says of them as
    /// [`RunFolder::portrait`](super::RunFolder::portrait). The generator is the averaged one.
    /// With a network its features decide what is near, else pixels.
    ///
    /// Points, and a single training image, have no portrait.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Data`] if training images cannot be read, [`TrainingError::Portrait`] if
    /// the network does not take them or a file cannot be written, [`TrainingError::Sheet`] if a
    /// sample is not finite.
    pub fn draw(run: &Run, net: Option<&FeatureNet>) -> Result<Option<Self>, TrainingError> {
        let (state, recipe, set) = (run.state(), run.recipe(), &run.split().training);
        if set.shape() == [2, 1, 1] || set.len() < 2 {
            return Ok(None);
        }
        let seed = Stream::Sheets.seed(recipe.seed);
        let latents = Latents::draw(seed, 0..SAMPLES as u64, recipe.generator.latent);
        let samples = state.sample(&latents)?;

        let values = net.map_or(set.image_size(), FeatureNet::dim);
        let most = net.map_or(usize::MAX, |_| MOST_DESCRIBED);
        let compared = set.len().min(most).min((MOST_VALUES / values).max(2));
        let places: Vec<usize> = (0..compared).map(|at| at * set.len() / compared).collect();
        let training = described(set, &places, net)?;
        let fakes = match net {
            Some(net) => net.extract(&samples),
            None => rows(SAMPLES, samples.values().to_vec()),
        };
        let fakes = fakes.map_err(TrainingError::Portrait)?;
        let found = memorisation(&training, &fakes).map_err(TrainingError::Portrait)?;
        let neighbours = nearest(&training, &fakes, NEIGHBOURS);

        let mut shown = samples.values().to_vec();
        for rank in 0..NEIGHBOURS.min(compared) {
            let row: Vec<usize> = neighbours.iter().map(|of| places[of[rank]]).collect();
            shown.extend(set.batch(&row)?.images);
        }
        let folder = run.folder();
        write(set, shown, SAMPLES, &folder.neighbours())?;
        write(set, ways(run, &latents)?, WAYS.1, &folder.interpolation())?;
        let portrait = Self {
            images: state.step() * recipe.images_per_step(),
            features: net.map(|net| net.name().to_owned()),
            compared,
            training_images: set.len(),
            ratios: found
                .nearest
                .iter()
                .map(|near| near.ratio.is_finite().then_some(near.ratio))
                .collect(),
        };
        let path = folder.portrait();
        let text = serde_json::to_string_pretty(&portrait).map_err(|error| FolderError::Io {
            path: path.clone(),
            source: error.into(),
        })?;
        gannet::durable::write_file(&path, format!("{text}\n").as_bytes())
            .map_err(TrainingError::Portrait)?;
        Ok(Some(portrait))
    }
}

/// What is compared of training images.
fn described(
    set: &Dataset,
    places: &[usize],
    net: Option<&FeatureNet>,
) -> Result<Features, TrainingError> {
    let mut values = Vec::new();
    for places in places.chunks(BATCH) {
        match net {
            Some(net) => {
                let features = batch(set, places)?
                    .and_then(|images| net.extract(&images))
                    .map_err(TrainingError::Portrait)?;
                values.extend_from_slice(features.rows());
            }
            None => values.extend(set.batch(places)?.images),
        }
    }
    rows(places.len(), values).map_err(TrainingError::Portrait)
}

fn batch(set: &Dataset, places: &[usize]) -> Result<gannet::Result<Samples>, DataError> {
    let [channels, height, width] = set.shape();
    let pixels = set.pixels(places)?;
    Ok(Samples::from_bytes(
        [places.len(), channels, height, width],
        &pixels,
    ))
}

fn rows(n: usize, values: Vec<f32>) -> gannet::Result<Features> {
    Features::new(n, values.len() / n, values, None)
}

/// The `count` rows of a set nearest to each fake, or all if there are fewer, the nearest first.
fn nearest(set: &Features, fakes: &Features, count: usize) -> Vec<Vec<usize>> {
    let dim = set.dim();
    let of = |fake: &[f32]| {
        let set = set.rows().par_chunks_exact(dim);
        let distances = set.enumerate().map(|(at, row)| {
            let differences = row.iter().zip(fake).map(|(a, b)| f64::from(a - b).powi(2));
            (differences.sum::<f64>(), at)
        });
        let mut distances: Vec<(f64, usize)> = distances.collect();
        distances.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        distances.iter().take(count).map(|&(_, at)| at).collect()
    };
    fakes.rows().chunks_exact(dim).map(of).collect()
}

/// The images on the ways from the first sample to the second, from the third to the fourth, and
/// so on; each way keeps the class that it begins with.
fn ways(run: &Run, latents: &Latents) -> Result<Vec<f32>, TrainingError> {
    let (state, dim) = (run.state(), latents.dim());
    // Of two numbers no circle goes through the latents.
    let interpolation = match dim {
        1 => Interpolation::Linear,
        _ => Interpolation::Spherical,
    };
    let average = state.average();
    let mut images = Vec::new();
    for (way, ends) in (0..WAYS.0).zip(latents.values().chunks_exact(2 * dim)) {
        let path = Latents::from_values(dim, ends.to_vec())
            .and_then(|ends| ends.path(WAYS.1 - 1, interpolation))
            .map_err(TrainingError::Portrait)?;
        for place in path.values().chunks_exact(dim) {
            let place =
                Latents::from_values(dim, place.to_vec()).map_err(TrainingError::Portrait)?;
            let image = state.sample_of(&average, &place, 2 * way as u64)?;
            images.extend_from_slice(image.values());
        }
    }
    Ok(images)
}

/// Writes images of a set's shape as a grid.
fn write(
    set: &Dataset,
    images: Vec<f32>,
    columns: usize,
    path: &std::path::Path,
) -> Result<(), TrainingError> {
    let [channels, height, width] = set.shape();
    Samples::new(
        [images.len() / set.image_size(), channels, height, width],
        images,
    )
    .and_then(|samples| samples.write_grid(path, columns))
    .map_err(TrainingError::Portrait)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test should stop")]

    use super::{nearest, rows};

    #[test]
    fn the_nearest_come_first_and_of_equals_the_first() {
        let set = rows(4, vec![0.0, 0.0, 3.0, 0.0, 1.0, 0.0, -1.0, 0.0]).unwrap();
        let fakes = rows(2, vec![0.1, 0.0, 0.0, 9.0]).unwrap();
        assert_eq!(nearest(&set, &fakes, 3), [[0, 2, 3], [0, 2, 3]]);
        let far = rows(1, vec![4.0, 0.0]).unwrap();
        assert_eq!(nearest(&set, &far, 9), [[1, 2, 0, 3]]);
    }
}
