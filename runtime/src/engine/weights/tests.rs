use half::f16;
use tract_onnx::pb;
use tract_onnx::pb::attribute_proto::AttributeType;

use super::super::onnx::{DOUBLE, FLOAT, FLOAT16};
use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, bare_generator};

const BAD: [f32; 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];

fn tensor(element: i32) -> Tensor {
    Tensor {
        name: "w".into(),
        element,
        ..Default::default()
    }
}

fn refused(graph: &Graph) -> Option<String> {
    let error = check("g.onnx", graph).err()?;
    assert_eq!(error.kind(), ErrorKind::Numeric);
    Some(error.to_string())
}

fn with(tensor: Tensor) -> Graph {
    Graph {
        initializers: vec![tensor],
        ..Default::default()
    }
}

/// A node of the output `c` with this attribute.
fn node(attribute: Attribute) -> Graph {
    Graph {
        nodes: vec![Node {
            operator: "Constant".into(),
            outputs: vec!["c".into()],
            attributes: vec![attribute],
            ..Default::default()
        }],
        ..Default::default()
    }
}

#[test]
fn every_encoding_of_a_float_is_looked_at() {
    for bad in BAD {
        let (half, values) = (f16::from_f32(bad), [1.0, bad, 0.5]);
        let raw = |bytes: Vec<u8>, kind| Tensor {
            raw: bytes,
            ..tensor(kind)
        };
        let floats = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let doubles = values.iter().flat_map(|&v| f64::from(v).to_le_bytes());
        let halves = [f16::from_f32(1.0), half]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        for tensor in [
            raw(floats, FLOAT),
            raw(doubles.collect(), DOUBLE),
            raw(halves, FLOAT16),
            Tensor {
                floats: values.to_vec(),
                ..tensor(FLOAT)
            },
            Tensor {
                doubles: values.iter().copied().map(f64::from).collect(),
                ..tensor(DOUBLE)
            },
            Tensor {
                ints: vec![0x3c00, half.to_bits().into()],
                ..tensor(FLOAT16)
            },
        ] {
            let message = refused(&with(tensor.clone()));
            let named = message.is_some_and(|text| text.contains("g.onnx: the weights `w`"));
            assert!(named, "{bad} in {tensor:?}");
        }
    }
}

#[test]
fn constants_and_subgraphs_are_looked_at() {
    for bad in BAD {
        let spoilt = Tensor {
            floats: vec![bad, 1.0],
            ..tensor(FLOAT)
        };
        let of_tensor = Attribute {
            tensor: Some(spoilt.clone()),
            ..Default::default()
        };
        let of_floats = Attribute {
            floats: vec![bad, 1.0],
            ..Default::default()
        };
        for attribute in [of_tensor, of_floats] {
            let message = refused(&node(attribute));
            assert!(message.is_some_and(|text| text.contains("`c`")), "{bad}");
        }
        let inner = Attribute {
            graph: Some(with(spoilt)),
            ..Default::default()
        };
        assert!(refused(&node(inner)).is_some_and(|text| text.contains("`w`")));
    }
    let alpha = Attribute {
        float: f32::NAN,
        ..Default::default()
    };
    assert!(refused(&node(alpha)).is_some());
}

#[test]
fn bounds_and_masks_may_be_infinite() {
    for values in [
        vec![f32::INFINITY],
        vec![f32::NEG_INFINITY],
        vec![0.0, f32::NEG_INFINITY, 0.0, 0.0],
        vec![f32::MAX, f32::MIN, 0.0],
        vec![],
    ] {
        let tensor = Tensor {
            floats: values,
            ..tensor(FLOAT)
        };
        assert_eq!(refused(&with(tensor)), None);
    }
}

#[test]
fn weights_in_another_file_are_refused() {
    let outside = Tensor {
        location: 1,
        ..tensor(FLOAT)
    };
    let constant = node(Attribute {
        tensor: Some(outside.clone()),
        ..Default::default()
    });
    for graph in [with(outside), constant] {
        let error = check("g.onnx", &graph).map_err(|error| error.kind());
        assert_eq!(error, Err(ErrorKind::Format));
    }
}

#[test]
fn a_spoilt_constant_keeps_a_network_from_loading() -> Outcome {
    let mut onnx = bare_generator();
    let mut weights = onnx.graph.initializer.remove(0);
    weights.float_data[5] = f32::INFINITY;
    let constant = pb::NodeProto {
        op_type: "Constant".into(),
        output: vec!["w".into()],
        attribute: vec![pb::AttributeProto {
            name: "value".into(),
            r#type: AttributeType::Tensor as i32,
            t: Some(weights),
            ..Default::default()
        }],
        ..Default::default()
    };
    onnx.graph.node.insert(0, constant);
    let path = std::path::Path::new("g.onnx");
    let error = crate::engine::load(path, &onnx.encode(), &Default::default()).err();
    let error = error.ok_or("infinity passed")?;
    assert_eq!(error.kind(), ErrorKind::Numeric);
    Ok(())
}
