//! What the tests share: small networks made in place, and reference values
//! of other implementations.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use prost::Message;
use tempfile::TempDir;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
    tensor_proto::DataType, tensor_shape_proto::Dimension, tensor_shape_proto::dimension,
    type_proto,
};

use crate::features::{Features, Logits};
use crate::npy::Array;

/// What a test returns.
pub(crate) type Outcome = std::result::Result<(), Box<dyn StdError>>;

/// The generator's latent dimension and image in the tests.
pub(crate) const LATENT: usize = 4;
pub(crate) const IMAGE: [usize; 3] = [3, 2, 2];

/// The feature network's width and classes in the tests.
pub(crate) const DIM: usize = 5;
pub(crate) const CLASSES: usize = 3;

/// An ONNX file in the making.
#[derive(Clone, Default)]
pub(crate) struct Onnx {
    pub(crate) graph: GraphProto,
    pub(crate) metadata: Vec<(String, String)>,
}

impl Onnx {
    pub(crate) fn input(mut self, name: &str, element: DataType, row: &[usize]) -> Self {
        self.graph.input.push(port(name, element, row));
        self
    }

    pub(crate) fn output(mut self, name: &str, row: &[usize]) -> Self {
        self.graph.output.push(port(name, DataType::Float, row));
        self
    }

    pub(crate) fn floats(mut self, name: &str, dims: &[i64], values: Vec<f32>) -> Self {
        self.graph.initializer.push(TensorProto {
            name: name.into(),
            dims: dims.to_vec(),
            data_type: DataType::Float as i32,
            float_data: values,
            ..Default::default()
        });
        self
    }

    pub(crate) fn ints(mut self, name: &str, values: Vec<i64>) -> Self {
        self.graph.initializer.push(TensorProto {
            name: name.into(),
            dims: vec![values.len() as i64],
            data_type: DataType::Int64 as i32,
            int64_data: values,
            ..Default::default()
        });
        self
    }

    pub(crate) fn node(mut self, op: &str, inputs: &[&str], output: &str) -> Self {
        self.graph.node.push(NodeProto {
            name: format!("make_{output}"),
            op_type: op.into(),
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.into()],
            ..Default::default()
        });
        self
    }

    pub(crate) fn attribute(mut self, name: &str, value: i64) -> Self {
        if let Some(node) = self.graph.node.last_mut() {
            node.attribute.push(AttributeProto {
                name: name.into(),
                r#type: attribute_proto::AttributeType::Int as i32,
                i: value,
                ..Default::default()
            });
        }
        self
    }

    pub(crate) fn attributes(mut self, name: &str, values: &[i64]) -> Self {
        if let Some(node) = self.graph.node.last_mut() {
            node.attribute.push(AttributeProto {
                name: name.into(),
                r#type: attribute_proto::AttributeType::Ints as i32,
                ints: values.to_vec(),
                ..Default::default()
            });
        }
        self
    }

    pub(crate) fn meta(mut self, key: &str, value: &str) -> Self {
        self.metadata.retain(|(known, _)| known != key);
        self.metadata.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without_meta(mut self, key: &str) -> Self {
        self.metadata.retain(|(known, _)| known != key);
        self
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        ModelProto {
            ir_version: 8,
            opset_import: vec![OperatorSetIdProto {
                version: 13,
                ..Default::default()
            }],
            graph: Some(self.graph.clone()),
            metadata_props: self
                .metadata
                .iter()
                .map(|(key, value)| StringStringEntryProto {
                    key: key.clone(),
                    value: value.clone(),
                })
                .collect(),
            ..Default::default()
        }
        .encode_to_vec()
    }

    pub(crate) fn write(&self, folder: &TempDir, name: &str) -> std::io::Result<PathBuf> {
        let path = folder.path().join(name);
        std::fs::write(&path, self.encode())?;
        Ok(path)
    }
}

fn port(name: &str, element: DataType, row: &[usize]) -> ValueInfoProto {
    let batch = Dimension {
        value: Some(dimension::Value::DimParam("batch".into())),
        ..Default::default()
    };
    let fixed = row.iter().map(|&size| Dimension {
        value: Some(dimension::Value::DimValue(size as i64)),
        ..Default::default()
    });
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(type_proto::Tensor {
                elem_type: element as i32,
                shape: Some(TensorShapeProto {
                    dim: std::iter::once(batch).chain(fixed).collect(),
                }),
            })),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Weights without a pattern, the same every time.
pub(crate) fn weights(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * i + 3 * i) as f32).sin()).collect()
}

