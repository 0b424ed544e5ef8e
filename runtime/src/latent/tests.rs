use std::fs;

use serde::Deserialize;

use super::*;
use crate::ErrorKind;
use crate::npy;
use crate::testing::Outcome;

#[derive(Deserialize)]
struct Vector {
    seed: u64,
    index: u64,
    dim: usize,
    limit: Option<f64>,
    bits: Vec<u32>,
}

#[test]
fn draws_what_the_independent_implementation_draws() -> Outcome {
    let text = include_str!("../../tests/vectors/latents.json");
    let vectors: Vec<Vector> = serde_json::from_str(text)?;
    assert!(vectors.len() >= 7);
    for vector in vectors {
        let range = vector.index..vector.index + 1;
        let latents = match vector.limit {
            None => Latents::draw(vector.seed, range, vector.dim),
            Some(limit) => Latents::truncated(vector.seed, range, vector.dim, limit)?,
        };
        let bits: Vec<u32> = latents.values().iter().map(|z| z.to_bits()).collect();
        assert_eq!(
            bits, vector.bits,
            "seed {} index {}",
            vector.seed, vector.index
        );
    }
    Ok(())
}

#[test]
fn a_sample_does_not_depend_on_its_range() {
    let all = Latents::draw(3, 0..20, 5);
    assert_eq!((all.len(), all.dim()), (20, 5));
    for i in 0..20 {
        let one = Latents::draw(3, i..i + 1, 5);
        let at = i as usize * 5;
        assert_eq!(one.values(), &all.values()[at..at + 5]);
    }
}

#[test]
fn a_longer_latent_starts_with_the_shorter() {
    let long = Latents::draw(3, 4..5, 9);
    let short = Latents::draw(3, 4..5, 4);
    assert_eq!(long.values()[..4], short.values()[..]);
}

#[test]
fn moments_are_those_of_a_standard_normal() {
    let latents = Latents::draw(11, 0..20_000, 10);
    let n = latents.values().len() as f64;
    let moment = |power: i32| {
        let sum: f64 = latents
            .values()
            .iter()
            .map(|&z| f64::from(z).powi(power))
            .sum();
        sum / n
    };
    // Five standard errors: √(1/n), √(2/n), √(15/n), √(96/n).
    for (power, expected, variance) in
        [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
    {
        let tolerance = 5.0 * f64::sqrt(variance / n);
        assert!(
            (moment(power) - expected).abs() < tolerance,
            "moment {power}"
        );
    }
}

#[test]
fn truncation_keeps_values_within_the_limit() -> Outcome {
    let limit = 0.7;
    let latents = Latents::truncated(5, 0..500, 16, limit)?;
    assert_eq!(latents.values().len(), 500 * 16);
    assert!(
        latents
            .values()
            .iter()
            .all(|&z| f64::from(z).abs() <= limit)
    );
    // A wide limit changes nothing.
    assert_eq!(
        Latents::truncated(5, 0..50, 16, 40.0)?,
        Latents::draw(5, 0..50, 16)
    );
    Ok(())
}

#[test]
fn refuses_what_is_out_of_domain() {
    for limit in [0.0, -1.0, f64::NAN, 0.001] {
        let error = Latents::truncated(0, 0..1, 2, limit).map_err(|e| e.kind());
        assert_eq!(error, Err(ErrorKind::Input));
    }
    let kind = |dim, values| Latents::from_values(dim, values).map_err(|e| e.kind());
    assert_eq!(kind(3, vec![0.0; 4]), Err(ErrorKind::Input));
    assert_eq!(kind(0, vec![]), Err(ErrorKind::Input));
    assert_eq!(kind(2, vec![0.0, f32::NAN]), Err(ErrorKind::Numeric));
    assert_eq!(kind(2, vec![0.5; 4]).map(|l| l.len()), Ok(2));
    assert!(Latents::draw(0, 3..3, 2).is_empty());
}

#[test]
fn arrays_of_either_float_are_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("z.npy");
    let mut bytes = Vec::new();
    npy::write(&mut bytes, &[2, 2], &[0.1_f64, 1.0, -2.0, 0.5])?;
    fs::write(&path, &bytes)?;
    let read = Latents::read_npy(&path)?;
    assert_eq!(
        (read.dim(), read.values()),
        (2, &[0.1_f32, 1.0, -2.0, 0.5][..])
    );
    bytes.clear();
    npy::write(
        &mut bytes,
        &[1, 2],
        read.values().get(..2).unwrap_or_default(),
    )?;
    fs::write(&path, &bytes)?;
    assert_eq!(Latents::read_npy(&path)?.values(), [0.1, 1.0]);
    Ok(())
}

#[test]
fn every_refusal_of_an_array_names_the_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("z.npy");
    let check = |shape: &[usize], values: &[f64], kind: ErrorKind| -> Outcome {
        let mut bytes = Vec::new();
        npy::write(&mut bytes, shape, values)?;
        fs::write(&path, &bytes)?;
        let error = Latents::read_npy(&path).err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("z.npy"), "{error}");
        Ok(())
    };
    check(&[3, 0], &[], ErrorKind::Format)?;
    check(&[2], &[0.0; 2], ErrorKind::Format)?;
    check(&[1, 2], &[0.0, f64::NAN], ErrorKind::Numeric)?;
    // Finite, but not once it is rounded.
    check(&[1, 1], &[1e300], ErrorKind::Numeric)
}
