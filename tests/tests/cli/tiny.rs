//! A training run of seconds, and the package that it makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::harness::Workshop;
use crate::idx::write_data_set;

/// Steps of the tiny run, each with a line in `metrics.jsonl`.
pub(crate) const STEPS: usize = 250;

/// Settings of the tiny run on the data set in `data`: a checkpoint every 20
/// steps, a doctor that only watches, no scores.
pub(crate) const SETTINGS: &str = "--seed 3 \
    --set data.path=data \
    --set generator.latent=8 \
    --set generator.width=4 \
    --set critic.width=4 \
    --set training.length_images=4000 \
    --set training.batch_images=16 \
    --set training.log_interval_images=16 \
    --set training.sheet_interval_images=2000 \
    --set training.checkpoint_interval_images=320 \
    --set training.doctor=watch \
    --set score.samples=0";

/// A folder with the data set `data` of 480 training and 120 held-out images.
pub(crate) fn workshop_with_data() -> Workshop {
    let workshop = Workshop::new();
    write_data_set(&workshop.path("data"));
    workshop
}

/// An uninterrupted tiny run, trained once for all tests.
pub(crate) static RUN: LazyLock<PathBuf> = LazyLock::new(|| {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tiny");
    if kept.exists() {
        fs::remove_dir_all(&kept).unwrap();
    }
    let (data, run) = (kept.join("data"), kept.join("run"));
    write_data_set(&data);
    Workshop::new().gannet(&format!(
        "train {SETTINGS} --set data.path={} --out {}",
        data.display(),
        run.display()
    ));
    run
});

/// The package of the uninterrupted run.
pub(crate) fn package() -> PathBuf {
    RUN.join("package")
}

/// Puts a copy of the package into a folder, to be broken there.
pub(crate) fn copy_package(workshop: &Workshop, name: &str) {
    let copy = workshop.path(name);
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(package()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
}
