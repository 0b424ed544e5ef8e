//! From the network to an ONNX file that the runtime reads.

use std::path::Path;

use gannet::{Resize, Samples};

use super::super::FeaturesError;
use super::super::publish::{self, ExportedFeatures, Preparation};
use super::super::random::Random;
use super::{Inception, LoadedInception};
use crate::export::to_onnx;

/// The mean and the standard deviation that turn 2x / 255 − 1 of 8-bit values x
/// into the network's input: (x − 128) / 128 where clean-fid resizes, and
/// 2x / 255 − 1, as pytorch-fid has it, else.
pub(super) fn normalisation(resize: Resize) -> [f32; 2] {
    match resize {
        Resize::PilBicubicFloat => [1.0 / 255.0, 256.0 / 255.0],
        _ => [0.0, 1.0],
    }
}

/// Writes the network to `path` for [`gannet::FeatureNet::open`], whole or not
/// at all.
///
/// The input is `image [batch, 3, 299, 299]`, RGB; the outputs are
/// `features [batch, 2048]` and `logits [batch, 1008]`, as
/// [`Inception::forward`] describes them. `name` becomes `gannet.name`, which
/// every score made with the network states; the metadata also name how images of
/// another size are resized and, as `gannet.weights_sha256`, the file of weights.
/// What comes of [`Resize::TorchBilinear`] is FID in pytorch-fid's sense, of
/// [`Resize::PilBicubicFloat`] in clean-fid's.
///
/// Before the file gets its name it is opened by the runtime and its results on
/// seeded images are compared with Burn's.
///
/// # Errors
///
/// [`FeaturesError::Differs`] if a value differs by more than 1e-4 of the
/// greatest; what the exporter, the runtime or the file system refuse.
pub fn export_inception(
    loaded: &LoadedInception,
    resize: Resize,
    name: &str,
    path: &Path,
) -> Result<ExportedFeatures, FeaturesError> {
    let shape = [3, Inception::SIDE, Inception::SIDE];
    let [mean, std] = normalisation(resize);
    let preparation = Preparation { shape, mean, std };
    let mut metadata = preparation.metadata(name);
    metadata.insert("gannet.resize".to_owned(), resize.name().to_owned());
    metadata.insert("gannet.weights_sha256".to_owned(), loaded.digest.clone());
    let onnx = to_onnx(name, &metadata, |trace| {
        let net = trace.module(&loaded.net);
        let [channels, height, width] = shape;
        let image = trace.float_input("image", [trace.batch(), channels, height, width])?;
        let (features, logits) = net.forward(image);
        trace.output("features", &features)?;
        trace.output("logits", &logits)
    })?;
    publish::publish(&onnx, path, &seeded_images()?, |images| {
        loaded.net.forward((images - mean) / std)
    })
}

/// Three images of random colours in squares of 1, 13 and 100 pixels: fine,
/// middling and coarse structure.
fn seeded_images() -> gannet::Result<Samples> {
    let sides = [1, 13, 100];
    let mut pixels = Vec::with_capacity(sides.len() * 3 * Inception::SIDE * Inception::SIDE);
    for (seed, side) in (0..).zip(sides) {
        let random = &mut Random::weights(seed);
        let across = Inception::SIDE.div_ceil(side);
        for _channel in 0..3 {
            let squares: Vec<u8> = (0..across * across)
                .map(|_| random.below(256) as u8)
                .collect();
            for y in 0..Inception::SIDE {
                let row = (0..Inception::SIDE).map(|x| squares[y / side * across + x / side]);
                pixels.extend(row);
            }
        }
    }
    Samples::from_bytes([sides.len(), 3, Inception::SIDE, Inception::SIDE], &pixels)
}
