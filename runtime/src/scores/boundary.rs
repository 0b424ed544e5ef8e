//! What a ball holds.

use serde::{Deserialize, Serialize};

/// Whether a point on the very edge of a ball belongs to it. It matters only
/// for rows that occur twice, as those of a collapsed generator do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Boundary {
    /// It does (`<=`), as equation 1 of Kynkäänniemi et al. (2019) and
    /// torch-fidelity have it. The default.
    #[default]
    Closed,
    /// It does not (`<`), as the `prdc` package has it.
    Open,
}
