//! Each model is exported, loaded in tract and compared with Burn.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::module::{Module, ModuleMapper, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::interpolate::{Interpolate2d, Interpolate2dConfig, InterpolateMode};
use burn::nn::pool::{AdaptiveAvgPool2dConfig, AvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear,
    LinearConfig, PaddingConfig2d,
};
use burn::tensor::activation::{
    gelu, leaky_relu, log_sigmoid, log_softmax, relu, sigmoid, silu, softmax, softplus, tanh,
};
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use prost::Message;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

use super::{ExportError, Trace, to_onnx};
use crate::nets::{Generator, Initialiser, Target};
use crate::recipe;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const TOLERANCE: f32 = 1e-5;

/// Moves every parameter and running statistic away from its initial value,
/// so that no zero and no one hides a mistake.
struct Perturb;

impl ModuleMapper for Perturb {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, _) = param.consume();
        let noise = tensor.random_like(Distribution::Uniform(-0.15, 0.15));
        Param::initialized(id, tensor + noise)
    }
}

fn device() -> Device {
    let device = Device::flex();
    device.seed(11);
    device
}

fn perturbed<M: Module>(module: M) -> M {
    module.map(&mut Perturb)
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Runs an exported model in tract: the symbolic batch is bound to that of the
/// inputs.
fn run(onnx: &[u8], inputs: Vec<tract_onnx::prelude::Tensor>) -> TractResult<Vec<Vec<f32>>> {
    let mut model = tract_onnx::onnx().model_for_read(&mut &*onnx)?;
    for (slot, input) in inputs.iter().enumerate() {
        let fact = InferenceFact::dt_shape(input.datum_type(), input.shape());
        model = model.with_input_fact(slot, fact)?;
    }
    let plan = model.into_optimized()?.into_runnable()?;
    let inputs = inputs.into_iter().map(|input| input.into()).collect();
    let outputs = plan.run(inputs)?;
    let floats = outputs.iter().map(|output| {
        let view = output.to_plain_array_view::<f32>()?;
        Ok(view.iter().copied().collect())
    });
    floats.collect()
}

fn close(ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.iter().chain(theirs).all(|x| x.is_finite()));
    let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    let worst = worst.fold(0.0, f32::max);
    assert!(worst <= TOLERANCE, "tract and Burn differ by {worst:e}");
    // One number alone cannot vary; every model is compared at batch 5 too.
    let spread = ours.iter().map(|x| (x - ours[0]).abs());
    let spread = spread.fold(0.0, f32::max);
    assert!(
        spread > 1e-3 || ours.len() == 1,
        "the output does not vary, so that the comparison shows nothing"
    );
}

