#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use serde_json::json;

use super::*;

/// Steps of a run, of which each has a line.
const STEPS: u64 = 1_000;

/// A run whose generator's loss has such a slope at each step.
struct Bedside {
    clinic: Clinic,
    care: Care,
    base: Recipe,
    recipe: Recipe,
    entries: Vec<String>,
}

impl Bedside {
    fn new(attendance: Attendance) -> Self {
        let settings = ["objective.loss=minimax", "training.length_images=64000"];
        let settings = settings.map(str::to_owned);
        let base = Recipe::resolve(Some("dcgan"), &settings).unwrap();
        assert_eq!(base.total_steps(), STEPS);
        Self {
            clinic: Clinic::new(attendance, STEPS, 0),
            care: Care::default(),
            recipe: base.clone(),
            base,
            entries: Vec::new(),
        }
    }

    /// Goes on to a step. Returns the orders that changed the recipe.
    fn go(&mut self, steps: std::ops::RangeInclusive<u64>, pull: f64) -> Vec<Orders> {
        let mut changes = Vec::new();
        for step in steps {
            let record = json!({
                "step": step,
                "critic_loss": 1.0,
                "vitals": { "scores": { "pull": pull } },
            });
            self.clinic.observe(&record, &self.care);
            if !self.clinic.is_due(step, self.recipe.total_steps()) {
                continue;
            }
            let recipes = [&self.base, &self.recipe];
            let orders = self.clinic.round(&mut self.care, recipes, step);
            self.entries
                .extend(orders.entries.iter().map(Entry::to_string));
            if orders.changes_recipe {
                self.recipe = self.base.with(&self.care.settings).unwrap();
                self.clinic.plan(self.recipe.total_steps(), step);
                changes.push(orders);
            }
        }
        changes
    }

    fn told(&self, words: &str) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.contains(words))
            .count()
    }
}

#[test]
fn a_healthy_run_is_left_alone() {
    let mut bedside = Bedside::new(Attendance::Treat);
    assert!(bedside.go(1..=STEPS, 0.5).is_empty());
    assert_eq!(bedside.entries, [""; 0]);
    assert_eq!(bedside.care, Care::default());
}

#[test]
fn watching_tells_once_and_changes_nothing() {
    let mut bedside = Bedside::new(Attendance::Watch);
    assert!(bedside.go(1..=500, 1e-9).is_empty());
    assert!(bedside.go(501..=900, 0.5).is_empty());
    assert_eq!(bedside.told("found vanishing-gradient"), 1);
    assert_eq!(bedside.told("vanishing-gradient has gone"), 1);
    assert_eq!(bedside.recipe, bedside.base);
}

#[test]
fn a_treatment_that_helps_stands() {
    let mut bedside = Bedside::new(Attendance::Treat);
    let changes = bedside.go(1..=120, 1e-9);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].start, Start::Fresh);
    assert_ne!(bedside.recipe.objective.loss, bedside.base.objective.loss);
    // What is treated takes twice the recipe's length.
    let total = bedside.recipe.total_steps();
    assert_eq!(total, 2 * STEPS);
    assert!(bedside.go(121..=total, 0.5).is_empty());
    assert_eq!(bedside.told("change-objective helped"), 1);
    assert_ne!(bedside.recipe.objective.loss, bedside.base.objective.loss);
}

#[test]
fn treatments_that_do_not_help_are_undone_until_none_is_left() {
    let mut bedside = Bedside::new(Attendance::Treat);
    let total = 2 * STEPS;
    let changes = bedside.go(1..=total, 1e-9);
    assert!(changes.len() >= 3, "{:?}", bedside.entries);
    let (treated, undone) = (bedside.told("treating"), bedside.told("is undone"));
    // The last one is kept where it would cost the run its networks to undo it.
    assert!(
        treated == undone || treated == undone + 1,
        "{:?}",
        bedside.entries
    );
    assert_eq!(bedside.told("nothing is left to try"), 1);
    assert!(bedside.recipe.total_steps() <= total);
    // Each was tried once.
    let tried = &bedside.care.tried;
    assert!(
        tried
            .iter()
            .all(|it| tried.iter().filter(|other| it == *other).count() == 1)
    );
}

