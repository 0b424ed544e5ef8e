//! Names on the command line that are read by code which knows nothing of it.

use std::fmt::Display;
use std::str::FromStr;

use gannet_trainer::text::proposal;

/// Reads a value that one of `names` begins, perhaps followed by `:` and more; the error also
/// proposes the nearest of them.
pub(super) fn named<T, N>(names: N) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr,
    T::Err: Display,
    N: IntoIterator<Item = &'static str> + Clone + 'static,
{
    move |text| {
        let name = text.split(':').next().unwrap_or_default();
        text.parse()
            .map_err(|error: T::Err| format!("{error}{}", proposal(name, names.clone())))
    }
}
