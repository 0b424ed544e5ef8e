//! The page itself.

use minijinja::value::Value;
use minijinja::{Environment, context};

use super::ReportError;
use super::chart::{Chart, Timeline};
use super::figures;
use super::portrait::Pictures;
use super::settings::{differences, nearest_preset};
use super::story::Story;
use super::verdict::{Health, Verdict, verdict};
use crate::doctor::shown;
use crate::text::{capital, duration, grouped, images};

/// The name ends as it must for everything to be escaped.
const TEMPLATE: &str = "page.html";

/// Seconds after which a live page fetches itself anew.
const RENEWED: u64 = 5;

/// The page on some runs.
pub(super) fn render(stories: &[Story]) -> Result<String, ReportError> {
    let content = match stories {
        [story] => of_run(story)?,
        stories => of_runs(stories)?,
    };
    whole(content, include_str!("page.js").to_owned())
}

/// The page on a run that is training.
pub(super) fn render_live(story: &Story) -> Result<String, ReportError> {
    let live = context! {
        live => context! { seconds => RENEWED, report => story.report.display().to_string() },
        ..of_run(story)?
    };
    whole(
        live,
        concat!(include_str!("page.js"), include_str!("live.js")).to_owned(),
    )
}

/// The page with its style and script.
fn whole(content: Value, script: String) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.add_template(TEMPLATE, include_str!("page.html"))?;
    let page = context! {
        style => Value::from_safe_string(include_str!("page.css").to_owned()),
        script => Value::from_safe_string(script),
        version => env!("CARGO_PKG_VERSION"),
        ..content
    };
    Ok(environment.get_template(TEMPLATE)?.render(page)?)
}

fn of_run(story: &Story) -> Result<Value, ReportError> {
    let (preset, base) = nearest_preset(&story.recipe)?;
    let treated = story.present();
    let recipes = [&base, &story.recipe, treated];
    let is_treated = treated != &story.recipe;
    let differences = differences(if is_treated { &recipes } else { &recipes[..2] })?;
    let timeline = story.timeline(None);
    let charts: Vec<Value> = figures::of_run(story)
        .iter()
        .map(|chart| drawn(chart, &timeline))
        .collect();
    Ok(context! {
        title => story.name,
        verdict => told(&verdict(story)),
        facts => facts(story),
        moments => moments(story),
        sheets => sheets(story),
        left_out => story.sheets.left_out,
        pictures => story.pictures.as_ref().map(pictures),
        charts => charts,
        preset => preset,
        differences => differences,
        is_treated => is_treated,
        recipe => story.recipe_text,
        scores => scores(story),
        environment => environment(story),
        unexamined => story.unexamined.iter().map(|it| it.condition.to_string()).collect::<Vec<_>>(),
        notes => story.notes,
    })
}

fn of_runs(stories: &[Story]) -> Result<Value, ReportError> {
    let recipes: Vec<_> = stories.iter().map(Story::present).collect();
    let timelines: Vec<Timeline> = stories
        .iter()
        .enumerate()
        .map(|(run, story)| story.timeline(Some(run)))
        .collect();
    let timeline = Timeline {
        end: timelines.iter().map(|it| it.end).fold(1.0, f64::max),
        marks: timelines.into_iter().flat_map(|it| it.marks).collect(),
        spells: Vec::new(),
    };
    let charts: Vec<Value> = figures::of_runs(stories)
        .iter()
        .map(|chart| drawn(chart, &timeline))
        .collect();
    let runs = stories.iter().enumerate().map(|(colour, story)| {
        let number = |path| story.log.last(path).map(shown);
        context! {
            name => story.name,
            colour => colour,
            verdict => told(&verdict(story)),
            images => grouped(story.images_seen()),
            time => story.log.last("seconds").map(duration),
            best => story.best().map(|(_, distance)| shown(distance)),
            last => number("frechet_distance"),
            precision => number("precision"),
            recall => number("recall"),
            coverage => number("coverage"),
            exported => story.scores().map(|scores| shown(scores.fid)),
            sheet => story.sheets.shown.last().map(|sheet| Value::from_safe_string(sheet.data.clone())),
            notes => story.notes,
        }
    });
    let names: Vec<String> = stories.iter().map(|story| story.name.clone()).collect();
    Ok(context! {
        title => format!("{} runs", stories.len()),
        names => names,
        are_scored => stories.iter().any(|story| story.best().is_some()),
        are_exported => stories.iter().any(|story| story.scores().is_some()),
        runs => runs.collect::<Vec<_>>(),
        charts => charts,
        differences => differences(&recipes)?,
    })
}

fn drawn(chart: &Chart, timeline: &Timeline) -> Value {
    let lines = chart.lines.iter().map(|line| {
        context! { name => line.name, colour => line.colour, is_band => !line.deviations.is_empty() }
    });
    context! {
        title => chart.title,
        caption => chart.caption,
        lines => lines.collect::<Vec<_>>(),
        svg => Value::from_safe_string(chart.svg(timeline)),
        values => chart.values(timeline),
    }
}

fn told(verdict: &Verdict) -> Value {
    let (sign, word) = match verdict.health {
        Health::Healthy => ("✓", "healthy"),
        Health::Cured => ("✓", "cured"),
        Health::OnTrial => ("◆", "on trial"),
        Health::Sick => ("▼", "sick"),
        Health::Unknown => ("?", "unknown"),
    };
    context! {
        health => verdict.health,
        sign => sign,
        word => word,
        headline => verdict.headline,
        sentences => verdict.sentences,
    }
}

