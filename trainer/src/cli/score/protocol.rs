//! The options of scores.

use anyhow::bail;
use gannet::ScoreOptions;

/// What the protocol leaves to choose.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Protocol {
    /// Nearest neighbours that make the balls of precision, recall, density and coverage
    /// [default: 3].
    #[arg(long)]
    k: Option<usize>,
    /// Subsets of the kernel distance [default: 100].
    #[arg(long)]
    kid_subsets: Option<usize>,
    /// Rows of either side in each of them [default: 1000, or half of the rows if that is less].
    #[arg(long)]
    kid_subset_size: Option<usize>,
    /// Splits of the Inception Score [default: 10].
    #[arg(long)]
    is_splits: Option<usize>,
    /// Give each score a 95 % confidence interval by a jackknife that leaves out each of so many
    /// groups of the fakes once [default: 20 groups]. It takes as many times as long.
    #[arg(
        long,
        value_name = "GROUPS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "20",
        value_parser = clap::value_parser!(u64).range(2..=1000)
    )]
    intervals: Option<u64>,
}

impl Protocol {
    pub(super) fn options(&self) -> ScoreOptions {
        let default = ScoreOptions::default();
        ScoreOptions {
            k: self.k.unwrap_or(default.k),
            kid_subsets: self.kid_subsets.unwrap_or(default.kid_subsets),
            kid_subset_size: self.kid_subset_size,
            is_splits: self.is_splits.unwrap_or(default.is_splits),
            interval_groups: self.intervals.map(|groups| groups as usize),
            ..default
        }
    }

    /// Refuses options of scores that there will not be, for these reasons.
    pub(super) fn check(
        &self,
        no_rows: Option<&str>,
        no_logits: Option<&str>,
    ) -> anyhow::Result<()> {
        let neighbours = ("precision, recall, density and coverage", no_rows);
        let kernel = ("the kernel distance", no_rows);
        let inception = ("the Inception Score", no_logits);
        for (option, value, (scores, missing)) in [
            ("--k", self.k, neighbours),
            ("--kid-subsets", self.kid_subsets, kernel),
            ("--kid-subset-size", self.kid_subset_size, kernel),
            ("--is-splits", self.is_splits, inception),
        ] {
            if let (Some(_), Some(reason)) = (value, missing) {
                bail!("{option} is for {scores}, which cannot be computed: {reason}");
            }
        }
        Ok(())
    }
}
