//! Which quantities of a run are drawn, and how.

use super::axis::Scale;
use super::chart::{Chart, Line, Rule};
use super::story::Story;
use crate::recipe::Objective;
use crate::text::{capital, list};

/// The page's colours by what they stand for.
const CRITIC: usize = 0;
const GENERATOR: usize = 1;
const REAL: usize = 2;
const FAKE: usize = 1;
const HELD_OUT: usize = 3;

/// The charts of one run; those without any value are left out.
pub(super) fn of_run(story: &Story) -> Vec<Chart> {
    let log = &story.log;
    let line = |name: &str, colour: usize, path: &str| Line {
        name: name.to_owned(),
        colour,
        points: log.points(path),
        ..Line::default()
    };
    let band = |name: &str, colour: usize, mean: &str, deviation: &str| {
        let band = log.band(mean, deviation);
        Line {
            name: name.to_owned(),
            colour,
            points: band.iter().map(|&(x, mean, _)| (x, mean)).collect(),
            deviations: band.iter().map(|&(.., deviation)| deviation).collect(),
            has_dots: false,
        }
    };
    let dotted = |line: Line| Line {
        has_dots: line.points.len() <= 60,
        ..line
    };
    let losses = vec![
        line("critic", CRITIC, "critic_loss"),
        line("generator", GENERATOR, "generator_loss"),
    ];
    let outputs = vec![
        band("real", REAL, "real_score", "vitals.scores.real_std"),
        band("generated", FAKE, "fake_score", "vitals.scores.fake_std"),
        band(
            "held out",
            HELD_OUT,
            "vitals.scores.held_out_mean",
            "vitals.scores.held_out_std",
        ),
    ];
    let gradients = vec![
        line("critic", CRITIC, "vitals.critic.gradient_norm"),
        line("generator", GENERATOR, "vitals.generator.gradient_norm"),
    ];
    let distance = dotted(line("Fréchet distance", CRITIC, "frechet_distance"));
    let shares = vec![
        dotted(line("precision", REAL, "precision")),
        dotted(line("recall", FAKE, "recall")),
        dotted(line("coverage", HELD_OUT, "coverage")),
    ];
    let diversity = Line {
        name: "diversity".to_owned(),
        colour: CRITIC,
        points: log.ratio("vitals.fake.spread", "vitals.real.spread"),
        ..Line::default()
    };
    let modes = vec![
        line("different bins", GENERATOR, "vitals.cover.different"),
        line("missing", HELD_OUT, "vitals.cover.missing"),
    ];
    let rate = vec![line("factor", CRITIC, "learning_rate_factor")];

    let mut charts = vec![
        Chart {
            rules: equilibrium(story),
            ..Chart::new(
                "Losses",
                &format!(
                    "{}. Drawn without penalties; dashed: a critic that has learned nothing.",
                    objectives(story)
                ),
                scale(&losses),
                losses,
            )
        },
        Chart::new(
            "Fréchet distance",
            "To the training images, of samples on the way; lower is better.",
            Scale::Log,
            vec![distance],
        ),
        Chart::new(
            "Critic's outputs",
            "Mean and standard deviation over a batch of images, before any sigmoid.",
            scale(&outputs),
            outputs,
        ),
        Chart {
            range: Some((-0.02, 1.02)),
            ..Chart::new(
                "Quality and variety",
                "Share of samples that look real; of real images that are reached; of those with a sample near by.",
                Scale::Linear,
                shares,
            )
        },
        Chart::new(
            "Gradient norms",
            "Of all weights of a network, before any clipping.",
            Scale::Log,
            gradients,
        ),
        Chart {
            rules: vec![Rule {
                name: "as diverse as real images".to_owned(),
                colour: CRITIC,
                stretches: vec![(0.0, story.images_seen() as f64, 1.0)],
            }],
            ..Chart::new(
                "Diversity",
                "Mean distance between samples over that between real images.",
                Scale::Log,
                vec![diversity],
            )
        },
        Chart {
            range: Some((-0.02, 1.02)),
            ..Chart::new(
                "Modes",
                "Share of ten bins of the real images that differ; share of real images without a sample in their bin.",
                Scale::Linear,
                modes,
            )
        },
    ];
    if varies(&rate[0].points) {
        let caption = "What both learning rates are multiplied by.";
        charts.push(Chart::new(
            "Learning-rate factor",
            caption,
            Scale::Linear,
            rate,
        ));
    }
    charts.retain(|chart| !chart.lines.is_empty());
    for chart in charts
        .iter_mut()
        .filter(|chart| chart.title == "Fréchet distance")
    {
        chart.pin = story.best().map(|(x, y)| {
            let is_kept = story.recipe.training.keep_best;
            let what = if is_kept { "best, kept" } else { "best" };
            (x, y, format!("{what}: {}", crate::doctor::shown(y)))
        });
    }
    charts
}

