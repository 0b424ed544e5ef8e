//! A run as its folder tells it.

use std::fs;
use std::path::{Path, PathBuf};

use gannet::{Manifest, Scores};

use super::ReportError;
use super::case::{Case, Event, Kind};
use super::chart::{Mark, Timeline};
use super::log::Log;
use super::portrait::Pictures;
use super::sheets::Sheets;
use crate::doctor::{Doctor, Finding, History, Severity, Unexamined};
use crate::recipe::Recipe;
use crate::text::{capital, images};
use crate::training::RunFolder;

/// A run.
#[derive(Debug)]
pub(super) struct Story {
    /// The folder's name.
    pub(super) name: String,
    /// The recipe as the run was started, and its text.
    pub(super) recipe: Recipe,
    pub(super) recipe_text: String,
    pub(super) log: Log,
    pub(super) case: Case,
    /// What the doctor finds in the log from the last treatment on.
    pub(super) findings: Vec<Finding>,
    pub(super) unexamined: Vec<Unexamined>,
    pub(super) sheets: Sheets,
    /// What the finished generator draws, seen closely.
    pub(super) pictures: Option<Pictures>,
    /// The package that the run ended with.
    pub(super) package: Option<Manifest>,
    /// Whether it is training.
    pub(super) is_running: bool,
    /// The page that it ends with.
    pub(super) report: PathBuf,
    /// What was odd.
    pub(super) notes: Vec<String>,
}

impl Story {
    /// Reads the folder of a run.
    pub(super) fn read(root: &Path) -> Result<Self, ReportError> {
        let folder = RunFolder::open(root)?;
        let recipe = Recipe::read(&folder.recipe())?;
        let recipe_text = fs::read_to_string(folder.recipe()).map_err(|source| {
            let path = folder.recipe();
            ReportError::Read { path, source }
        })?;
        let mut case = Case::read(&folder.case(), &recipe)?;
        let since = case.since_step();
        let mut history = History::new();
        let log = Log::read(
            &folder.metrics(),
            recipe.images_per_step(),
            &mut |step, line| {
                if step > since {
                    history.observe_record(line);
                }
            },
        )?;
        let present = case.parts.last().map_or(&recipe, |part| &part.recipe);
        history.plan(present.total_steps());
        let findings = Doctor::examine(&history, present);
        let told = |finding: &Finding| {
            let mut found = case.events.iter().filter(|event| event.kind == Kind::Found);
            found.any(|event| event.step > since && event.condition == finding.condition.name())
        };
        let untold = findings.iter().filter(|finding| !told(finding));
        let untold: Vec<Event> = untold.flat_map(Event::of_finding).collect();
        case.events.extend(untold);
        case.events.sort_by_key(|event| event.step);
        let last = log.images.last().copied();
        let whole = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let name = whole.file_name().unwrap_or(whole.as_os_str());
        let package = folder.package();
        let mut story = Self {
            name: name.to_string_lossy().into_owned(),
            recipe_text,
            findings,
            unexamined: Doctor::unexamined(&history),
            sheets: Sheets::read(&folder.sheets(), last.unwrap_or(u64::MAX))?,
            pictures: Pictures::read(&folder)?,
            package: package
                .is_dir()
                .then(|| Manifest::read(&package).ok())
                .flatten(),
            is_running: false,
            report: folder.report(),
            notes: Vec::new(),
            recipe,
            log,
            case,
        };
        story.notes = story.oddities();
        Ok(story)
    }

    /// Reads the folder of a run that is training.
    pub(super) fn read_running(root: &Path) -> Result<Self, ReportError> {
        let story = Self::read(root)?;
        Ok(Self {
            is_running: true,
            // Those of an earlier end.
            pictures: None,
            ..story
        })
    }

    fn oddities(&self) -> Vec<String> {
        let counts = [
            ("metrics.jsonl", self.log.passed_over),
            ("case.jsonl", self.case.passed_over),
        ];
        let unread = counts.into_iter().filter(|(_, count)| *count > 0);
        let mut notes: Vec<String> = unread
            .map(|(file, count)| {
                let lines = if count == 1 { "line" } else { "lines" };
                format!("{count} {lines} of {file} cannot be read, and left out.")
            })
            .collect();
        if self.log.steps.is_empty() {
            notes.push("The log has no lines yet: there is nothing to draw.".to_owned());
        }
        notes
    }

