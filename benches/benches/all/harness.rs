//! How criterion is set up, and what stops it.

use std::fmt::Display;
use std::time::Duration;

use criterion::measurement::Measurement;
use criterion::{Bencher, Criterion};

/// What the command line asks for, as far as it concerns more than criterion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// `--quick`.
    pub(crate) quick: bool,
    /// Whether results are kept: not of `--list`, `--test`, or `cargo test --benches`.
    pub(crate) measures: bool,
}

impl Options {
    pub(crate) fn of_arguments() -> Self {
        let given = |flag: &str| {
            std::env::args().any(|argument| {
                let (name, _) = argument.split_once('=').unwrap_or((&argument, ""));
                name == flag
            })
        };
        let idle = ["--list", "--test", "--profile-time", "--load-baseline"];
        Self {
            quick: given("--quick"),
            measures: given("--bench") && !idle.into_iter().any(given),
        }
    }

    /// Criterion for times, of so many samples when it is not quick.
    pub(crate) fn clock(self, samples: usize) -> Criterion {
        self.criterion(Criterion::default().sample_size(samples))
    }

    /// Criterion with these settings, but for what the command line says.
    ///
    /// When it is quick, criterion doubles the runs until two halves agree or this time is over;
    /// what takes longer runs once.
    pub(crate) fn criterion<M: Measurement + 'static>(
        self,
        settings: Criterion<M>,
    ) -> Criterion<M> {
        let settings = match self.quick {
            true => settings
                .measurement_time(Duration::from_secs(1))
                .without_plots(),
            false => settings,
        };
        settings.configure_from_args()
    }
}

/// Times what can fail.
pub(crate) fn time<T, E: Display>(
    bencher: &mut Bencher<'_>,
    mut routine: impl FnMut() -> Result<T, E>,
) {
    bencher.iter(|| worked(routine()));
}

/// The value; an error ends the program.
///
/// # Panics
///
/// If it failed.
#[expect(
    clippy::panic,
    reason = "a routine of criterion's cannot return an error, and criterion would go on and keep \
              times of nothing"
)]
pub(crate) fn worked<T, E: Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("the benchmark failed: {error:#}"))
}
