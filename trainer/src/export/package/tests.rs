use std::collections::BTreeSet;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::tanh;
use burn::tensor::{Device, Tensor};
use gannet::{Contract, FeatureNet, Generator, Latents, Provenance, StatsProtocol};

use super::*;
use crate::export::{ExportError, generator_to_onnx, to_onnx, verify_generator};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const LATENT: usize = 5;
const IMAGE: [usize; 3] = [1, 4, 4];

#[derive(Module, Debug)]
struct Tiny {
    fc: Linear,
}

impl Tiny {
    fn new(seed: u64) -> Self {
        let device = Device::flex();
        device.seed(seed);
        Self {
            fc: LinearConfig::new(LATENT, 16).init(&device),
        }
    }

    fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        let [batch, _] = z.dims();
        tanh(self.fc.forward(z)).reshape([batch, 1, 4, 4])
    }

    fn onnx(&self) -> Result<Vec<u8>, ExportError> {
        generator_to_onnx("tiny", &contract(), self, |tiny, z, _| tiny.forward(z))
    }
}

fn contract() -> Contract {
    let [channels, height, width] = IMAGE;
    Contract::new(LATENT, channels, height, width)
}

/// Statistics of a feature network that passes its 16 pixels on.
fn statistics(folder: &Path) -> Result<RealStats, Box<dyn std::error::Error>> {
    let metadata = [
        ("gannet.kind", "features"),
        ("gannet.name", "pixels"),
        ("gannet.channels", "1"),
        ("gannet.height", "4"),
        ("gannet.width", "4"),
        ("gannet.mean", "0"),
        ("gannet.std", "1"),
    ];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let onnx = to_onnx("pixels", &metadata.into(), |trace| {
        let image: Tensor<4> = trace.float_input("image", [trace.batch(), 1, 4, 4])?;
        trace.output("features", &image.flatten::<2>(1, 3))
    })?;
    let path = folder.join("pixels.onnx");
    std::fs::write(&path, onnx)?;
    let net = FeatureNet::open(&path)?;
    let values = Latents::draw(1, 0..40, 16).values().to_vec();
    let real = Samples::new([40, 1, 4, 4], values)?;
    let mut collector = RealStats::collect(StatsProtocol::new(&net, "noise", "all"), 10, 0);
    collector.push(&net.extract(&real)?)?;
    Ok(collector.finish()?)
}

fn manifest() -> Manifest {
    let provenance = Provenance {
        recipe: "tiny".to_owned(),
        dataset: "noise".to_owned(),
        images_seen: 1000,
        seed: 3,
        gannet: "0.1.0".to_owned(),
    };
    Manifest::new("tiny", "MIT", contract(), provenance)
}

fn card() -> Card {
    Card {
        summary: "A tiny generator of noise.".to_owned(),
        data: "Noise, made up, without a licence to heed.".to_owned(),
        training: "Not at all.".to_owned(),
        training_commands: vec!["gannet train tiny --seed 3".to_owned()],
        score_features: Some("tiny.onnx".to_owned()),
        floor: None,
        limits: vec!["It makes noise.".to_owned()],
    }
}

fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder)?;
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into());
    entries.map(name).collect()
}

struct Bench {
    folder: tempfile::TempDir,
    statistics: RealStats,
    sheet: Samples,
    generator: Tiny,
    onnx: Vec<u8>,
}

impl Bench {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let aside = tempfile::tempdir()?;
        let generator = Tiny::new(1);
        Ok(Self {
            folder: tempfile::tempdir()?,
            statistics: statistics(aside.path())?,
            sheet: Samples::new([12, 1, 4, 4], vec![0.5; 12 * 16])?,
            onnx: generator.onnx()?,
            generator,
        })
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("models").join("tiny")
    }

    fn write(&self, generator: &[u8], replace: bool) -> Result<(), PackageError> {
        let contents = PackageContents {
            generator,
            statistics: Some(&self.statistics),
            manifest: manifest(),
            sheet: &self.sheet,
            card: card(),
        };
        write_package(&self.out(), &contents, replace)
    }

    /// What stands beside the package.
    fn siblings(&self) -> io::Result<BTreeSet<String>> {
        names(&self.folder.path().join("models"))
    }
}

#[test]
fn a_package_is_complete_and_samples_as_burn_does() -> Outcome {
    let bench = Bench::new()?;
    bench.write(&bench.onnx, false)?;
    let expected = [
        "CARD.md",
        "generator.onnx",
        "golden.npz",
        "manifest.toml",
        "real.npz",
        "samples.png",
    ];
    assert_eq!(names(&bench.out())?, expected.map(str::to_owned).into());
    assert_eq!(bench.siblings()?, ["tiny".to_owned()].into());
    let generator = Generator::open(bench.out())?;
    let listed = &generator.manifest().ok_or("no manifest")?.files;
    assert_eq!(listed.len(), 5);
    let device = Device::flex();
    let forward = |z, _| bench.generator.forward(z);
    let agreement = verify_generator(&generator, 5, 40, &device, forward)?;
    assert!(agreement.largest_difference <= 1e-6);
    assert_eq!(agreement.samples, 40);
    Ok(())
}

#[test]
fn another_generator_is_found_out() -> Outcome {
    let bench = Bench::new()?;
    bench.write(&bench.onnx, false)?;
    let generator = Generator::open(bench.out())?;
    let device = Device::flex();
    let other = Tiny::new(2);
    let error = verify_generator(&generator, 5, 40, &device, |z, _| other.forward(z));
    let Err(ExportError::Differs { difference, .. }) = error else {
        return Err(format!("expected a difference, got {error:?}").into());
    };
    assert!(difference > 0.01 && difference < 2.0);
    let nan = |z, _| bench.generator.forward(z) * f64::NAN;
    let error = verify_generator(&generator, 5, 40, &device, nan);
    assert!(matches!(error, Err(ExportError::Differs { difference, .. }) if difference.is_nan()));
    Ok(())
}

