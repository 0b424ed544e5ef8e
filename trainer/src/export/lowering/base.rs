//! Shapes, selection and comparison for equality: what every element type has.

use burn::backend::ir::{BaseOperationIr, BinaryOpIr, ScalarOpIr, SliceOpIr, TensorIr};

use super::super::capture::dim;
use super::super::error::Refusal;
use super::super::graph::{Attribute, Dim, Kind};
use super::{Lowered, Lowering, axis, kind, not_covered};

impl Lowering<'_> {
    pub(super) fn base(&mut self, op: &BaseOperationIr, twin: &BaseOperationIr) -> Lowered {
        use BaseOperationIr as Op;
        match (op, twin) {
            (Op::Slice(op), Op::Slice(twin)) => self.slice(op, twin),
            (Op::RepeatDim(op), Op::RepeatDim(twin)) => {
                let times = dim(op.times, twin.times)
                    .ok_or_else(|| Refusal::new("its count is no multiple of the batch size"))?;
                let input = self.read(&op.tensor)?;
                let mut repeats = vec![Dim::Fixed(1); op.tensor.shape.num_dims()];
                repeats[op.dim] = times;
                let repeats = self.shape_vector(&repeats)?;
                self.define(&op.out, "Tile", vec![input, repeats], vec![])
            }
            (op, twin) if op != twin => Err(Refusal::new("its options depend on the batch size")),
            (Op::Reshape(op), _) => self.reshape(&op.input, &op.out),
            (Op::Expand(op), _) => self.expand(&op.input, &op.out),
            (Op::SwapDims(op), _) => {
                let mut axes: Vec<usize> = (0..op.input.shape.num_dims()).collect();
                axes.swap(op.dim1, op.dim2);
                self.transpose(&op.input, &axes, &op.out)
            }
            (Op::Permute(op), _) => self.transpose(&op.input, &op.axes, &op.out),
            (Op::Select(op), _) => {
                let inputs = vec![self.read(&op.tensor)?, self.read(&op.indices)?];
                self.define(&op.out, "Gather", inputs, axis(op.dim))
            }
            (Op::Gather(op), _) => {
                let inputs = vec![self.read(&op.tensor)?, self.read(&op.indices)?];
                self.define(&op.out, "GatherElements", inputs, axis(op.dim))
            }
            (Op::Cat(op), _) => {
                let parts: Result<_, _> = op.tensors.iter().map(|t| self.read(t)).collect();
                self.define(&op.out, "Concat", parts?, axis(op.dim))
            }
            (Op::Cast(op), _) => self.cast(&op.input, &op.out),
            (Op::MaskWhere(op), _) => {
                let (mask, value) = (self.read(&op.mask)?, self.read(&op.value)?);
                let tensor = self.read(&op.tensor)?;
                self.define(&op.out, "Where", vec![mask, value, tensor], vec![])
            }
            (Op::MaskFill(op), _) => {
                let mask = self.read(&op.mask)?;
                let value = self.scalar(kind(op.tensor.dtype)?, op.value);
                let tensor = self.read(&op.tensor)?;
                self.define(&op.out, "Where", vec![mask, value, tensor], vec![])
            }
            (Op::Equal(op), _) => self.binary("Equal", &op.lhs, &op.rhs, &op.out),
            (Op::NotEqual(op), _) => self.not_equal(op),
            (Op::EqualElem(op), _) => self.with_scalar("Equal", op),
            (Op::NotEqualElem(op), _) => {
                let rhs = self.scalar(kind(op.lhs.dtype)?, op.rhs);
                let lhs = self.read(&op.lhs)?;
                let dims = self.dims(&op.out);
                let equal = self.node("Equal", vec![lhs, rhs], vec![], |_| (Kind::Bool, dims));
                self.define(&op.out, "Not", vec![equal], vec![])
            }
            (Op::Zeros(op), _) => self.fill(&op.out, 0),
            (Op::Ones(op), _) => self.fill(&op.out, 1),
            _ => Err(not_covered()),
        }
    }

    /// An operator whose right side is a number.
    pub(super) fn with_scalar(&mut self, op: &'static str, ir: &ScalarOpIr) -> Lowered {
        let lhs = self.read(&ir.lhs)?;
        let rhs = self.scalar(kind(ir.lhs.dtype)?, ir.rhs);
        self.define(&ir.out, op, vec![lhs, rhs], vec![])
    }

    pub(super) fn cast(&mut self, input: &TensorIr, out: &TensorIr) -> Lowered {
        let value = self.read(input)?;
        let to = match kind(out.dtype)? {
            same if same == kind(input.dtype)? => {
                self.alias(out, value);
                return Ok(());
            }
            Kind::Float => super::super::encode::FLOAT,
            Kind::Int => super::super::encode::INT64,
            Kind::Bool => super::super::encode::BOOL,
        };
        let to = vec![("to", Attribute::Int(i64::from(to)))];
        self.define(out, "Cast", vec![value], to)
    }

    /// A tensor of one number.
    pub(super) fn filled(&mut self, out: &TensorIr, value: super::ScalarIr) -> Lowered {
        let dims = self.dims(out);
        let value = self.scalar(kind(out.dtype)?, value);
        let shape = self.shape_vector(&dims)?;
        self.define(out, "Expand", vec![value, shape], vec![])
    }

    fn fill(&mut self, out: &TensorIr, value: i64) -> Lowered {
        self.filled(out, super::ScalarIr::Int(value))
    }

    fn not_equal(&mut self, op: &BinaryOpIr) -> Lowered {
        let inputs = vec![self.read(&op.lhs)?, self.read(&op.rhs)?];
        let dims = self.dims(&op.out);
        let equal = self.node("Equal", inputs, vec![], |_| (Kind::Bool, dims));
        self.define(&op.out, "Not", vec![equal], vec![])
    }

    pub(super) fn reshape(&mut self, input: &TensorIr, out: &TensorIr) -> Lowered {
        let value = self.read(input)?;
        let dims = self.dims(out);
        if self.graph.dims(value) == dims {
            self.alias(out, value);
            return Ok(());
        }
        if dims.iter().filter(|dim| dim.fixed().is_none()).count() > 1 {
            return Err(Refusal::batch_dims(&dims));
        }
        let target = dims.iter().map(|dim| dim.fixed().map_or(-1, |n| n as i64));
        let target = target.collect();
        let target = self.graph.ints(target);
        self.define(out, "Reshape", vec![value, target], vec![])
    }

    fn expand(&mut self, input: &TensorIr, out: &TensorIr) -> Lowered {
        let value = self.read(input)?;
        let (from, to) = (self.dims(input), self.dims(out));
        if from == to {
            self.alias(out, value);
            return Ok(());
        }
        // ONNX keeps a dimension that is asked to become 1, so that only what
        // really grows has to be named.
        let added = to.len() - from.len();
        let target: Vec<Dim> = to
            .iter()
            .enumerate()
            .map(|(i, dim)| match i.checked_sub(added).map(|i| from[i]) {
                Some(same) if same == *dim => Dim::Fixed(1),
                _ => *dim,
            })
            .collect();
        let target = self.shape_vector(&target)?;
        self.define(out, "Expand", vec![value, target], vec![])
    }

    fn transpose(&mut self, input: &TensorIr, axes: &[usize], out: &TensorIr) -> Lowered {
        let input = self.read(input)?;
        self.define(out, "Transpose", vec![input], vec![("perm", axes.into())])
    }

    fn slice(&mut self, op: &SliceOpIr, twin: &SliceOpIr) -> Lowered {
        let input = self.read(&op.tensor)?;
        let dims = self.dims(&op.tensor);
        let out_dims = self.dims(&op.out);
        let (mut starts, mut ends, mut axes, mut steps) = (vec![], vec![], vec![], vec![]);
        for (axis, (range, twin)) in op.ranges.iter().zip(&twin.ranges).enumerate() {
            if range.start == 0 && range.step == 1 && out_dims[axis] == dims[axis] {
                continue;
            }
            if range != twin {
                return Err(Refusal::new(format!(
                    "the range along axis {axis} depends on the batch size"
                )));
            }
            if range.step < 1 {
                return Err(Refusal::new(format!("a step of {}", range.step)));
            }
            starts.push(range.start as i64);
            ends.push(range.end.map_or(i64::MAX, |end| end as i64));
            axes.push(axis as i64);
            steps.push(range.step as i64);
        }
        if axes.is_empty() {
            self.alias(&op.out, input);
            return Ok(());
        }
        let bounds = [starts, ends, axes, steps].map(|bounds| self.graph.ints(bounds));
        let inputs = [vec![input], bounds.to_vec()].concat();
        self.define(&op.out, "Slice", inputs, vec![])
    }
}
