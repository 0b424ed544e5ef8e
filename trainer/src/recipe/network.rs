//! The recipe's tables `[generator]` and `[critic]`.

use serde::{Deserialize, Serialize};

/// The generator: a network with a latent input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// Size of the latent vector.
    pub latent: usize,
    /// What latents are multiplied by before the first layer.
    pub latent_scale: f64,
    /// How it is told the class of the image to make.
    pub classes: GeneratorClasses,
    /// Layers and optimiser.
    #[serde(flatten)]
    pub network: Network,
}

/// The critic: a network with a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Critic {
    /// Images that are scored together (PacGAN, Lin et al. 2018).
    pub packing: usize,
    /// Whether it sees how much the images of a batch differ (Karras et al. 2018, section 3).
    pub minibatch_std: bool,
    /// Whether each weight is divided by its spectral norm (Miyato et al. 2018).
    pub spectral_norm: bool,
    /// Share of activations that are set to 0 in training.
    pub dropout: f64,
    /// How it is told the class of an image.
    pub classes: CriticClasses,
    /// Layers and optimiser.
    #[serde(flatten)]
    pub network: Network,
}

/// Layers and optimiser of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// How the layers follow each other.
    pub architecture: Architecture,
    /// Channels at full resolution; of an MLP, its units a layer.
    pub width: usize,
    /// Layers a resolution beyond the one that changes it; of an MLP, its hidden layers.
    pub depth: usize,
    /// What follows each layer.
    pub activation: Activation,
    /// What comes between layer and activation.
    pub norm: Norm,
    /// How weights are drawn.
    pub initialiser: Initialisation,
    /// What the scheme's weights are multiplied by.
    pub initial_scale: f64,
    /// Standard deviation of the biases at the start.
    pub initial_bias: f64,
    /// Updates of this network in a step.
    pub steps: usize,
    /// What turns gradients into steps.
    pub optimiser: Optimiser,
    /// The optimiser's step size.
    pub learning_rate: f64,
    /// Decay of the gradient's mean, or the momentum.
    pub beta1: f64,
    /// Decay of the squared gradient's mean.
    pub beta2: f64,
    /// How strongly weights are drawn to 0.
    pub weight_decay: f64,
    /// A longer gradient is shortened to this length; 0 leaves all alone.
    pub gradient_clip_norm: f64,
    /// Entries of the gradient are clamped to this on both sides of 0; 0 leaves all alone.
    pub gradient_clip_value: f64,
}

/// An enumeration whose variants a recipe names, with the names.
macro_rules! names {
    ($(#[$attributes:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$attributes])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// The names that a recipe can give.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The name that a recipe gives.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
    };
}
pub(super) use names;

names! {
    /// How the layers of a network follow each other.
    Architecture {
        /// Fully connected layers.
        Mlp = "mlp",
        /// A small image from a linear layer, doubled by 4x4 transposed convolutions and
        /// finished by a 3x3 convolution; a critic halves by 4x4 convolutions.
        Convolutional = "convolutional",
        /// Transposed and strided 4x4 convolutions alone (Radford et al. 2016).
        Dcgan = "dcgan",
        /// Nearest neighbours, then a 3x3 convolution; a critic averages after it.
        Upsample = "upsample",
        /// Residual blocks with the activation first (Gulrajani et al. 2017; Miyato et al. 2018).
        Resnet = "resnet",
        /// Residual bottlenecks without normalisation (Huang et al. 2024).
        R3gan = "r3gan",
    }
}

names! {
    /// What follows a layer.
    Activation {
        /// `max(x, 0.2 x)`.
        LeakyRelu = "leaky-relu",
        /// `max(x, 0)`.
        Relu = "relu",
        /// `x σ(x)`.
        Silu = "silu",
        /// The hyperbolic tangent.
        Tanh = "tanh",
        /// The logistic function, whose slope is ¼ at most: gradients fade from layer to layer.
        Sigmoid = "sigmoid",
    }
}

names! {
    /// What comes between a layer and its activation.
    Norm {
        /// Nothing.
        None = "none",
        /// Each channel over the batch (Ioffe and Szegedy 2015).
        Batch = "batch",
        /// Each channel of each image (Ulyanov et al. 2016).
        Instance = "instance",
        /// All channels of each image (Ba et al. 2016).
        Layer = "layer",
    }
}

names! {
    /// How weights are drawn.
    Initialisation {
        /// Normal, `gain / √fan_in` (He et al. 2015).
        He = "he",
        /// Normal, `gain · √(2 / (fan_in + fan_out))` (Glorot and Bengio 2010).
        Glorot = "glorot",
        /// Normal with a standard deviation of 0.02 (Radford et al. 2016).
        Dcgan = "dcgan",
        /// Orthonormal rows or columns times the gain (Saxe et al. 2014).
        Orthogonal = "orthogonal",
    }
}

names! {
    /// How a generator is told the class to make.
    GeneratorClasses {
        /// It is not.
        None = "none",
        /// A learned vector a class beside the latent.
        Embedding = "embedding",
        /// One number a class beside the latent.
        OneHot = "one-hot",
    }
}

names! {
    /// How a critic is told the class of an image.
    CriticClasses {
        /// It is not.
        None = "none",
        /// The product of its features with a learned vector a class (Miyato and Koyama 2018).
        Projection = "projection",
        /// A learned plane a class beside the image's channels (Mirza and Osindero 2014).
        Concatenation = "concatenation",
    }
}

names! {
    /// The optimisers a recipe can name.
    Optimiser {
        /// Adam (Kingma & Ba 2015); weight decay is added to the gradient.
        Adam = "adam",
        /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
        AdamW = "adamw",
        /// RMSProp (Tieleman & Hinton 2012), with momentum `beta1`.
        RmsProp = "rmsprop",
        /// Stochastic gradient descent with momentum `beta1`; `beta2` has no meaning.
        Sgd = "sgd",
    }
}

impl Optimiser {
    /// What it is called in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Adam => "Adam",
            Self::AdamW => "AdamW",
            Self::RmsProp => "RMSProp",
            Self::Sgd => "SGD",
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            architecture: Architecture::Convolutional,
            width: 32,
            depth: 0,
            activation: Activation::LeakyRelu,
            norm: Norm::None,
            initialiser: Initialisation::He,
            initial_scale: 1.0,
            initial_bias: 0.0,
            steps: 1,
            optimiser: Optimiser::Adam,
            learning_rate: 1e-3,
            beta1: 0.0,
            beta2: 0.99,
            weight_decay: 0.0,
            gradient_clip_norm: 0.0,
            gradient_clip_value: 0.0,
        }
    }
}

impl Default for Generator {
    fn default() -> Self {
        Self {
            latent: 64,
            latent_scale: 1.0,
            classes: GeneratorClasses::None,
            network: Network::default(),
        }
    }
}

impl Default for Critic {
    fn default() -> Self {
        Self {
            packing: 1,
            minibatch_std: false,
            spectral_norm: false,
            dropout: 0.0,
            classes: CriticClasses::None,
            network: Network::default(),
        }
    }
}
