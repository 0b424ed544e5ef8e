//! A scorer: a feature network and the statistics of real images.

use std::ffi::c_char;

use gannet::{FeatureNet, RealStats, Scorer};

use crate::border::{check_place, free, guarded, lent, text};
use crate::error::GannetStatus;
use crate::generator::GannetGenerator;

/// Compares samples with real images. Any number of threads may use one at once.
pub struct GannetScorer {
    scorer: Scorer,
}

/// The scores of a generator. One that the network or the statistics do not allow is
/// NaN. Two compare only if features, statistics and count are the same; with other
/// features than those of FID's Inception network, `frechet_distance` is **not**
/// comparable with a published FID.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct GannetScores {
    /// The Fréchet distance; lower is better.
    pub frechet_distance: f64,
    /// The Inception Score; higher is better.
    pub inception_score: f64,
    /// The kernel distance (KID), the mean over subsets; lower is better.
    pub kernel_distance: f64,
    /// The share of fakes that look real.
    pub precision: f64,
    /// The share of reals that the fakes reach.
    pub recall: f64,
    /// How densely reals surround the fakes.
    pub density: f64,
    /// The share of reals with a fake near by.
    pub coverage: f64,
}

/// Opens a feature network (`.onnx`) and the statistics of real images (`.npz`).
///
/// # Safety
///
/// `features` and `statistics` are null or point to texts that end with a null byte;
/// `scorer` is null or points to room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_scorer_open(
    features: *const c_char,
    statistics: *const c_char,
    scorer: *mut *mut GannetScorer,
) -> GannetStatus {
    guarded(|| {
        check_place("scorer", scorer)?;
        // SAFETY: the text stays for the call by the caller's word.
        let features = unsafe { text("features", features) }?;
        // SAFETY: as above.
        let statistics = unsafe { text("statistics", statistics) }?;
        let opened = Scorer::new(FeatureNet::open(features)?, RealStats::load(statistics)?)?;
        let handle = Box::into_raw(Box::new(GannetScorer { scorer: opened }));
        // SAFETY: it is not null, so there is room by the caller's word.
        unsafe { scorer.write(handle) };
        Ok(())
    })
}

/// Frees a scorer; nothing if it is null.
///
/// # Safety
///
/// `scorer` is null or came from `gannet_scorer_open`, was not freed, and no thread uses
/// it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_scorer_free(scorer: *mut GannetScorer) {
    // SAFETY: opening makes the handle with `Box::into_raw`; the rest is the caller's word.
    unsafe { free(scorer) }
}

/// Scores the samples 0 to `count - 1` of `seed` and writes `scores`. It takes as long
/// as drawing the samples and running the feature network on each; below 10,000 the
/// scores are rough.
///
/// # Safety
///
/// `scorer` is null or an open scorer, `generator` null or an open generator; `scores` is
/// null or points to room for a `GannetScores`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gannet_score(
    scorer: *const GannetScorer,
    generator: *const GannetGenerator,
    count: u64,
    seed: u64,
    scores: *mut GannetScores,
) -> GannetStatus {
    guarded(|| {
        check_place("scores", scores)?;
        // SAFETY: null or open by the caller's word.
        let scorer = &unsafe { lent("scorer", scorer) }?.scorer;
        // SAFETY: as above.
        let generator = &unsafe { lent("generator", generator) }?.generator;
        let got = scorer.score(generator, count, seed)?;
        let or_nan = |score: Option<f64>| score.unwrap_or(f64::NAN);
        let got = GannetScores {
            frechet_distance: got.fid,
            inception_score: or_nan(got.is_mean),
            kernel_distance: or_nan(got.kid_mean),
            precision: or_nan(got.precision),
            recall: or_nan(got.recall),
            density: or_nan(got.density),
            coverage: or_nan(got.coverage),
        };
        // SAFETY: it is not null, so there is room by the caller's word.
        unsafe { scores.write(got) };
        Ok(())
    })
}
