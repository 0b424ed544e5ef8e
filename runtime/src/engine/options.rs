//! What an application may choose about the engine.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::LoadLimits;

/// What executes a network.
///
/// Each is a Cargo feature of its name; asking for one that is not built in is an error.
///
/// ```
/// use gannet::Engine;
///
/// assert_eq!("ort".parse::<Engine>()?, Engine::Ort);
/// assert_eq!(Engine::Tract.to_string(), "tract");
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// [tract](https://github.com/sonos/tract), in Rust, on the processor. The default.
    #[default]
    Tract,
    /// [ONNX Runtime](https://onnxruntime.ai), a library that the application ships and names.
    Ort,
}

/// What ONNX Runtime runs the nodes of a graph with.
///
/// Each but [`Cpu`](Provider::Cpu) is a Cargo feature of its name, and needs a library that was
/// built with it. Nodes that a provider does not take run on the processor;
/// [`EngineInfo::assignments`](crate::EngineInfo::assignments) says how many those are.
///
/// It reads and prints as `name` or `name:device`:
///
/// ```
/// use gannet::Provider;
///
/// assert_eq!("cuda:1".parse::<Provider>()?, Provider::Cuda { device: 1 });
/// assert_eq!("cuda".parse::<Provider>()?, Provider::Cuda { device: 0 });
/// assert_eq!(Provider::OpenVino { device: "CPU".into() }.to_string(), "openvino:CPU");
/// # Ok::<(), gannet::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// The processor.
    Cpu,
    /// NVIDIA's cards.
    Cuda {
        /// Number of the card.
        device: u16,
    },
    /// NVIDIA's cards through TensorRT, which compiles the network while it loads: minutes.
    TensorRt {
        /// Number of the card.
        device: u16,
    },
    /// Apple's processor, graphics card and neural engine.
    CoreMl,
    /// Any card that speaks DirectX 12.
    DirectMl {
        /// Number of the card.
        device: u16,
    },
    /// Intel's processors, graphics cards and NPUs.
    OpenVino {
        /// `CPU`, `GPU`, `NPU`, `GPU.1`, `HETERO:GPU,CPU`, … as OpenVINO names them.
        device: String,
    },
    /// AMD's cards, in libraries before ONNX Runtime 1.23.
    Rocm {
        /// Number of the card.
        device: u16,
    },
    /// AMD's cards.
    MiGraphX {
        /// Number of the card.
        device: u16,
    },
    /// Any card through WebGPU (Dawn).
    WebGpu,
    /// Kernels for ARM and x86 processors.
    Xnnpack,
}

impl Provider {
    /// What they are called in text, a device left out.
    pub const NAMES: [&str; 10] = [
        "cpu", "cuda", "tensorrt", "coreml", "directml", "openvino", "rocm", "migraphx", "webgpu",
        "xnnpack",
    ];

    /// Its name, which is that of its Cargo feature, and its device.
    pub(super) fn parts(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Cpu => ("cpu", None),
            Self::Cuda { device } => ("cuda", Some(device.to_string())),
            Self::TensorRt { device } => ("tensorrt", Some(device.to_string())),
            Self::CoreMl => ("coreml", None),
            Self::DirectMl { device } => ("directml", Some(device.to_string())),
            Self::OpenVino { device } => ("openvino", Some(device.clone())),
            Self::Rocm { device } => ("rocm", Some(device.to_string())),
            Self::MiGraphX { device } => ("migraphx", Some(device.to_string())),
            Self::WebGpu => ("webgpu", None),
            Self::Xnnpack => ("xnnpack", None),
        }
    }
}

/// What happens if a provider cannot be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fallback {
    /// An error with the loader's own reason. The default.
    #[default]
    Refuse,
    /// The processor takes over, and
    /// [`EngineInfo::fallback_reason`](crate::EngineInfo::fallback_reason) says why.
    Cpu,
}

/// What was asked for, not yet checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct EngineOptions {
    pub(crate) engine: Engine,
    pub(crate) library: Option<PathBuf>,
    pub(crate) provider: Option<Provider>,
    pub(crate) fallback: Fallback,
    pub(crate) threads: Option<usize>,
    pub(crate) limits: LoadLimits,
}