#[test]
fn an_existing_package_is_replaced_only_on_request() -> Outcome {
    let bench = Bench::new()?;
    bench.write(&bench.onnx, false)?;
    let other = Tiny::new(2).onnx()?;
    let error = bench.write(&other, false);
    assert!(
        matches!(error, Err(PackageError::Occupied { .. })),
        "{error:?}"
    );
    assert_eq!(fs::read(bench.out().join(GENERATOR))?, bench.onnx);
    bench.write(&other, true)?;
    assert_eq!(fs::read(bench.out().join(GENERATOR))?, other);
    assert_eq!(bench.siblings()?, ["tiny".to_owned()].into());
    Generator::open(bench.out())?;
    Ok(())
}

#[test]
fn a_folder_with_anything_else_is_left_alone() -> Outcome {
    let bench = Bench::new()?;
    bench.write(&bench.onnx, false)?;
    fs::write(bench.out().join("notes.txt"), "mine")?;
    let error = bench.write(&bench.onnx, true);
    assert!(matches!(&error, Err(PackageError::Foreign { entry, .. }) if entry == "notes.txt"));
    assert_eq!(fs::read(bench.out().join("notes.txt"))?, b"mine");

    let file = bench.folder.path().join("file");
    fs::write(&file, "mine")?;
    let error = check_package_destination(&file, true);
    assert!(matches!(error, Err(PackageError::Io { .. })), "{error:?}");
    Ok(())
}

#[test]
fn an_empty_folder_is_filled() -> Outcome {
    let bench = Bench::new()?;
    fs::create_dir_all(bench.out())?;
    bench.write(&bench.onnx, false)?;
    Generator::open(bench.out())?;
    assert_eq!(bench.siblings()?, ["tiny".to_owned()].into());
    Ok(())
}

#[test]
fn a_package_that_does_not_open_leaves_nothing() -> Outcome {
    let bench = Bench::new()?;
    let truncated = &bench.onnx[..bench.onnx.len() / 2];
    let error = bench.write(truncated, false);
    assert!(
        matches!(error, Err(PackageError::Runtime { .. })),
        "{error:?}"
    );
    assert!(bench.siblings()?.is_empty());
    bench.write(&bench.onnx, false)?;
    bench
        .write(truncated, true)
        .err()
        .ok_or("an error was expected")?;
    assert_eq!(fs::read(bench.out().join(GENERATOR))?, bench.onnx);
    assert_eq!(bench.siblings()?, ["tiny".to_owned()].into());
    Ok(())
}

#[test]
fn a_generator_must_keep_its_contract() {
    let wrong = Contract::new(LATENT, 1, 8, 2);
    let error = generator_to_onnx("tiny", &wrong, &Tiny::new(1), |tiny, z, _| tiny.forward(z));
    let message = error
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(message.contains("wants [2, 1, 8, 2]"), "{message}");
}

#[test]
fn the_card_tells_all() -> Outcome {
    let mut manifest = manifest();
    let text = card().render("models/tiny", &manifest);
    for part in [
        "# tiny\n\nA tiny generator of noise.",
        "![Samples of the generator](samples.png)",
        "| Makes | grey images of 4x4 pixels |",
        "Generator::open(\"models/tiny\")",
        "gannet sample models/tiny -n 64",
        "without a licence to heed",
        "| Images seen | 1000 |",
        "| Seed | 3 |",
        "gannet train tiny --seed 3",
        "The generator has not been scored.",
        "- It makes noise.",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    let scores = serde_json::json!({
        "fid": 1.25, "is_mean": 3.5, "is_std": 0.25, "precision": 0.75, "recall": 0.5,
        "density": null, "coverage": null, "n_real": 100, "n_fake": 100, "k": 3,
        "protocol": {
            "extractor": "pixels", "extractor_sha256": "ab", "real_data": "noise", "split": "all",
            "real_count": 100, "fake_count": 100, "quantised": true, "frechet_method": "m",
            "neighbours_real_count": 100, "neighbours_fake_count": 100, "k": 3,
            "convention": "closed", "is_splits": 10, "seed": 0
        }
    });
    let scores: gannet::Scores = serde_json::from_value(scores)?;
    manifest.scores = Some(scores.clone());
    let text = card().render("models/tiny", &manifest);
    for part in [
        "| Score | 100 samples | Better |",
        "| Fréchet distance | 1.250 | lower |",
        "gannet score models/tiny -n 100 --seed 0 --features tiny.onnx",
        "| Inception Score | 3.500 ± 0.250 | higher |",
        "| Precision | 0.7500 | higher |",
        "not comparable with a published FID",
        "| extractor | pixels |",
        "| frechet method | m |",
        "| is splits | 10 |",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    assert!(!text.contains("Density"));

    let mut floor = scores.clone();
    floor.fid = 0.125;
    manifest.scores = Some(scores);
    let text = Card {
        floor: Some(floor),
        ..card()
    }
    .render("models/tiny", &manifest);
    for part in [
        "| Score | 100 samples | 100 held-out real images | Better |",
        "|---|---|---|---|",
        "| Fréchet distance | 1.250 | 0.125 | lower |",
        "gannet score FOLDER --part held-out -n 100 --against models/tiny/real.npz --features tiny.onnx",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    Ok(())
}

#[test]
fn examples_name_no_ones_home() {
    assert_eq!(shown(Path::new("models/fashion")), "models/fashion");
    assert_eq!(shown(Path::new("/home/someone/models/fashion")), "fashion");
    assert_eq!(shown(Path::new("../fashion")), "fashion");
}
