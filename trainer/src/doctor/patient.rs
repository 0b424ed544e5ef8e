//! A run as the conditions read it: over equal windows, with what its loss means.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::course::{Course, median};
use super::{Condition, Evidence, Finding, History, Severity, Sign};
use crate::objective::Equilibrium;
use crate::recipe::{Loss, Recipe};

/// Windows of a whole run.
const WINDOWS: usize = 50;

/// Windows for which a condition must have held: 8 % of the run.
const LEAST_WINDOWS: usize = 4;

/// The share of a spell's windows in which its condition holds.
const HELD: f64 = 0.8;

/// How old networks must be that show no longer what fresh ones do.
const LEAST_STEPS: u64 = 100;

/// Shares of bins that differ, and of real images that are missing, and diversities, from which on
/// what is generated is wrong.
const WRONG_BINS: f64 = 0.7;
const WRONG_MISSING: f64 = 0.25;
const WRONG_DIVERSITY: (f64, f64) = (0.5, 1.6);

/// Of the real images' effective rank, and the least of them that says anything.
pub(super) const NARROW: f64 = 0.3;
const LEAST_RANK: f64 = 10.0;

/// Windows of a run up to now that a condition held in, the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spell {
    /// The first window.
    pub(super) from: usize,
    /// The window after the last one.
    pub(super) to: usize,
}

impl Spell {
    pub(super) fn len(self) -> usize {
        self.to - self.from
    }
}

/// A history under examination.
pub(super) struct Patient<'a> {
    history: &'a History,
    pub(super) loss: Loss,
    pub(super) equilibrium: Equilibrium,
    /// Whether penalties on its gradient keep the critic in bounds.
    pub(super) is_penalised: bool,
    windows: usize,
    /// The window of the history's first step.
    first: usize,
    /// Windows up to now, and up to the end of the history.
    now: usize,
    latest: usize,
    /// Shared by the run as it was at any time.
    courses: Rc<RefCell<BTreeMap<Sign, Option<Rc<Course>>>>>,
}

impl<'a> Patient<'a> {
    /// A run as it is now.
    pub(super) fn new(history: &'a History, recipe: &Recipe) -> Self {
        let (last, total) = (history.last_step(), history.total_steps());
        // No more windows than lines, over the whole run.
        let told = (last - history.first_step()).max(1);
        let lines = history.lines() as f64 * total as f64 / told as f64;
        let windows = WINDOWS.min(lines as usize).max(1);
        let window = |step: u64| {
            let share = step.saturating_sub(1) as f64 / total as f64;
            ((share * windows as f64) as usize).min(windows - 1)
        };
        let now = window(last) + 1;
        Self {
            history,
            loss: recipe.objective.loss,
            equilibrium: recipe.objective.equilibrium(),
            is_penalised: recipe.objective.needs_input_gradients(),
            windows,
            first: window(history.first_step()),
            now,
            latest: now,
            courses: Rc::default(),
        }
    }

    /// The same run when it had come through so many windows.
    pub(super) fn then(&self, now: usize) -> Self {
        Self {
            now,
            courses: Rc::clone(&self.courses),
            ..*self
        }
    }

    pub(super) fn history(&self) -> &History {
        self.history
    }

    /// Windows up to now.
    pub(super) fn now(&self) -> usize {
        self.now
    }

    pub(super) fn course(&self, sign: Sign) -> Option<Rc<Course>> {
        let mut courses = self.courses.borrow_mut();
        let course = courses
            .entry(sign)
            .or_insert_with(|| self.history.course(sign, self.windows).map(Rc::new));
        course.clone()
    }

    /// A sign's mean in a window; NaN where it has none.
    pub(super) fn at(&self, sign: Sign, window: usize) -> f64 {
        let course = self.course(sign);
        course.map_or(f64::NAN, |course| {
            course.means.get(window).copied().unwrap_or(f64::NAN)
        })
    }

