//! Layers: linear, convolution, normalisation, embedding, pooling, resizing.

use burn::backend::ir::{
    AdaptiveAvgPool2dOpIr, AvgPool2dOpIr, BatchNormOpIr, Conv2dOpIr, ConvTranspose2dOpIr,
    InterpolateModeIr, InterpolateOpIr, LayerNormOpIr, LinearOpIr, MaxPool2dOpIr,
    ModuleOperationIr, TensorIr,
};

use super::super::error::Refusal;
use super::super::graph::{Attribute, Constant, Data, Node, Value};
use super::{Lowered, Lowering, axis, kind, not_covered};

impl Lowering<'_> {
    pub(super) fn layer(&mut self, op: &ModuleOperationIr) -> Lowered {
        use ModuleOperationIr as Op;
        match op {
            Op::Linear(op) => self.linear(op),
            Op::Conv2d(op) => self.conv(op),
            Op::ConvTranspose2d(op) => self.conv_transpose(op),
            Op::BatchNorm(op) => self.batch_norm(op),
            Op::LayerNorm(op) => self.layer_norm(op),
            Op::Embedding(op) => {
                let inputs = vec![self.read(&op.weights)?, self.read(&op.indices)?];
                self.define(&op.out, "Gather", inputs, axis(0))
            }
            Op::MaxPool2d(op) => self.max_pool(op),
            Op::AvgPool2d(op) => self.avg_pool(op),
            Op::AdaptiveAvgPool2d(op) => self.adaptive_avg_pool(op),
            Op::Interpolate(op) => self.interpolate(op),
            _ => Err(not_covered()),
        }
    }

    fn with_bias(
        &mut self,
        x: &TensorIr,
        weight: &TensorIr,
        bias: Option<&TensorIr>,
    ) -> Result<Vec<Value>, Refusal> {
        let mut inputs = vec![self.read(x)?, self.read(weight)?];
        if let Some(bias) = bias {
            inputs.push(self.read(bias)?);
        }
        Ok(inputs)
    }

    fn linear(&mut self, op: &LinearOpIr) -> Lowered {
        let (x, weight) = (self.read(&op.x)?, self.read(&op.weight)?);
        let Some(bias) = &op.bias else {
            return self.define(&op.out, "MatMul", vec![x, weight], vec![]);
        };
        let bias = self.read(bias)?;
        let (kind, dims) = (kind(op.out.dtype)?, self.dims(&op.out));
        let product = self.node("MatMul", vec![x, weight], vec![], |_| (kind, dims));
        self.define(&op.out, "Add", vec![product, bias], vec![])
    }

    fn conv(&mut self, op: &Conv2dOpIr) -> Lowered {
        let inputs = self.with_bias(&op.x, &op.weight, op.bias.as_ref())?;
        let [(top, bottom), (left, right)] = op.options.padding;
        let attributes = vec![
            ("dilations", op.options.dilation.as_slice().into()),
            ("group", Attribute::Int(op.options.groups as i64)),
            ("kernel_shape", op.weight.shape.as_slice()[2..].into()),
            ("pads", [top, left, bottom, right].as_slice().into()),
            ("strides", op.options.stride.as_slice().into()),
        ];
        self.define(&op.out, "Conv", inputs, attributes)
    }

    fn conv_transpose(&mut self, op: &ConvTranspose2dOpIr) -> Lowered {
        let inputs = self.with_bias(&op.x, &op.weight, op.bias.as_ref())?;
        let attributes = vec![
            ("dilations", op.options.dilation.as_slice().into()),
            ("group", Attribute::Int(op.options.groups as i64)),
            ("kernel_shape", op.weight.shape.as_slice()[2..].into()),
            ("output_padding", op.options.padding_out.as_slice().into()),
            ("pads", symmetric(op.options.padding)),
            ("strides", op.options.stride.as_slice().into()),
        ];
        self.define(&op.out, "ConvTranspose", inputs, attributes)
    }

    fn batch_norm(&mut self, op: &BatchNormOpIr) -> Lowered {
        let inputs: Result<_, _> = [&op.x, &op.gamma, &op.beta, &op.mean, &op.variance]
            .map(|tensor| self.read(tensor))
            .into_iter()
            .collect();
        let epsilon = vec![("epsilon", Attribute::Float(op.epsilon.elem()))];
        self.define(&op.out, "BatchNormalization", inputs?, epsilon)
    }

    fn layer_norm(&mut self, op: &LayerNormOpIr) -> Lowered {
        let inputs = self.with_bias(&op.input, &op.gamma, op.beta.as_ref())?;
        let attributes = vec![
            ("axis", Attribute::Int(-1)),
            ("epsilon", Attribute::Float(op.epsilon.elem())),
        ];
        self.define(&op.out, "LayerNormalization", inputs, attributes)
    }

    fn max_pool(&mut self, op: &MaxPool2dOpIr) -> Lowered {
        let input = self.read(&op.x)?;
        let attributes = vec![
            ("ceil_mode", Attribute::Int(i64::from(op.ceil_mode))),
            ("dilations", op.dilation.as_slice().into()),
            ("kernel_shape", op.kernel_size.as_slice().into()),
            ("pads", symmetric(op.padding)),
            ("strides", op.stride.as_slice().into()),
        ];
        self.define(&op.out, "MaxPool", vec![input], attributes)
    }

    fn avg_pool(&mut self, op: &AvgPool2dOpIr) -> Lowered {
        let input = self.read(&op.x)?;
        let attributes = vec![
            ("ceil_mode", Attribute::Int(i64::from(op.ceil_mode))),
            (
                "count_include_pad",
                Attribute::Int(i64::from(op.count_include_pad)),
            ),
            ("kernel_shape", op.kernel_size.as_slice().into()),
            ("pads", symmetric(op.padding)),
            ("strides", op.stride.as_slice().into()),
        ];
        self.define(&op.out, "AveragePool", vec![input], attributes)
    }

    /// Windows are equal, and the pool ordinary, when the output divides the
    /// input.
    fn adaptive_avg_pool(&mut self, op: &AdaptiveAvgPool2dOpIr) -> Lowered {
        let input = self.read(&op.x)?;
        let size = [op.x.shape[2], op.x.shape[3]];
        if op.output_size == [1, 1] {
            return self.define(&op.out, "GlobalAveragePool", vec![input], vec![]);
        }
        if size[0] % op.output_size[0] != 0 || size[1] % op.output_size[1] != 0 {
            return Err(Refusal::new(format!(
                "pooling {size:?} to {:?}, which does not divide it",
                op.output_size
            )));
        }
        let window = [size[0] / op.output_size[0], size[1] / op.output_size[1]];
        let attributes = vec![
            ("kernel_shape", window.as_slice().into()),
            ("strides", window.as_slice().into()),
        ];
        self.define(&op.out, "AveragePool", vec![input], attributes)
    }

    /// Nearest: source index ⌊o · in / out⌋. Bilinear: half-pixel centres, or
    /// corners aligned.
    fn interpolate(&mut self, op: &InterpolateOpIr) -> Lowered {
        let x = self.read(&op.x)?;
        let size = [op.x.shape[2], op.x.shape[3]];
        let [mode, transform] = match op.options.mode {
            InterpolateModeIr::Nearest => ["nearest", "asymmetric"],
            InterpolateModeIr::Bilinear if op.options.align_corners => ["linear", "align_corners"],
            InterpolateModeIr::Bilinear => ["linear", "half_pixel"],
            _ => return Err(Refusal::new(format!("mode {:?}", op.options.mode))),
        };
        // With a fractional scale the runtimes round ⌊o / scale⌋ differently.
        let whole = (0..2).all(|i| op.output_size[i] % size[i] == 0);
        if mode == "nearest" && !whole {
            return Err(Refusal::new(format!(
                "nearest resize of {size:?} to {:?}; the factor must be whole",
                op.output_size
            )));
        }
        let [height, width] = [0, 1].map(|i| scale(size[i], op.output_size[i]));
        let scales = self.graph.constant(Constant {
            path: None,
            dims: vec![4],
            data: Data::Float(vec![1.0, 1.0, height, width]),
        });
        let mut attributes = vec![
            ("coordinate_transformation_mode", Attribute::Text(transform)),
            ("mode", Attribute::Text(mode)),
        ];
        if mode == "nearest" {
            attributes.push(("nearest_mode", Attribute::Text("floor")));
        }
        let output = self.graph.value(kind(op.out.dtype)?, self.dims(&op.out));
        self.graph.nodes.push(Node {
            op: "Resize",
            inputs: vec![Some(x), None, Some(scales)],
            output,
            attributes,
        });
        self.alias(&op.out, output);
        Ok(())
    }
}

/// The same padding at both ends of each axis, in ONNX's order: all starts,
/// then all ends.
fn symmetric(padding: [usize; 2]) -> Attribute {
    [padding, padding].concat().as_slice().into()
}

/// The factor from which a runtime finds the output size ⌊in · factor⌋ again,
/// whether it multiplies in single or in double precision.
fn scale(from: usize, to: usize) -> f32 {
    let scale = to as f32 / from as f32;
    match from as f64 * f64::from(scale) < to as f64 {
        true => scale.next_up(),
        false => scale,
    }
}

#[cfg(test)]
mod tests {
    use super::scale;

    #[test]
    fn a_scale_gives_its_size_in_either_precision() {
        for (from, to) in (1..80).flat_map(|from| (1..200).map(move |to| (from, to))) {
            let scale = scale(from, to);
            let double = from as f64 * f64::from(scale);
            let single = from as f32 * scale;
            assert_eq!((double.floor() as usize, single.floor() as usize), (to, to));
        }
    }
}