/// What is compared of several runs: title, caption, path and whether it is a share.
const COMPARED: [(&str, &str, &str, Option<Scale>); 9] = [
    (
        "Fréchet distance",
        "To the training images; lower is better.",
        "frechet_distance",
        Some(Scale::Log),
    ),
    (
        "Precision",
        "Share of samples that look real.",
        "precision",
        Some(Scale::Linear),
    ),
    (
        "Recall",
        "Share of real images that are reached.",
        "recall",
        Some(Scale::Linear),
    ),
    ("Critic's loss", "Without penalties.", "critic_loss", None),
    (
        "Generator's loss",
        "Losses of different objectives do not compare.",
        "generator_loss",
        None,
    ),
    (
        "Critic's gradient norm",
        "Of all weights, before any clipping.",
        "vitals.critic.gradient_norm",
        Some(Scale::Log),
    ),
    (
        "Generator's gradient norm",
        "Of all weights, before any clipping.",
        "vitals.generator.gradient_norm",
        Some(Scale::Log),
    ),
    (
        "Different bins",
        "Share of ten bins of the real images whose share of the samples differs.",
        "vitals.cover.different",
        Some(Scale::Linear),
    ),
    (
        "Missing",
        "Share of real images without a sample in their bin.",
        "vitals.cover.missing",
        Some(Scale::Linear),
    ),
];

/// The charts of several runs over each other.
pub(super) fn of_runs(stories: &[Story]) -> Vec<Chart> {
    let charts = COMPARED.iter().map(|(title, caption, path, scale_of)| {
        let lines: Vec<Line> = stories
            .iter()
            .enumerate()
            .map(|(colour, story)| {
                let points = story.log.points(path);
                Line {
                    name: story.name.clone(),
                    colour,
                    has_dots: matches!(*path, "frechet_distance" | "precision" | "recall")
                        && points.len() <= 60,
                    points,
                    ..Line::default()
                }
            })
            .collect();
        let scale = scale_of.unwrap_or_else(|| scale(&lines));
        Chart::new(title, caption, scale, lines)
    });
    charts.filter(|chart| !chart.lines.is_empty()).collect()
}

/// The losses that the networks minimised, one after the other.
fn objectives(story: &Story) -> String {
    let parts = story.case.parts.iter();
    let mut titles: Vec<String> = parts.map(|part| titled(&part.recipe.objective)).collect();
    titles.dedup();
    capital(&format!("the {}", titles.join(", then the ")))
}

/// A loss with what is added to it.
fn titled(objective: &Objective) -> String {
    let added = [
        ("R1", objective.r1_gamma),
        ("R2", objective.r2_gamma),
        ("gradient penalty", objective.gradient_penalty),
        ("DRAGAN's penalty", objective.dragan),
        ("LeCam regularisation", objective.lecam),
        ("orthogonal regularisation", objective.orthogonal),
    ];
    let added = added.into_iter().filter(|(_, weight)| *weight > 0.0);
    let added: Vec<String> = added.map(|(name, _)| name.to_owned()).collect();
    let title = objective.loss.title();
    match added.is_empty() {
        true => title.to_owned(),
        false => format!("{title} with {}", list(&added)),
    }
}

fn scale(lines: &[Line]) -> Scale {
    let values = lines.iter().flat_map(|line| &line.points);
    let values: Vec<f64> = values.map(|&(_, value)| value).collect();
    Scale::for_values(&values)
}

fn varies(points: &[(f64, f64)]) -> bool {
    points.windows(2).any(|two| two[0].1 != two[1].1)
}

/// The losses of a critic that has learned nothing, as treatments have changed the objective.
fn equilibrium(story: &Story) -> Vec<Rule> {
    let parts = &story.case.parts;
    let stretches = parts.iter().enumerate().map(|(at, part)| {
        let next = parts.get(at + 1);
        let end = next.map_or(story.images_seen(), |next| {
            story.images_after(next.since_step)
        });
        let losses = part.recipe.objective.equilibrium();
        let from = story.images_after(part.since_step) as f64;
        (from, end as f64, losses)
    });
    let stretches: Vec<_> = stretches.collect();
    let rule = |name: &str, colour, loss: fn(&crate::objective::Equilibrium) -> f64| Rule {
        name: name.to_owned(),
        colour,
        stretches: stretches
            .iter()
            .map(|(from, to, losses)| (*from, *to, loss(losses)))
            .collect(),
    };
    vec![
        rule("critic's loss at the equilibrium", CRITIC, |losses| {
            losses.critic
        }),
        rule("generator's loss at the equilibrium", GENERATOR, |losses| {
            losses.generator
        }),
    ]
}
