//! Times one training step of three networks and prints JSON, for comparison with the same step
//! elsewhere: `benches/peers/training.py` runs it.
//!
//! ```sh
//! cargo run --release --workspace --example training -- dcgan|mlp|r1 STEPS
//! ```
//!
//! - `dcgan`: both updates of a DCGAN (Radford et al. 2016) of 1x32x32 images, batch 64.
//! - `mlp`: both updates of a pair of perceptrons in the plane, three layers of 128, batch 256.
//! - `r1`: the update of a critic without normalisation under an exact R1 penalty.
//!
//! Weights and inputs come from a hash, so that the losses can be compared too.
#![allow(
    clippy::print_stdout,
    reason = "a program that exists to print a figure"
)]

use std::error::Error;
use std::fs;
use std::time::Instant;

use burn::module::{Module, Param};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::tanh;
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_trainer::nets::conv::{conv_transpose2d, conv2d, conv2d_leaky_relu};
use gannet_trainer::nets::ops::{batch_norm_leaky_relu, leaky_relu, leaky_relu_vjp};
use gannet_trainer::objective::{Labels, Loss};

// As in the program `gannet`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: training dcgan|mlp|r1 STEPS";
const BATCH: usize = 64;
const LATENT: usize = 100;
const POINTS: usize = 256;
const SLOPE: f64 = 0.2;
const RATE: f64 = 2e-4;
const GAMMA: f64 = 10.0;
const LOSS: Loss = Loss::NonSaturating;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, steps] = args.as_slice() else {
        return Err(USAGE.into());
    };
    let steps = steps.parse()?;
    gannet_trainer::threads::enlist();
    let mut draw = Draw::new();
    match name.as_str() {
        "dcgan" => measure(steps, Dcgan::new(&mut draw)),
        "mlp" => measure(steps, Mlp::new(&mut draw)),
        "r1" => measure(steps, R1::new(&mut draw)),
        _ => Err(USAGE.into()),
    }
}

/// Prints the losses and seconds of each step and the peak of the memory.
fn measure(steps: usize, mut training: impl Training) -> Result<(), Box<dyn Error>> {
    let (mut losses, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        let began = Instant::now();
        losses.push(training.step());
        seconds.push(began.elapsed().as_secs_f64());
    }
    let peak = fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(1024 * kilobytes)
        });
    let mut result = serde_json::json!({ "losses": losses, "seconds": seconds });
    if let Some(peak) = peak {
        result["peak"] = peak.into();
    }
    println!("{result}");
    Ok(())
}

trait Training {
    /// One step; the losses of critic and generator, 0 where there is no generator.
    fn step(&mut self) -> [f32; 2];
}

/// Numbers in `[-1, 1)` that depend on the order of the draws alone.
struct Draw {
    device: Device,
    drawn: u32,
}

impl Draw {
    fn new() -> Self {
        Self {
            device: Device::flex().autodiff(),
            drawn: 0,
        }
    }

    fn tensor<const D: usize>(&mut self, shape: [usize; D], bound: f64) -> Tensor<D> {
        self.drawn += 1;
        let start = self.drawn.wrapping_mul(0x9E37_79B9);
        let count = shape.iter().product::<usize>() as u32;
        let values: Vec<f32> = (0..count)
            .map(|index| {
                let unit = f64::from(hash(start.wrapping_add(index))) / f64::from(1_u32 << 31);
                ((unit - 1.0) * bound) as f32
            })
            .collect();
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    fn weight<const D: usize>(&mut self, shape: [usize; D], bound: f64) -> Param<Tensor<D>> {
        Param::from_tensor(self.tensor(shape, bound))
    }

    fn constant(&self, len: usize, value: f32) -> Param<Tensor<1>> {
        Param::from_tensor(Tensor::full([len], value, &self.device))
    }
}

/// The finaliser of MurmurHash3.
fn hash(mut value: u32) -> u32 {
    value ^= value >> 16;
    value = value.wrapping_mul(0x85EB_CA6B);
    value ^= value >> 13;
    value = value.wrapping_mul(0xC2B2_AE35);
    value ^ value >> 16
}

fn adam() -> ModuleOptimizer {
    let config = AdamConfig::new().with_beta_1(0.5).with_beta_2(0.999);
    config.with_epsilon(1e-8).init()
}

/// A network with its optimiser.
struct Trained<M> {
    net: M,
    optimiser: ModuleOptimizer,
}

impl<M: Module> Trained<M> {
    fn new(net: M) -> Self {
        Self {
            net,
            optimiser: adam(),
        }
    }

