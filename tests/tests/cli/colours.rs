//! From a folder of colour images of many sizes to a scored package.

use std::fs;

use gannet::Samples;
use serde_json::Value;

use crate::harness::Workshop;
use crate::tiny::package;

/// Settings of a run of 20 steps on `photos`.
const SETTINGS: &str = "--set name=photos \
    --set data.path=photos \
    --set data.size=16 \
    --set generator.latent=8 \
    --set generator.width=4 \
    --set critic.width=4 \
    --set training.length_images=320 \
    --set training.batch_images=16";

/// Puts 60 images of 20 sizes into `photos`, red ones into `photos/apples`, blue
/// ones into `photos/skies`.
fn workshop_with_photos() -> Workshop {
    let workshop = Workshop::new();
    for (class, bright) in [("apples", 0), ("skies", 2)] {
        fs::create_dir_all(workshop.path(&format!("photos/{class}"))).unwrap();
        for i in 0..30 {
            let [height, width] = [20 + i % 5, 20 + i % 4];
            let level = |p: usize| match p % 3 == bright {
                true => 200 + (p * (i + 3) % 50) as u8,
                false => (p * (i + 5) % 60) as u8,
            };
            let pixels: Vec<u8> = (0..3 * height * width).map(level).collect();
            let path = format!("photos/{class}/{i:02}.png");
            workshop.write(&path, &png_of(height, width, &pixels));
        }
    }
    workshop
}

fn png_of(height: usize, width: usize, rgb: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(rgb).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_folder_of_colour_images_trains_and_scores() {
    let workshop = workshop_with_photos();
    let output =
        workshop.gannet("features train photos --size 16 --epochs 2 --out net.onnx --json");
    let network: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(network["classes"], serde_json::json!(["apples", "skies"]));
    assert_eq!(
        (&network["training"], &network["held_out"]),
        (&48.into(), &12.into())
    );

    let train = format!("train {SETTINGS} --set score.features=net.onnx --set score.samples=40");
    let output = workshop.gannet(&format!("{train} --out run --json"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("photos: 48 training and 12 held-out"),
        "{stderr}"
    );
    assert!(
        stderr.contains("resized to 16x16 (pil-bilinear)"),
        "{stderr}"
    );
    let trained: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(trained["scores"]["n_real"], 48);

    // The sheet has three colours, and so have samples.
    let sheet = png::Decoder::new(std::io::Cursor::new(
        workshop.read("run/package/samples.png"),
    ));
    let sheet = sheet.read_info().unwrap();
    assert_eq!(sheet.info().color_type, png::ColorType::Rgb);
    workshop.gannet("sample run/package -n 12 --out drawn.npy");
    let drawn = Samples::read_npy(workshop.path("drawn.npy")).unwrap();
    assert_eq!(drawn.shape(), [12, 3, 16, 16]);
    workshop.gannet("score run/package -n 40 --features net.onnx");

    // A run that is over exports again, from the same images only.
    workshop.gannet("export run --out model");
    assert_eq!(
        workshop.read("model/generator.onnx"),
        workshop.read("run/package/generator.onnx")
    );
    fs::rename(
        workshop.path("photos/apples/00.png"),
        workshop.path("photos/apples/99.png"),
    )
    .unwrap();
    workshop.refuses("resume run", 1, &["data.digest"]);
}

#[test]
fn a_network_of_grey_images_refuses_colours() {
    let workshop = workshop_with_photos();
    workshop.gannet(&format!("sample {} -n 60 --out grey", package().display()));
    fs::create_dir(workshop.path("classes")).unwrap();
    fs::rename(workshop.path("grey"), workshop.path("classes/a")).unwrap();
    workshop.gannet(&format!(
        "sample {} -n 60 --seed 1 --out classes/b",
        package().display()
    ));
    workshop.gannet("features train classes --size 16 --epochs 1 --out grey.onnx");
    workshop.refuses(
        &format!("train {SETTINGS} --set score.features=grey.onnx --out run"),
        1,
        &["grey.onnx", "[3, 16, 16]", "expected 1 channels"],
    );
}

#[test]
fn a_folder_that_is_no_data_set_is_refused() {
    let workshop = workshop_with_photos();
    let train = format!("train {SETTINGS} --set score.samples=0 --out run");
    workshop.refuses(
        &train.replace("--set data.size=16 ", ""),
        1,
        &["01.png: 21x21", "00.png has 20x20", "data.size"],
    );
    workshop.refuses(
        &train.replace("data.size=16", "data.size=18"),
        1,
        &["18x18"],
    );
    workshop.refuses(
        &train.replace("data.size", "data.side"),
        2,
        &["`data.side`", "`data.size`"],
    );
    workshop.write("photos/skies/07.png", b"not a picture");
    workshop.refuses(&train, 1, &["photos/skies/07.png", "PNG"]);
    fs::remove_dir_all(workshop.path("photos/skies")).unwrap();
    for i in 4..30 {
        fs::remove_file(workshop.path(&format!("photos/apples/{i:02}.png"))).unwrap();
    }
    workshop.refuses(&train, 1, &["4 images", "too few"]);
}

/// The first record's label is 0, and every record is of one level.
fn cifar(numbers: std::ops::Range<u8>) -> Vec<u8> {
    let record = |i: u8| [&[i % 2][..], &[i * 8; 3072][..]].concat();
    numbers.flat_map(record).collect()
}

#[test]
fn arrays_and_cifar_train() {
    let workshop = workshop_with_photos();
    let settings = SETTINGS.replace("data.path=photos ", "data.path=DATA ");
    let train = |data: &str, out: &str| {
        let settings = settings.replace("DATA", data);
        let output = workshop.gannet(&format!("train {settings} --out {out}"));
        String::from_utf8(output.stderr).unwrap()
    };
    let package = package().display().to_string();
    workshop.gannet(&format!("sample {package} -n 40 --out drawn.npy"));
    let stderr = train("drawn.npy", "of-array");
    assert!(
        stderr.contains("drawn: 32 training and 8 held-out"),
        "{stderr}"
    );
    workshop.gannet("resume of-array");

    fs::create_dir(workshop.path("cifar")).unwrap();
    workshop.write("cifar/data_batch_1.bin", &cifar(0..16));
    workshop.write("cifar/data_batch_2.bin", &cifar(16..30));
    workshop.write("cifar/test_batch.bin", &cifar(0..12));
    let stderr = train("cifar", "of-cifar");
    assert!(
        stderr.contains("cifar: 30 training and 12 held-out"),
        "{stderr}"
    );

    workshop.gannet("features train cifar --epochs 1 --out net.onnx");
    workshop.gannet("stats cifar --features net.onnx --out real.npz");
    workshop.gannet("score cifar --against real.npz --features net.onnx");
    let whole: Vec<f32> = (0..20 * 3072)
        .map(|p| (p % 255) as f32 / 127.5 - 1.0)
        .collect();
    let images = Samples::new([20, 3, 32, 32], whole).unwrap();
    images.write_npy(workshop.path("images.npy")).unwrap();
    let output = workshop.gannet("stats images.npy --features net.onnx --out array.npz --json");
    let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(stats["n"], 16);
    workshop.gannet("score cifar --part training --against images.npy --features net.onnx");
}
