#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use super::*;
use crate::recipe::Loss;

/// Steps of a run, and from one line of its log to the next.
const STEPS: u64 = 2_000;
const INTERVAL: u64 = 20;

/// A sign's value at a share of the run.
type Value = Box<dyn Fn(f64) -> f64>;

/// A healthy run of the non-saturating loss, with some signs changed.
fn run(changes: Vec<(Sign, Value)>) -> History {
    let mut history = History::of_steps(STEPS);
    for step in (INTERVAL..=STEPS).step_by(INTERVAL as usize) {
        let at = step as f64 / STEPS as f64;
        for (sign, value) in healthy() {
            if !changes.iter().any(|(changed, _)| *changed == sign) {
                // A wobble, as measurements have.
                let wobble = 1.0 + 0.05 * (step as f64).sin();
                history.observe(step, sign, value * wobble);
            }
        }
        for (sign, value) in &changes {
            history.observe(step, *sign, value(at));
        }
    }
    history
}

fn healthy() -> Vec<(Sign, f64)> {
    vec![
        (Sign::CriticLoss, 1.0),
        (Sign::GeneratorLoss, 1.2),
        (Sign::RealScore, 1.0),
        (Sign::FakeScore, -1.0),
        (Sign::RealScoreStd, 0.8),
        (Sign::HeldOutScore, 0.9),
        (Sign::Ranking, 0.8),
        (Sign::Pull, 0.6),
        (Sign::CriticGradient, 10.0),
        (Sign::GeneratorGradient, 4.0),
        (Sign::CriticUpdate, 0.01),
        (Sign::GeneratorUpdate, 0.02),
        (Sign::CriticDeadUnits, 0.0),
        (Sign::GeneratorDeadUnits, 0.02),
        (Sign::RealRank, 50.0),
        (Sign::FakeRank, 52.0),
        (Sign::RealMin, -0.95),
        (Sign::RealMax, 0.95),
        (Sign::FakeMin, -0.95),
        (Sign::FakeMax, 0.95),
        (Sign::RealEnds, 0.3),
        (Sign::FakeEnds, 0.3),
        (Sign::RealAtom, 0.01),
        (Sign::FakeAtom, 0.01),
        (Sign::RealSpread, 20.0),
        (Sign::FakeSpread, 19.0),
        (Sign::DifferentBins, 0.2),
        (Sign::MissingBins, 0.02),
        (Sign::Turnover, 0.2),
        (Sign::Copied, 0.0),
        (Sign::GeneratorScale, 1.0),
        (Sign::CriticScale, 1.0),
    ]
}

fn constant(sign: Sign, value: f64) -> (Sign, Value) {
    (sign, Box::new(move |_| value))
}

/// From a share of the run on another value.
fn from(at: f64, sign: Sign, before: f64, after: f64) -> (Sign, Value) {
    (
        sign,
        Box::new(move |now| if now < at { before } else { after }),
    )
}

fn recipe(loss: Loss) -> Recipe {
    let mut recipe = Recipe::default();
    recipe.objective.loss = loss;
    recipe
}

fn findings(changes: Vec<(Sign, Value)>) -> Vec<Finding> {
    Doctor::examine(&run(changes), &recipe(Loss::NonSaturating))
}

/// The root of a run, whose finding must show evidence and treatments.
fn root(changes: Vec<(Sign, Value)>) -> Option<Condition> {
    let findings = findings(changes);
    let root = findings.first()?;
    assert!(!root.evidence.is_empty(), "{root:?}");
    assert!(!root.treatments.is_empty(), "{root:?}");
    assert!(root.causes.is_empty(), "{root:?}");
    assert!((0.5..=1.0).contains(&root.confidence), "{root:?}");
    Some(root.condition)
}

#[test]
fn a_healthy_run_has_nothing() {
    assert_eq!(findings(Vec::new()), []);
    assert_eq!(Doctor::unexamined(&run(Vec::new())), []);
}