#[test]
fn nothing_is_drawn_anew_when_too_little_time_is_left() {
    let mut bedside = Bedside::new(Attendance::Treat);
    bedside.care.settings = vec!["training.length_images=128000".to_owned()];
    bedside.recipe = bedside.base.with(&bedside.care.settings).unwrap();
    bedside.clinic = Clinic::new(Attendance::Treat, bedside.recipe.total_steps(), 0);
    bedside.go(1..=1_600, 0.5);
    let changes = bedside.go(1_601..=2_000, 1e-9);
    assert!(
        changes.iter().all(|orders| orders.start == Start::Here),
        "{:?}",
        bedside.entries
    );
}

#[test]
fn what_was_healthy_before_is_gone_back_to() {
    let mut bedside = Bedside::new(Attendance::Treat);
    bedside.go(1..=400, 0.5);
    assert!(bedside.care.is_well());
    bedside.care.healthy_step = Some(400);
    let changes = bedside.go(401..=500, 1e-9);
    assert_eq!(changes[0].start, Start::Checkpoint(400));
    assert_eq!(bedside.told("back to the networks of step 400"), 1);
    // A checkpoint remembers it.
    let kept = toml::to_string(&bedside.care).unwrap();
    assert_eq!(toml::from_str::<Care>(&kept).unwrap(), bedside.care);
    assert_eq!(bedside.recipe.total_steps(), 2 * STEPS);
}

#[test]
fn a_treatment_makes_way_for_that_of_the_cause() {
    let mut bedside = Bedside::new(Attendance::Treat);
    bedside.care.settings = vec!["critic.packing=2".to_owned()];
    bedside.care.trial = Some(Trial {
        condition: Condition::ModeDropping,
        treatment: Treatment::Pack,
        settings_before: Vec::new(),
        start: Start::Fresh,
    });
    bedside.recipe = bedside.base.with(&bedside.care.settings).unwrap();
    let changes = bedside.go(1..=120, 1e-9);
    assert_eq!(changes.len(), 1);
    assert_eq!(bedside.told("pack did not help against mode-dropping"), 1);
    assert_eq!(bedside.told("treating vanishing-gradient"), 1);
    assert_eq!(bedside.recipe.critic.packing, 1);
}

#[test]
fn what_was_given_up_is_not_well() {
    let mut bedside = Bedside::new(Attendance::Treat);
    // All that is left is on trial, and does not help.
    bedside.care.tried = Treatment::ALL
        .iter()
        .map(|&treatment| Tried {
            condition: Condition::VanishingGradient,
            treatment,
        })
        .collect();
    bedside.care.trial = Some(Trial {
        condition: Condition::VanishingGradient,
        treatment: Treatment::InstanceNoise,
        settings_before: Vec::new(),
        start: Start::Here,
    });
    bedside.go(1..=500, 1e-9);
    assert_eq!(bedside.told("is undone"), 1);
    assert_eq!(bedside.told("nothing is left to try"), 1);
    assert!(!bedside.care.is_well(), "{:?}", bedside.entries);
}

#[test]
fn a_run_that_is_too_short_is_prolonged_at_once_and_stays_so() {
    let mut bedside = Bedside::new(Attendance::Treat);
    let settings = ["training.length_images=12800".to_owned()];
    bedside.base = bedside.base.with(&settings).unwrap();
    bedside.recipe = bedside.base.clone();
    bedside.clinic = Clinic::new(Attendance::Treat, bedside.recipe.total_steps(), 0);
    bedside.go(1..=20, 0.5);
    assert_eq!(bedside.told("treating underfitting with prolong"), 1);
    assert_eq!(bedside.recipe.total_steps(), 1_000);
    // What is found later is treated within the longer run.
    bedside.go(21..=500, 1e-9);
    assert!(bedside.told("treating vanishing-gradient") > 0);
    assert_eq!(bedside.recipe.total_steps(), 1_000);
}
