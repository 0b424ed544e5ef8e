//! Options of the engine that runs networks, which several commands share.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use gannet::{Engine, EngineInfo, Fallback, FeatureNet, Generator, GeneratorBuilder, Provider};

use super::named::named;
use super::output;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Engine")]
pub(super) struct EngineArgs {
    /// What runs the network: tract, or ort (ONNX Runtime; a build with the feature `ort`)
    /// [default: tract].
    #[arg(long, value_name = "tract|ort", value_parser = named::<Engine, _>(Engine::NAMES))]
    engine: Option<Engine>,
    /// The ONNX Runtime library to load, 1.24 or newer, such as libonnxruntime.so.
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
    /// What ONNX Runtime runs on: cpu, cuda, tensorrt, coreml, directml, openvino, rocm, migraphx,
    /// webgpu or xnnpack, each but cpu a feature of the build [default: cpu].
    #[arg(long, value_name = "NAME[:DEVICE]", value_parser = named::<Provider, _>(Provider::NAMES))]
    provider: Option<Provider>,
    /// Run on the processor if the provider cannot be had, instead of ending with an error.
    #[arg(long)]
    fallback_to_cpu: bool,
}

/// Hands the options to either kind of builder, which have the same methods.
macro_rules! configured {
    ($args:expr, $builder:expr) => {{
        let mut builder = $builder;
        if let Some(engine) = $args.engine {
            builder = builder.engine(engine);
        }
        if let Some(library) = &$args.library {
            builder = builder.library(library);
        }
        if let Some(provider) = &$args.provider {
            builder = builder.provider(provider.clone());
        }
        if $args.fallback_to_cpu {
            builder = builder.fallback(Fallback::Cpu);
        }
        builder
    }};
}

impl EngineArgs {
    pub(super) fn generator(
        &self,
        builder: GeneratorBuilder,
        threads: Option<u16>,
    ) -> anyhow::Result<Generator> {
        let mut builder = configured!(self, builder);
        if let Some(threads) = threads {
            builder = builder.threads(threads.into());
        }
        let generator = builder.build()?;
        self.narrate(generator.name(), generator.engine_info());
        Ok(generator)
    }

    pub(super) fn feature_net(&self, path: &Path) -> anyhow::Result<FeatureNet> {
        let net = configured!(self, FeatureNet::builder(path)).build()?;
        self.narrate(net.name(), net.engine_info());
        Ok(net)
    }

    /// For a command that runs no network.
    pub(super) fn must_not_be_given(&self) -> anyhow::Result<()> {
        let given = self.engine.is_some()
            || self.library.is_some()
            || self.provider.is_some()
            || self.fallback_to_cpu;
        ensure!(
            !given,
            "--engine, --library, --provider and --fallback-to-cpu are for a network: features \
             and logits are scored as they are"
        );
        Ok(())
    }

    /// Says what really runs to somebody who chose.
    fn narrate(&self, name: &str, info: &EngineInfo) {
        if self.engine.is_some() {
            output::narrate(&format!("{name}: {info}"));
        }
    }
}
