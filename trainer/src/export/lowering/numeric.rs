//! Arithmetic, comparison, reductions and element-wise functions.

use burn::backend::ir::{
    ActivationOperationIr, BoolOperationIr, FloatOperationIr, IntOperationIr, NumericOperationIr,
    PadModeIr, PadOpIr, ReduceDimOpIr, ScalarIr, ScalarOpIr, TensorIr,
};

use super::super::graph::{Attribute, Kind, Node, Value};
use super::{Lowered, Lowering, axis, kind, not_covered};

impl Lowering<'_> {
    pub(super) fn numeric(&mut self, op: &NumericOperationIr) -> Lowered {
        use NumericOperationIr as Op;
        match op {
            Op::Add(op) => self.binary("Add", &op.lhs, &op.rhs, &op.out),
            Op::Sub(op) => self.binary("Sub", &op.lhs, &op.rhs, &op.out),
            Op::Mul(op) => self.binary("Mul", &op.lhs, &op.rhs, &op.out),
            Op::Div(op) => self.binary("Div", &op.lhs, &op.rhs, &op.out),
            Op::Powi(op) => self.binary("Pow", &op.lhs, &op.rhs, &op.out),
            Op::AddScalar(op) => self.with_scalar("Add", op),
            Op::SubScalar(op) => self.with_scalar("Sub", op),
            Op::MulScalar(op) => self.with_scalar("Mul", op),
            Op::DivScalar(op) => self.with_scalar("Div", op),
            Op::PowiScalar(op) => self.with_scalar("Pow", op),
            Op::Greater(op) => self.binary("Greater", &op.lhs, &op.rhs, &op.out),
            Op::GreaterEqual(op) => self.binary("GreaterOrEqual", &op.lhs, &op.rhs, &op.out),
            Op::Lower(op) => self.binary("Less", &op.lhs, &op.rhs, &op.out),
            Op::LowerEqual(op) => self.binary("LessOrEqual", &op.lhs, &op.rhs, &op.out),
            Op::GreaterElem(op) => self.with_scalar("Greater", op),
            Op::GreaterEqualElem(op) => self.with_scalar("GreaterOrEqual", op),
            Op::LowerElem(op) => self.with_scalar("Less", op),
            Op::LowerEqualElem(op) => self.with_scalar("LessOrEqual", op),
            Op::Abs(op) => self.unary("Abs", &op.input, &op.out),
            Op::Neg(op) => self.unary("Neg", &op.input, &op.out),
            Op::Sign(op) => self.unary("Sign", &op.input, &op.out),
            Op::Full(op) => self.filled(&op.out, op.value),
            Op::Clamp(op) => self.clip(&op.tensor, Some(op.min), Some(op.max), &op.out),
            Op::ClampMin(op) => self.clip(&op.lhs, Some(op.rhs), None, &op.out),
            Op::ClampMax(op) => self.clip(&op.lhs, None, Some(op.rhs), &op.out),
            Op::SumDim(op) => self.sum(&op.input, &[op.axis], &op.out),
            Op::SumDims(op) => self.sum(&op.input, &op.axes, &op.out),
            Op::MeanDim(op) => self.reduce("ReduceMean", op),
            Op::MaxDim(op) => self.reduce("ReduceMax", op),
            Op::MinDim(op) => self.reduce("ReduceMin", op),
            Op::ArgMax(op) => self.arg("ArgMax", op),
            Op::ArgMin(op) => self.arg("ArgMin", op),
            Op::Pad(op) => self.pad(op),
            _ => Err(not_covered()),
        }
    }

    pub(super) fn float(&mut self, op: &FloatOperationIr) -> Lowered {
        use FloatOperationIr as Op;
        match op {
            Op::Exp(op) => self.unary("Exp", &op.input, &op.out),
            Op::Log(op) => self.unary("Log", &op.input, &op.out),
            Op::Erf(op) => self.unary("Erf", &op.input, &op.out),
            Op::Sqrt(op) => self.unary("Sqrt", &op.input, &op.out),
            Op::Cos(op) => self.unary("Cos", &op.input, &op.out),
            Op::Sin(op) => self.unary("Sin", &op.input, &op.out),
            Op::Tanh(op) => self.unary("Tanh", &op.input, &op.out),
            Op::Floor(op) => self.unary("Floor", &op.input, &op.out),
            Op::Ceil(op) => self.unary("Ceil", &op.input, &op.out),
            Op::Recip(op) => self.unary("Reciprocal", &op.input, &op.out),
            Op::Log1p(op) => {
                let one = self.scalar(Kind::Float, ScalarIr::Float(1.0));
                let input = self.read(&op.input)?;
                let sum = self.like("Add", vec![input, one], vec![], input);
                self.define(&op.out, "Log", vec![sum], vec![])
            }
            Op::PowfScalar(op) => self.with_scalar("Pow", op),
            Op::Powf(op) => self.binary("Pow", &op.lhs, &op.rhs, &op.out),
            Op::Matmul(op) => self.binary("MatMul", &op.lhs, &op.rhs, &op.out),
            Op::IntoInt(op) => self.cast(&op.input, &op.out),
            _ => Err(not_covered()),
        }
    }

    pub(super) fn int(&mut self, op: &IntOperationIr) -> Lowered {
        match op {
            IntOperationIr::IntoFloat(op) => self.cast(&op.input, &op.out),
            _ => Err(not_covered()),
        }
    }

    pub(super) fn boolean(&mut self, op: &BoolOperationIr) -> Lowered {
        use BoolOperationIr as Op;
        match op {
            Op::IntoFloat(op) | Op::IntoInt(op) => self.cast(&op.input, &op.out),
            Op::Not(op) => self.unary("Not", &op.input, &op.out),
            Op::And(op) => self.binary("And", &op.lhs, &op.rhs, &op.out),
            Op::Or(op) => self.binary("Or", &op.lhs, &op.rhs, &op.out),
            Op::Xor(op) => self.binary("Xor", &op.lhs, &op.rhs, &op.out),
        }
    }

    pub(super) fn activation(&mut self, op: &ActivationOperationIr) -> Lowered {
        use ActivationOperationIr as Op;
        match op {
            Op::Relu(op) => self.unary("Relu", &op.input, &op.out),
            Op::Sigmoid(op) => self.unary("Sigmoid", &op.input, &op.out),
            Op::LeakyRelu(op) => self.leaky_relu(op),
            Op::HardSigmoid(op) => {
                let input = self.read(&op.tensor)?;
                let attributes = vec![("alpha", float(op.alpha)), ("beta", float(op.beta))];
                self.define(&op.out, "HardSigmoid", vec![input], attributes)
            }
            Op::LogSigmoid(op) => {
                // ln σ(x) = −softplus(−x)
                let input = self.read(&op.input)?;
                let minus = self.like("Neg", vec![input], vec![], input);
                let softplus = self.like("Softplus", vec![minus], vec![], input);
                self.define(&op.out, "Neg", vec![softplus], vec![])
            }
            Op::Gelu(op) => self.gelu(&op.input, &op.out),
            Op::Softmax(op) => {
                let input = self.read(&op.input)?;
                self.define(&op.out, "Softmax", vec![input], axis(op.axis))
            }
            Op::LogSoftmax(op) => {
                let input = self.read(&op.input)?;
                self.define(&op.out, "LogSoftmax", vec![input], axis(op.axis))
            }
            _ => Err(not_covered()),
        }
    }

    fn leaky_relu(&mut self, op: &ScalarOpIr) -> Lowered {
        let input = self.read(&op.lhs)?;
        let alpha = vec![("alpha", float(op.rhs))];
        self.define(&op.out, "LeakyRelu", vec![input], alpha)
    }

    /// x/2 · (1 + erf(x/√2)); ONNX has the operator only from opset 20.
    fn gelu(&mut self, input: &TensorIr, out: &TensorIr) -> Lowered {
        let x = self.read(input)?;
        let [root, one, half] = [std::f64::consts::FRAC_1_SQRT_2, 1.0, 0.5]
            .map(|number| self.scalar(Kind::Float, ScalarIr::Float(number)));
        let scaled = self.like("Mul", vec![x, root], vec![], x);
        let erf = self.like("Erf", vec![scaled], vec![], x);
        let sum = self.like("Add", vec![erf, one], vec![], x);
        let halved = self.like("Mul", vec![x, half], vec![], x);
        self.define(out, "Mul", vec![halved, sum], vec![])
    }

    /// An intermediate node whose output looks like `model`.
    fn like(
        &mut self,
        op: &'static str,
        inputs: Vec<Value>,
        attributes: super::Attributes,
        model: Value,
    ) -> Value {
        self.node(op, inputs, attributes, |graph| {
            (graph.kind(model), graph.dims(model).to_vec())
        })
    }

    fn clip(
        &mut self,
        input: &TensorIr,
        min: Option<ScalarIr>,
        max: Option<ScalarIr>,
        out: &TensorIr,
    ) -> Lowered {
        let kind = kind(input.dtype)?;
        let dims = self.dims(out);
        let input = self.read(input)?;
        let min = min.map(|min| self.scalar(kind, min));
        let max = max.map(|max| self.scalar(kind, max));
        let output = self.graph.value(kind, dims);
        let inputs = match max {
            Some(_) => vec![Some(input), min, max],
            None => vec![Some(input), min],
        };
        self.graph.nodes.push(Node {
            op: "Clip",
            inputs,
            output,
            attributes: vec![],
        });
        self.alias(out, output);
        Ok(())
    }

    /// Burn keeps a reduced dimension with length one; so does `keepdims`.
    fn sum(&mut self, input: &TensorIr, axes: &[usize], out: &TensorIr) -> Lowered {
        let input = self.read(input)?;
        let axes = self
            .graph
            .ints(axes.iter().map(|&axis| axis as i64).collect());
        let keep = vec![("keepdims", Attribute::Int(1))];
        self.define(out, "ReduceSum", vec![input, axes], keep)
    }

    fn reduce(&mut self, name: &'static str, op: &ReduceDimOpIr) -> Lowered {
        let input = self.read(&op.input)?;
        let attributes = vec![
            ("axes", Attribute::from([op.axis].as_slice())),
            ("keepdims", Attribute::Int(1)),
        ];
        self.define(&op.out, name, vec![input], attributes)
    }

    fn arg(&mut self, name: &'static str, op: &ReduceDimOpIr) -> Lowered {
        let input = self.read(&op.input)?;
        let attributes = vec![
            ("axis", Attribute::Int(op.axis as i64)),
            ("keepdims", Attribute::Int(1)),
        ];
        self.define(&op.out, name, vec![input], attributes)
    }

    fn pad(&mut self, op: &PadOpIr) -> Lowered {
        let input = self.read(&op.input)?;
        let before = op.padding.iter().map(|(before, _)| *before as i64);
        let after = op.padding.iter().map(|(_, after)| *after as i64);
        let pads = before.chain(after).collect();
        let mut inputs = vec![input, self.graph.ints(pads)];
        let mode = match op.mode {
            PadModeIr::Constant(value) => {
                inputs.push(self.scalar(kind(op.input.dtype)?, value));
                "constant"
            }
            PadModeIr::Reflect => "reflect",
            PadModeIr::Edge => "edge",
        };
        let mode = vec![("mode", Attribute::Text(mode))];
        self.define(&op.out, "Pad", inputs, mode)
    }
}

fn float(scalar: ScalarIr) -> Attribute {
    Attribute::Float(scalar.elem())
}