/// Leaves a model and one input and output of Burn's for
/// `scripts/check_onnx.py`, where `GANNET_EXPORT_DIR` names a folder.
fn save<const I: usize, const O: usize>(onnx: &[u8], x: Tensor<I>, y: Tensor<O>) -> Outcome {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let Some(folder) = std::env::var_os("GANNET_EXPORT_DIR") else {
        return Ok(());
    };
    let stem = format!("model-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let file = |end: &str| Path::new(&folder).join(format!("{stem}.{end}"));
    std::fs::write(file("onnx"), onnx)?;
    std::fs::write(file("x.npy"), npy(&x.dims(), &floats(x.clone())))?;
    std::fs::write(file("y.npy"), npy(&y.dims(), &floats(y.clone())))?;
    Ok(())
}

/// NumPy's format, version 1.
fn npy(dims: &[usize], values: &[f32]) -> Vec<u8> {
    let dims: String = dims.iter().map(|n| format!("{n}, ")).collect();
    let head = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({dims}), }}");
    let head = format!("{head:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((head.len() as u16).to_le_bytes());
    bytes.extend(head.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// Exports `forward` of one image or latent input, and checks it against Burn
/// at batch 1 and 5.
fn check<M: Module, const I: usize, const O: usize>(
    module: &M,
    row: &[usize],
    forward: impl Fn(&M, Tensor<I>) -> Tensor<O>,
) -> Result<ModelProto, Box<dyn std::error::Error>> {
    let shape = |batch: usize| -> [usize; I] {
        let mut shape = [batch; I];
        shape[1..].copy_from_slice(row);
        shape
    };
    let onnx = to_onnx("test", &BTreeMap::new(), |trace| {
        let module = trace.module(module);
        let input = trace.float_input("x", shape(trace.batch()))?;
        trace.output("y", &forward(&module, input))
    })?;
    for batch in [1, 5] {
        let x = random(shape(batch));
        let y = forward(module, x.clone());
        let input = tract_onnx::prelude::Tensor::from_shape(&shape(batch), &floats(x.clone()))?;
        close(&run(&onnx, vec![input])?[0], &floats(y.clone()));
        save(&onnx, x, y)?;
    }
    Ok(ModelProto::decode(&*onnx)?)
}

/// The same for operations without a module.
fn check_op<const I: usize, const O: usize>(
    row: &[usize],
    forward: impl Fn(Tensor<I>) -> Tensor<O>,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    device();
    let model = check(&None::<Linear>, row, |_, x| forward(x))?;
    Ok(ops(&model))
}

fn ops(model: &ModelProto) -> Vec<String> {
    let nodes = model.graph.iter().flat_map(|graph| &graph.node);
    nodes.map(|node| node.op_type.clone()).collect()
}

#[derive(Module, Debug)]
struct Dcgan {
    fc: Linear,
    norm0: BatchNorm,
    deconv1: ConvTranspose2d,
    norm1: BatchNorm,
    deconv2: ConvTranspose2d,
    norm2: BatchNorm,
    conv3: Conv2d,
    norm3: BatchNorm,
}

impl Dcgan {
    fn new(device: &Device) -> Self {
        let norm = |channels| BatchNormConfig::new(channels).init(device);
        let deconv1 = ConvTranspose2dConfig::new([8, 6], [3, 3])
            .with_stride([2, 2])
            .with_padding([1, 1])
            .with_padding_out([1, 1])
            .with_bias(false);
        let deconv2 = ConvTranspose2dConfig::new([6, 4], [4, 4])
            .with_stride([2, 2])
            .with_padding([1, 1])
            .with_groups(2);
        let conv3 = Conv2dConfig::new([4, 3], [3, 3]).with_padding(PaddingConfig2d::Same);
        perturbed(Self {
            fc: LinearConfig::new(16, 8 * 4 * 4).init(device),
            norm0: norm(8),
            deconv1: deconv1.init(device),
            norm1: norm(6),
            deconv2: deconv2.init(device),
            norm2: norm(4),
            conv3: conv3.init(device),
            norm3: norm(3),
        })
    }

    fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        let [batch, _] = z.dims();
        let x = self.fc.forward(z).reshape([batch, 8, 4, 4]);
        let x = leaky_relu(self.norm0.forward(x), 0.2);
        let x = leaky_relu(self.norm1.forward(self.deconv1.forward(x)), 0.2);
        let x = relu(self.norm2.forward(self.deconv2.forward(x)));
        tanh(self.norm3.forward(self.conv3.forward(x)))
    }
}

#[test]
fn a_dcgan_loses_its_batch_norms_and_nothing_else() -> Outcome {
    let model = check(&Dcgan::new(&device()), &[16], Dcgan::forward)?;
    let expected = [
        "Gemm",
        "Reshape",
        "LeakyRelu",
        "ConvTranspose",
        "LeakyRelu",
        "ConvTranspose",
        "Relu",
        "Conv",
        "Tanh",
    ];
    assert_eq!(ops(&model), expected);
    Ok(())
}

#[test]
fn the_trainers_own_generator_agrees() -> Outcome {
    let mut init = Initialiser::new(3, &device().autodiff());
    let mut recipe = recipe::Generator::default();
    (recipe.latent, recipe.network.width) = (12, 4);
    let target = Target::unlabelled([1, 28, 28]);
    let generator = perturbed(Generator::new(&mut init, &recipe, target)?.valid());
    let model = check(&generator, &[12], |generator, z| generator.sample(z, None))?;
    let ops = ops(&model);
    let count = |op: &str| ops.iter().filter(|other| *other == op).count();
    assert_eq!(
        (count("Gemm"), count("ConvTranspose"), count("Conv")),
        (1, 2, 2)
    );
    assert_eq!(count("LeakyRelu"), 4);
    Ok(())
}

/// A small generator of these settings with calibrated statistics.
fn small(
    change: impl Fn(&mut recipe::Generator),
    target: Target,
) -> Result<Generator, Box<dyn std::error::Error>> {
    let mut recipe = recipe::Generator::default();
    (recipe.latent, recipe.network.width) = (12, 4);
    recipe.network.depth = 1;
    change(&mut recipe);
    let mut init = Initialiser::new(3, &device().autodiff());
    let generator = perturbed(Generator::new(&mut init, &recipe, target)?.valid());
    let labels = target.classes.map(|classes| {
        let labels: Vec<i64> = (0..64).map(|label| label % classes as i64).collect();
        Tensor::from_data(TensorData::new(labels, [64]), &Device::flex())
    });
    Ok(generator.calibrated(random([64, 12]), labels))
}

#[test]
fn every_generator_that_a_recipe_can_name_agrees() -> Outcome {
    use recipe::{Activation, Architecture, Norm};
    let target = Target::unlabelled([1, 8, 8]);
    let agrees = |network: (Architecture, Norm, Activation), target| -> Outcome {
        let generator = small(
            |recipe| {
                let to = &mut recipe.network;
                (to.architecture, to.norm, to.activation) = network;
            },
            target,
        )?;
        let model = check(&generator, &[12], |generator, z| generator.sample(z, None));
        let model = model.map_err(|error| format!("{network:?}: {error}"))?;
        let is_folded = !ops(&model).contains(&"BatchNormalization".to_owned());
        assert!(
            is_folded || network.0 == Architecture::Resnet,
            "{network:?}"
        );
        Ok(())
    };
    for architecture in [
        Architecture::Mlp,
        Architecture::Convolutional,
        Architecture::Dcgan,
        Architecture::Upsample,
        Architecture::Resnet,
    ] {
        agrees((architecture, Norm::Batch, Activation::Relu), target)?;
        agrees((architecture, Norm::Layer, Activation::Silu), target)?;
        agrees((architecture, Norm::None, Activation::Tanh), target)?;
        if architecture != Architecture::Mlp {
            agrees(
                (architecture, Norm::Instance, Activation::LeakyRelu),
                target,
            )?;
        }
    }
    agrees(
        (Architecture::R3gan, Norm::None, Activation::LeakyRelu),
        target,
    )?;
    let points = Target::unlabelled([2, 1, 1]);
    agrees((Architecture::Mlp, Norm::None, Activation::Relu), points)?;
    agrees((Architecture::Mlp, Norm::Batch, Activation::Relu), points)
}

#[test]
fn generators_of_classes_agree() -> Outcome {
    use recipe::{Architecture, GeneratorClasses, Norm};
    let target = Target {
        shape: [1, 8, 8],
        classes: Some(3),
    };
    for classes in [GeneratorClasses::Embedding, GeneratorClasses::OneHot] {
        let change = |recipe: &mut recipe::Generator| {
            (recipe.classes, recipe.network.norm) = (classes, Norm::Batch);
            recipe.network.architecture = Architecture::Dcgan;
        };
        let generator = small(change, target)?;
        let onnx = to_onnx("test", &BTreeMap::new(), |trace| {
            let generator = trace.module(&generator);
            let z = trace.float_input("z", [trace.batch(), 12])?;
            let labels = trace.int_input("label", [trace.batch()])?;
            trace.output("image", &generator.sample(z, Some(labels)))
        })?;
        let (z, labels) = (random([4, 12]), [2_i64, 0, 1, 2]);
        let told = Tensor::from_data(TensorData::new(labels.to_vec(), [4]), &Device::flex());
        let expected = floats(generator.sample(z.clone(), Some(told)));
        let z = tract_onnx::prelude::Tensor::from_shape(&[4, 12], &floats(z))?;
        let labels = tract_onnx::prelude::Tensor::from_shape(&[4], &labels)?;
        close(&run(&onnx, vec![z, labels])?[0], &expected);
    }
    Ok(())
}

#[test]
fn names_are_the_modules_own() -> Outcome {
    let model = check(&Dcgan::new(&device()), &[16], Dcgan::forward)?;
    let graph = model.graph.ok_or("no graph")?;
    let mut constants: Vec<_> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    constants.sort_unstable();
    let expected = [
        "Reshape_0.shape",
        "conv3.bias",
        "conv3.weight",
        "deconv1.bias",
        "deconv1.weight",
        "deconv2.bias",
        "deconv2.weight",
        "fc.bias",
        "fc.weight",
    ];
    assert_eq!(constants, expected);
    let nodes: Vec<_> = graph.node.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(nodes[..3], ["Gemm_0", "Reshape_0", "LeakyRelu_0"]);
    assert_eq!(nodes[8], "Tanh_0");
    assert_eq!(graph.node[8].output, ["y"]);
    Ok(())
}

#[test]
fn training_statistics_are_exported_and_the_module_trains_on() -> Outcome {
    let training = device().autodiff();
    let module = Dcgan::new(&training);
    let batch = || Tensor::from_data(random([32, 16]).into_data(), &training);
    let z = random([3, 16]);
    let untrained = floats(module.valid().forward(z.clone()));
    // The update of the running statistics is pending until someone asks.
    module.forward(batch());
    let onnx = to_onnx("test", &BTreeMap::new(), |trace| {
        let module = trace.module(&module);
        let z = trace.float_input("z", [trace.batch(), 16])?;
        trace.output("image", &module.forward(z))
    })?;
    let expected = floats(module.valid().forward(z.clone()));
    assert_ne!(expected, untrained);
    let input = tract_onnx::prelude::Tensor::from_shape(&[3, 16], &floats(z.clone()))?;
    close(&run(&onnx, vec![input])?[0], &expected);
    module.forward(batch());
    assert_ne!(floats(module.valid().forward(z)), expected);
    Ok(())
}

#[test]
fn an_export_is_the_same_bytes_each_time() -> Outcome {
    let module = Dcgan::new(&device());
    let metadata = BTreeMap::from([
        ("gannet.latent".to_owned(), "16".to_owned()),
        ("gannet.author".to_owned(), "someone".to_owned()),
    ]);
    let export = || {
        to_onnx("generator", &metadata, |trace| {
            let module = trace.module(&module);
            let z = trace.float_input("z", [trace.batch(), 16])?;
            trace.output("image", &module.forward(z))
        })
    };
    let first = export()?;
    assert_eq!(first, export()?);
    let model = ModelProto::decode(&*first)?;
    let keys: Vec<_> = model
        .metadata_props
        .iter()
        .map(|p| p.key.as_str())
        .collect();
    assert_eq!(keys, ["gannet.author", "gannet.latent"]);
    assert_eq!(model.producer_name, "gannet");
    assert_eq!(model.opset_import[0].version, 17);
    Ok(())
}

#[derive(Module, Debug)]
struct Upsampling {
    fc: Linear,
    norm: BatchNorm,
    conv1: Conv2d,
    conv2: Conv2d,
    up: Interpolate2d,
    smooth: Interpolate2d,
}

impl Upsampling {
    fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        let [batch, _] = z.dims();
        let x = self.fc.forward(z).reshape([batch, 4, 3, 5]);
        let x = self.norm.forward(self.up.forward(x));
        let x = silu(self.conv1.forward(x));
        // Pixel norm: x / √(mean over channels of x² + ε)
        let scale = x
            .clone()
            .powf_scalar(2.0)
            .mean_dim(1)
            .add_scalar(1e-8)
            .sqrt();
        self.conv2.forward(self.smooth.forward(x / scale))
    }
}