#[test]
fn each_condition_is_named() {
    use Condition as C;
    let cases: Vec<(C, Vec<(Sign, Value)>)> = vec![
        (C::DataLeak, vec![constant(Sign::RealMin, 0.0)]),
        (
            C::DataLeak,
            vec![constant(Sign::RealAtom, 0.4), constant(Sign::FakeAtom, 0.0)],
        ),
        (
            C::BadInitialisation,
            vec![constant(Sign::GeneratorScale, 500.0)],
        ),
        (
            C::BadInitialisation,
            vec![
                constant(Sign::CriticScale, 1e-6),
                constant(Sign::DifferentBins, 0.9),
            ],
        ),
        (
            C::Divergence,
            vec![from(0.6, Sign::CriticLoss, 1.0, f64::NAN)],
        ),
        (
            C::ExplodingGradient,
            vec![from(0.4, Sign::CriticGradient, 10.0, 1e4)],
        ),
        (C::ExplodingGradient, vec![constant(Sign::CriticLoss, 20.0)]),
        (C::VanishingGradient, vec![from(0.4, Sign::Pull, 0.5, 1e-4)]),
        (
            C::VanishingGradient,
            vec![constant(Sign::GeneratorGradient, 1e-8)],
        ),
        (
            C::DeadUnits,
            vec![from(0.2, Sign::CriticDeadUnits, 0.1, 0.7)],
        ),
        // A fifth of a critic's units is no disease as long as the samples are right.
        (
            C::DeadUnits,
            vec![
                from(0.2, Sign::CriticDeadUnits, 0.1, 0.3),
                from(0.3, Sign::DifferentBins, 0.2, 0.9),
            ],
        ),
        (C::DeadUnits, vec![from(0.1, Sign::FakeEnds, 0.3, 1.0)]),
        (
            C::Stalled,
            vec![
                from(0.2, Sign::CriticUpdate, 1e-2, 1e-8),
                from(0.2, Sign::GeneratorUpdate, 1e-2, 1e-8),
            ],
        ),
        (C::Memorisation, vec![from(0.3, Sign::Copied, 0.0, 0.3)]),
        (
            C::DiscriminatorOverfitting,
            vec![from(0.5, Sign::HeldOutScore, 0.9, -0.8)],
        ),
        (
            C::DiscriminatorDominance,
            vec![
                constant(Sign::Ranking, 1.0),
                constant(Sign::CriticLoss, 0.01),
                constant(Sign::DifferentBins, 0.9),
            ],
        ),
        (
            C::GeneratorDominance,
            vec![
                constant(Sign::CriticLoss, 1.39),
                constant(Sign::DifferentBins, 0.9),
            ],
        ),
        (C::Oscillation, vec![from(0.2, Sign::Turnover, 0.2, 0.7)]),
        (
            C::ModeCollapse,
            vec![from(0.5, Sign::FakeSpread, 19.0, 1.0)],
        ),
        (
            C::ModeDropping,
            vec![from(0.3, Sign::MissingBins, 0.02, 0.2)],
        ),
        (C::ModeDropping, vec![constant(Sign::FakeRank, 6.0)]),
        (
            C::Underfitting,
            vec![
                (Sign::Ranking, Box::new(|at| 0.7 + 0.2 * at)),
                (Sign::GeneratorLoss, Box::new(|at| 1.0 + at)),
            ],
        ),
        (
            C::Underfitting,
            vec![
                from(0.7, Sign::CriticLoss, 0.2, 0.01),
                from(0.7, Sign::Ranking, 0.9, 1.0),
            ],
        ),
    ];
    for (condition, changes) in cases {
        let signs: Vec<Sign> = changes.iter().map(|(sign, _)| *sign).collect();
        assert_eq!(root(changes), Some(condition), "{signs:?}");
    }
}

#[test]
fn a_spike_is_no_spell() {
    let spike = |at: f64| if (0.5..0.53).contains(&at) { 1e4 } else { 10.0 };
    assert_eq!(findings(vec![(Sign::CriticGradient, Box::new(spike))]), []);
}

