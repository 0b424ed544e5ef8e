//! Makes the lowered graph smaller without changing what it computes:
//! constant parts are computed, a batch normalisation is folded into the layer
//! before it, and what nothing reads is dropped.
//!
//! Folding at export matters: at inference y = γ·(Wx + b − μ)/√(σ² + ε) + β is
//! again a linear layer, and the runtime engine does not see that behind a
//! transposed convolution.

mod constants;

use super::graph::{Attribute, Constant, Data, Dim, Graph, Node, Value, fixed_dims};

pub(super) fn simplify(graph: &mut Graph) {
    constants::fold(graph);
    merge_reshapes(graph);
    fuse_linear(graph);
    fold_batch_norms(graph);
    skip_identities(graph);
    sweep(graph);
}

/// Lets a reshape read what the reshape before it reads, and drops one that changes nothing.
fn merge_reshapes(graph: &mut Graph) {
    let mut index = 0;
    while index < graph.nodes.len() {
        match merge_reshape(graph, index) {
            Some(()) => {
                graph.nodes.remove(index);
            }
            None => index += 1,
        }
    }
}

/// Gives the source of the value that this node reshapes, if another reshape made that; says
/// whether the node became needless.
fn merge_reshape(graph: &mut Graph, index: usize) -> Option<()> {
    let is_reshape = |node: &&Node| node.op == "Reshape";
    let node = graph.nodes.get(index).filter(is_reshape)?;
    let (mut input, output) = (node.input(0)?, node.output);
    let before = graph.producer(input).map(|producer| &graph.nodes[producer]);
    if let Some(source) = before.filter(is_reshape).and_then(|node| node.input(0)) {
        graph.nodes[index].inputs[0] = Some(source);
        input = source;
    }
    if graph.dims(input) != graph.dims(output) || graph.is_output(output) {
        return None;
    }
    graph.redirect(output, input);
    Some(())
}

/// Writes a matrix product with a constant weight, and the addition of a
/// constant bias after it, as one `Gemm`.
fn fuse_linear(graph: &mut Graph) {
    let mut index = 0;
    while index < graph.nodes.len() {
        if is_matrix_product(graph, &graph.nodes[index]) {
            graph.nodes[index].op = "Gemm";
        }
        match fuse_bias(graph, index) {
            Some(()) => {
                graph.nodes.remove(index);
            }
            None => index += 1,
        }
    }
}

fn is_matrix_product(graph: &Graph, node: &Node) -> bool {
    let matrix = |place| match node.input(place) {
        Some(value) => graph.dims(value).len() == 2,
        None => false,
    };
    let weight = node.input(1);
    node.op == "MatMul"
        && matrix(0)
        && matrix(1)
        && weight.is_some_and(|weight| graph.constants.contains_key(&weight))
}

/// Gives the bias that this node adds to the `Gemm` before it.
fn fuse_bias(graph: &mut Graph, index: usize) -> Option<()> {
    let add = graph.nodes.get(index).filter(|node| node.op == "Add")?;
    let (product, bias, output) = (add.input(0)?, add.input(1)?, add.output);
    let layer = sole_producer(graph, product)?;
    let node = &graph.nodes[layer];
    let width = graph.dims(product).last()?.fixed()?;
    let constant = graph.constants.get(&bias)?;
    let is_row = constant.dims == [width] || constant.dims == [1, width];
    if node.op != "Gemm" || node.inputs.len() != 2 || !is_row || graph.is_output(output) {
        return None;
    }
    let bias = Constant {
        dims: vec![width],
        ..constant.clone()
    };
    let bias = graph.constant(bias);
    graph.nodes[layer].inputs.push(Some(bias));
    graph.redirect(output, product);
    Some(())
}

/// y = scale · x + shift, per channel.
struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

impl Affine {
    fn of(graph: &Graph, norm: &Node) -> Option<Self> {
        let floats = |place| graph.constants.get(&norm.input(place)?)?.floats();
        let [gamma, beta, mean, variance] = [floats(1)?, floats(2)?, floats(3)?, floats(4)?];
        let Some(Attribute::Float(epsilon)) = norm.attribute("epsilon") else {
            return None;
        };
        let deviation = |v: f32| (f64::from(v) + f64::from(*epsilon)).sqrt();
        let scale = gamma.iter().zip(variance);
        let scale: Vec<f64> = scale.map(|(g, v)| f64::from(*g) / deviation(*v)).collect();
        let shift = beta.iter().zip(mean).zip(&scale);
        let shift = shift.map(|((b, m), s)| f64::from(*b) - f64::from(*m) * s);
        Some(Self {
            shift: shift.collect(),
            scale,
        })
    }

    /// Every channel this many times over: a flat row of `[c, h, w]`.
    fn repeat(&self, times: usize) -> Self {
        let spread = |values: &[f64]| {
            let repeated = values.iter().flat_map(|v| std::iter::repeat_n(*v, times));
            repeated.collect()
        };
        Self {
            scale: spread(&self.scale),
            shift: spread(&self.shift),
        }
    }
}

fn fold_batch_norms(graph: &mut Graph) {
    let mut index = 0;
    while index < graph.nodes.len() {
        match fold_batch_norm(graph, index) {
            Some(()) => {
                graph.nodes.remove(index);
            }
            None => index += 1,
        }
    }
}

