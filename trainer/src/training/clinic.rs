//! The doctor at a run's bedside.

use serde_json::Value;

use super::care::{Care, Start, Trial, Tried};
use super::case::Entry;
use crate::doctor::{Condition, Doctor, Finding, History, Treatment};
use crate::recipe::{Attendance, Recipe};

/// Examinations of a whole run.
const ROUNDS: u64 = 50;

/// Examinations until a treatment must have helped: more than what fresh networks are given to get
/// out of their first state.
const PROBATION: u64 = 12;

/// Times its length that treatments may make a run.
const LONGEST: u64 = 2;

/// What a round ends in.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// What to write into the case, in order.
    pub(super) entries: Vec<Entry>,
    /// Whether the recipe has changed.
    pub(super) changes_recipe: bool,
    /// What it goes on with.
    pub(super) start: Start,
    /// Whether the run ends here.
    pub(super) stops: bool,
}

/// The doctor of one run.
#[derive(Debug)]
pub(super) struct Clinic {
    attendance: Attendance,
    history: History,
    rounds: u64,
}

impl Clinic {
    pub(super) fn new(attendance: Attendance, total_steps: u64, step: u64) -> Self {
        Self {
            attendance,
            history: History::of_steps(total_steps),
            rounds: step * ROUNDS / total_steps.max(1),
        }
    }

    /// Whether there is a doctor.
    pub(super) fn attends(&self) -> bool {
        self.attendance != Attendance::Off
    }

    /// Takes in a line of the log, unless it is older than the present treatment.
    pub(super) fn observe(&mut self, record: &Value, care: &Care) {
        let step = record.get("step").and_then(Value::as_u64);
        if self.attends() && step.is_some_and(|step| step > care.since_step) {
            self.history.observe_record(record);
        }
    }

    /// Whether it is time for an examination after `step`.
    pub(super) fn is_due(&self, step: u64, total_steps: u64) -> bool {
        self.attends() && (step * ROUNDS / total_steps > self.rounds || step >= total_steps)
    }

    /// Examines, and decides. `base` is the recipe without any treatment, `recipe` as it is.
    pub(super) fn round(
        &mut self,
        care: &mut Care,
        [base, recipe]: [&Recipe; 2],
        step: u64,
    ) -> Orders {
        let total_steps = recipe.total_steps();
        self.rounds = step * ROUNDS / total_steps;
        let found = Doctor::look(&self.history, recipe);
        let mut orders = Orders::default();
        tell(care, &found, step, &mut orders);
        if self.attendance == Attendance::Watch {
            return orders;
        }
        let Some(root) = found.first() else {
            self.end_probation(care, total_steps, step, &mut orders);
            return orders;
        };
        // What stands, diverged, or turns out to have another cause.
        let failed = care.trial.take_if(|trial| {
            found.iter().any(|finding| {
                let condition = finding.condition;
                // More time does no harm, whatever else is found.
                let is_longer = trial.treatment == Treatment::Prolong;
                condition == trial.condition || condition.explains(trial.condition) && !is_longer
            })
        });
        if care.trial.is_some() && !self.end_probation(care, total_steps, step, &mut orders) {
            // Something else, which may go with the rest.
            return orders;
        }
        let before = failed.as_ref().map(|trial| trial.settings_before.clone());
        let before = before.unwrap_or_else(|| care.settings.clone());
        let redraws = failed
            .as_ref()
            .is_some_and(|trial| trial.start == Start::Fresh);
        match next(care, root, base, (&before, redraws), step) {
            Some(next) => {
                undone(failed, step, &mut orders);
                begin(care, root, before, next, step, &mut orders);
                if !orders.stops {
                    self.history = History::new();
                }
            }
            None => give_up(care, root, failed, before, step, &mut orders),
        }
        orders
    }

    /// Lets a treatment stand whose probation is over. Returns whether it is.
    fn end_probation(
        &self,
        care: &mut Care,
        total_steps: u64,
        step: u64,
        orders: &mut Orders,
    ) -> bool {
        let rounds = (step - care.since_step) * ROUNDS / total_steps;
        let is_over = rounds >= PROBATION || step >= total_steps;
        if let Some(trial) = care.trial.take_if(|_| is_over) {
            orders.entries.push(Entry::Helped {
                step,
                condition: trial.condition,
                treatment: trial.treatment,
            });
        }
        is_over
    }

    /// What ails the run now.
    pub(super) fn ailments(&self, recipe: &Recipe) -> Vec<Finding> {
        match self.attends() {
            true => Doctor::look(&self.history, recipe),
            false => Vec::new(),
        }
    }

    /// Takes in the length that a changed recipe gives the run.
    pub(super) fn plan(&mut self, total_steps: u64, step: u64) {
        self.history.plan(total_steps);
        self.rounds = step * ROUNDS / total_steps;
    }
}