#[test]
fn what_fresh_networks_show_is_no_disease() {
    let until = |end: f64| -> Vec<(Sign, Value)> {
        let fresh = move |at: f64| if at < end { 0.9 } else { 0.2 };
        vec![
            (Sign::DifferentBins, Box::new(fresh)),
            constant(Sign::Ranking, 1.0),
        ]
    };
    assert_eq!(findings(until(0.06)), []);
    assert_eq!(root(until(0.12)), Some(Condition::DiscriminatorDominance));
}

#[test]
fn saturated_values_are_no_sign_where_real_ones_are_so_too() {
    let black_and_white = [Sign::RealEnds, Sign::FakeEnds].map(|sign| constant(sign, 1.0));
    assert_eq!(findings(black_and_white.into()), []);
    assert_eq!(
        findings(vec![from(0.2, Sign::CriticDeadUnits, 0.1, 0.3)]),
        []
    );
}

#[test]
fn a_disease_that_has_gone_is_told_with_its_end() {
    let ill = |at: f64| if (0.3..0.6).contains(&at) { 1e4 } else { 10.0 };
    let history = run(vec![(Sign::CriticGradient, Box::new(ill))]);
    let recipe = recipe(Loss::NonSaturating);
    let found = &Doctor::examine(&history, &recipe)[0];
    assert_eq!(found.condition, Condition::ExplodingGradient);
    assert!((560..=640).contains(&found.first_step), "{found:?}");
    assert!(
        (1160..=1240).contains(&found.last_step.unwrap()),
        "{found:?}"
    );
    // Long enough after its begin to be no spike, and no later than a tenth of the run.
    assert!(
        found.named_step <= found.first_step + STEPS / 10,
        "{found:?}"
    );
    assert_eq!(Doctor::look(&history, &recipe), []);
}

#[test]
fn the_root_comes_first_and_explains_the_rest() {
    let found = findings(vec![
        constant(Sign::Pull, 1e-6),
        constant(Sign::Ranking, 1.0),
        constant(Sign::DifferentBins, 0.9),
        constant(Sign::FakeSpread, 1.0),
    ]);
    let names: Vec<_> = found.iter().map(|finding| finding.condition).collect();
    assert_eq!(names[0], Condition::VanishingGradient);
    for condition in [Condition::DiscriminatorDominance, Condition::ModeCollapse] {
        let finding = found.iter().find(|it| it.condition == condition).unwrap();
        assert!(
            finding.causes.contains(&Condition::VanishingGradient),
            "{finding:?}"
        );
    }
}

#[test]
fn a_loss_means_what_its_objective_says() {
    // 0.69 is where a relativistic critic begins, and far from where others do.
    let stuck = || {
        run(vec![
            constant(Sign::CriticLoss, 0.69),
            constant(Sign::Ranking, 0.5),
            constant(Sign::DifferentBins, 0.9),
        ])
    };
    let root = |loss| {
        let found = Doctor::examine(&stuck(), &recipe(loss));
        found.first().map(|finding| finding.condition)
    };
    assert_eq!(
        root(Loss::Relativistic),
        Some(Condition::GeneratorDominance)
    );
    assert_eq!(root(Loss::Wasserstein), Some(Condition::GeneratorDominance));
    assert_ne!(root(Loss::Hinge), Some(Condition::GeneratorDominance));
    // A Wasserstein loss has no scale.
    let large = || run(vec![constant(Sign::CriticLoss, -50.0)]);
    assert_eq!(Doctor::examine(&large(), &recipe(Loss::Wasserstein)), []);
}

