//! What came of a run, by its samples.

use serde::{Deserialize, Serialize};

/// How points are judged.
pub(crate) const POINTS_PROTOCOL: &str = "2,500 samples; good: within 3 standard deviations of the nearest mode, times the share of modes captured";

/// How images are judged.
pub(crate) const IMAGES_PROTOCOL: &str = "1,000 samples, features of a classifier of the data set, against the unaltered training images of the twin, or framed as the run's own";

/// How much worse than its twin a run must be to be sick.
const MARGIN: f64 = 1.25;

/// The worth of a generator's samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Worth {
    /// The share of samples near a mode, times the share of modes captured.
    GoodShare(f64),
    /// The Fréchet distance.
    FrechetDistance(f64),
}

impl Worth {
    /// Whether it is more than 1.25 times worse than another's.
    pub(crate) fn is_worse_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::GoodShare(share), Self::GoodShare(other)) => share * MARGIN < other,
            (Self::FrechetDistance(distance), Self::FrechetDistance(other)) => {
                distance > MARGIN * other
            }
            // Of different grounds: nothing is proved.
            _ => false,
        }
    }

    fn text(self) -> String {
        match self {
            Self::GoodShare(share) => format!("good samples {share:.3}"),
            Self::FrechetDistance(distance) => format!("Fréchet distance {distance:.3}"),
        }
    }
}

/// A run from begin to end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The steps that the recipe wanted.
    pub(crate) total_steps: u64,
    /// The worth after so many steps.
    pub(crate) course: Vec<(u64, Worth)>,
    /// Whether a loss, a gradient or a weight was not finite in the end.
    pub(crate) diverged: bool,
    /// The share of the last samples that are nearer to their nearest training image than that
    /// is to any other (1 − authenticity), of images.
    pub(crate) copied: Option<f64>,
}

impl Outcome {
    /// The worth at the end.
    pub(crate) fn last(&self) -> Option<Worth> {
        self.course.last().map(|&(_, worth)| worth)
    }

    /// Whether it is worse than its twin at the end.
    pub(crate) fn is_sick_beside(&self, twin: &Self) -> bool {
        self.diverged
            || self
                .last()
                .zip(twin.last())
                .is_some_and(|(worth, twin)| worth.is_worse_than(twin))
    }

    /// The step from which on it is worse than its twin at the same share of the run, if it ends
    /// so: the onset, to a twentieth of the run.
    pub(crate) fn onset(&self, twin: &Self) -> Option<u64> {
        if !self.is_sick_beside(twin) {
            return None;
        }
        let share = |step: u64, outcome: &Self| step as f64 / outcome.total_steps as f64;
        let twin_at = |at: f64| {
            let close = |&&(step, _): &&(u64, Worth)| (share(step, twin) - at).abs() < 0.01;
            twin.course.iter().find(close).map(|&(_, worth)| worth)
        };
        let well = self.course.iter().rev().find(|&&(step, worth)| {
            twin_at(share(step, self)).is_some_and(|twin| !worth.is_worse_than(twin))
        });
        Some(well.map_or(0, |&(step, _)| step))
    }

    /// A few words.
    pub(crate) fn summary(&self, twin: &Self) -> String {
        let text = |outcome: &Self| outcome.last().map_or("nothing".to_owned(), Worth::text);
        let diverged = if self.diverged { ", diverged" } else { "" };
        format!("{}{diverged} (twin {})", text(self), text(twin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(shares: &[f64]) -> Outcome {
        let worth =
            |(place, share): (usize, &f64)| ((place as u64 + 1) * 100, Worth::GoodShare(*share));
        Outcome {
            total_steps: shares.len() as u64 * 100,
            course: shares.iter().enumerate().map(worth).collect(),
            diverged: false,
            copied: None,
        }
    }

    #[test]
    fn a_disease_begins_where_a_run_was_last_as_good_as_its_twin() {
        let twin = run(&[0.1, 0.5, 0.8, 0.9]);
        assert_eq!(run(&[0.1, 0.5, 0.3, 0.2]).onset(&twin), Some(200));
        assert_eq!(run(&[0.0, 0.1, 0.1, 0.1]).onset(&twin), Some(0));
        assert_eq!(run(&[0.0, 0.1, 0.7, 0.8]).onset(&twin), None);
        // A run of another length is compared at the same share of it.
        assert_eq!(run(&[0.5, 0.2]).onset(&twin), Some(100));
    }

    #[test]
    fn a_quarter_worse_is_sick_and_so_is_what_diverged() {
        let twin = run(&[0.9]);
        assert!(!run(&[0.73]).is_sick_beside(&twin));
        assert!(run(&[0.71]).is_sick_beside(&twin));
        let diverged = Outcome {
            diverged: true,
            ..run(&[0.9])
        };
        assert!(diverged.is_sick_beside(&twin));
        assert_eq!(diverged.onset(&twin), Some(100));
        let distance = Worth::FrechetDistance;
        assert!(distance(5.1).is_worse_than(distance(4.0)));
        assert!(!distance(4.9).is_worse_than(distance(4.0)));
    }
}