    fn descend(&mut self, loss: Tensor<1>) -> f32 {
        let value = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        self.net = self.optimiser.step(RATE, self.net.clone(), gradients);
        value
    }
}

/// A convolution or a transposed one, and the normalisation after it.
#[derive(Module, Debug)]
struct Layer {
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    norm: Option<[Param<Tensor<1>>; 2]>,
    #[module(skip)]
    stride: usize,
    #[module(skip)]
    padding: usize,
}

impl Layer {
    /// A 4x4 kernel that halves, or doubles, the image.
    fn new(draw: &mut Draw, channels: [usize; 2], norm: Option<usize>) -> Self {
        let [a, b] = channels;
        let constants = norm.map(|len| [draw.constant(len, 1.0), draw.constant(len, 0.0)]);
        Self {
            weight: draw.weight([a, b, 4, 4], 0.03),
            bias: None,
            norm: constants,
            stride: 2,
            padding: 1,
        }
    }

    /// The same between a 4x4 image and a single pixel.
    fn whole(self) -> Self {
        Self {
            stride: 1,
            padding: 0,
            ..self
        }
    }

    fn with_bias(self, draw: &Draw, channels: usize) -> Self {
        Self {
            bias: Some(draw.constant(channels, 0.0)),
            ..self
        }
    }

    fn convolve(&self, x: Tensor<4>) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        conv2d(
            x,
            self.weight.val(),
            bias,
            [self.stride; 2],
            [self.padding; 2],
        )
    }

    fn transpose(&self, x: Tensor<4>) -> Tensor<4> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        conv_transpose2d(x, self.weight.val(), None, stride, padding, [0; 2])
    }

    /// Convolves, normalises and rectifies.
    fn halve(&self, x: Tensor<4>) -> Tensor<4> {
        if self.norm.is_some() {
            return self.normalise(self.convolve(x), SLOPE);
        }
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        let bias = self.bias.as_ref().map(Param::val);
        conv2d_leaky_relu(x, self.weight.val(), bias, stride, padding, SLOPE)
    }

    fn normalise(&self, x: Tensor<4>, slope: f64) -> Tensor<4> {
        match &self.norm {
            Some([scale, shift]) => batch_norm_leaky_relu(x, scale.val(), shift.val(), 1e-5, slope),
            None => leaky_relu(x, slope),
        }
    }
}

#[derive(Module, Debug)]
struct Critic {
    layers: Vec<Layer>,
    score: Layer,
}

impl Critic {
    fn new(draw: &mut Draw, norm: bool) -> Self {
        let layers = [[64, 1], [128, 64], [256, 128]].map(|channels: [usize; 2]| {
            let norm = (norm && channels[1] > 1).then_some(channels[0]);
            Layer::new(draw, channels, norm)
        });
        Self {
            layers: layers.into(),
            score: Layer::new(draw, [1, 256], None).whole(),
        }
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.trace(images).0
    }

    /// The scores and every activation.
    fn trace(&self, images: Tensor<4>) -> (Tensor<2>, Vec<Tensor<4>>) {
        let mut activations = Vec::new();
        let mut x = images;
        for layer in &self.layers {
            x = layer.halve(x);
            activations.push(x.clone());
        }
        (self.score.convolve(x).flatten(1, 3), activations)
    }

    /// The gradient of the scores with respect to the images.
    fn input_gradient(&self, activations: Vec<Tensor<4>>, ones: Tensor<4>) -> Tensor<4> {
        let last = self.score.transpose(ones);
        let layers = self.layers.iter().zip(activations).rev();
        layers.fold(last, |gradient, (layer, activation)| {
            layer.transpose(leaky_relu_vjp(activation, gradient, SLOPE))
        })
    }
}

#[derive(Module, Debug)]
struct Generator {
    layers: Vec<Layer>,
    image: Layer,
}

impl Generator {
    fn new(draw: &mut Draw) -> Self {
        Self {
            layers: vec![
                Layer::new(draw, [LATENT, 256], Some(256)).whole(),
                Layer::new(draw, [256, 128], Some(128)),
                Layer::new(draw, [128, 64], Some(64)),
            ],
            image: Layer::new(draw, [64, 1], None),
        }
    }

    fn forward(&self, latents: Tensor<4>) -> Tensor<4> {
        let layers = self.layers.iter();
        let x = layers.fold(latents, |x, layer| layer.normalise(layer.transpose(x), 0.0));
        tanh(self.image.transpose(x))
    }
}