/// A number of images a second.
fn rate(speed: f64) -> String {
    match speed {
        1000.0.. => grouped(speed.round() as u64),
        _ => shown(speed),
    }
}

/// What is to be known at a glance: name, value, and what goes with it.
fn facts(story: &Story) -> Vec<[String; 3]> {
    let mut facts = vec![[
        "images seen".to_owned(),
        grouped(story.images_seen()),
        format!("of {}", grouped(story.images_planned())),
    ]];
    if let Some(seconds) = story.log.last("seconds") {
        let speed = story.images_seen() as f64 / seconds;
        let speed = speed
            .is_finite()
            .then(|| format!("{} images/s", rate(speed)));
        facts.push([
            "training time".to_owned(),
            duration(seconds),
            speed.unwrap_or_default(),
        ]);
    }
    let rate_now = story.log.last("images_per_second");
    if let Some(speed) = rate_now.filter(|_| story.is_running) {
        let left = story.images_planned().saturating_sub(story.images_seen());
        facts.push([
            "time left".to_owned(),
            duration(left as f64 / speed),
            format!("at {} images/s", rate(speed)),
        ]);
    }
    if let Some((at, distance)) = story.best() {
        facts.push([
            "best Fréchet distance".to_owned(),
            shown(distance),
            format!("after {}", images(at as u64)),
        ]);
    }
    let last = |path| story.log.last(path).filter(|value: &f64| value.is_finite());
    if let (Some(precision), Some(recall)) = (last("precision"), last("recall")) {
        facts.push([
            "precision, recall".to_owned(),
            format!("{precision:.2}, {recall:.2}"),
            "the last on the way".to_owned(),
        ]);
    }
    if let Some(scores) = story.scores() {
        facts.push([
            "Fréchet distance, exported".to_owned(),
            shown(scores.fid),
            format!("{} samples", grouped(scores.n_fake)),
        ]);
    }
    if story.best().is_none() {
        let name = "losses, last".to_owned();
        if let (Some(critic), Some(generator)) = (
            story.log.last("critic_loss"),
            story.log.last("generator_loss"),
        ) {
            let value = format!("{}, {}", shown(critic), shown(generator));
            facts.push([name, value, "critic, generator".to_owned()]);
        }
    }
    facts
}

fn moments(story: &Story) -> Vec<Value> {
    let moments = story.moments().into_iter().map(|moment| {
        let events = moment.events.iter().map(|event| {
            context! {
                kind => format!("{:?}", event.kind).to_lowercase(),
                sentence => capital(&event.sentence()),
                details => event.details(),
            }
        });
        context! {
            images => images(moment.images),
            step => grouped(moment.step),
            events => events.collect::<Vec<_>>(),
        }
    });
    moments.collect()
}

fn sheets(story: &Story) -> Vec<Value> {
    let sheets = story.sheets.shown.iter().map(|sheet| {
        context! { images => images(sheet.images), data => Value::from_safe_string(sheet.data.clone()) }
    });
    sheets.collect()
}

fn pictures(pictures: &Pictures) -> Value {
    let portrait = &pictures.portrait;
    let ratios = portrait.ratios.iter();
    let ratios = ratios.map(|ratio| ratio.map_or_else(|| "–".to_owned(), |it| format!("{it:.2}")));
    let [compared, all] = [portrait.compared, portrait.training_images].map(|it| it as u64);
    context! {
        images => images(portrait.images),
        features => portrait.features,
        compared => match compared == all {
            true => images(all),
            false => format!("{} spread over {}", grouped(compared), images(all)),
        },
        ratios => ratios.collect::<Vec<_>>(),
        neighbours => Value::from_safe_string(pictures.neighbours.clone()),
        interpolation => Value::from_safe_string(pictures.interpolation.clone()),
    }
}

/// The scores of the package, by name.
fn scores(story: &Story) -> Vec<(&'static str, String)> {
    let Some(scores) = story.scores() else {
        return Vec::new();
    };
    let some = [
        ("Fréchet distance", Some(scores.fid)),
        ("Inception Score", scores.is_mean),
        ("kernel distance", scores.kid_mean),
        ("precision", scores.precision),
        ("recall", scores.recall),
        ("density", scores.density),
        ("coverage", scores.coverage),
    ];
    let some = some.into_iter();
    some.filter_map(|(name, value)| value.map(|value| (name, shown(value))))
        .collect()
}

/// Where and how it ran, as far as the folder knows.
fn environment(story: &Story) -> Vec<(&'static str, String)> {
    let recipe = &story.recipe;
    let package = story.package.as_ref();
    let data = recipe
        .data
        .path
        .as_ref()
        .map(|path| path.display().to_string());
    let some = [
        (
            "data",
            data.or_else(|| Some("the repository's Fashion-MNIST".to_owned())),
        ),
        ("SHA-256 of the images", recipe.data.digest.clone()),
        ("seed", Some(recipe.seed.to_string())),
        ("images a step", Some(grouped(recipe.images_per_step()))),
        ("steps", story.log.steps.last().map(|&step| grouped(step))),
        ("training time", story.log.last("seconds").map(duration)),
        (
            "trained and exported by",
            package.map(|it| format!("gannet {}", it.provenance.gannet)),
        ),
        (
            "scored with",
            story
                .scores()
                .and_then(|scores| scores.protocol.extractor.clone()),
        ),
    ];
    let some = some.into_iter();
    some.filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
}
