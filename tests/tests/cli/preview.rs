//! Data are looked at before anything is trained on them.

use std::fs;

use serde_json::Value;

use crate::harness::Workshop;
use crate::tiny::workshop_with_data;

/// A PNG of 8 bits with this number of channels, from the value of each byte.
fn png_of([height, width]: [usize; 2], channels: usize, value: impl Fn(usize) -> u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    let values: Vec<u8> = (0..height * width * channels).map(value).collect();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&values).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Ten pictures `photos/0.png` to `photos/9.png` with something odd about most of them.
fn workshop_with_oddities() -> Workshop {
    let workshop = Workshop::new();
    fs::create_dir(workshop.path("photos")).unwrap();
    let put = |i: usize, bytes: &[u8]| workshop.write(&format!("photos/{i}.png"), bytes);
    for i in 0..6 {
        put(
            i,
            &png_of([16, 16], 3, |at| 100 + (at * (i + 3) % 40) as u8),
        );
    }
    // Every fifth picture, such as this one's equal, is held out.
    put(6, &png_of([16, 16], 3, |at| 100 + (at * 7 % 40) as u8));
    put(
        7,
        &png_of([16, 16], 4, |at| {
            if at % 4 == 3 { 0 } else { 120 + (at % 9) as u8 }
        }),
    );
    put(8, &png_of([16, 20], 1, |at| 110 + (at % 11) as u8));
    put(9, &png_of([16, 16], 3, |_| 130));
    workshop
}

#[test]
fn what_is_odd_about_a_folder_is_said() {
    let workshop = workshop_with_oddities();
    let output = workshop.gannet("data preview photos --size 16");
    let text = String::from_utf8(output.stdout).unwrap();
    for word in [
        "photos: 8 images to train on, 2 held out",
        "3x16x16, RGB",
        "16x16 (smallest), 16x16 (median), 20x16 (largest)",
        "classes    none",
        "pixels     100 to 139",
        "duplicates 1 in",
        "preview.png (8 images)",
        "warning: 8 training images are few",
        "warning: 1 of 10 images equal an earlier one",
        "warning: 1 of the 2 held-out images are training images too",
        "warning: 1 of 10 images are of one colour",
        "warning: pixels go from 100 to 139 of 0 to 255 only",
        "warning: 1 of 10 images are not square",
        "20 % of an image at most",
        "warning: 1 of 10 images have transparent pixels, 1 nothing else",
        "warning: 1 of 10 images are grey",
    ] {
        assert!(text.contains(word), "no {word:?}:\n{text}");
    }
    let picture = workshop.read("preview.png");
    let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info();
    let info = reader.unwrap().info().clone();
    // Eight images in a row, two pixels between them.
    assert_eq!((info.width, info.height), (8 * 18 - 2, 16));
}

#[test]
fn transparent_pictures_are_laid_on_a_background() {
    let workshop = workshop_with_oddities();
    let preview = "data preview photos --size 16 --background";
    let output = workshop.gannet(&format!("{preview} #ffffff"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("laid on white."), "{text}");
    assert!(text.contains("pixels     100 to 255"), "{text}");
    assert!(!text.contains("transparent pixels"), "{text}");
    workshop.refuses(
        &format!("{preview} whit"),
        2,
        &["#rrggbb", "did you mean `white`?"],
    );
}

#[test]
fn machines_get_the_same_and_the_picture_is_where_it_is_wanted() {
    let workshop = workshop_with_data();
    let output = workshop.gannet("data preview data -n 10 --out seen.png --json");
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&seen["out"], &seen["shown"]),
        (&"seen.png".into(), &10.into())
    );
    let data = &seen["data"];
    assert_eq!(
        (&data["training"], &data["held_out"]),
        (&480.into(), &120.into())
    );
    assert_eq!(data["classes"].as_array().unwrap().len(), 10);
    assert_eq!(data["classes"][0]["training"], 48);
    let warnings = seen["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(workshop.path("seen.png").is_file() && !workshop.path("preview.png").exists());
    // The order of a run with this seed.
    let first = workshop.read("seen.png");
    workshop.gannet("data preview data -n 10 --out again.png");
    workshop.gannet("data preview data -n 10 --out other.png --seed 1");
    assert_eq!(workshop.read("again.png"), first);
    assert_ne!(workshop.read("other.png"), first);
    workshop.refuses("data preview nothing", 1, &["nothing"]);
    workshop.refuses("data preview data --out no/where.png", 1, &["no/where.png"]);
    workshop.refuses("data preview toy:ring", 1, &["ring"]);
}