    /// The median of a sign over a spell.
    pub(super) fn over(&self, sign: Sign, spell: Spell) -> f64 {
        self.median(spell, |window| self.at(sign, window))
    }

    /// The last windows in which `holds` is mostly true, if they are enough.
    pub(super) fn spell(&self, holds: impl Fn(usize) -> bool) -> Option<Spell> {
        self.spell_of(LEAST_WINDOWS, holds)
    }

    /// The same with a number of windows that are enough.
    pub(super) fn spell_of(&self, least: usize, holds: impl Fn(usize) -> bool) -> Option<Spell> {
        let least = least.min(self.windows);
        if self.now < least || !holds(self.now - 1) {
            return None;
        }
        let (mut held, mut from) = (0, None);
        for (length, window) in (0..self.now).rev().enumerate() {
            let here = holds(window);
            held += usize::from(here);
            if here && held as f64 >= HELD * (length + 1) as f64 {
                from = Some(window);
            }
        }
        let spell = Spell {
            from: from?,
            to: self.now,
        };
        (spell.len() >= least).then_some(spell)
    }

    /// The same for what fresh networks have too: a spell that began in the first windows must
    /// last until the networks are 100 steps old. A history that begins later is that of networks
    /// that were fresh then.
    pub(super) fn spell_after_start(&self, holds: impl Fn(usize) -> bool) -> Option<Spell> {
        let spell = self.spell(holds)?;
        let is_old =
            |window| self.step(window).saturating_sub(self.step(self.first)) >= LEAST_STEPS;
        is_old(spell.to).then_some(spell)
    }

    /// Steps of the windows up to now.
    pub(super) fn steps_so_far(&self) -> u64 {
        match self.now == self.latest {
            true => self.history.last_step(),
            false => self.step(self.now) - 1,
        }
    }

    /// Windows of the whole run.
    pub(super) fn all(&self) -> usize {
        self.windows
    }

    /// Whether the run is at its end.
    pub(super) fn is_at_end(&self) -> bool {
        self.now == self.windows && self.history.last_step() >= self.history.total_steps()
    }

    /// Whether a window is in the last tenth of the run.
    pub(super) fn is_in_last_tenth(&self, window: usize) -> bool {
        window as f64 >= 0.9 * self.windows as f64
    }

    /// The mean distance between two generated images over that between two real ones, or over
    /// the greatest so far where nothing is known of real ones.
    pub(super) fn diversity(&self, window: usize) -> f64 {
        let at = |sign| self.at(sign, window);
        if self.course(Sign::Diversity).is_some() {
            return at(Sign::Diversity);
        }
        match self.course(Sign::RealSpread) {
            Some(_) => at(Sign::FakeSpread) / at(Sign::RealSpread),
            None => {
                let most = (0..=window).map(|window| self.at(Sign::FakeSpread, window));
                at(Sign::FakeSpread) / most.fold(0.0, f64::max)
            }
        }
    }

    /// Whether generated images are at least so diverse, or nothing is known of it.
    pub(super) fn is_diverse(&self, window: usize, least: f64) -> bool {
        let diversity = self.diversity(window);
        diversity.is_nan() || diversity >= least
    }

    /// Whether generated images vary in far fewer directions than real ones, as the critic sees
    /// them.
    pub(super) fn is_narrow(&self, window: usize) -> bool {
        let (real, fake) = (
            self.at(Sign::RealRank, window),
            self.at(Sign::FakeRank, window),
        );
        real >= LEAST_RANK && fake < NARROW * real
    }

    /// Whether at least such a share of what is generated moves to other modes.
    pub(super) fn wanders(&self, window: usize, least: f64) -> bool {
        self.at(Sign::Turnover, window) >= least
    }

    /// Whether anything is known of the generated images.
    pub(super) fn sees_images(&self) -> bool {
        let signs = [Sign::DifferentBins, Sign::Diversity, Sign::FakeSpread];
        signs.into_iter().any(|sign| self.history.has(sign))
    }