/// `image = tanh(reshape(z · W))` without metadata.
pub(crate) fn bare_generator() -> Onnx {
    let size: usize = IMAGE.iter().product();
    Onnx::default()
        .input("z", DataType::Float, &[LATENT])
        .floats("w", &[LATENT as i64, size as i64], weights(LATENT * size))
        .ints("shape", vec![-1, 3, 2, 2])
        .node("MatMul", &["z", "w"], "flat")
        .node("Reshape", &["flat", "shape"], "square")
        .node("Tanh", &["square"], "image")
        .output("image", &IMAGE)
}

/// [`bare_generator`] with the metadata that gannet writes.
pub(crate) fn generator() -> Onnx {
    bare_generator()
        .meta("gannet.kind", "generator")
        .meta("gannet.format", "1")
        .meta("gannet.name", "tiny")
        .meta("gannet.latent", "4")
        .meta("gannet.channels", "3")
        .meta("gannet.height", "2")
        .meta("gannet.width", "2")
}

/// `image = z · W + E[label]`, with the label before or after the latent.
pub(crate) fn conditional(element: DataType, row: &[usize], label_first: bool) -> Onnx {
    let inputs = |onnx: Onnx| match label_first {
        true => onnx
            .input("label", element, row)
            .input("z", DataType::Float, &[LATENT]),
        false => onnx
            .input("z", DataType::Float, &[LATENT])
            .input("label", element, row),
    };
    inputs(Onnx::default())
        .floats("w", &[LATENT as i64, 6], weights(LATENT * 6))
        .floats("e", &[3, 6], weights(18))
        .ints("flat", vec![-1])
        .ints("shape", vec![-1, 1, 2, 3])
        .node("Reshape", &["label", "flat"], "label1")
        .node("MatMul", &["z", "w"], "drawn")
        .node("Gather", &["e", "label1"], "shift")
        .node("Add", &["drawn", "shift"], "sum")
        .node("Reshape", &["sum", "shape"], "image")
        .output("image", &[1, 2, 3])
}

/// The graph's inputs and outputs for a batch of `size` and no other.
pub(crate) fn fixed(mut onnx: Onnx, size: i64) -> Onnx {
    for port in onnx.graph.input.iter_mut().chain(&mut onnx.graph.output) {
        let kind = port.r#type.as_mut().and_then(|kind| kind.value.as_mut());
        let Some(type_proto::Value::TensorType(tensor)) = kind else {
            continue;
        };
        if let Some(shape) = &mut tensor.shape {
            shape.dim[0].value = Some(dimension::Value::DimValue(size));
        }
    }
    onnx
}

/// [`generator`] with an embedding of three classes added to the latent.
pub(crate) fn conditional_generator() -> Onnx {
    let mut onnx = generator().meta("gannet.classes", "3");
    onnx.graph.node[0].input[0] = "both".into();
    let front = Onnx::default()
        .node("Gather", &["embedding", "label"], "embedded")
        .node("Add", &["z", "embedded"], "both")
        .graph
        .node;
    onnx.graph.node.splice(0..0, front);
    onnx.input("label", DataType::Int64, &[]).floats(
        "embedding",
        &[3, LATENT as i64],
        weights(3 * LATENT),
    )
}

/// `features = flatten(image) · W`, `logits = features · V`.
pub(crate) fn feature_net() -> Onnx {
    let size: usize = IMAGE.iter().product();
    Onnx::default()
        .input("image", DataType::Float, &IMAGE)
        .floats("w", &[size as i64, DIM as i64], weights(size * DIM))
        .floats("v", &[DIM as i64, CLASSES as i64], weights(DIM * CLASSES))
        .node("Flatten", &["image"], "flat")
        .attribute("axis", 1)
        .node("MatMul", &["flat", "w"], "features")
        .node("MatMul", &["features", "v"], "logits")
        .output("features", &[DIM])
        .output("logits", &[CLASSES])
        .meta("gannet.kind", "features")
        .meta("gannet.name", "tiny-features")
        .meta("gannet.channels", "3")
        .meta("gannet.height", "2")
        .meta("gannet.width", "2")
        .meta("gannet.mean", "0.5, 0, -0.5")
        .meta("gannet.std", "0.5")
        .meta("gannet.classes", "shirt, shoe, bag")
}

/// The `.npy` files in an `.npz`, by name.
pub(crate) fn npz_arrays(
    path: &Path,
) -> std::result::Result<BTreeMap<String, Vec<u8>>, Box<dyn StdError>> {
    let mut zip = zip::ZipArchive::new(File::open(path)?)?;
    let mut arrays = BTreeMap::new();
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i)?;
        let name = entry.name()?.trim_end_matches(".npy").to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        arrays.insert(name, bytes);
    }
    Ok(arrays)
}

