use tract_onnx::pb::{NodeProto, attribute_proto::AttributeType};

use super::*;
use crate::ErrorKind;
use crate::testing::{Outcome, bare_generator};

const BAD: [f32; 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];

fn tensor(kind: DataType) -> TensorProto {
    TensorProto {
        name: "w".into(),
        data_type: kind as i32,
        ..Default::default()
    }
}

fn refused(graph: &GraphProto) -> Option<String> {
    let error = check("g.onnx", graph).err()?;
    assert_eq!(error.kind(), ErrorKind::Numeric);
    Some(error.to_string())
}

fn with(tensor: TensorProto) -> GraphProto {
    GraphProto {
        initializer: vec![tensor],
        ..Default::default()
    }
}

/// A node of the output `c` with this attribute.
fn node(attribute: AttributeProto) -> GraphProto {
    GraphProto {
        node: vec![NodeProto {
            op_type: "Constant".into(),
            output: vec!["c".into()],
            attribute: vec![attribute],
            ..Default::default()
        }],
        ..Default::default()
    }
}

#[test]
fn every_encoding_of_a_float_is_looked_at() {
    for bad in BAD {
        let (half, values) = (f16::from_f32(bad), [1.0, bad, 0.5]);
        let raw = |bytes: Vec<u8>, kind| TensorProto {
            raw_data: bytes,
            ..tensor(kind)
        };
        let floats = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let doubles = values.iter().flat_map(|&v| f64::from(v).to_le_bytes());
        let halves = [f16::from_f32(1.0), half]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        for tensor in [
            raw(floats, DataType::Float),
            raw(doubles.collect(), DataType::Double),
            raw(halves, DataType::Float16),
            TensorProto {
                float_data: values.to_vec(),
                ..tensor(DataType::Float)
            },
            TensorProto {
                double_data: values.iter().copied().map(f64::from).collect(),
                ..tensor(DataType::Double)
            },
            TensorProto {
                int32_data: vec![0x3c00, half.to_bits().into()],
                ..tensor(DataType::Float16)
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
        let spoilt = TensorProto {
            float_data: vec![bad, 1.0],
            ..tensor(DataType::Float)
        };
        let of_tensor = AttributeProto {
            t: Some(spoilt.clone()),
            ..Default::default()
        };
        let of_floats = AttributeProto {
            floats: vec![bad, 1.0],
            ..Default::default()
        };
        for attribute in [of_tensor, of_floats] {
            let message = refused(&node(attribute));
            assert!(message.is_some_and(|text| text.contains("`c`")), "{bad}");
        }
        let inner = AttributeProto {
            g: Some(with(spoilt)),
            ..Default::default()
        };
        assert!(refused(&node(inner)).is_some_and(|text| text.contains("`w`")));
    }
    let alpha = AttributeProto {
        r#type: AttributeType::Float as i32,
        f: f32::NAN,
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
        let tensor = TensorProto {
            float_data: values,
            ..tensor(DataType::Float)
        };
        assert_eq!(refused(&with(tensor)), None);
    }
}

#[test]
fn a_spoilt_constant_keeps_a_network_from_loading() -> Outcome {
    let mut onnx = bare_generator();
    let mut weights = onnx.graph.initializer.remove(0);
    weights.float_data[5] = f32::INFINITY;
    let mut constant = node(AttributeProto {
        name: "value".into(),
        r#type: AttributeType::Tensor as i32,
        t: Some(weights),
        ..Default::default()
    });
    constant.node[0].output = vec!["w".into()];
    onnx.graph.node.splice(0..0, constant.node);
    let path = std::path::Path::new("g.onnx");
    let error = crate::engine::load(path, &onnx.encode(), None).err();
    let error = error.ok_or("infinity passed")?;
    assert_eq!(error.kind(), ErrorKind::Numeric);
    Ok(())
}
