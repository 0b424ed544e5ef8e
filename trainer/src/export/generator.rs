//! A generator's file: what the runtime expects of it, and the proof that the
//! runtime computes from it what Burn does.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use gannet::{Contract, Latents};

use super::{ExportError, to_onnx};

/// The greatest difference of a pixel value between the exported generator and
/// Burn's that [`verify_generator`] accepts.
pub const TOLERANCE: f64 = 1e-4;

/// The version of the `gannet.*` metadata.
const METADATA_FORMAT: &str = "1";

/// Exports a generator for [`gannet::Generator`]: input `z [batch, latent]`, if the
/// contract has classes also `label [batch]`, output `image [batch, channels, height,
/// width]`, and the contract as `gannet.*` metadata, so that the file alone is enough.
///
/// `forward` is the generator's forward pass, with labels if there are classes; see
/// [`to_onnx`] for what it may do. The module is left as it was.
///
/// # Errors
///
/// As [`to_onnx`], and [`ExportError::Boundary`] if the images are not of the
/// contract's shape.
pub fn generator_to_onnx<M: Module>(
    name: &str,
    contract: &Contract,
    generator: &M,
    forward: impl Fn(&M, Tensor<2>, Option<Tensor<1, Int>>) -> Tensor<4>,
) -> Result<Vec<u8>, ExportError> {
    let (channels, height, width) = (contract.channels, contract.height, contract.width);
    let mut metadata = BTreeMap::from(
        [
            ("kind", "generator".to_owned()),
            ("format", METADATA_FORMAT.to_owned()),
            ("name", name.to_owned()),
            ("latent", contract.latent.to_string()),
            ("channels", channels.to_string()),
            ("height", height.to_string()),
            ("width", width.to_string()),
        ]
        .map(|(key, value)| (format!("gannet.{key}"), value)),
    );
    if let Some(classes) = contract.classes {
        metadata.insert("gannet.classes".to_owned(), classes.to_string());
    }
    to_onnx(name, &metadata, |trace| {
        let generator = trace.module(generator);
        let z = trace.float_input("z", [trace.batch(), contract.latent])?;
        let labels = match contract.classes {
            Some(_) => Some(trace.int_input("label", [trace.batch()])?),
            None => None,
        };
        let image = forward(&generator, z, labels);
        let expected = [trace.batch(), channels, height, width];
        if image.dims() != expected {
            let got = image.dims();
            let reason = format!("the contract wants {expected:?}, the generator makes {got:?}");
            return Err(ExportError::boundary("image", reason));
        }
        trace.output("image", &image)
    })
}

/// How well an exported generator agrees with Burn's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The greatest absolute difference of a pixel value.
    pub largest_difference: f64,
    /// The number of samples compared.
    pub samples: u64,
}

/// Compares an exported generator, as the runtime has loaded it, with Burn's
/// forward pass on the first `samples` latents of `seed`, whose classes alternate if it has
/// any.
///
/// `forward` must compute on `device`.
///
/// # Errors
///
/// [`ExportError::Differs`], with what was measured, if a pixel value differs
/// by more than [`TOLERANCE`], is not a number, or is missing;
/// [`ExportError::Runtime`] if the runtime cannot sample.
pub fn verify_generator(
    exported: &gannet::Generator,
    seed: u64,
    samples: u64,
    device: &Device,
    forward: impl Fn(Tensor<2>, Option<Tensor<1, Int>>) -> Tensor<4>,
) -> Result<Agreement, ExportError> {
    let latents = Latents::draw(seed, 0..samples, exported.contract().latent);
    let found = exported.sample(seed, 0..samples)?;
    let shape = [latents.len(), latents.dim()];
    let z = TensorData::new(latents.values().to_vec(), shape);
    let labels = exported.contract().classes.map(|classes| {
        let labels: Vec<i64> = (0..latents.len()).map(|i| (i % classes) as i64).collect();
        Tensor::from_data(TensorData::new(labels, [latents.len()]), device)
    });
    let expected = forward(Tensor::from_data(z, device), labels).into_data();
    let differs = |difference| ExportError::Differs {
        difference,
        tolerance: TOLERANCE,
        samples,
    };
    if expected.num_elements() != found.values().len() {
        return Err(differs(f64::INFINITY));
    }
    let mut largest = 0.0;
    for (&found, expected) in found.values().iter().zip(expected.iter::<f64>()) {
        let difference = (f64::from(found) - expected).abs();
        if difference.is_nan() {
            return Err(differs(difference));
        }
        largest = f64::max(largest, difference);
    }
    if largest > TOLERANCE {
        return Err(differs(largest));
    }
    Ok(Agreement {
        largest_difference: largest,
        samples,
    })
}