#[test]
fn losses_alone_say_something_and_the_rest_is_named() {
    let mut history = History::new();
    for step in 0..1_000 {
        history.observe(step, Sign::CriticLoss, 0.001);
        history.observe(step, Sign::GeneratorLoss, 9.0);
    }
    let found = Doctor::examine(&history, &recipe(Loss::NonSaturating));
    assert_eq!(found[0].condition, Condition::DiscriminatorDominance);
    assert!(found[0].confidence < 0.9);
    let unexamined: Vec<_> = Doctor::unexamined(&history)
        .into_iter()
        .map(|it| it.condition)
        .collect();
    assert!(unexamined.contains(&Condition::ModeCollapse));
    assert!(!unexamined.contains(&Condition::DiscriminatorDominance));
}

#[test]
fn the_saturated_minimax_loss_is_known_by_its_end() {
    let mut history = History::new();
    for step in 0..1_000 {
        let loss = if step < 300 { -0.6 } else { -1e-4 };
        history.observe(step, Sign::GeneratorLoss, loss);
        history.observe(step, Sign::GeneratorGradient, 0.1);
    }
    let root = |loss| {
        let found = Doctor::examine(&history, &recipe(loss));
        found.first().map(|finding| finding.condition)
    };
    assert_eq!(root(Loss::Minimax), Some(Condition::VanishingGradient));
    assert_eq!(root(Loss::NonSaturating), None);
}

#[test]
fn strange_histories_are_examined_in_peace() {
    let recipe = recipe(Loss::Hinge);
    assert_eq!(Doctor::examine(&History::new(), &recipe), []);
    for step in [0, 1, u64::MAX] {
        let mut history = History::of_steps(10);
        history.observe(step, Sign::CriticLoss, f64::NAN);
        let found = Doctor::examine(&history, &recipe);
        assert_eq!(found[0].condition, Condition::Divergence, "{step}");
        for sign in Sign::ALL {
            history.observe(step, *sign, f64::NEG_INFINITY);
            history.observe(step / 2, *sign, f64::MAX);
        }
        Doctor::examine(&history, &recipe);
        Doctor::look(&history, &recipe);
    }
}

#[test]
fn names_lead_back_to_what_they_name() {
    for &sign in Sign::ALL {
        assert_eq!(Sign::of_name(sign.name()), Some(sign));
    }
    for &condition in Condition::ALL {
        let name = serde_json::to_string(&condition).unwrap();
        assert_eq!(serde_json::from_str::<Condition>(&name).unwrap(), condition);
    }
    for &treatment in Treatment::ALL {
        let name = serde_json::to_string(&treatment).unwrap();
        assert_eq!(serde_json::from_str::<Treatment>(&name).unwrap(), treatment);
    }
}

#[test]
fn treatments_change_recipes_into_ones_that_are_accepted() {
    for preset in ["ring", "dcgan", "fashion-mnist-quick", "wgan"] {
        let recipe = Recipe::resolve(Some(preset), &[]).unwrap();
        for &treatment in Treatment::ALL {
            let settings = treatment.settings(&recipe);
            if let Ok(treated) = recipe.with(&settings) {
                assert_eq!(settings.is_empty(), treated == recipe, "{treatment}");
            }
        }
        // At least one of each condition's treatments can be tried by the doctor or by hand.
        for rule in RULES {
            assert!(!rule.treatments.is_empty());
        }
    }
}

#[test]
fn a_cause_that_is_proved_late_is_the_root_if_it_stands() {
    // Copies are seen long after the critic has told its training images.
    let overfitted = || {
        [
            constant(Sign::RealScore, 2.0),
            constant(Sign::FakeScore, 0.0),
            constant(Sign::HeldOutScore, 0.2),
            constant(Sign::RealScoreStd, 1.0),
        ]
    };
    let copies = |from: f64, to: f64| -> (Sign, Value) {
        let share = move |at: f64| if (from..to).contains(&at) { 0.3 } else { 0.0 };
        (Sign::Copied, Box::new(share))
    };
    let with = |copied| root(overfitted().into_iter().chain([copied]).collect());
    assert_eq!(with(copies(0.7, 2.0)), Some(Condition::Memorisation));
    assert_eq!(
        with(copies(0.6, 0.8)),
        Some(Condition::DiscriminatorOverfitting)
    );
}
