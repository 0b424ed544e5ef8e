//! Progress of a training run: a bar on a terminal, plain lines elsewhere.

use std::time::{Duration, Instant};

use gannet_trainer::training::{Event, Record};
use indicatif::{ProgressBar, ProgressStyle};

use super::output;

/// Time between two plain lines.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Shows the events of a run.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    total_images: u64,
    batch_images: u64,
    last_line: Option<Instant>,
}

impl Progress {
    /// Progress towards `total_images`, from `done_images` on, `batch_images` a step.
    pub(super) fn new(done_images: u64, total_images: u64, batch_images: u64) -> Self {
        let bar = output::is_watched().then(|| {
            // 80 columns hold a bar of 12 and the longest message.
            let style = ProgressStyle::with_template("{bar:12} {percent:>3}% {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(total_images).with_style(style);
            bar.set_position(done_images);
            bar
        });
        Self {
            bar,
            total_images,
            batch_images,
            last_line: None,
        }
    }

    /// Shows one event.
    pub(super) fn show(&mut self, event: Event<'_>) {
        match event {
            Event::Logged(record) => self.record(record),
            Event::Warning(text) => self.note(&format!("warning: {text}")),
            Event::Scored {
                images,
                verdict,
                is_best,
            } => {
                let best = if is_best { ", the best so far" } else { "" };
                let near = verdict.precision.zip(verdict.recall);
                let near = near.map_or_else(String::new, |(precision, recall)| {
                    format!(", precision {precision:.3}, recall {recall:.3}")
                });
                self.note(&format!(
                    "{images} images: Fréchet distance {:.4}{near}{best}",
                    verdict.frechet_distance,
                ));
            }
            Event::Case(entry) => self.note(&format!("doctor: {entry}")),
            Event::Sheet(path) => self.note(&format!("samples: {}", path.display())),
            Event::Step { step, total_steps } => {
                self.total_images = total_steps * self.batch_images;
                if let Some(bar) = &self.bar {
                    bar.set_length(self.total_images);
                    bar.set_position(step * self.batch_images);
                }
            }
        }
    }

    /// Takes the bar away.
    pub(super) fn close(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn record(&mut self, record: &Record) {
        let text = describe(record, self.total_images);
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None => {
                let due = self
                    .last_line
                    .is_none_or(|last| last.elapsed() >= LINE_INTERVAL);
                if due || record.images >= self.total_images {
                    let (images, total) = (record.images, self.total_images);
                    output::narrate(&format!("{images} of {total} images  {text}"));
                    self.last_line = Some(Instant::now());
                }
            }
        }
    }

    fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => output::narrate(text),
        }
    }
}

fn describe(record: &Record, total_images: u64) -> String {
    let left = total_images.saturating_sub(record.images) as f64 / record.images_per_second;
    format!(
        "critic {:.3}  generator {:.3}  {:.0} images/s  {} left",
        record.update.critic_loss,
        record.update.generator_loss,
        record.images_per_second,
        duration(left),
    )
}

/// Seconds as `1 h 02 min`, `3 min 20 s` or `12 s`.
fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(duration(12.4), "12 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(3720.0), "1 h 02 min");
    }
}
