use std::io::Cursor;

use super::*;
use crate::testing::{Outcome, feature_net, generator, npz};
use crate::{FeatureNet, Generator, RealStats, Source};

/// The kind and the message that a generator of the tests gets under some limits.
fn refusal(limits: LoadLimits) -> Option<(ErrorKind, String)> {
    let source = Source::bytes(generator().encode());
    let error = Generator::builder(source).limits(limits).build().err()?;
    Some((error.kind(), format!("{error:?}")))
}

#[test]
fn each_limit_refuses_what_is_beyond_it() {
    let all = LoadLimits::default();
    let bytes = generator().encode().len() as u64;
    for (limits, kind, part) in [
        (
            LoadLimits {
                network_bytes: bytes - 1,
                ..all
            },
            ErrorKind::Format,
            "bytes or more",
        ),
        (LoadLimits { nodes: 2, ..all }, ErrorKind::Format, "3 nodes"),
        // The weights, [4, 12] of 4 bytes.
        (
            LoadLimits {
                tensor_bytes: 4 * 48 - 1,
                ..all
            },
            ErrorKind::Engine,
            "192 bytes",
        ),
        (
            LoadLimits {
                time: Some(Duration::ZERO),
                ..all
            },
            ErrorKind::Engine,
            "not ready after",
        ),
    ] {
        let (got, message) = refusal(limits).unwrap_or((ErrorKind::Io, "it was taken".into()));
        assert_eq!(got, kind, "{message}");
        assert!(
            message.contains(part) && message.contains("LoadLimits"),
            "{message}"
        );
    }
    let exact = LoadLimits {
        network_bytes: bytes,
        nodes: 3,
        tensor_bytes: 4 * 48,
        ..all
    };
    assert_eq!(refusal(exact), None);
}

#[test]
fn feature_networks_and_statistics_have_limits_too() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = feature_net().write(&folder, "net.onnx")?;
    let few = LoadLimits {
        nodes: 1,
        ..LoadLimits::default()
    };
    let kind = FeatureNet::builder(&path)
        .limits(few)
        .build()
        .map_err(|error| error.kind());
    assert_eq!(kind.err(), Some(ErrorKind::Format));
    FeatureNet::open(&path)?;

    // An array may be as long as its header besides.
    let long = vec![0.5; 2_000];
    let bytes = npz(&[("mu", &[2_000], &long)])?;
    let narrow = LoadLimits {
        features: 100,
        ..LoadLimits::default()
    };
    let file = std::path::Path::new("real.npz");
    let refused = RealStats::read(file, Cursor::new(bytes), narrow).err();
    let message = refused.ok_or("it was taken")?.to_string();
    assert!(message.contains("`mu` takes 16"), "{message}");
    Ok(())
}
