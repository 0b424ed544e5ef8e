//! Writes a feature network's file and proves it before it gets its name.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use gannet::{FeatureNet, Samples};

use super::FeaturesError;

/// The version of the metadata.
const FORMAT: &str = "1";

/// The greatest difference between the file's and Burn's results, relative to
/// the greatest value.
pub(super) const TOLERANCE: f64 = 1e-4;

/// An exported feature network.
#[derive(Clone, Debug)]
pub struct ExportedFeatures {
    /// The file's SHA-256 in lower-case hexadecimal.
    pub digest: String,
    /// The greatest difference between the features and logits that the runtime
    /// reads from the file and Burn's own, relative to the greatest magnitude
    /// of the features or logits.
    pub largest_difference: f64,
    /// On how many images they were compared.
    pub compared: usize,
}

/// What the runtime makes of an image before the network sees it:
/// (v − mean) / std of values v in [-1, 1].
pub(super) struct Preparation {
    /// `[c, h, w]`.
    pub(super) shape: [usize; 3],
    pub(super) mean: f32,
    pub(super) std: f32,
}

impl Preparation {
    /// The metadata that every feature network carries.
    pub(super) fn metadata(&self, name: &str) -> BTreeMap<String, String> {
        let [channels, height, width] = self.shape;
        [
            ("kind", "features".to_owned()),
            ("format", FORMAT.to_owned()),
            ("name", name.to_owned()),
            ("channels", channels.to_string()),
            ("height", height.to_string()),
            ("width", width.to_string()),
            ("mean", self.mean.to_string()),
            ("std", self.std.to_string()),
        ]
        .map(|(key, value)| (format!("gannet.{key}"), value))
        .into()
    }
}

/// Writes a feature network to `path`, whole or not at all, after its results
/// on `images` were compared with those of `forward`, which takes
/// `[n, c, h, w]` in [-1, 1] and gives features and logits.
pub(super) fn publish(
    onnx: &[u8],
    path: &Path,
    images: &Samples,
    forward: impl Fn(Tensor<4>) -> (Tensor<2>, Tensor<2>),
) -> Result<ExportedFeatures, FeaturesError> {
    let unchecked = unchecked_path(path)?;
    let outcome = gannet::durable::write_file(&unchecked, onnx)
        .map_err(FeaturesError::Runtime)
        .and_then(|()| compare(&unchecked, images, forward))
        .and_then(|exported| {
            fs::rename(&unchecked, path).map_err(|source| cannot_write(path, source))?;
            Ok(exported)
        });
    if outcome.is_err() {
        // The error that matters is the one that left the file behind.
        let _ = fs::remove_file(&unchecked);
    }
    outcome
}

/// Finds out before the work whether its result can be written to `path`.
///
/// # Errors
///
/// [`FeaturesError::Write`] if it cannot.
pub fn check_destination(path: &Path) -> Result<(), FeaturesError> {
    let unchecked = unchecked_path(path)?;
    if path.is_dir() {
        return Err(cannot_write(path, io::ErrorKind::IsADirectory.into()));
    }
    fs::File::create(&unchecked)
        .and_then(|_| fs::remove_file(&unchecked))
        .map_err(|source| cannot_write(path, source))
}

/// The name of a file until it is checked: a sibling of its final name.
fn unchecked_path(path: &Path) -> Result<PathBuf, FeaturesError> {
    let Some(name) = path.file_name() else {
        return Err(cannot_write(path, io::ErrorKind::InvalidFilename.into()));
    };
    let mut sibling = std::ffi::OsString::from(".");
    sibling.push(name);
    sibling.push(".unchecked");
    Ok(path.with_file_name(sibling))
}

fn cannot_write(path: &Path, source: io::Error) -> FeaturesError {
    FeaturesError::Write {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn compare(
    path: &Path,
    images: &Samples,
    forward: impl Fn(Tensor<4>) -> (Tensor<2>, Tensor<2>),
) -> Result<ExportedFeatures, FeaturesError> {
    let net = FeatureNet::open(path)?;
    let found = net.extract(images)?;
    let found_logits = found.logits().map_or(&[][..], |logits| &logits.values);

    let values = TensorData::new(images.values().to_vec(), images.shape());
    let (features, logits) = forward(Tensor::from_data(values, &Device::flex()));
    let largest_difference = f64::max(
        largest_difference("features", found.rows(), &features)?,
        largest_difference("logits", found_logits, &logits)?,
    );
    Ok(ExportedFeatures {
        digest: net.digest().to_owned(),
        largest_difference,
        compared: images.len(),
    })
}

fn largest_difference(
    output: &'static str,
    found: &[f32],
    expected: &Tensor<2>,
) -> Result<f64, FeaturesError> {
    let expected = expected.to_data();
    let differs = |difference| FeaturesError::Differs {
        output,
        difference,
        tolerance: TOLERANCE,
    };
    if found.len() != expected.num_elements() {
        return Err(differs(f64::INFINITY));
    }
    // Rounding grows with the values; all of them 0 leave no room for any.
    let greatest = expected
        .iter::<f64>()
        .fold(f64::MIN_POSITIVE, |greatest, value| {
            greatest.max(value.abs())
        });
    let mut largest = 0.0;
    for (&found, expected) in found.iter().zip(expected.iter::<f64>()) {
        let difference = (f64::from(found) - expected).abs() / greatest;
        // Not a number is a difference too.
        if difference.is_nan() || difference > TOLERANCE {
            return Err(differs(difference));
        }
        largest = f64::max(largest, difference);
    }
    Ok(largest)
}