/// A treatment that can be begun, and what it makes of the recipe.
struct Next {
    treatment: Treatment,
    settings: Vec<String>,
    start: Start,
}

/// The next treatment of a condition that changes anything, and leaves the time that it needs.
fn next(
    care: &mut Care,
    root: &Finding,
    base: &Recipe,
    (before, redraws): (&[String], bool),
    step: u64,
) -> Option<Next> {
    let recipe = base.with(before).ok()?;
    for &treatment in &root.treatments {
        let tried = Tried {
            condition: root.condition,
            treatment,
        };
        if care.tried.contains(&tried) {
            continue;
        }
        let start = match redraws {
            // What is undone may have made other networks.
            true => Start::Fresh,
            false => care.start(treatment, root.first_step),
        };
        let mut settings = treatment.settings(&recipe);
        if treatment == Treatment::Stop {
            care.tried.push(tried);
            return Some(Next {
                treatment,
                settings,
                start,
            });
        }
        if settings.is_empty() {
            continue;
        }
        let trained = match start {
            Start::Here => step,
            Start::Checkpoint(step) => step,
            Start::Fresh => 0,
        };
        // What makes no sense with the rest of the recipe, or counts steps otherwise, is left to
        // people.
        let Ok(mut treated) = recipe.with(&settings) else {
            continue;
        };
        if let Some(length) = whole_length(base, &mut treated) {
            settings.push(length);
        }
        let left = treated.total_steps().saturating_sub(step);
        let is_long_enough = start == Start::Here || 2 * (left + trained) >= base.total_steps();
        if treated.images_per_step() == recipe.images_per_step() && is_long_enough {
            care.tried.push(tried);
            return Some(Next {
                treatment,
                settings,
                start,
            });
        }
    }
    None
}

fn begin(
    care: &mut Care,
    root: &Finding,
    before: Vec<String>,
    next: Next,
    step: u64,
    orders: &mut Orders,
) {
    let Next {
        treatment,
        settings,
        start,
    } = next;
    let condition = root.condition;
    if treatment == Treatment::Stop {
        orders.stops = true;
        orders.entries.push(Entry::Stopped { step, condition });
        return;
    }
    // A treated run has a history of its own.
    care.since_step = step;
    care.told.clear();
    care.settings = before.iter().chain(&settings).cloned().collect();
    care.trial = Some(Trial {
        condition,
        treatment,
        settings_before: before,
        start,
    });
    orders.changes_recipe = true;
    orders.start = start;
    if start == Start::Fresh {
        care.healthy_step = None;
    }
    orders.entries.push(Entry::Treated {
        step,
        condition,
        treatment,
        start,
        settings,
    });
}

/// What a treatment changed is to be changed back, and its networks to be drawn anew.
fn undone(failed: Option<Trial>, step: u64, orders: &mut Orders) {
    if let Some(trial) = failed {
        orders.changes_recipe = true;
        orders.entries.push(Entry::Undone {
            step,
            condition: trial.condition,
            treatment: trial.treatment,
        });
    }
}

/// Nothing is left to be tried: the last treatment is undone where that costs nothing.
fn give_up(
    care: &mut Care,
    root: &Finding,
    failed: Option<Trial>,
    before: Vec<String>,
    step: u64,
    orders: &mut Orders,
) {
    if failed
        .as_ref()
        .is_some_and(|trial| trial.start == Start::Here)
    {
        care.settings = before;
        undone(failed, step, orders);
    }
    if !care.given_up.contains(&root.condition) {
        care.given_up.push(root.condition);
        orders.entries.push(Entry::Exhausted {
            step,
            condition: root.condition,
        });
    }
}

/// The setting that makes a treated run as long as it may be: what the disease and the trials
/// took is given back, and careful rates need more of it.
fn whole_length(base: &Recipe, treated: &mut Recipe) -> Option<String> {
    let images = LONGEST * base.training.length_images;
    let length = &mut treated.training.length_images;
    (images > *length).then(|| {
        *length = images;
        format!("training.length_images={images}")
    })
}

/// Entries for what is new, and for what has gone.
fn tell(care: &mut Care, found: &[Finding], step: u64, orders: &mut Orders) {
    let stands = |condition: &Condition| found.iter().any(|it| it.condition == *condition);
    for &condition in care.told.iter().filter(|told| !stands(told)) {
        orders.entries.push(Entry::Gone { step, condition });
    }
    care.told.retain(stands);
    for finding in found {
        if !care.told.contains(&finding.condition) {
            care.told.push(finding.condition);
            orders.entries.push(Entry::Found {
                step,
                finding: finding.clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
