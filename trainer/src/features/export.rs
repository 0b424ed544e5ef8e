//! From a trained classifier to an ONNX file that the runtime reads.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use gannet::{FeatureNet, Samples};

use super::{FeaturesError, Trained};
use crate::data::{Dataset, Split};
use crate::export::{ExportError, to_onnx};

/// The version of the metadata.
const FORMAT: &str = "1";

/// The greatest difference between the file's and Burn's results.
pub(super) const TOLERANCE: f64 = 1e-4;

/// How many held-out images are compared, at most.
const COMPARED: usize = 256;

/// An exported feature network.
#[derive(Clone, Debug)]
pub struct ExportedFeatures {
    /// The file's SHA-256 in lower-case hexadecimal.
    pub digest: String,
    /// The greatest difference between the features and logits that the runtime
    /// reads from the file's and Burn's own.
    pub largest_difference: f64,
    /// On how many held-out images they were compared.
    pub compared: usize,
}

/// Writes a classifier to `path` as a feature network for [`FeatureNet::open`],
/// whole or not at all.
///
/// The input is `image [batch, c, h, w]` in [-1, 1], the outputs are
/// `features [batch, 64]` and `logits [batch, k]`. `name` becomes
/// `gannet.name`, which every score made with the network states; the data,
/// the seed's accuracy and their digest are in the metadata too.
///
/// Before the file gets its name it is opened by the runtime and its results on
/// held-out images are compared with Burn's.
///
/// # Errors
///
/// [`FeaturesError::Differs`] if a value differs by more than 1e-4; what the
/// exporter, the runtime or the file system refuse.
pub fn export_classifier(
    trained: &Trained,
    split: &Split,
    name: &str,
    path: &Path,
) -> Result<ExportedFeatures, FeaturesError> {
    let onnx = encode(trained, &split.training, name)?;
    let unchecked = unchecked_path(path)?;
    let outcome = gannet::durable::write_file(&unchecked, &onnx)
        .map_err(FeaturesError::Runtime)
        .and_then(|()| compare(trained, &split.held_out, &unchecked))
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

/// Finds out before a training whether its result can be written to `path`.
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

fn encode(trained: &Trained, set: &Dataset, name: &str) -> Result<Vec<u8>, ExportError> {
    let [channels, height, width] = set.shape();
    let metadata = BTreeMap::from(
        [
            ("kind", "features".to_owned()),
            ("format", FORMAT.to_owned()),
            ("name", name.to_owned()),
            ("channels", channels.to_string()),
            ("height", height.to_string()),
            ("width", width.to_string()),
            ("mean", "0".to_owned()),
            ("std", "1".to_owned()),
            ("classes", trained.classes.join(",")),
            ("data", set.name().to_owned()),
            ("data_sha256", set.digest().to_owned()),
            ("accuracy", trained.accuracy.to_string()),
        ]
        .map(|(key, value)| (format!("gannet.{key}"), value)),
    );
    to_onnx(name, &metadata, |trace| {
        let net = trace.module(&trained.net);
        let image = trace.float_input("image", [trace.batch(), channels, height, width])?;
        let (features, logits) = net.forward(image);
        trace.output("features", &features)?;
        trace.output("logits", &logits)
    })
}

pub(super) fn compare(
    trained: &Trained,
    set: &Dataset,
    path: &Path,
) -> Result<ExportedFeatures, FeaturesError> {
    let [channels, height, width] = set.shape();
    let compared = set.len().min(COMPARED);
    let indices: Vec<usize> = (0..compared).collect();
    let shape = [compared, channels, height, width];

    let net = FeatureNet::open(path)?;
    let pixels = &set.pixels()[..compared * set.image_size()];
    let found = net.extract(&Samples::from_bytes(shape, pixels)?)?;
    let found_logits = found.logits().map_or(&[][..], |logits| &logits.values);

    let images = TensorData::new(set.images(&indices), shape);
    let (features, logits) = trained
        .net
        .forward(Tensor::from_data(images, &Device::flex()));
    let largest_difference = f64::max(
        largest_difference("features", found.rows(), &features)?,
        largest_difference("logits", found_logits, &logits)?,
    );
    Ok(ExportedFeatures {
        digest: net.digest().to_owned(),
        largest_difference,
        compared,
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
    let mut largest = 0.0;
    for (&found, expected) in found.iter().zip(expected.iter::<f64>()) {
        let difference = (f64::from(found) - expected).abs();
        // Not a number is a difference too.
        if difference.is_nan() || difference > TOLERANCE {
            return Err(differs(difference));
        }
        largest = f64::max(largest, difference);
    }
    Ok(largest)
}
