//! Computes the parts of a graph that read only constants: weights scaled at
//! run time (equalised learning rate), reshaped biases, tables of indices.

use super::super::encode::FLOAT;
use super::super::graph::{Attribute, Constant, Data, Graph, Node, fixed_dims};

pub(super) fn fold(graph: &mut Graph) {
    let nodes = std::mem::take(&mut graph.nodes);
    for node in nodes {
        match evaluate(graph, &node) {
            Some(constant) => {
                graph.constants.insert(node.output, constant);
            }
            None => graph.nodes.push(node),
        }
    }
}

/// The node's output, if all it reads is constant and the operator is one of
/// the simple ones here.
fn evaluate(graph: &Graph, node: &Node) -> Option<Constant> {
    let dims = fixed_dims(graph.dims(node.output))?;
    let input = |place| graph.constants.get(&node.input(place)?);
    let first = input(0)?;
    let data = match node.op {
        "Reshape" => first.data.clone(),
        "Transpose" => transpose(first, node, &dims)?,
        "Cast" => cast(&first.data, node)?,
        "Neg" => map(first, |x| -x)?,
        "Sqrt" => map(first, f32::sqrt)?,
        "Exp" => map(first, f32::exp)?,
        "Reciprocal" => map(first, f32::recip)?,
        "Add" => zip(first, input(1)?, &dims, |a, b| a + b)?,
        "Sub" => zip(first, input(1)?, &dims, |a, b| a - b)?,
        "Mul" => zip(first, input(1)?, &dims, |a, b| a * b)?,
        "Div" => zip(first, input(1)?, &dims, |a, b| a / b)?,
        _ => return None,
    };
    let path = first.path.clone();
    Some(Constant {
        path: path.or_else(|| input(1).and_then(|second| second.path.clone())),
        dims,
        data,
    })
}

fn map(constant: &Constant, f: impl Fn(f32) -> f32) -> Option<Data> {
    let values = constant.floats()?.iter();
    Some(Data::Float(values.map(|x| f(*x)).collect()))
}

fn zip(
    lhs: &Constant,
    rhs: &Constant,
    dims: &[usize],
    f: impl Fn(f32, f32) -> f32,
) -> Option<Data> {
    let (a, b) = (lhs.floats()?, rhs.floats()?);
    let count = dims.iter().product();
    let at = |i| {
        Some(f(
            *a.get(source(i, dims, &lhs.dims))?,
            *b.get(source(i, dims, &rhs.dims))?,
        ))
    };
    (0..count).map(at).collect::<Option<_>>().map(Data::Float)
}

/// The element of a tensor of shape `from` that broadcasts to element `index`
/// of shape `to`.
fn source(index: usize, to: &[usize], from: &[usize]) -> usize {
    let mut rest = index;
    let (mut place, mut stride) = (0, 1);
    for (i, size) in to.iter().rev().enumerate() {
        let coordinate = rest % size;
        rest /= size;
        if let Some(own) = from.len().checked_sub(i + 1).map(|axis| from[axis]) {
            if own != 1 {
                place += coordinate * stride;
            }
            stride *= own;
        }
    }
    place
}

fn transpose(constant: &Constant, node: &Node, dims: &[usize]) -> Option<Data> {
    let Some(Attribute::Ints(axes)) = node.attribute("perm") else {
        return None;
    };
    let mut strides = vec![1; constant.dims.len()];
    for axis in (1..strides.len()).rev() {
        strides[axis - 1] = strides[axis] * constant.dims[axis];
    }
    let place = |mut index: usize| {
        let axes = axes.iter().zip(dims).rev();
        axes.fold(0, |place, (axis, size)| {
            let coordinate = index % size;
            index /= size;
            place + coordinate * strides[*axis as usize]
        })
    };
    let count: usize = dims.iter().product();
    Some(match &constant.data {
        Data::Float(values) => Data::Float((0..count).map(|i| values[place(i)]).collect()),
        Data::Int(values) => Data::Int((0..count).map(|i| values[place(i)]).collect()),
        Data::Bool(values) => Data::Bool((0..count).map(|i| values[place(i)]).collect()),
    })
}

fn cast(data: &Data, node: &Node) -> Option<Data> {
    match (data, node.attribute("to")?) {
        (Data::Int(values), Attribute::Int(to)) if *to == i64::from(FLOAT) => {
            Some(Data::Float(values.iter().map(|n| *n as f32).collect()))
        }
        _ => None,
    }
}
