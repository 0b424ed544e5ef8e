//! How a run is, in plain sentences.

use super::case::{Event, Kind, advice};
use super::story::Story;
use crate::doctor::{Condition, Finding, Severity};
use crate::text::{capital, grouped, images, list, spoken};
use crate::training::Best;

/// Lines that the doctor needs before it says anything of a run that has not diverged.
const LEAST_LINES: usize = 5;

/// How a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Health {
    /// Nothing was found.
    Healthy,
    /// What was found has been treated, or went by itself.
    Cured,
    /// A treatment has not yet shown what it does.
    OnTrial,
    /// Something stands that spoils the result.
    Sick,
    /// There is too little to say.
    Unknown,
}

/// What is said of a run first.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(super) struct Verdict {
    pub(super) health: Health,
    /// In one line.
    pub(super) headline: String,
    pub(super) sentences: Vec<String>,
}

/// Says how a run is.
pub(super) fn verdict(story: &Story) -> Verdict {
    let standing: Vec<&Finding> = story
        .findings
        .iter()
        .filter(|it| it.last_step.is_none())
        .collect();
    let is_sick = standing.iter().any(|it| it.severity > Severity::Notice);
    let cures = cures(story);
    let passed = passed(story);
    let names = |findings: &[&Finding]| {
        let names: Vec<String> = findings
            .iter()
            .map(|it| spoken(it.condition.name()))
            .collect();
        list(&names)
    };
    let (health, headline) = if is_sick {
        let root: Vec<&Finding> = standing
            .iter()
            .copied()
            .filter(|it| it.causes.is_empty())
            .collect();
        let root = if root.is_empty() { &standing } else { &root };
        (Health::Sick, format!("Sick: {}", names(root)))
    } else if story.log.steps.len() < LEAST_LINES && story.case.events.is_empty() {
        let lines = story.log.steps.len();
        (
            Health::Unknown,
            format!(
                "Too early to say: the log has {lines} of the {LEAST_LINES} lines that the doctor needs"
            ),
        )
    } else if story.case.is_on_trial {
        (
            Health::OnTrial,
            "Under treatment: whether it helps is not known yet".to_owned(),
        )
    } else if !cures.is_empty() {
        let conditions: Vec<String> = cures.iter().map(|cure| spoken(&cure.condition)).collect();
        (Health::Cured, format!("Cured of {}", list(&conditions)))
    } else if !passed.is_empty() {
        let names: Vec<String> = passed
            .iter()
            .map(|event| spoken(&event.condition))
            .collect();
        (
            Health::Cured,
            format!("Recovered from {} by itself", list(&names)),
        )
    } else {
        (Health::Healthy, "Healthy".to_owned())
    };
    let mut sentences = Vec::new();
    sentences.extend(cures.iter().map(|cure| told_of_cure(story, cure)));
    sentences.extend(passed.iter().map(|event| told_of_passing(story, event)));
    sentences.extend(
        story
            .case
            .events
            .iter()
            .filter(|it| it.kind == Kind::Undone)
            .map(|event| {
                format!(
                    "{} did not help against {}, and was undone after {}.",
                    capital(&event.treatment),
                    spoken(&event.condition),
                    images(story.images_after(event.step))
                )
            }),
    );
    for finding in &standing {
        sentences.extend(told_of_standing(story, finding));
    }
    match health {
        Health::Healthy if standing.is_empty() => {
            let nothing = match story.is_running {
                true => "The doctor has found nothing so far.",
                false => "The doctor found nothing from the first image to the last.",
            };
            sentences.push(nothing.to_owned());
        }
        Health::Cured if standing.is_empty() => {
            let now = if story.is_running {
                "now"
            } else {
                "at the end"
            };
            sentences.push(format!("Nothing stands {now}."));
        }
        _ => {}
    }
    sentences.extend(progress(story));
    Verdict {
        health,
        headline,
        sentences,
    }
}

/// The treatments that stand, in their order.
fn cures(story: &Story) -> Vec<&Event> {
    let events = story.case.events.iter();
    events.filter(|event| event.kind == Kind::Helped).collect()
}

/// What was found and went without a treatment of its own.
fn passed(story: &Story) -> Vec<&Event> {
    let events = &story.case.events;
    let is_treated = |event: &Event| {
        let treated = |it: &&Event| it.kind == Kind::Treated && it.condition == event.condition;
        events.iter().any(|it| treated(&it))
    };
    let gone = events.iter().filter(|event| event.kind == Kind::Gone);
    let mut passed: Vec<&Event> = gone.filter(|event| !is_treated(event)).collect();
    // Of several times the last.
    let mut place = 0;
    while place < passed.len() {
        let later = &passed[place + 1..];
        match later
            .iter()
            .any(|it| it.condition == passed[place].condition)
        {
            true => drop(passed.remove(place)),
            false => place += 1,
        }
    }
    passed
}

