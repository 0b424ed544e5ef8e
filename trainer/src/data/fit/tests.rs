use std::error::Error;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn the_centre_is_kept() -> Outcome {
    // Two channels of 2x5: columns 1 and 2 are the centre.
    let wide = Image {
        shape: [2, 2, 5],
        pixels: (0..20).collect(),
    };
    let fitted = fit(wide, 2)?;
    assert_eq!(fitted.shape, [2, 2, 2]);
    assert_eq!(fitted.pixels, [1, 2, 6, 7, 11, 12, 16, 17]);
    let high = Image {
        shape: [1, 4, 1],
        pixels: vec![1, 2, 3, 4],
    };
    assert_eq!(fit(high, 1)?.pixels, [2]);
    Ok(())
}

#[test]
fn the_square_is_resized_as_pil_does() -> Outcome {
    let image = Image {
        shape: [1, 2, 2],
        pixels: vec![0, 255, 0, 255],
    };
    // PIL: Image.resize((4, 4), BILINEAR) of rows 0, 255.
    assert_eq!(fit(image, 4)?.pixels, [0, 64, 191, 255].repeat(4));
    Ok(())
}

#[test]
fn a_split_of_the_size_is_left_as_it_is() -> Outcome {
    let set = Dataset::new("a", [1, 2, 2], (0..20).collect(), Some(vec![0, 1, 0, 1, 0]))?;
    let set = set.with_classes(vec!["cat".to_owned(), "dog".to_owned()])?;
    let split = Split::every_fifth(&set)?;
    let digest = split.training.digest();
    let rule = split.rule.clone();
    for side in [None, Some(2)] {
        let same = split.clone().fitted(side)?;
        assert_eq!(
            (same.training.digest(), same.rule),
            (digest.clone(), rule.clone())
        );
    }
    let smaller = split.fitted(Some(1))?;
    assert_eq!(smaller.training.shape(), [1, 1, 1]);
    // The mean of 0, 1, 2 and 3, rounded half up in each pass.
    assert_eq!(smaller.training.pixels(&[0])?, [2]);
    assert!(
        smaller.rule.contains("1x1 (pil-bilinear)"),
        "{}",
        smaller.rule
    );
    let names = smaller.class_names().ok_or("no labels")?;
    assert_eq!(names, ["cat", "dog"]);
    Ok(())
}

#[test]
fn a_size_that_takes_too_much_memory_is_refused_at_once() -> Outcome {
    let set = Dataset::new("many", [1, 1, 1], vec![0; 6000], None)?;
    let refusal = Split::every_fifth(&set)?.fitted(Some(1024)).err();
    let refusal = refusal.ok_or("it fits")?.to_string();
    assert!(
        refusal.contains("4800 images of 1048576 bytes"),
        "{refusal}"
    );
    assert!(check_memory("many", 4096, 1 << 20).is_ok());
    assert!(check_memory("many", 4097, 1 << 20).is_err());
    Ok(())
}