/// Folds the node into the layer that feeds it, if it is a batch normalisation
/// and that layer feeds nothing else.
fn fold_batch_norm(graph: &mut Graph, index: usize) -> Option<()> {
    let norm = graph
        .nodes
        .get(index)
        .filter(|node| node.op == "BatchNormalization")?;
    let (input, output) = (norm.input(0)?, norm.output);
    let affine = Affine::of(graph, norm)?;
    let producer = sole_producer(graph, input)?;
    let (layer, affine) = match graph.nodes[producer].op {
        "Conv" | "ConvTranspose" | "Gemm" => (producer, affine),
        "Reshape" => {
            let flat = graph.nodes[producer].input(0)?;
            let layer = sole_producer(graph, flat)?;
            let pixels = unflattened(graph.dims(flat), graph.dims(input))?;
            (graph.nodes[layer].op == "Gemm").then_some((layer, affine.repeat(pixels)))?
        }
        _ => return None,
    };
    if graph.is_output(output) {
        return None;
    }
    absorb(graph, layer, &affine)?;
    graph.redirect(output, input);
    Some(())
}

/// The node that computes a value which nothing but one input of one node
/// reads.
fn sole_producer(graph: &Graph, value: Value) -> Option<usize> {
    let alone = graph.consumers(value).count() == 1 && !graph.is_output(value);
    alone.then(|| graph.producer(value)).flatten()
}

/// The number of pixels a channel has, if `image` is `[batch, c, pixels…]` and
/// `flat` the same as one row a sample.
fn unflattened(flat: &[Dim], image: &[Dim]) -> Option<usize> {
    match (flat, image) {
        ([Dim::Batch(1), Dim::Fixed(row)], [Dim::Batch(1), Dim::Fixed(channels), pixels @ ..]) => {
            let pixels = fixed_dims(pixels)?.iter().product();
            (channels * pixels == *row).then_some(pixels)
        }
        _ => None,
    }
}

/// Rewrites weight and bias of a layer so that it computes the affine map of
/// its output as well.
fn absorb(graph: &mut Graph, layer: usize, affine: &Affine) -> Option<()> {
    let node = graph.nodes[layer].clone();
    let weight = graph.constants.get(&node.input(1)?)?.clone();
    let bias = match node.input(2) {
        Some(bias) => Some(graph.constants.get(&bias)?.clone()),
        None => None,
    };
    let channel = output_channels(&node, &weight.dims)?;
    let values = weight.floats()?.iter().enumerate();
    let scaled = values.map(|(i, w)| Some((f64::from(*w) * affine.scale.get(channel(i))?) as f32));
    let scaled: Vec<f32> = scaled.collect::<Option<_>>()?;
    let old_bias = match &bias {
        Some(bias) => bias.floats()?.to_vec(),
        None => vec![0.0; affine.scale.len()],
    };
    if old_bias.len() != affine.scale.len() {
        return None;
    }
    let shifted = old_bias.iter().zip(&affine.scale).zip(&affine.shift);
    let shifted: Vec<f32> = shifted
        .map(|((b, scale), shift)| (f64::from(*b) * scale + shift) as f32)
        .collect();
    let bias_path = match bias {
        Some(bias) => bias.path,
        None => weight.path.as_deref().and_then(|path| {
            let layer = path.strip_suffix("weight")?;
            Some(format!("{layer}bias"))
        }),
    };
    let bias = graph.constant(Constant {
        path: bias_path,
        dims: vec![shifted.len()],
        data: Data::Float(shifted),
    });
    let weight = graph.constant(Constant {
        data: Data::Float(scaled),
        ..weight
    });
    graph.nodes[layer].inputs = vec![node.input(0), Some(weight), Some(bias)];
    Some(())
}

/// Which output channel each weight, by its place in memory, contributes to.
fn output_channels(node: &Node, dims: &[usize]) -> Option<Box<dyn Fn(usize) -> usize>> {
    let &[first, second, ref kernel @ ..] = dims else {
        return None;
    };
    let kernel: usize = kernel.iter().product();
    Some(match node.op {
        // [out, in/groups, kernel…]
        "Conv" => Box::new(move |i| i / (second * kernel)),
        // [in, out]
        "Gemm" => Box::new(move |i| i % second),
        // [in, out/groups, kernel…]
        "ConvTranspose" => {
            let Some(Attribute::Int(groups)) = node.attribute("group") else {
                return None;
            };
            let inputs_of_group = first / *groups as usize;
            Box::new(move |i| {
                let group = i / (second * kernel) / inputs_of_group;
                group * second + i / kernel % second
            })
        }
        _ => return None,
    })
}

/// Lets the producer of an identity's input compute its output at once.
fn skip_identities(graph: &mut Graph) {
    let mut index = 0;
    while index < graph.nodes.len() {
        let node = &graph.nodes[index];
        let (input, output) = (node.input(0), node.output);
        let producer = input.and_then(|input| graph.producer(input));
        match (node.op, input, producer) {
            ("Identity", Some(input), Some(producer)) if !graph.is_output(input) => {
                graph.nodes[producer].output = output;
                graph.nodes.remove(index);
                graph.redirect(input, output);
            }
            _ => index += 1,
        }
    }
}

/// Drops nodes and constants that no output depends on.
fn sweep(graph: &mut Graph) {
    let mut live: Vec<Value> = graph.outputs.iter().map(|(_, value)| *value).collect();
    let mut kept = Vec::with_capacity(graph.nodes.len());
    while let Some(node) = graph.nodes.pop() {
        if live.contains(&node.output) {
            live.extend(node.inputs.iter().flatten());
            kept.push(node);
        }
    }
    kept.reverse();
    graph.nodes = kept;
    graph.constants.retain(|value, _| live.contains(value));
}
