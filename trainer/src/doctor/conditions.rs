//! One file a condition: what it reads, its rule, what shows it.

mod bad_initialisation;
mod data_leak;
mod dead_units;
mod discriminator_dominance;
mod discriminator_overfitting;
mod divergence;
mod exploding_gradient;
mod generator_dominance;
mod memorisation;
mod mode_collapse;
mod mode_dropping;
mod oscillation;
mod stalled;
mod underfitting;
mod vanishing_gradient;

use super::patient::Patient;
use super::{Condition, Finding, Sign, Treatment};

pub(super) use divergence::has_diverged;

/// How a condition is recognised.
pub(super) struct Rule {
    pub(super) condition: Condition,
    /// Groups of signs, any one of which is enough.
    pub(super) reads: &'static [&'static [Sign]],
    pub(super) examine: fn(&Patient<'_>) -> Option<Finding>,
    /// The most promising first.
    pub(super) treatments: &'static [Treatment],
}

pub(super) const RULES: &[Rule] = &[
    data_leak::RULE,
    bad_initialisation::RULE,
    divergence::RULE,
    exploding_gradient::RULE,
    dead_units::RULE,
    vanishing_gradient::RULE,
    stalled::RULE,
    memorisation::RULE,
    discriminator_overfitting::RULE,
    discriminator_dominance::RULE,
    generator_dominance::RULE,
    oscillation::RULE,
    mode_collapse::RULE,
    mode_dropping::RULE,
    underfitting::RULE,
];

/// Whether the first condition brings about the second.
pub(super) fn explains(cause: Condition, condition: Condition) -> bool {
    use Condition as C;
    let of = |conditions: &[C]| conditions.contains(&condition);
    match cause {
        // What is wrong from the first step on can bring about anything.
        C::BadInitialisation | C::Divergence | C::ExplodingGradient => true,
        C::DataLeak => of(&[
            C::VanishingGradient,
            C::DiscriminatorDominance,
            C::ModeCollapse,
            C::ModeDropping,
            C::Underfitting,
        ]),
        C::DeadUnits => !of(&[C::Memorisation]),
        // What gets no gradient does not die of it.
        C::VanishingGradient => !of(&[C::Memorisation, C::DeadUnits]),
        C::Stalled => of(&[
            C::DiscriminatorDominance,
            C::GeneratorDominance,
            C::ModeCollapse,
            C::ModeDropping,
            C::Underfitting,
        ]),
        C::Memorisation => of(&[C::DiscriminatorOverfitting, C::ModeDropping]),
        C::DiscriminatorDominance => of(&[C::Oscillation, C::ModeCollapse, C::ModeDropping]),
        C::DiscriminatorOverfitting | C::GeneratorDominance => of(&[
            C::DiscriminatorDominance,
            C::Oscillation,
            C::ModeCollapse,
            C::ModeDropping,
            C::Underfitting,
        ]),
        C::Oscillation | C::ModeCollapse => {
            of(&[C::ModeCollapse, C::ModeDropping, C::Underfitting])
        }
        C::ModeDropping => false,
        // It is named at the end alone, of what the critic could tell all the time.
        C::Underfitting => of(&[C::DiscriminatorDominance, C::ModeDropping]),
    }
}
