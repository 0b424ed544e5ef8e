//! What all readers do with what they read.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use super::aliases::Role;
use super::notes::{Notes, shown};
use super::roles::Roles;
use super::{Columns, History, Reading, RecordsError, Sign};

/// How often the steps of a sign may go back: as often as a run is taken up again.
const MOST_REWINDS: u64 = 16;
/// Values of one step that are no longer chance.
const STANDING: u64 = 3;
/// Values of scores from which something can be said of their range.
const ENOUGH_SCORES: u64 = 16;

/// A row of a table, or an object of a line.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) step: Option<u64>,
    pub(super) epoch: Option<f64>,
    pub(super) values: Vec<(Sign, f64)>,
}

impl Row {
    pub(super) fn clear(&mut self) {
        self.step = None;
        self.epoch = None;
        self.values.clear();
    }
}

#[derive(Debug)]
pub(super) struct Intake<'a> {
    path: &'a Path,
    pub(super) roles: Roles<'a>,
    pub(super) notes: Notes,
    /// Whether the log is one of ours, whose columns need no doubt.
    pub(super) is_ours: bool,
    history: History,
    tracks: BTreeMap<Sign, Track>,
    rows: u64,
    broken: u64,
    first_broken: Option<String>,
    counting: Counting,
}

/// The steps and values of one sign so far.
#[derive(Debug)]
struct Track {
    first: u64,
    last: u64,
    values: u64,
    rewinds: u64,
    advances: bool,
    low: f64,
    high: f64,
}

/// How the steps of rows are counted on.
#[derive(Debug, Default)]
struct Counting {
    last: Option<(u64, Option<f64>)>,
    /// The steps before the present epoch, where steps count within an epoch.
    base: u64,
}

impl<'a> Intake<'a> {
    pub(super) fn new(path: &'a Path, columns: &'a Columns) -> Self {
        Self {
            path,
            roles: Roles::new(path, columns),
            notes: Notes::default(),
            is_ours: false,
            history: History::new(),
            tracks: BTreeMap::new(),
            rows: 0,
            broken: 0,
            first_broken: None,
            counting: Counting::default(),
        }
    }

    /// Takes in a row.
    pub(super) fn take(&mut self, line: u64, row: &Row) {
        let is_numbered = self.roles.columns().is_mapped(Role::Step);
        let has_steps = self.roles.holder(Role::Step).is_some() || self.is_ours && !is_numbered;
        let step = match row.step {
            Some(step) => self.counting.step(step, row.epoch, line, &mut self.notes),
            None if row.values.is_empty() => {
                self.rows += 1;
                return;
            }
            None if has_steps => {
                self.pass_over("lines without a step", format!("line {line}: no step"));
                return;
            }
            None => self.rows + 1,
        };
        self.rows += 1;
        for &(sign, value) in &row.values {
            self.observe(step, sign, value);
        }
    }

    /// Takes in a value that has a step of its own, or is counted if the person says so.
    pub(super) fn take_event(&mut self, step: u64, sign: Sign, value: f64) {
        let is_counted = self.roles.columns().is_mapped(Role::Step);
        let count = || self.tracks.get(&sign).map_or(1, |track| track.values + 1);
        let step = if is_counted { count() } else { step };
        self.observe(step, sign, value);
    }

    /// Forgets what was told of `step` and later ones: the run goes on before them.
    pub(super) fn restart(&mut self, step: u64) {
        if self.roles.columns().is_mapped(Role::Step) {
            return;
        }
        self.history.restart(step);
        for track in self.tracks.values_mut() {
            track.last = track.last.min(step);
        }
    }

    fn observe(&mut self, step: u64, sign: Sign, value: f64) {
        let track = self.tracks.entry(sign).or_insert(Track {
            first: step,
            last: step,
            values: 0,
            rewinds: 0,
            advances: false,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        });
        track.values += 1;
        track.rewinds += u64::from(step < track.last);
        track.advances |= step != track.first;
        track.last = step;
        track.low = track.low.min(value);
        track.high = track.high.max(value);
        // Beyond it is an error, for which the places are only counted.
        if track.rewinds <= MOST_REWINDS {
            self.history.observe(step, sign, value);
        }
    }

    /// Counts a line that cannot be used.
    pub(super) fn pass_over(&mut self, plural: &'static str, what: String) {
        self.rows += 1;
        self.broken += 1;
        if self.first_broken.is_none() {
            self.first_broken = Some(what.clone());
        }
        self.notes.add(plural, || format!("{what}, passed over"));
    }

    /// Takes note of a field that should be a number.
    pub(super) fn no_number(&mut self, line: u64, column: &str, text: impl Display) {
        self.notes.add("fields that are no numbers", || {
            let (column, text) = (shown(column), shown(&text.to_string()));
            format!("line {line}: `{column}` is `{text}` and no number, left out")
        });
    }