    /// The recipe as treatments have left it.
    pub(super) fn present(&self) -> &Recipe {
        self.case
            .parts
            .last()
            .map_or(&self.recipe, |part| &part.recipe)
    }

    /// Images seen after a step.
    pub(super) fn images_after(&self, step: u64) -> u64 {
        step.saturating_mul(self.recipe.images_per_step())
    }

    /// Images seen in all.
    pub(super) fn images_seen(&self) -> u64 {
        self.log.images.last().copied().unwrap_or(0)
    }

    /// Images that the run is meant to see.
    pub(super) fn images_planned(&self) -> u64 {
        self.images_after(self.present().total_steps())
    }

    /// The scores of the package.
    pub(super) fn scores(&self) -> Option<&Scores> {
        self.package.as_ref()?.scores.as_ref()
    }

    /// The best Fréchet distance during the run: images and distance.
    pub(super) fn best(&self) -> Option<(f64, f64)> {
        let points = self.log.points("frechet_distance").into_iter();
        let points = points.filter(|(_, distance)| distance.is_finite());
        points.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Events by the step at which they happened.
    pub(super) fn moments(&self) -> Vec<Moment<'_>> {
        let mut moments: Vec<Moment> = Vec::new();
        for event in &self.case.events {
            match moments.last_mut() {
                Some(moment) if moment.step == event.step => moment.events.push(event),
                _ => moments.push(Moment {
                    step: event.step,
                    images: self.images_after(event.step),
                    events: vec![event],
                }),
            }
        }
        moments
    }

    /// What its charts have in common; `run` is its colour if there are several.
    pub(super) fn timeline(&self, run: Option<usize>) -> Timeline {
        let moments = self.moments().into_iter().enumerate();
        let marks = moments.filter_map(|(place, moment)| {
            let kind = moment.events.iter().map(|event| event.kind).max()?;
            let text = moment.events.iter().flat_map(|event| {
                let details = event.details().into_iter();
                std::iter::once(capital(&event.sentence()))
                    .chain(details.map(|it| format!("  {it}")))
            });
            let text: Vec<String> = text.collect();
            let who = run.map_or(String::new(), |_| format!("{}, ", self.name));
            let head = format!("{who}{} (step {})", images(moment.images), moment.step);
            Some(Mark {
                images: moment.images as f64,
                kind,
                label: run.map_or_else(|| (place + 1).to_string(), |_| String::new()),
                text: format!("{head}\n{}", text.join("\n")),
                run,
            })
        });
        Timeline {
            end: self.images_seen().max(1) as f64,
            marks: marks.collect(),
            spells: self.spells(),
        }
    }

    /// Stretches in which something was found that is more than a notice: from where it began to
    /// where it went, was treated, or the run ended.
    fn spells(&self) -> Vec<(f64, f64)> {
        let events = &self.case.events;
        let found = events
            .iter()
            .enumerate()
            .filter(|(_, event)| event.kind == Kind::Found)
            .filter(|(_, event)| event.severity != Severity::Notice.to_string());
        let spells = found.map(|(at, found)| {
            let ends = events[at..].iter().find(|event| match event.kind {
                Kind::Gone => event.condition == found.condition,
                Kind::Treated => true,
                _ => false,
            });
            let end = ends.map_or(self.images_seen(), |event| self.images_after(event.step));
            (
                self.images_after(found.first_step.saturating_sub(1)) as f64,
                end as f64,
            )
        });
        let mut spells: Vec<(f64, f64)> = spells.collect();
        spells.sort_by(|a, b| a.0.total_cmp(&b.0));
        // What overlaps is one stretch.
        let mut merged: Vec<(f64, f64)> = Vec::new();
        for (from, to) in spells {
            match merged.last_mut() {
                Some((_, end)) if from <= *end => *end = end.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged
    }
}

/// What happened at a step.
#[derive(Debug)]
pub(super) struct Moment<'a> {
    pub(super) step: u64,
    pub(super) images: u64,
    pub(super) events: Vec<&'a Event>,
}
