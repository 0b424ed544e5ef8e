use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::ErrorKind;
use crate::features::{Features, Logits};
use crate::testing::{Outcome, noise};

fn stats() -> Result<RealStats> {
    let protocol = StatsProtocol {
        extractor: "tiny-features".into(),
        extractor_sha256: "ab".repeat(32),
        real_data: "noise".into(),
        split: "train".into(),
    };
    let rows = noise(20, 3, 1)?.rows().to_vec();
    let logits = noise(20, 2, 2)?.rows().to_vec();
    let logits = Logits {
        classes: 2,
        values: logits,
    };
    let mut collector = RealStats::collect(protocol, 8, u64::MAX);
    collector.push(&Features::new(20, 3, rows, Some(logits))?)?;
    collector.finish()
}

fn write(
    folder: &TempDir,
    fill: impl FnOnce(&mut Writer) -> io::Result<()>,
) -> io::Result<PathBuf> {
    let mut archive = Writer::new();
    fill(&mut archive)?;
    let path = folder.path().join("stats.npz");
    fs::write(&path, archive.finish()?)?;
    Ok(path)
}

/// All that statistics hold.
fn fields(stats: &RealStats) -> impl PartialEq + std::fmt::Debug {
    let kept = stats.collected.as_ref().map(|collected| {
        let reservoir = &collected.reservoir;
        (reservoir.rows(), reservoir.capacity, reservoir.seed)
    });
    (
        stats.mu.clone(),
        stats.sigma.clone(),
        stats.n(),
        stats.protocol().cloned(),
        stats.class_counts().map(<[u64]>::to_vec),
        kept,
    )
}

#[test]
fn survives_the_round_trip_bit_for_bit() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (first, second) = (folder.path().join("1.npz"), folder.path().join("2.npz"));
    let stats = stats()?;
    stats.save(&first)?;
    let loaded = RealStats::load(&first)?;
    assert_eq!((loaded.mu(), loaded.sigma()), (stats.mu(), stats.sigma()));
    assert_eq!(
        (loaded.n(), loaded.protocol()),
        (Some(20), stats.protocol())
    );
    assert_eq!(loaded.reservoir(), stats.reservoir());
    assert_eq!(loaded.reservoir().map(|rows| rows.len()), Some(8));
    assert_eq!(loaded.class_counts(), stats.class_counts());
    loaded.save(&second)?;
    assert_eq!(fs::read(&first)?, fs::read(&second)?);
    Ok(())
}

#[test]
fn a_file_with_moments_alone_gives_moments_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = write(&folder, |archive| {
        archive.array("mu", &[2], &[1.0, 2.0])?;
        archive.array("sigma", &[2, 2], &[1.0, 0.5, 0.5, 2.0])?;
        archive.array("extra", &[1], &[1.0])
    })?;
    let stats = RealStats::load(&path)?;
    assert_eq!(stats.mu(), [1.0, 2.0]);
    assert_eq!((stats.n(), stats.protocol()), (None, None));
    assert!(stats.reservoir().is_none());
    Ok(())
}

#[test]
fn damaged_files_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("real.npz");
    stats()?.save(&path)?;
    let bytes = fs::read(&path)?;
    for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..cut])?;
        let error = RealStats::load(&path)
            .err()
            .ok_or("a cut file was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Format, "{cut}: {error:?}");
        assert!(error.to_string().contains("real.npz"));
    }
    Ok(())
}

#[test]
fn what_the_system_cannot_read_is_no_bad_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    for path in [folder.path().join("none.npz"), folder.path().to_owned()] {
        let error = RealStats::load(&path).err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
        assert!(error.to_string().contains(&*path.to_string_lossy()));
    }
    Ok(())
}

#[test]
fn arrays_too_large_for_their_place_are_not_inflated() -> Outcome {
    let folder = tempfile::tempdir()?;
    let zeros = vec![0.0_f64; 100_000];
    let stored = vec![b' '; 2 << 20];
    let check = |name: &str, fill: &dyn Fn(&mut Writer) -> io::Result<()>| -> Outcome {
        let path = write(&folder, fill)?;
        let error = RealStats::load(&path).err().ok_or("it was accepted")?;
        assert_eq!(error.kind(), ErrorKind::Format);
        let message = error.to_string();
        let named = message.contains(&format!("`{name}` takes"));
        assert!(named && message.contains("at most"), "{message}");
        Ok(())
    };
    check("mu", &|archive| archive.array("mu", &[100_000], &zeros))?;
    check("sigma", &|archive| {
        archive.array("mu", &[2], &[0.0; 2])?;
        archive.array("sigma", &[100_000], &zeros)
    })?;
    check("protocol", &|archive| {
        archive.array("mu", &[1], &[0.0])?;
        archive.array("sigma", &[1, 1], &[1.0])?;
        archive.array("protocol", &[stored.len()], &stored)
    })
}