/// Inputs and results of other implementations, from `tests/reference`.
pub(crate) struct Reference {
    arrays: BTreeMap<String, Vec<u8>>,
    pub(crate) values: serde_json::Value,
}

impl Reference {
    pub(crate) fn read() -> std::result::Result<Self, Box<dyn StdError>> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference"));
        let arrays = npz_arrays(&folder.join("reference.npz"))?;
        let values = serde_json::from_reader(File::open(folder.join("reference.json"))?)?;
        Ok(Self { arrays, values })
    }

    /// The real and the fake features of a case.
    pub(crate) fn pair(&self, case: &str) -> crate::Result<(Features, Features)> {
        let real = self.features(&format!("{case}__real"))?;
        Ok((real, self.features(&format!("{case}__fake"))?))
    }

    fn features(&self, name: &str) -> crate::Result<Features> {
        let array = Array::parse(name, &self.arrays[name])?;
        Features::new(array.shape[0], array.shape[1], array.to_f32(), None)
    }

    pub(crate) fn logits(&self, name: &str) -> crate::Result<Logits> {
        let array = Array::parse(name, &self.arrays[name])?;
        Ok(Logits {
            classes: array.shape[1],
            values: array.to_f32(),
        })
    }

    /// Lists of row numbers, one a row of the array.
    pub(crate) fn lists(&self, name: &str) -> crate::Result<Vec<Vec<usize>>> {
        let array = Array::parse(name, &self.arrays[name])?;
        let rows: Vec<usize> = array.to_counts()?.iter().map(|&row| row as usize).collect();
        Ok(rows.chunks(array.shape[1]).map(<[usize]>::to_vec).collect())
    }

    /// The names of the cases in a section.
    pub(crate) fn cases(&self, section: &str) -> Vec<String> {
        let cases = self.values[section].as_object();
        let names = cases.map_or_else(Vec::new, |cases| cases.keys().cloned().collect());
        assert!(!names.is_empty(), "the reference lacks cases of {section}");
        names
    }

    pub(crate) fn number(&self, pointer: &str) -> std::result::Result<f64, String> {
        self.values
            .pointer(pointer)
            .and_then(serde_json::Value::as_f64)
            .ok_or_else(|| format!("the reference lacks {pointer}"))
    }
}

/// Feature rows without a pattern, the same every time.
pub(crate) fn noise(n: usize, dim: usize, seed: u64) -> crate::Result<Features> {
    let latents = crate::Latents::draw(seed, 0..n as u64, dim);
    Features::new(n, dim, latents.values().to_vec(), None)
}

/// Features with the axes turned round and one of them flipped: a rotation that
/// is exact in any precision.
pub(crate) fn turned(set: &Features) -> crate::Result<Features> {
    let mut rows = set.rows().to_vec();
    for row in rows.chunks_exact_mut(set.dim()) {
        row.rotate_left(1);
        row[0] = -row[0];
    }
    Features::new(set.len(), set.dim(), rows, None)
}

/// What comes of a computation on a pool of so many threads.
pub(crate) fn on_threads<T: Send>(
    threads: usize,
    compute: impl FnOnce() -> crate::Result<T> + Send,
) -> std::result::Result<T, Box<dyn StdError>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    Ok(pool.install(compute)?)
}

/// Whether a value is the expected one up to a share of it.
pub(crate) fn close(got: f64, expected: f64, relative: f64) -> bool {
    (got - expected).abs() <= relative * expected.abs()
}

/// A version 1 `.npy` file of any element type, shape and data.
pub(crate) fn npy_file(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(118_u16.to_le_bytes());
    bytes.extend(format!("{header:<117}\n").bytes());
    bytes.extend(data);
    bytes
}

/// An `.npz` with these `f8` arrays, as other tools write it.
pub(crate) fn npz(
    arrays: &[(&str, &[usize], &[f64])],
) -> std::result::Result<Vec<u8>, Box<dyn StdError>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for &(name, shape, values) in arrays {
        zip.start_file(
            format!("{name}.npy"),
            zip::write::SimpleFileOptions::default(),
        )?;
        crate::npy::write(&mut zip, shape, values)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[test]
#[should_panic(expected = "lacks cases of no such section")]
fn a_section_without_cases_fails_a_test() {
    if let Ok(reference) = Reference::read() {
        reference.cases("no such section");
    }
}
