//! The doctor at a run's bedside.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::case::Entry;
use crate::doctor::{Condition, Doctor, Finding, History, Treatment};
use crate::recipe::Recipe;

/// Examinations of a whole run.
const ROUNDS: u64 = 50;

/// Examinations until a treatment must have helped: more than what fresh networks are given to get
/// out of their first state.
const PROBATION: u64 = 12;

/// Times its length that treatments may make a run.
const LONGEST: u64 = 2;

/// What the doctor may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Attendance {
    /// Nothing: there is none.
    #[default]
    Absent,
    /// Say what it finds.
    Watch,
    /// Change the recipe to cure it.
    Treat,
}

/// What the doctor has done to a run so far; kept in its checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Care {
    /// What treatments that stand, and the one on trial, make of the recipe.
    pub(super) settings: Vec<String>,
    /// The step after which the present treatment began.
    since_step: u64,
    trial: Option<Trial>,
    tried: Vec<Tried>,
    /// Conditions that were told of and have not gone.
    told: Vec<Condition>,
}

/// A treatment on probation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Trial {
    condition: Condition,
    treatment: Treatment,
    /// The settings before it.
    settings_before: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Tried {
    condition: Condition,
    treatment: Treatment,
}

/// What a round ends in.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// What to write into the case, in order.
    pub(super) entries: Vec<Entry>,
    /// Whether the recipe has changed.
    pub(super) changes_recipe: bool,
    /// Whether the networks are drawn anew.
    pub(super) restarts: bool,
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

impl FromStr for Attendance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Absent),
            "watch" => Ok(Self::Watch),
            "treat" => Ok(Self::Treat),
            _ => Err("expected treat, watch or off".to_owned()),
        }
    }
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
        self.attendance != Attendance::Absent
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
        let since = (step - care.since_step) * ROUNDS / total_steps;
        if let Some(trial) = &care.trial {
            let stands = found.iter().any(|finding| {
                finding.condition == trial.condition || finding.condition == Condition::Divergence
            });
            let is_over = since >= PROBATION || step >= total_steps;
            match (stands, is_over) {
                (true, _) => self.undo(care, step, &mut orders),
                (false, true) => {
                    orders.entries.push(Entry::Helped {
                        step,
                        condition: trial.condition,
                        treatment: trial.treatment,
                    });
                    care.trial = None;
                }
                (false, false) => return orders,
            }
        }
        if let Some(root) = found.first() {
            self.treat(care, root, base, step, &mut orders);
        }
        if orders.changes_recipe {
            care.since_step = step;
            care.told.clear();
        }
        orders
    }

    fn undo(&self, care: &mut Care, step: u64, orders: &mut Orders) {
        if let Some(trial) = care.trial.take() {
            care.settings = trial.settings_before;
            orders.changes_recipe = true;
            orders.restarts |= trial.treatment.restarts();
            orders.entries.push(Entry::Undone {
                step,
                condition: trial.condition,
                treatment: trial.treatment,
            });
        }
    }

    /// Takes the next treatment of a condition that changes anything.
    fn treat(
        &self,
        care: &mut Care,
        root: &Finding,
        base: &Recipe,
        step: u64,
        orders: &mut Orders,
    ) {
        let Ok(recipe) = base.with(&care.settings) else {
            return;
        };
        for &treatment in &root.treatments {
            let tried = Tried {
                condition: root.condition,
                treatment,
            };
            if care.tried.contains(&tried) {
                continue;
            }
            if treatment == Treatment::Stop {
                care.tried.push(tried);
                orders.stops = true;
                orders.entries.push(Entry::Stopped {
                    step,
                    condition: root.condition,
                });
                return;
            }
            let mut settings = treatment.settings(&recipe);
            if !settings.is_empty() && treatment.restarts() {
                settings.extend(full_length(base, &recipe, step));
            }
            let mut all = care.settings.clone();
            all.extend(settings.iter().cloned());
            // What makes no sense with the rest of the recipe, or counts steps otherwise, is
            // left to people.
            let fits = base
                .with(&all)
                .is_ok_and(|treated| treated.images_per_step() == recipe.images_per_step());
            if settings.is_empty() || !fits {
                continue;
            }
            care.tried.push(tried);
            let settings_before = std::mem::replace(&mut care.settings, all);
            care.trial = Some(Trial {
                condition: root.condition,
                treatment,
                settings_before,
            });
            orders.changes_recipe = true;
            orders.restarts |= treatment.restarts();
            orders.entries.push(Entry::Treated {
                step,
                condition: root.condition,
                treatment,
                restarts: treatment.restarts(),
                settings,
            });
            return;
        }
        if care
            .tried
            .iter()
            .any(|tried| tried.condition == root.condition)
            && !orders.entries.is_empty()
        {
            orders.entries.push(Entry::Exhausted {
                step,
                condition: root.condition,
            });
        }
    }

    /// Begins a new history, as that of a treated run is.
    pub(super) fn begin_anew(&mut self, total_steps: u64) {
        self.history = History::of_steps(total_steps);
    }
}

/// The setting that gives networks that are drawn anew the recipe's whole length, as far as twice
/// that length has it.
fn full_length(base: &Recipe, recipe: &Recipe, step: u64) -> Option<String> {
    let length = base.training.length_images;
    let wanted = step * recipe.images_per_step() + length;
    let images = wanted.min(LONGEST * length);
    (images > recipe.training.length_images).then(|| format!("training.length_images={images}"))
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