#[test]
fn names_lose_one_suffix_and_stand_there_once() -> Outcome {
    let folder = tempfile::tempdir()?;
    let message = |second: &str| -> io::Result<String> {
        let path = write(&folder, |archive| {
            archive.array("mu", &[1], &[0.0])?;
            archive.array("sigma", &[1, 1], &[1.0])?;
            archive.entry(second, b"")
        })?;
        Ok(RealStats::load(path).map_or_else(|e| e.to_string(), |_| String::new()))
    };
    assert!(message("mu")?.contains("`mu` stands there twice"));
    assert_eq!(message("mu.npy.npy")?, "");
    Ok(())
}

#[test]
fn every_flipped_byte_is_an_error_or_harmless() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("real.npz");
    let sound = stats()?;
    sound.save(&path)?;
    let bytes = fs::read(&path)?;
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        fs::write(&path, &damaged)?;
        if let Ok(loaded) = RealStats::load(&path) {
            // Names and checksums cover the arrays; what is left is idle fields.
            assert_eq!(fields(&loaded), fields(&sound), "byte {at}");
        }
    }
    Ok(())
}

#[test]
fn impossible_moments_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let kind = |mu: &[f64], shape: &[usize], sigma: &[f64]| -> io::Result<Option<ErrorKind>> {
        let path = write(&folder, |archive| {
            archive.array("mu", &[mu.len()], mu)?;
            archive.array("sigma", shape, sigma)
        })?;
        Ok(RealStats::load(path).err().map(|e| e.kind()))
    };
    assert_eq!(kind(&[0.0; 2], &[2, 2], &[1.0, 0.0, 0.0, 1.0])?, None);
    let format = Some(ErrorKind::Format);
    assert_eq!(kind(&[0.0; 2], &[4], &[1.0, 0.0, 0.0, 1.0])?, format);
    assert_eq!(kind(&[0.0; 3], &[2, 2], &[1.0, 0.0, 0.0, 1.0])?, format);
    assert_eq!(kind(&[], &[0, 0], &[])?, format);
    assert_eq!(kind(&[0.0; 2], &[2, 2], &[1.0, 0.5, 0.0, 1.0])?, format);
    assert_eq!(kind(&[0.0; 2], &[2, 2], &[1.0, 0.0, 0.0, -1.0])?, format);
    let nan = kind(&[0.0, f64::NAN], &[2, 2], &[1.0, 0.0, 0.0, 1.0])?;
    assert_eq!(nan, Some(ErrorKind::Numeric));
    Ok(())
}

#[test]
fn arrays_that_contradict_each_other_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let stored = |format: u32| {
        serde_json::to_vec(&Stored {
            format,
            protocol: stats()
                .ok()
                .and_then(|stats| stats.protocol().cloned())
                .unwrap_or_else(|| unreachable!()),
            reservoir_capacity: 2,
            reservoir_seed: 0,
        })
    };
    let kind = |n: i64, kept: usize, counts: &[i64], format: u32, extra: bool| -> io::Result<_> {
        let path = write(&folder, |archive| {
            archive.array("mu", &[1], &[0.0])?;
            archive.array("sigma", &[1, 1], &[1.0])?;
            archive.array("n", &[], &[n])?;
            archive.array("reservoir", &[kept, 1], &vec![0.5_f32; kept])?;
            archive.array("class_counts", &[counts.len()], counts)?;
            let protocol = stored(format)?;
            archive.array("protocol", &[protocol.len()], &protocol)?;
            if extra {
                archive.array("surprise", &[1], &[1.0])?;
            }
            Ok(())
        })?;
        Ok(RealStats::load(path).err().map(|e| e.kind()))
    };
    let format = Some(ErrorKind::Format);
    assert_eq!(kind(5, 2, &[3, 2], 1, false)?, None);
    assert_eq!(kind(5, 2, &[3, 2], 2, false)?, format);
    assert_eq!(kind(5, 2, &[3, 2], 1, true)?, format);
    assert_eq!(kind(5, 3, &[3, 2], 1, false)?, format);
    assert_eq!(kind(5, 2, &[3, 3], 1, false)?, format);
    assert_eq!(kind(5, 2, &[6, -1], 1, false)?, format);
    assert_eq!(kind(-5, 2, &[3, 2], 1, false)?, format);
    assert_eq!(kind(1, 1, &[1, 0], 1, false)?, format);
    Ok(())
}