#[test]
fn an_upsampling_generator_agrees() -> Outcome {
    let device = device();
    let conv = |channels, pads: (usize, usize, usize, usize)| {
        let padding = PaddingConfig2d::Explicit(pads.0, pads.1, pads.2, pads.3);
        Conv2dConfig::new(channels, [3, 3])
            .with_padding(padding)
            .init(&device)
    };
    let up = Interpolate2dConfig::new().with_scale_factor(Some([2.0, 2.0]));
    let smooth = Interpolate2dConfig::new()
        .with_output_size(Some([15, 16]))
        .with_mode(InterpolateMode::Linear)
        .with_align_corners(false);
    let module = perturbed(Upsampling {
        fc: LinearConfig::new(6, 60).with_bias(false).init(&device),
        norm: BatchNormConfig::new(4).init(&device),
        conv1: conv([4, 4], (1, 1, 1, 1)),
        conv2: conv([4, 1], (2, 0, 1, 1)),
        up: up.init(),
        smooth: smooth.init(),
    });
    let model = check(&module, &[6], Upsampling::forward)?;
    // A resize stands between the linear layer and the normalisation.
    assert!(ops(&model).contains(&"BatchNormalization".to_owned()));
    Ok(())
}

#[derive(Module, Debug)]
struct Classifier {
    conv1: Conv2d,
    norm1: BatchNorm,
    pool: MaxPool2d,
    conv2: Conv2d,
    hidden: Linear,
    norm2: BatchNorm,
    head: Linear,
}

