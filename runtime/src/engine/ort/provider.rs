//! Providers, registered one by one: those in a list of ort's fail in silence.

use ort::ep;
use ort::ep::ExecutionProvider;
use ort::session::builder::SessionBuilder;

use super::super::options::not_built_in;
use super::{BoxedError, Provider};

/// Whether it computes on the processor, one image a thread.
pub(super) fn is_processor(provider: &Provider) -> bool {
    matches!(provider, Provider::Cpu | Provider::Xnnpack)
}

/// Registers a provider, or says why it cannot be had.
pub(super) fn register(
    provider: &Provider,
    builder: &mut SessionBuilder,
) -> Result<(), BoxedError> {
    match provider {
        Provider::Cpu => Ok(ep::CPU::default()
            .with_arena_allocator(true)
            .register(builder)?),
        #[cfg(feature = "cuda")]
        Provider::Cuda { device } => Ok(ep::CUDA::default()
            .with_device_id((*device).into())
            .register(builder)?),
        #[cfg(feature = "tensorrt")]
        Provider::TensorRt { device } => Ok(ep::TensorRT::default()
            .with_device_id((*device).into())
            .register(builder)?),
        #[cfg(feature = "coreml")]
        Provider::CoreMl => Ok(ep::CoreML::default().register(builder)?),
        #[cfg(feature = "directml")]
        Provider::DirectMl { device } => Ok(ep::DirectML::default()
            .with_device_id((*device).into())
            .register(builder)?),
        #[cfg(feature = "openvino")]
        Provider::OpenVino { device } => Ok(ep::OpenVINO::default()
            .with_device_type(device)
            .register(builder)?),
        #[cfg(feature = "rocm")]
        Provider::Rocm { device } => Ok(ep::ROCm::default()
            .with_device_id((*device).into())
            .register(builder)?),
        #[cfg(feature = "migraphx")]
        Provider::MiGraphX { device } => Ok(ep::MIGraphX::default()
            .with_device_id((*device).into())
            .register(builder)?),
        #[cfg(feature = "webgpu")]
        Provider::WebGpu => Ok(ep::WebGPU::default().register(builder)?),
        #[cfg(feature = "xnnpack")]
        Provider::Xnnpack => Ok(ep::XNNPACK::default().register(builder)?),
        #[allow(
            unreachable_patterns,
            reason = "reached in builds without all of the providers' features"
        )]
        left_out => Err(not_built_in("the provider", left_out.parts().0).into()),
    }
}
