//! The packages and feature networks that ship are sound.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

use gannet::{FeatureNet, Generator, RealStats, Scorer};

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn packages() -> Vec<PathBuf> {
    let mut folders = children(Path::new(MODELS));
    folders.retain(|folder| folder.join("manifest.toml").exists());
    assert!(!folders.is_empty(), "no package in {MODELS}");
    folders
}

#[test]
fn every_package_is_complete_and_draws() {
    for folder in packages() {
        let generator = Generator::open(&folder).unwrap();
        let manifest = generator.manifest().unwrap();
        manifest.verify(&folder).unwrap();
        let files = [
            "generator.onnx",
            "real.npz",
            "golden.npz",
            "CARD.md",
            "samples.png",
        ];
        for file in files {
            assert!(folder.join(file).exists(), "{file} of {}", folder.display());
        }
        generator.verify().unwrap();
        let samples = generator.sample(7, 0..16).unwrap();
        let contract = generator.contract();
        assert_eq!(
            samples.shape(),
            [16, contract.channels, contract.height, contract.width]
        );
        let distinct = (1..16).filter(|&i| samples.image(i) != samples.image(0));
        assert_eq!(distinct.count(), 15, "{}", folder.display());
    }
}

#[test]
fn every_feature_network_has_a_card_of_this_very_file() {
    let mut networks = children(&Path::new(MODELS).join("features"));
    networks.retain(|path| path.extension().is_some_and(|e| e == "onnx"));
    assert!(!networks.is_empty());
    for network in networks {
        let card = fs::read_to_string(network.with_extension("md")).unwrap();
        let digest = gannet::digest_file(&network).unwrap();
        assert!(card.contains(&digest), "{}: {digest}", network.display());
    }
}

/// A small sample scores worse than the card's, but not beyond recognition.
#[test]
fn every_package_is_scored_by_a_network_that_ships() {
    let networks = children(&Path::new(MODELS).join("features"));
    for folder in packages() {
        let real = RealStats::load(folder.join("real.npz")).unwrap();
        let wanted = &real.protocol().unwrap().extractor_sha256;
        let network = networks
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
            .map(|path| FeatureNet::open(path).unwrap())
            .find(|network| network.digest() == wanted)
            .unwrap_or_else(|| panic!("no network of digest {wanted}: {}", folder.display()));
        let scorer = Scorer::new(network, real).unwrap();
        let generator = Generator::open(&folder).unwrap();
        let scores = scorer.score(&generator, 500, 7).unwrap();
        assert!(scores.fid.is_finite() && scores.fid > 0.0);
        assert!(scores.precision.unwrap() > 0.3, "{scores}");
        assert!(scores.recall.unwrap() > 0.1, "{scores}");
    }
}