impl Classifier {
    fn new(device: &Device) -> Self {
        perturbed(Self {
            conv1: Conv2dConfig::new([1, 4], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(false)
                .init(device),
            norm1: BatchNormConfig::new(4).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            conv2: Conv2dConfig::new([4, 6], [3, 3])
                .with_stride([2, 2])
                .with_groups(2)
                .with_dilation([2, 2])
                .init(device),
            hidden: LinearConfig::new(6 * 5 * 5, 16).init(device),
            norm2: BatchNormConfig::new(16).init(device),
            head: LinearConfig::new(16, 10).init(device),
        })
    }

    fn forward(&self, image: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let x = self
            .pool
            .forward(relu(self.norm1.forward(self.conv1.forward(image))));
        let x = leaky_relu(self.conv2.forward(x), 0.1).flatten(1, 3);
        let features = relu(self.norm2.forward(self.hidden.forward(x)));
        let logits = self.head.forward(features.clone());
        (features, logits)
    }
}

#[test]
fn a_classifier_has_both_its_outputs() -> Outcome {
    let module = Classifier::new(&device());
    let onnx = to_onnx("features", &BTreeMap::new(), |trace| {
        let module = trace.module(&module);
        let image = trace.float_input("image", [trace.batch(), 1, 28, 28])?;
        let (features, logits) = module.forward(image);
        trace.output("features", &features)?;
        trace.output("logits", &logits)
    })?;
    for batch in [1, 5] {
        let image = random([batch, 1, 28, 28]);
        let (features, logits) = module.forward(image.clone());
        let image = tract_onnx::prelude::Tensor::from_shape(&[batch, 1, 28, 28], &floats(image))?;
        let outputs = run(&onnx, vec![image])?;
        close(&outputs[0], &floats(features));
        close(&outputs[1], &floats(logits));
    }
    let model = ModelProto::decode(&*onnx)?;
    let expected = [
        "Conv",
        "Relu",
        "MaxPool",
        "Conv",
        "LeakyRelu",
        "Reshape",
        "Gemm",
        "Relu",
        "Gemm",
    ];
    assert_eq!(ops(&model), expected);
    Ok(())
}

#[derive(Module, Debug)]
struct Conditional {
    table: Embedding,
    fc: Linear,
    start: Param<Tensor<2>>,
}

impl Conditional {
    /// A learned constant, an embedding and a one-hot code meet a latent.
    fn forward(&self, z: Tensor<2>, label: Tensor<1, Int>) -> Tensor<2> {
        let [batch, _] = z.dims();
        let device = z.device();
        let start = self.start.val().expand([batch, 4]);
        let embedded = self.table.forward(label.clone().unsqueeze_dim::<2>(1));
        let embedded: Tensor<2> = embedded.squeeze_dim(1);
        let classes = Tensor::<1, Int>::arange(0..3, &device).unsqueeze_dim::<2>(0);
        let label = label.unsqueeze_dim::<2>(1).expand([batch, 3]);
        let one_hot = label.equal(classes.expand([batch, 3])).float();
        self.fc
            .forward(Tensor::cat(vec![z, start, embedded, one_hot], 1))
    }
}

#[test]
fn a_label_input_conditions_a_generator() -> Outcome {
    let device = device();
    let module = perturbed(Conditional {
        table: EmbeddingConfig::new(3, 5).init(&device),
        fc: LinearConfig::new(8 + 4 + 5 + 3, 12).init(&device),
        start: Param::from_tensor(random([1, 4])),
    });
    let onnx = to_onnx("conditional", &BTreeMap::new(), |trace| {
        let module = trace.module(&module);
        let z = trace.float_input("z", [trace.batch(), 8])?;
        let label = trace.int_input("label", [trace.batch()])?;
        trace.output("y", &module.forward(z, label))
    })?;
    for labels in [&[2_i64][..], &[0, 1, 2, 2, 1]] {
        let batch = labels.len();
        let z = random([batch, 8]);
        let label = Tensor::from_data(TensorData::new(labels.to_vec(), [batch]), &device);
        let theirs = floats(module.forward(z.clone(), label));
        let z = tract_onnx::prelude::Tensor::from_shape(&[batch, 8], &floats(z))?;
        let label = tract_onnx::prelude::Tensor::from_shape(&[batch], labels)?;
        close(&run(&onnx, vec![z, label])?[0], &theirs);
    }
    Ok(())
}

#[derive(Module, Debug)]
struct Mlp {
    hidden: Linear,
    norm: LayerNorm,
    out: Linear,
    gain: Param<Tensor<1>>,
}

impl Mlp {
    /// The weight is scaled at run time, as with an equalised learning rate.
    fn forward(&self, z: Tensor<2>) -> Tensor<2> {
        let x = gelu(self.norm.forward(self.hidden.forward(z)));
        let weight = self.out.weight.val() * 0.5 * self.gain.val().unsqueeze_dim::<2>(0);
        x.matmul(weight)
    }
}

#[test]
fn constant_arithmetic_is_done_at_export() -> Outcome {
    let device = device();
    let module = perturbed(Mlp {
        hidden: LinearConfig::new(7, 9).init(&device),
        norm: LayerNormConfig::new(9).init(&device),
        out: LinearConfig::new(9, 4).init(&device),
        gain: Param::from_tensor(random([4])),
    });
    let model = check(&module, &[7], Mlp::forward)?;
    let ops = ops(&model);
    assert_eq!(ops[ops.len() - 1], "Gemm");
    let graph = model.graph.ok_or("no graph")?;
    let weight = &graph.node[ops.len() - 1].input[1];
    assert_eq!(weight, "out.weight");
    Ok(())
}

#[test]
fn a_linear_layer_on_a_sequence_agrees() -> Outcome {
    let module = perturbed(LinearConfig::new(6, 4).init(&device()));
    check(&module, &[3, 6], |module, x: Tensor<3>| module.forward(x))?;
    Ok(())
}

#[test]
fn activations_agree() -> Outcome {
    check_op(&[6], |x: Tensor<2>| sigmoid(x))?;
    check_op(&[6], |x: Tensor<2>| log_sigmoid(x))?;
    check_op(&[6], |x: Tensor<2>| gelu(x))?;
    check_op(&[6], |x: Tensor<2>| softplus(x, 1.0))?;
    check_op(&[3, 6], |x: Tensor<3>| softmax(x, 1))?;
    check_op(&[3, 6], |x: Tensor<3>| log_softmax(x, 2))?;
    Ok(())
}

#[test]
fn arithmetic_agrees() -> Outcome {
    check_op(&[6], |x: Tensor<2>| {
        (x.clone() - 2.0) / (x.clone().exp() + 1.0) * x
    })?;
    check_op(&[6], |x: Tensor<2>| {
        (x.clone().abs() + 0.1).log() - x.clone().neg().recip().tanh()
    })?;
    check_op(&[6], |x: Tensor<2>| {
        x.clone().powi_scalar(3) + x.abs().powf_scalar(0.7)
    })?;
    check_op(&[6], |x: Tensor<2>| x.clone().abs().log1p() + x.sign())?;
    check_op(&[6], |x: Tensor<2>| {
        x.clone().clamp(-0.5, 0.8) + x.clone().clamp_min(0.1) + x.clamp_max(0.2)
    })?;
    check_op(&[6], |x: Tensor<2>| {
        x.clone().sin() + x.clone().cos() + x.erf()
    })?;
    Ok(())
}

#[test]
fn reductions_agree() -> Outcome {
    check_op(&[3, 4, 5], |x: Tensor<4>| {
        x.clone().mean_dim(3).mean_dim(2) + x.sum_dim(2).sum_dim(3)
    })?;
    check_op(&[3, 4], |x: Tensor<3>| x.clone().max_dim(1) - x.min_dim(1))?;
    check_op(&[7], |x: Tensor<2>| x.argmax(1).float())?;
    check_op(&[7], |x: Tensor<2>| {
        let (variance, mean) = x.clone().var_mean(1);
        (x - mean) / (variance + 1e-5).sqrt()
    })?;
    Ok(())
}

#[test]
fn shapes_agree() -> Outcome {
    check_op(&[3, 4], |x: Tensor<3>| x.swap_dims(1, 2))?;
    check_op(&[3, 4, 2], |x: Tensor<4>| {
        x.permute([0, 3, 1, 2]).flatten::<2>(1, 3)
    })?;
    check_op(&[3, 4], |x: Tensor<3>| {
        let [batch, ..] = x.dims();
        x.slice([0..batch, 1..3, 0..4]).unsqueeze_dim::<4>(2)
    })?;
    check_op(&[3], |x: Tensor<2>| x.repeat_dim(1, 2))?;
    check_op(&[3, 4], |x: Tensor<3>| {
        let [batch, ..] = x.dims();
        x.reshape([batch * 3, 4]).mean_dim(1).reshape([batch, 3])
    })?;
    check_op(&[3], |x: Tensor<2>| {
        let [batch, _] = x.dims();
        let ones = Tensor::ones([batch, 2], &x.device());
        Tensor::cat(
            vec![x.clone(), ones, Tensor::zeros([batch, 1], &x.device())],
            1,
        )
    })?;
    check_op(&[4], |x: Tensor<2>| {
        let index = Tensor::<1, Int>::from_data([3_i64, 0, 2], &x.device());
        x.select(1, index)
    })?;
    check_op(&[4], |x: Tensor<2>| x.clone().gather(1, x.argmax(1)))?;
    check_op(&[2, 3, 3], |x: Tensor<4>| x.pad((1, 0, 2, 1), 0.5))?;
    Ok(())
}

#[test]
fn masks_agree() -> Outcome {
    check_op(&[5], |x: Tensor<2>| {
        x.clone().mask_fill(x.lower_elem(0.2), 0.25)
    })?;
    check_op(&[5], |x: Tensor<2>| {
        let mask = x.clone().greater_equal_elem(0.0).bool_not();
        x.clone().mask_where(mask, x.exp())
    })?;
    check_op(&[5], |x: Tensor<2>| {
        let other = x.clone() * 2.0 - 0.1;
        x.clone().greater(other.clone()).float() + x.lower_equal(other).int().float() * 3.0
    })?;
    Ok(())
}

#[test]
fn pools_agree() -> Outcome {
    let pool = AvgPool2dConfig::new([3, 3]).with_strides([2, 2]);
    let padded = pool.with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1));
    for count in [true, false] {
        let pool = padded.clone().with_count_include_pad(count).init();
        check_op(&[2, 7, 7], |x: Tensor<4>| pool.forward(x))?;
    }
    let whole = AdaptiveAvgPool2dConfig::new([1, 1]).init();
    check_op(&[2, 6, 4], |x: Tensor<4>| whole.forward(x))?;
    let parts = AdaptiveAvgPool2dConfig::new([3, 2]).init();
    check_op(&[2, 6, 4], |x: Tensor<4>| parts.forward(x))?;
    let max = MaxPool2dConfig::new([3, 3])
        .with_strides([2, 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init();
    check_op(&[2, 7, 7], |x: Tensor<4>| max.forward(x))?;
    Ok(())
}

#[test]
fn resizes_agree() -> Outcome {
    for align in [true, false] {
        let resize = Interpolate2dConfig::new()
            .with_output_size(Some([7, 9]))
            .with_mode(InterpolateMode::Linear)
            .with_align_corners(align)
            .init();
        check_op(&[2, 5, 4], |x: Tensor<4>| resize.forward(x))?;
    }
    let tripled = Interpolate2dConfig::new()
        .with_scale_factor(Some([3.0, 2.0]))
        .init();
    check_op(&[2, 5, 4], |x: Tensor<4>| tripled.forward(x))?;
    Ok(())
}

fn refused(forward: impl Fn(&mut Trace) -> Result<(), ExportError>) -> String {
    match to_onnx("test", &BTreeMap::new(), forward) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_cannot_be_exported_is_named() {
    let sorted = refused(|trace| {
        let x = trace.float_input("x", [trace.batch(), 4])?;
        trace.output("y", &(x * 2.0).sort(1))
    });
    assert!(sorted.contains("operation Sort (number 1"), "{sorted}");

    let shrunk = Interpolate2dConfig::new()
        .with_output_size(Some([3, 3]))
        .init();
    let shrunk = refused(|trace| {
        let x = trace.float_input("x", [trace.batch(), 1, 4, 4])?;
        trace.output("y", &shrunk.forward(x))
    });
    assert!(
        shrunk.contains("Interpolate") && shrunk.contains("[4, 4] to [3, 3]"),
        "{shrunk}"
    );

    let batch = refused(|trace| {
        let scale = trace.batch() as f32;
        let x = trace.float_input("x", [trace.batch(), 4])?;
        trace.output("y", &(x * scale))
    });
    assert!(
        batch.contains("MulScalar") && batch.contains("batch size"),
        "{batch}"
    );

    let grown = refused(|trace| {
        let x = trace.float_input("x", [trace.batch(), 4])?;
        let extra = Tensor::zeros([1, 4], trace.device());
        trace.output("y", &Tensor::cat(vec![x, extra], 0))
    });
    assert!(grown.contains("multiple of the batch"), "{grown}");

    let twice = refused(|trace| {
        let x: Tensor<2> = trace.float_input("x", [trace.batch(), 4])?;
        trace.output("y", &x)?;
        trace.output("y", &x)
    });
    assert!(twice.contains("`y`") && twice.contains("twice"), "{twice}");

    let foreign = refused(|trace| {
        let _: Tensor<2> = trace.float_input("x", [trace.batch(), 4])?;
        trace.output("y", &Tensor::<2>::zeros([2, 4], &Device::flex()))
    });
    assert!(foreign.contains("not on the recording device"), "{foreign}");

    let unbatched = refused(|trace| {
        let x: Tensor<2> = trace.float_input("x", [4, trace.batch()])?;
        trace.output("y", &(x + 1.0))
    });
    assert!(unbatched.contains("[batch, fixed…]"), "{unbatched}");
}