/// The finding that an event goes back to.
fn found<'a>(story: &'a Story, event: &Event) -> Option<&'a Event> {
    let events = story.case.events.iter();
    events
        .filter(|it| it.kind == Kind::Found && it.condition == event.condition)
        .rfind(|it| it.step <= event.step)
}

fn told_of_cure(story: &Story, cure: &Event) -> String {
    let condition = spoken(&cure.condition);
    let treated = story.case.events.iter().rfind(|it| {
        it.kind == Kind::Treated && it.treatment == cure.treatment && it.step <= cure.step
    });
    let mut text = String::new();
    // What shows it from the examination before the treatment, not from a relapse after it.
    if let Some(found) = treated.and_then(|treated| found(story, treated)) {
        let from = images(story.images_after(found.first_step));
        text += &format!(
            "{} ({}) ailed it from {from} on",
            capital(&condition),
            found.severity
        );
        if let Some(evidence) = found.evidence.first() {
            text += &format!(": {evidence}");
        }
        text += ". ";
    }
    let after = treated.map_or(cure.step, |treated| treated.step);
    let start = treated.map_or(String::new(), |treated| format!(", {}", treated.start));
    let what = advice(&cure.treatment).map_or(String::new(), |what| format!(" ({what})"));
    text += &format!(
        "What cured it was {}{what}, begun after {}{start}.",
        cure.treatment,
        images(story.images_after(after))
    );
    text
}

fn told_of_passing(story: &Story, event: &Event) -> String {
    let condition = capital(&spoken(&event.condition));
    let found = found(story, event);
    let from = found.map_or(event.step, |found| found.first_step);
    let evidence = found.and_then(|found| found.evidence.first());
    let evidence = evidence.map_or(String::new(), |evidence| format!(" ({evidence})"));
    format!(
        "{condition} was there from {} to {}{evidence} and went by itself.",
        grouped(story.images_after(from)),
        images(story.images_after(event.step))
    )
}

fn told_of_standing(story: &Story, finding: &Finding) -> Vec<String> {
    let condition = capital(&spoken(finding.condition.name()));
    let from = images(story.images_after(finding.first_step));
    let evidence: Vec<&str> = finding.evidence.iter().map(|it| it.text.as_str()).collect();
    let mut sentences = vec![format!(
        "{condition} ({}) stands {}, from {from} on: {}.",
        finding.severity,
        if story.is_running {
            "now"
        } else {
            "at the end"
        },
        evidence.join("; ")
    )];
    let causes: Vec<String> = finding.causes.iter().map(|it| spoken(it.name())).collect();
    if !causes.is_empty() {
        sentences.push(format!("It follows from {}.", list(&causes)));
        return sentences;
    }
    let is_given_up =
        story.case.events.iter().any(|event| {
            event.kind == Kind::Exhausted && event.condition == finding.condition.name()
        });
    let tried = |name: &str| {
        let mut events = story.case.events.iter();
        events.any(|it| it.treatment == name && it.condition == finding.condition.name())
    };
    let next = finding.treatments.iter().find(|it| !tried(it.name()));
    match next {
        Some(next) if !is_given_up => {
            sentences.push(format!("What to try: {} ({next}).", next.advice()));
        }
        _ => sentences.push(
            "The doctor has nothing left to try that this recipe and its length allow.".to_owned(),
        ),
    }
    sentences
}

/// How far the run is.
fn progress(story: &Story) -> Option<String> {
    let (seen, planned) = (story.images_seen(), story.images_planned());
    let best = kept_best(story);
    if let Some(best) = best {
        return Some(format!(
            "The generator of step {} is exported, which has the best Fréchet distance, {}.",
            grouped(best.step),
            crate::doctor::shown(best.frechet_distance)
        ));
    }
    let diverged = |it: &Finding| it.condition == Condition::Divergence && it.last_step.is_none();
    let how = match story.package.is_some() {
        _ if story.findings.iter().any(diverged) => "It broke off",
        _ if story.is_running => "It is still training",
        true => "It ended early",
        false => "It is unfinished",
    };
    (seen < planned).then(|| format!("{how}, after {} of {}.", grouped(seen), images(planned)))
}

/// The state that the package was made of, if it is not the last one.
fn kept_best(story: &Story) -> Option<Best> {
    let (images, frechet_distance) = story.best()?;
    let package = story.package.as_ref()?;
    let exported = package.provenance.images_seen;
    let is_best = exported == images as u64 && exported < story.images_seen();
    is_best.then(|| Best {
        step: exported / story.recipe.images_per_step().max(1),
        frechet_distance,
    })
}
