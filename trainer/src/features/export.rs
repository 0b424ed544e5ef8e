//! From a trained classifier to an ONNX file that the runtime reads.

use std::path::Path;

use gannet::Samples;

use super::publish::{self, ExportedFeatures, Preparation};
use super::{FeaturesError, Trained};
use crate::data::{Dataset, Split};
use crate::export::{ExportError, to_onnx};

/// How many held-out images are compared, at most.
const COMPARED: usize = 256;

/// Writes a classifier to `path` as a feature network for
/// [`gannet::FeatureNet::open`], whole or not at all.
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
/// [`FeaturesError::Differs`] if a value differs by more than 1e-4 of the
/// greatest; what the exporter, the runtime or the file system refuse.
pub fn export_classifier(
    trained: &Trained,
    split: &Split,
    name: &str,
    path: &Path,
) -> Result<ExportedFeatures, FeaturesError> {
    let onnx = encode(trained, &split.training, name)?;
    publish::publish(&onnx, path, &compared(&split.held_out)?, |images| {
        trained.net.forward(images)
    })
}

fn encode(trained: &Trained, set: &Dataset, name: &str) -> Result<Vec<u8>, ExportError> {
    let [channels, height, width] = set.shape();
    let preparation = Preparation {
        shape: set.shape(),
        mean: 0.0,
        std: 1.0,
    };
    let mut metadata = preparation.metadata(name);
    metadata.extend(
        [
            ("classes", trained.classes.join(",")),
            ("data", set.name().to_owned()),
            ("data_sha256", set.digest()),
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

/// The images that file and network are compared on.
pub(super) fn compared(set: &Dataset) -> Result<Samples, FeaturesError> {
    let [channels, height, width] = set.shape();
    let compared = set.len().min(COMPARED);
    let indices: Vec<usize> = (0..compared).collect();
    let pixels = set.pixels(&indices)?;
    Ok(Samples::from_bytes(
        [compared, channels, height, width],
        &pixels,
    )?)
}
