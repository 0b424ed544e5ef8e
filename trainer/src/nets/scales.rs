//! Whether signals vanish or explode on their way through fresh networks.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::layers::Layer;
use super::{NetError, Pass};

/// Standard deviations that let a network learn at usual rates.
const HEALTHY: std::ops::RangeInclusive<f64> = 0.1..=10.0;

/// One layer of a network, and how far its values spread.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerScale {
    /// The network, and the layer's place and kind.
    pub name: String,
    /// What the layer is, without its place.
    pub kind: &'static str,
    /// The shape of its output for one image, `[c, h, w]`.
    pub shape: [usize; 3],
    /// Its learned numbers.
    pub parameters: usize,
    /// The standard deviation over all its values; not finite if one of them is not.
    pub std: f64,
    /// The recipe's key that decides it.
    key: &'static str,
    /// Whether a normalisation mends it.
    pub is_normalised: bool,
}

/// The numbers of a network that an optimiser changes: those that it only keeps, such as the
/// statistics of batch normalisation, are not counted. It is one that can be trained.
pub fn learned(network: &impl Module) -> usize {
    let mut learned = Learned(0);
    network.visit(&mut learned);
    learned.0
}

struct Learned(usize);

impl ModuleVisitor for Learned {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.is_require_grad() {
            self.0 += param.val().shape().num_elements();
        }
    }
}

/// Runs `x` `[n, c, h, w]`, which has no gradient, through the layers of a network that can be
/// trained, and measures each one's output.
pub(super) fn measure(
    network: &'static str,
    layers: &[Layer],
    x: Tensor<4>,
) -> Result<Vec<LayerScale>, NetError> {
    let key = match network {
        "generator" => "generator.initialiser",
        _ => "critic.initialiser",
    };
    let mut x = x;
    let mut scales = Vec::with_capacity(layers.len());
    for (place, layer) in layers.iter().enumerate() {
        x = layer.valid().forward(x, &Pass::plain());
        let [_, channels, height, width] = x.dims();
        scales.push(LayerScale {
            name: format!("{network}, layer {place} ({})", layer.name()),
            kind: layer.name(),
            shape: [channels, height, width],
            parameters: learned(layer),
            std: deviation(x.clone())?,
            key,
            is_normalised: matches!(layers.get(place + 1), Some(Layer::Normalise(_))),
        });
    }
    Ok(scales)
}

fn deviation(values: Tensor<4>) -> Result<f64, NetError> {
    let centred = values.clone() - values.mean().reshape([1, 1, 1, 1]);
    let variance = centred.powi_scalar(2).mean();
    variance
        .try_into_scalar::<f32>()
        .map(|variance| f64::from(variance).sqrt())
        .map_err(|error| NetError::Device {
            reason: format!("{error:?}"),
        })
}

/// A sentence for each layer whose values spread too little, too far, or are not finite, and how
/// to mend it. A layer whose output is normalised may have any finite scale.
pub fn scale_warnings(scales: &[LayerScale]) -> Vec<String> {
    let unhealthy = scales.iter().filter(|scale| match scale.is_normalised {
        true => !scale.std.is_finite() || scale.std == 0.0,
        false => !HEALTHY.contains(&scale.std),
    });
    let sentence = |scale: &LayerScale| {
        format!(
            "{}: values of the untrained network have a standard deviation of {:.2e}, healthy are {} to {}; \
             another {} (\"he\" or \"orthogonal\") or a norm mends it",
            scale.name,
            scale.std,
            HEALTHY.start(),
            HEALTHY.end(),
            scale.key,
        )
    };
    unhealthy.map(sentence).collect()
}
