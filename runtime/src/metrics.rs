//! Metrics on features, one file each, all in `f64`.
//!
//! [`Scorer`](crate::Scorer) computes some of them together; these functions
//! are for features that come from elsewhere.
//!
//! # Seeds
//!
//! Where a metric looks at random rows, the choice is a function of the seed
//! alone. It comes from ChaCha with 8 rounds; the 32 key bytes are the seed as 8
//! little-endian bytes, the 16 ASCII bytes `gannet/metrics/1` and the name of the
//! use, which each function states, filled up with spaces to 8 bytes. The key
//! stream of a 64-bit stream number is read as little-endian `u64`, as in
//! [`Latents`](crate::Latents). An integer below `b` is the high half of the
//! 128-bit product `u · b`, redrawn while the low half is below `2⁶⁴ mod b`; a
//! number in `[0, 1)` is `(u >> 11) · 2⁻⁵³`. To draw `c` of `n` rows, the list
//! `0..n` is shuffled from the front (swap `i` with `i +` an integer below
//! `n − i`, for `i` in `0..c`) and its first `c` are taken.

mod bins;
mod birthday;
mod class_modes;
mod decompositions;
mod distances;
mod divergence;
mod diversity;
mod draws;
mod effective_rank;
mod frechet;
mod frechet_limit;
mod inception_score;
mod jackknife;
mod k_means;
mod kernel;
mod memorisation;
mod modes;
mod ms_ssim;
mod neighbours;
mod radii;
mod screened;

pub use bins::{BinComparison, Bins};
pub use birthday::{Birthday, ClosePair, birthday};
pub use class_modes::{ClassModes, class_modes, predicted_classes};
pub use diversity::{diversity_ratio, mean_pairwise_distance};
pub use effective_rank::effective_rank;
pub use frechet::{frechet_from_features, frechet_from_moments};
pub use frechet_limit::{FrechetLimit, frechet_limit};
pub use inception_score::{InceptionScore, inception_score};
pub use jackknife::jackknife;
pub(crate) use jackknife::jackknife_each;
pub(crate) use kernel::kernel_distances;
pub use kernel::{
    KernelDistance, KernelSubset, kernel_distance, kernel_distance_in_subsets,
    kernel_distance_of_subsets,
};
pub use memorisation::{Memorisation, NearestTraining, memorisation, nearest_distances};
pub use modes::{MixtureModes, Mode, modes_of_mixture};
pub use ms_ssim::{MsSsim, ms_ssim};
pub use neighbours::{Neighbours, neighbours};

pub use crate::scores::{Boundary, Interval};
