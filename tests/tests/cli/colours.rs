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
    for (class, first) in [("apples", 0), ("skies", 2)] {
        let folder = workshop.path(&format!("photos/{class}"));
        fs::create_dir_all(&folder).unwrap();
        for i in 0..30 {
            let [height, width] = [20 + i % 5, 20 + i % 4];
            let area = height * width;
            let level = |p: usize| match p / area == first {
                true => 200 + (p * (i + 3) % 50) as u8,
                false => (p * (i + 5) % 60) as u8,
            };
            let pixels: Vec<u8> = (0..3 * area).map(level).collect();
            let image = Samples::from_bytes([1, 3, height, width], &pixels).unwrap();
            image
                .write_grid(folder.join(format!("{i:02}.png")), 1)
                .unwrap();
        }
    }
    workshop
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
        &["grey.onnx", "[3, 16, 16]", "[1, 16, 16]"],
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