struct Dcgan {
    generator: Trained<Generator>,
    critic: Trained<Critic>,
    real: Tensor<4>,
    latents: Tensor<4>,
}

impl Dcgan {
    fn new(draw: &mut Draw) -> Self {
        Self {
            generator: Trained::new(Generator::new(draw)),
            critic: Trained::new(Critic::new(draw, true)),
            real: draw.tensor([BATCH, 1, 32, 32], 1.0),
            latents: draw.tensor([BATCH, LATENT, 1, 1], 1.0),
        }
    }
}

impl Training for Dcgan {
    fn step(&mut self) -> [f32; 2] {
        let fake = self.generator.net.forward(self.latents.clone());
        let critic = &self.critic.net;
        let scores = [self.real.clone(), fake.clone().detach()].map(|x| critic.forward(x));
        let [real, generated] = scores;
        let of_critic = self
            .critic
            .descend(LOSS.critic_loss(real, generated, Labels::default()));
        let scores = self.critic.net.clone().no_grad().forward(fake);
        let loss = LOSS.generator_loss(|| scores.clone(), scores.clone());
        [of_critic, self.generator.descend(loss)]
    }
}

#[derive(Module, Debug)]
struct Perceptron {
    layers: Vec<Dense>,
}

#[derive(Module, Debug)]
struct Dense {
    /// `[inputs, outputs]`
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Perceptron {
    fn new(draw: &mut Draw, outputs: usize) -> Self {
        let layers = [[2, 128], [128, 128], [128, 128], [128, outputs]].map(|sizes: [usize; 2]| {
            let bound = 1.0 / (sizes[0] as f64).sqrt();
            Dense {
                weight: draw.weight(sizes, bound),
                bias: draw.constant(sizes[1], 0.0),
            }
        });
        Self {
            layers: layers.into(),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len() - 1;
        self.layers.iter().enumerate().fold(x, |x, (index, dense)| {
            let x = linear(x, dense.weight.val(), Some(dense.bias.val()));
            if index < last {
                leaky_relu(x, SLOPE)
            } else {
                x
            }
        })
    }
}

struct Mlp {
    generator: Trained<Perceptron>,
    critic: Trained<Perceptron>,
    real: Tensor<2>,
    latents: Tensor<2>,
}

impl Mlp {
    fn new(draw: &mut Draw) -> Self {
        Self {
            generator: Trained::new(Perceptron::new(draw, 2)),
            critic: Trained::new(Perceptron::new(draw, 1)),
            real: draw.tensor([POINTS, 2], 1.0),
            latents: draw.tensor([POINTS, 2], 1.0),
        }
    }
}

impl Training for Mlp {
    fn step(&mut self) -> [f32; 2] {
        let fake = self.generator.net.forward(self.latents.clone());
        let critic = &self.critic.net;
        let scores = [self.real.clone(), fake.clone().detach()].map(|x| critic.forward(x));
        let [real, generated] = scores;
        let of_critic = self
            .critic
            .descend(LOSS.critic_loss(real, generated, Labels::default()));
        let scores = self.critic.net.clone().no_grad().forward(fake);
        let loss = LOSS.generator_loss(|| scores.clone(), scores.clone());
        [of_critic, self.generator.descend(loss)]
    }
}

struct R1 {
    critic: Trained<Critic>,
    real: Tensor<4>,
    fake: Tensor<4>,
    ones: Tensor<4>,
}

impl R1 {
    fn new(draw: &mut Draw) -> Self {
        let mut critic = Critic::new(draw, false);
        critic.layers = critic
            .layers
            .into_iter()
            .zip([64, 128, 256])
            .map(|(layer, channels)| layer.with_bias(draw, channels))
            .collect();
        critic.score = critic.score.with_bias(draw, 1);
        Self {
            critic: Trained::new(critic),
            real: draw.tensor([BATCH, 1, 32, 32], 1.0),
            fake: draw.tensor([BATCH, 1, 32, 32], 1.0),
            ones: Tensor::ones([BATCH, 1, 1, 1], &draw.device),
        }
    }
}

impl Training for R1 {
    fn step(&mut self) -> [f32; 2] {
        let critic = &self.critic.net;
        let (real, activations) = critic.trace(self.real.clone());
        let gradient = critic.input_gradient(activations, self.ones.clone());
        let generated = critic.forward(self.fake.clone());
        let penalty = (gradient.clone() * gradient).sum() * (0.5 * GAMMA / BATCH as f64);
        let loss = LOSS.critic_loss(real, generated, Labels::default()) + penalty;
        [self.critic.descend(loss), 0.0]
    }
}