    /// The reason that a step is none.
    pub(super) fn no_step(&self, place: impl Display, got: impl Display) -> RecordsError {
        RecordsError::Step {
            path: self.path.to_owned(),
            place: place.to_string(),
            got: shown(&got.to_string()),
        }
    }

    /// What was read, if it makes a history.
    pub(super) fn finish(mut self) -> Result<Reading, RecordsError> {
        let path = || self.path.to_owned();
        if self.broken > self.rows / 2 {
            return Err(RecordsError::MostlyBroken {
                path: path(),
                broken: self.broken,
                lines: self.rows,
                first: self.first_broken.unwrap_or_default(),
            });
        }
        let found = self.roles.found();
        if self.tracks.is_empty() && found.is_empty() {
            let what = "row with a value";
            return Err(RecordsError::Empty { path: path(), what });
        }
        self.roles.check_mapped()?;
        if self.tracks.is_empty() {
            let path = path();
            return Err(RecordsError::NoSigns { path, found });
        }
        let rewinds = self.tracks.values().map(|track| track.rewinds);
        let rewinds = rewinds.max().unwrap_or(0);
        if rewinds > MOST_REWINDS {
            return Err(RecordsError::StepsBack {
                path: path(),
                count: rewinds,
            });
        }
        self.check_advance()?;
        self.note_whole(rewinds);
        Ok(Reading {
            ignored: self.roles.ignored(),
            history: self.history,
            notes: self.notes.into_texts(),
        })
    }

    /// Whether the steps of any sign go on.
    fn check_advance(&self) -> Result<(), RecordsError> {
        let tracks = || self.tracks.values();
        let longest = tracks().max_by_key(|track| track.values);
        match longest {
            Some(track) if track.values >= STANDING && tracks().all(|t| !t.advances) => {
                Err(RecordsError::StepsStand {
                    path: self.path.to_owned(),
                    step: track.first,
                    count: track.values,
                })
            }
            _ => Ok(()),
        }
    }

    /// Takes note of what is odd in the log as a whole.
    fn note_whole(&mut self, rewinds: u64) {
        if rewinds > 0 {
            let times = match rewinds {
                1 => "once".to_owned(),
                count => format!("{count} times"),
            };
            self.notes.add("rewinds", || {
                format!(
                    "steps went back {times} (a run taken up from a checkpoint?); what was told before is forgotten"
                )
            });
        }
        let has = |sign| self.tracks.contains_key(&sign);
        if !has(Sign::CriticLoss) && !has(Sign::GeneratorLoss) {
            self.notes.add("missing losses", || {
                "neither d_loss nor g_loss is among the columns; map them by `--map d_loss=THEIRS`"
                    .to_owned()
            });
        }
        if self.is_ours {
            return;
        }
        for sign in [Sign::RealScore, Sign::FakeScore] {
            let is_share = |track: &&Track| {
                let is_within = 0.0 <= track.low && track.low <= track.high && track.high <= 1.0;
                is_within && track.values >= ENOUGH_SCORES
            };
            if let Some(track) = self.tracks.get(&sign).filter(is_share) {
                let (low, high) = (track.low, track.high);
                self.notes.add("scores that may be none", || {
                    format!(
                        "{sign} lies between {low:.3} and {high:.3} throughout: if it is a probability after the sigmoid, or a part of the loss, leave it out by `--map {sign}=`"
                    )
                });
            }
        }
    }
}

impl Counting {
    /// The step of a row in the whole run. Where it falls while the epoch rises, steps count within
    /// an epoch; a run taken up from a checkpoint goes back in both.
    fn step(&mut self, step: u64, epoch: Option<f64>, line: u64, notes: &mut Notes) -> u64 {
        if let Some((last, last_epoch)) = self.last
            && let (Some(epoch), Some(last_epoch)) = (epoch, last_epoch)
        {
            if step < last && epoch > last_epoch {
                if self.base == 0 {
                    notes.add("steps within epochs", || {
                        format!(
                            "line {line}: the step goes back to {step} as the epoch goes up to {epoch}; the steps are counted on from the epoch before"
                        )
                    });
                }
                self.base = self.base.saturating_add(last).saturating_add(1);
            } else if epoch < last_epoch && self.base > 0 {
                notes.add("lines where epochs go back", || {
                    format!(
                        "line {line}: the epoch goes back from {last_epoch} to {epoch}; the steps are counted on"
                    )
                });
            }
        }
        self.last = Some((step, epoch));
        self.base.saturating_add(step)
    }
}

/// The number that a field is; NaN and infinities are numbers here.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// The step that a number is, if it is a whole one that a float can count to.
pub(super) fn whole(value: f64) -> Option<u64> {
    const MOST: f64 = (1_u64 << 53) as f64;
    ((0.0..=MOST).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}
