//! From a PyTorch state dict to the network.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use pytorch_reader::{DType, PytorchError, PytorchReader, Tensor as Stored};

use super::super::FeaturesError;
use super::Inception;

/// An Inception network and where its weights come from.
#[derive(Clone, Debug)]
pub struct LoadedInception {
    /// The network.
    pub net: Inception,
    /// The SHA-256 of the file of weights in lower-case hexadecimal.
    pub digest: String,
}

/// Reads the weights of FID's Inception from a PyTorch file: the state dict
/// that pytorch-fid publishes as `pt_inception-2015-12-05.pth`, or another with
/// the same names and shapes.
///
/// The file may also hold what the network does not use: `fc.bias`, the
/// auxiliary classifier `AuxLogits` and the counters `num_batches_tracked`.
/// Nothing in the file is executed.
///
/// # Errors
///
/// [`FeaturesError::Runtime`] or [`FeaturesError::Read`] if it cannot be read,
/// [`FeaturesError::NotPytorch`] if PyTorch did not write it whole,
/// [`FeaturesError::NotInception`] if tensors are missing, unknown, of another
/// shape or type, or hold what no trained network does.
pub fn load_inception(path: &Path) -> Result<LoadedInception, FeaturesError> {
    let digest = gannet::digest_file(path)?;
    let reader = PytorchReader::new(path).map_err(|error| match error {
        PytorchError::Io(source) if is_the_systems(&source) => cannot_read(path, source),
        error => FeaturesError::NotPytorch {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    })?;
    let device = Device::flex();
    let mut fill = Fill {
        stored: reader.into_tensors(),
        device: device.clone(),
        path: Vec::new(),
        problems: Vec::new(),
        failure: None,
    };
    let net = Inception::zeros(&device).map(&mut fill);
    if let Some(source) = fill.failure {
        return Err(cannot_read(path, source));
    }
    let mut unknown: Vec<&String> = fill.stored.keys().filter(|name| !unused(name)).collect();
    unknown.sort();
    let unknown = unknown.into_iter().map(|name| format!("{name}: unknown"));
    fill.problems.extend(unknown);
    if !fill.problems.is_empty() {
        return Err(FeaturesError::NotInception {
            path: path.to_owned(),
            problems: fill.problems,
        });
    }
    Ok(LoadedInception { net, digest })
}

/// Whether the operating system refuses, rather than the content.
fn is_the_systems(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, UnexpectedEof};
    !matches!(error.kind(), InvalidData | UnexpectedEof)
}

fn cannot_read(path: &Path, source: io::Error) -> FeaturesError {
    FeaturesError::Read {
        path: path.to_owned(),
        source,
    }
}

/// Whether a tensor may be in the file although the network has none of that
/// name.
fn unused(name: &str) -> bool {
    name == "fc.bias" || name.starts_with("AuxLogits.") || name.ends_with(".num_batches_tracked")
}

/// Puts the stored tensors into the module, and notes which do not fit.
struct Fill {
    stored: HashMap<String, Stored>,
    device: Device,
    path: Vec<String>,
    problems: Vec<String>,
    /// The first tensor's that could not be read.
    failure: Option<io::Error>,
}

impl Fill {
    /// PyTorch's name of the parameter at the present path.
    fn name(&self) -> String {
        let mut name = String::new();
        for (depth, part) in self.path.iter().enumerate() {
            let part = match part.as_str() {
                "gamma" => "weight",
                "beta" => "bias",
                part => part,
            };
            match part.chars().next() {
                // The blocks of the network itself: `Conv2d_1a_3x3`, `Mixed_5b`.
                Some(first) if depth == 0 && part != "fc" => {
                    name.extend(first.to_uppercase());
                    name.push_str(&part[first.len_utf8()..]);
                }
                _ => name.push_str(part),
            }
            name.push('.');
        }
        name.pop();
        name
    }

    /// The values stored for a parameter, in PyTorch's layout, if they fit.
    fn take(&mut self, name: &str, shape: &[usize]) -> Option<Vec<f32>> {
        match self.read(name, shape) {
            Ok(values) => Some(values),
            Err(Unfit::Problem(problem)) => {
                self.problems.push(format!("{name}: {problem}"));
                None
            }
            Err(Unfit::Failure(failure)) => {
                self.failure.get_or_insert(failure);
                None
            }
        }
    }

    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Unfit> {
        let problem = |text: String| Err(Unfit::Problem(text));
        let Some(stored) = self.stored.remove(name) else {
            return problem("missing".to_owned());
        };
        if stored.shape() != shape {
            return problem(format!("expected {shape:?}, got {:?}", stored.shape()));
        }
        if stored.dtype() != DType::F32 {
            return problem(format!("expected F32, got {:?}", stored.dtype()));
        }
        let bytes = stored.read().map_err(Unfit::Failure)?;
        let (values, _) = bytes.as_chunks::<4>();
        let values: Vec<f32> = values.iter().map(|&v| f32::from_ne_bytes(v)).collect();
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return problem(format!("expected finite numbers, got {value}"));
        }
        let negative = values.iter().find(|&&value| value < 0.0);
        if let (true, Some(value)) = (name.ends_with(".running_var"), negative) {
            return problem(format!("expected no negative variance, got {value}"));
        }
        Ok(values)
    }
}

enum Unfit {
    Problem(String),
    Failure(io::Error),
}

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.name();
        // Linear weights are [out, in] in PyTorch and [in, out] in Burn.
        let transposed = name == "fc.weight";
        let mut shape = param.val().dims();
        if transposed {
            shape.reverse();
        }
        let Some(values) = self.take(&name, &shape) else {
            return param;
        };
        let tensor = Tensor::from_data(TensorData::new(values, shape), &self.device);
        let tensor = match transposed {
            true => tensor.transpose(),
            false => tensor,
        };
        Param::initialized(param.id, tensor)
    }
}