    /// Whether what is generated is plainly not what is real: see the table of the
    /// [module](super).
    pub(super) fn is_wrong(&self, window: usize) -> bool {
        let diversity = self.diversity(window);
        self.at(Sign::DifferentBins, window) >= WRONG_BINS
            || self.at(Sign::MissingBins, window) >= WRONG_MISSING
            || diversity <= WRONG_DIVERSITY.0
            || diversity >= WRONG_DIVERSITY.1
    }

    /// What shows that it is.
    pub(super) fn wrongness(&self, spell: Spell) -> Vec<Evidence> {
        let diversity = self.median(spell, |window| self.diversity(window));
        let mut found = Vec::new();
        if self.over(Sign::DifferentBins, spell) >= WRONG_BINS {
            let text =
                "a share of {} of the bins of real images has too many generated ones or too few";
            found.push(self.evidence(Sign::DifferentBins, spell, WRONG_BINS, text));
        }
        if self.over(Sign::MissingBins, spell) >= WRONG_MISSING {
            let text = "a share of {} of the real images has no generated one near it";
            found.push(self.evidence(Sign::MissingBins, spell, WRONG_MISSING, text));
        }
        for (is_beyond, limit) in [
            (diversity <= WRONG_DIVERSITY.0, WRONG_DIVERSITY.0),
            (diversity >= WRONG_DIVERSITY.1, WRONG_DIVERSITY.1),
        ] {
            if is_beyond {
                let text =
                    "generated images differ from each other {} times as much as real ones do";
                found.push(self.evidence_of(Sign::Diversity, diversity, spell, limit, text));
            }
        }
        found
    }

    /// The median of a quantity over a spell.
    pub(super) fn median(&self, spell: Spell, of: impl Fn(usize) -> f64) -> f64 {
        median((spell.from..spell.to).map(of))
    }

    /// The first step of a window.
    pub(super) fn step(&self, window: usize) -> u64 {
        let total = self.history.total_steps() as f64;
        ((window as f64 * total / self.windows as f64) as u64).saturating_add(1)
    }

    /// The first and the last step of a spell.
    pub(super) fn steps(&self, spell: Spell) -> (u64, u64) {
        let last = self.history.last_step();
        (
            self.step(spell.from),
            self.step(spell.to).saturating_sub(1).min(last),
        )
    }

    /// Evidence of a sign's median over a spell; `text` has `{}` where the value stands.
    pub(super) fn evidence(
        &self,
        sign: Sign,
        spell: Spell,
        threshold: f64,
        text: &str,
    ) -> Evidence {
        let value = self.over(sign, spell);
        self.evidence_of(sign, value, spell, threshold, text)
    }

    /// The same of a value that was derived from the sign.
    pub(super) fn evidence_of(
        &self,
        sign: Sign,
        value: f64,
        spell: Spell,
        threshold: f64,
        text: &str,
    ) -> Evidence {
        let (first_step, last_step) = self.steps(spell);
        Evidence {
            sign,
            value,
            threshold,
            first_step,
            last_step,
            text: text.replace("{}", &shown(value)),
        }
    }

    /// A finding that holds over a spell.
    pub(super) fn finding(
        &self,
        condition: Condition,
        spell: Spell,
        severity: Severity,
        confidence: f64,
        evidence: Vec<Evidence>,
    ) -> Finding {
        Finding {
            condition,
            confidence,
            severity,
            first_step: self.steps(spell).0,
            named_step: self.steps(spell).1,
            last_step: None,
            evidence,
            causes: Vec::new(),
            treatments: Vec::new(),
        }
    }
}

/// A number for people: three digits.
pub fn shown(value: f64) -> String {
    let size = value.abs();
    match value {
        _ if value == 0.0 || !value.is_finite() => format!("{value}"),
        _ if !(1e-3..1e5).contains(&size) => format!("{value:.1e}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