impl EngineOptions {
    /// Refuses what the chosen engine would not use, and what it lacks.
    pub(super) fn check(&self) -> Result<()> {
        if self.threads == Some(0) {
            return Err(Error::input("a generator needs one thread at least, got 0"));
        }
        let unused = |what: &str| {
            Error::input(format!(
                "{what} was given, but the engine `{}` uses none: leave it out, or choose the \
                 engine `ort`",
                self.engine
            ))
        };
        if let Some(Provider::OpenVino { device }) = &self.provider
            && !is_device_name(device)
        {
            return Err(Error::input(format!(
                "expected an OpenVINO device such as `CPU` or `GPU.0`, got `{device}`"
            )));
        }
        match self.engine {
            Engine::Tract if self.library.is_some() => Err(unused("a library")),
            Engine::Tract if self.provider.is_some() => Err(unused("a provider")),
            Engine::Ort if self.library.is_none() && cfg!(feature = "ort") => Err(Error::input(
                "the engine `ort` needs the path of an ONNX Runtime library \
                 (libonnxruntime.so, onnxruntime.dll, libonnxruntime.dylib)",
            )),
            _ if self.fallback == Fallback::Cpu
                && matches!(self.provider, None | Some(Provider::Cpu)) =>
            {
                Err(Error::input(
                    "a fallback to the processor was given without a provider that could fail",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// The methods of a builder that has `options: EngineOptions`.
macro_rules! engine_setters {
    () => {
        /// Runs on `threads` threads of its own instead of rayon's global pool.
        #[must_use]
        pub fn threads(mut self, threads: usize) -> Self {
            self.options.threads = Some(threads);
            self
        }

        /// What the file may ask for while it is loaded, instead of the
        /// [default](crate::LoadLimits::default).
        #[must_use]
        pub fn limits(mut self, limits: $crate::LoadLimits) -> Self {
            self.options.limits = limits;
            self
        }

        /// Runs on this engine instead of tract.
        ///
        /// ```no_run
        /// use gannet::{Engine, Fallback, Generator, Provider};
        ///
        /// let generator = Generator::builder("models/fashion-mnist")
        ///     .engine(Engine::Ort)
        ///     .library("/opt/app/lib/libonnxruntime.so")
        ///     .provider(Provider::Cuda { device: 0 })
        ///     .fallback(Fallback::Cpu)
        ///     .build()?;
        /// if let Some(reason) = generator.engine_info().fallback_reason() {
        ///     eprintln!("on the processor: {reason}");
        /// }
        /// # Ok::<(), gannet::Error>(())
        /// ```
        #[must_use]
        pub fn engine(mut self, engine: $crate::Engine) -> Self {
            self.options.engine = engine;
            self
        }

        /// The ONNX Runtime library that the engine [`Ort`](crate::Engine::Ort) loads: a path; no directory
        /// and no variable is searched. See the [crate's page](crate#engines) for what it may be.
        #[must_use]
        pub fn library(mut self, path: impl AsRef<std::path::Path>) -> Self {
            self.options.library = Some(path.as_ref().to_owned());
            self
        }

        /// What the engine [`Ort`](crate::Engine::Ort) runs the graph with, instead of the processor.
        #[must_use]
        pub fn provider(mut self, provider: $crate::Provider) -> Self {
            self.options.provider = Some(provider);
            self
        }

        /// What happens if the provider cannot be had, instead of an error.
        #[must_use]
        pub fn fallback(mut self, fallback: $crate::Fallback) -> Self {
            self.options.fallback = fallback;
            self
        }
    };
}
pub(crate) use engine_setters;

/// The error for what a build leaves out.
pub(super) fn not_built_in(what: &str, feature: &str) -> Error {
    Error::new(
        ErrorKind::Engine,
        format!(
            "{what} `{feature}` is not built in: enable the Cargo feature `{feature}` of gannet"
        ),
    )
}

impl Engine {
    /// What they are called in text.
    pub const NAMES: [&str; 2] = ["tract", "ort"];
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tract => "tract",
            Self::Ort => "ort",
        })
    }
}

impl FromStr for Engine {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "tract" => Ok(Self::Tract),
            "ort" => Ok(Self::Ort),
            _ => Err(Error::input(format!(
                "expected the engine `tract` or `ort`, got `{text}`"
            ))),
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (name, None) => f.write_str(name),
            (name, Some(device)) => write!(f, "{name}:{device}"),
        }
    }
}

impl FromStr for Provider {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, device) = match text.split_once(':') {
            Some((name, device)) => (name, Some(device)),
            None => (text, None),
        };
        let refused = |expected: &str| {
            Error::input(format!(
                "provider `{text}`: expected {expected}, got `{text}`"
            ))
        };
        let card = || match device {
            None => Ok(0),
            Some(device) => device
                .parse()
                .map_err(|_| refused(&format!("`{name}` or `{name}:NUMBER`"))),
        };
        let plain = |provider: Self| match device {
            None => Ok(provider),
            Some(_) => Err(refused(&format!("`{name}` without a device"))),
        };
        match name {
            "cpu" => plain(Self::Cpu),
            "cuda" => Ok(Self::Cuda { device: card()? }),
            "tensorrt" => Ok(Self::TensorRt { device: card()? }),
            "coreml" => plain(Self::CoreMl),
            "directml" => Ok(Self::DirectMl { device: card()? }),
            "openvino" => match device.unwrap_or("CPU") {
                device if is_device_name(device) => Ok(Self::OpenVino {
                    device: device.to_owned(),
                }),
                _ => Err(refused("a device such as `CPU` or `GPU.0`")),
            },
            "rocm" => Ok(Self::Rocm { device: card()? }),
            "migraphx" => Ok(Self::MiGraphX { device: card()? }),
            "webgpu" => plain(Self::WebGpu),
            "xnnpack" => plain(Self::Xnnpack),
            _ => Err(refused(&format!(
                "one of {}, and perhaps `:DEVICE`",
                Self::NAMES.join(", ")
            ))),
        }
    }
}

/// Whether OpenVINO may have a device of this name, which goes to its own parser.
fn is_device_name(device: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || ".:,_-()".contains(c);
    !device.is_empty() && device.chars().all(known)
}

#[cfg(test)]
mod tests;
