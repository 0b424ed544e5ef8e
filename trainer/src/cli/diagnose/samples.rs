//! The diversity of images that others saved on the way.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use gannet::Features;
use gannet::metrics::mean_pairwise_distance;
use gannet_trainer::data::ImageFolder;
use gannet_trainer::doctor::{History, Sign};

/// Images of a folder that are compared, the first ones.
const MOST: usize = 256;

/// Adds what the folders of a folder show, a folder a step.
pub(super) fn observe(
    history: &mut History,
    samples: &Path,
    real: Option<&Path>,
) -> anyhow::Result<()> {
    let real = real.map(spread).transpose()?;
    let steps = steps(samples)?;
    let mut size = None;
    for (step, folder) in steps {
        let (spread, pixels) = spread(&folder)?;
        let expected = *size.get_or_insert(real.map_or(pixels, |(_, pixels)| pixels));
        ensure!(
            pixels == expected,
            "{}: images of {pixels} values, expected {expected} as in the others",
            folder.display()
        );
        history.observe(step, Sign::FakeSpread, spread);
        if let Some((real, _)) = real {
            history.observe(step, Sign::RealSpread, real);
        }
    }
    Ok(())
}

/// The folders below one, by the number that ends their names.
fn steps(samples: &Path) -> anyhow::Result<Vec<(u64, PathBuf)>> {
    let listed = fs::read_dir(samples).with_context(|| samples.display().to_string())?;
    let mut found = Vec::new();
    for entry in listed {
        let path = entry.with_context(|| samples.display().to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let digits = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if let (true, Ok(step)) = (path.is_dir(), name[digits..].parse()) {
            found.push((step, path.clone()));
        }
    }
    if found.is_empty() {
        bail!(
            "{}: expected a folder of images for each step, its name ending in the step's number \
             (as step-500), got none",
            samples.display()
        );
    }
    found.sort();
    Ok(found)
}

/// The mean distance between two images of a folder, and the values of each.
fn spread(folder: &Path) -> anyhow::Result<(f64, usize)> {
    let images = ImageFolder::open(folder)?;
    let n = images.len().min(MOST);
    ensure!(
        n >= 2,
        "{}: one image has no diversity: two or more are needed",
        folder.display()
    );
    let (mut values, mut size) = (Vec::new(), 0);
    for index in 0..n {
        let pixels = images.read(index)?.pixels;
        size = if index == 0 { pixels.len() } else { size };
        ensure!(
            pixels.len() == size,
            "{}: {} values, expected {size} as in the first image",
            images.path(index).display(),
            pixels.len()
        );
        values.extend(pixels.into_iter().map(f32::from));
    }
    let features = Features::new(n, size, values, None)?;
    Ok((mean_pairwise_distance(&features)?, size))
}
