#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use gannet::Latents;

use super::vitals::{Glance, Watch};
use super::{RunFolder, State, Update};
use crate::data::{Batch, Dataset, Split};
use crate::recipe::{Loss, Recipe};

mod attended;
mod pairs;
mod resumed;

const SHAPE: [usize; 3] = [1, 12, 12];
const CLASSES: usize = 3;

/// The smallest networks, without normalisation, so that each image is by itself.
const TINY: [&str; 6] = [
    "generator.latent=4",
    "generator.width=4",
    "generator.norm=none",
    "critic.width=4",
    "training.batch_images=4",
    "training.length_images=400",
];

fn tiny(settings: &[&str]) -> Recipe {
    let settings: Vec<_> = TINY.iter().chain(settings).map(|s| (*s).into()).collect();
    Recipe::resolve(None, &settings).unwrap()
}

/// Images that the number decides, of classes 0, 1, 2, ... in turn.
fn batch(shape: [usize; 3], number: u64, n: usize) -> Batch {
    let size = shape.iter().product::<usize>();
    let images = Latents::draw(number, 0..n as u64, size);
    Batch {
        images: images.values().iter().map(|v| v.tanh()).collect(),
        labels: Some((0..n).map(|index| index % CLASSES).collect()),
    }
}

/// Forty-eight images to train on and twelve held-out ones, in classes.
fn split() -> Split {
    let Batch { images, labels } = batch(SHAPE, 99, 60);
    let pixel = |value: &f32| ((value + 1.0) * 127.5).round() as u8;
    let pixels = images.iter().map(pixel).collect();
    let labels = labels.unwrap().into_iter().map(|label| label as u16);
    let set = Dataset::new("split", SHAPE, pixels, Some(labels.collect())).unwrap();
    Split::every_fifth(&set).unwrap()
}

/// `steps` updates on images that the number of the step decides.
fn train(state: &mut State, recipe: &Recipe, steps: usize) -> Vec<Update> {
    train_watched(state, recipe, steps, None)
}

fn train_watched(
    state: &mut State,
    recipe: &Recipe,
    steps: usize,
    glance: Option<Glance<'_>>,
) -> Vec<Update> {
    let turns = recipe.critic.network.steps as u64;
    let size = recipe.training.batch_images;
    (0..steps)
        .map(|_| {
            let first = state.step() * turns;
            let real = (first..first + turns).map(|number| batch(state.target.shape, number, size));
            state.update(recipe, real.collect(), glance).unwrap()
        })
        .collect()
}

fn fresh(recipe: &Recipe) -> State {
    State::new(recipe, SHAPE, Some(CLASSES), &Device::flex()).unwrap()
}

fn samples(state: &State) -> Vec<f32> {
    let samples = state.sample(&Latents::draw(1, 0..4, 4)).unwrap();
    samples.values().to_vec()
}

#[test]
fn every_objective_trains() {
    let unpenalised = ["objective.r1_gamma=0", "objective.r2_gamma=0"];
    let with = |loss: &str, more: &[&'static str]| {
        let loss = format!("objective.loss={loss}");
        let mut settings = vec![loss.as_str()];
        settings.extend(more);
        tiny(&settings)
    };
    let mut recipes = vec![
        with("least-squares", &["objective.label_smoothing=0.1"]),
        with("minimax", &["objective.label_smoothing=0.1"]),
        with(
            "wasserstein",
            &[&unpenalised[..], &["objective.weight_clip=0.01"]].concat(),
        ),
    ];
    for loss in Loss::NAMES {
        recipes.push(with(loss, &[]));
        recipes.push(with(
            loss,
            &[&unpenalised[..], &["objective.gradient_penalty=10"]].concat(),
        ));
    }
    for recipe in recipes {
        let objective = &recipe.objective;
        let mut state = fresh(&recipe);
        let before = samples(&state);
        for update in train(&mut state, &recipe, 5) {
            assert_eq!(update.fault(), None, "{objective}: {update:?}");
            assert_eq!(update.r1.is_some(), objective.r1_gamma > 0.0);
            let penalised = objective.gradient_penalty > 0.0;
            assert_eq!(update.gradient_penalty.is_some(), penalised);
        }
        assert!(state.is_finite().unwrap(), "{objective}");
        assert_ne!(samples(&state), before, "{objective}");
    }
}

#[test]
fn watching_changes_nothing() {
    for settings in [
        &[][..],
        &[
            "critic.steps=2",
            "generator.steps=2",
            "training.accumulation=2",
        ],
        &[
            "generator.norm=batch",
            "critic.norm=batch",
            "objective.loss=hinge",
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
        ],
        &["critic.dropout=0.5", "critic.spectral_norm=true"],
        &["generator.classes=embedding", "critic.classes=projection"],
        &["critic.packing=2", "augment.adaptive_target=0.6"],
    ] {
        let recipe = tiny(settings);
        let [(unwatched, plain), (watched, signs)] = [false, true].map(|watches| {
            let mut state = fresh(&recipe);
            let watch = Watch::new(&recipe, &split(), &state).unwrap();
            let glance = Glance {
                watch: &watch,
                is_thorough: true,
            };
            let updates = train_watched(&mut state, &recipe, 3, watches.then_some(glance));
            (samples(&state), updates)
        });
        assert_eq!(unwatched, watched, "{settings:?}");
        for (plain, watched) in plain.into_iter().zip(signs) {
            assert_eq!(plain.vitals, None);
            assert!(watched.vitals.is_some());
            let vitals = None;
            assert_eq!(plain, Update { vitals, ..watched }, "{settings:?}");
        }
    }
}

#[test]
fn vital_signs_are_those_of_the_step() {
    let recipe = tiny(&[
        "objective.loss=hinge",
        "critic.gradient_clip_norm=1e-6",
        "training.batch_images=12",
    ]);
    let mut state = fresh(&recipe);
    let split = split();
    let watch = Watch::new(&recipe, &split, &state).unwrap();
    let glance = Glance {
        watch: &watch,
        is_thorough: true,
    };
    // Held-out images that are the step's own get the same scores.
    let real = split.held_out.spread(recipe.training.batch_images).unwrap();
    let update = state.update(&recipe, vec![real.clone()], Some(glance));
    let update = update.unwrap();
    let vitals = update.vitals.clone().unwrap();
    let held_out = vitals.scores.held_out_mean.unwrap();
    assert!((held_out - update.real_score).abs() < 1e-6, "{update:?}");
    for rank in [vitals.real_rank.unwrap(), vitals.fake_rank.unwrap()] {
        assert!((1.0..=12.0).contains(&rank), "{vitals:?}");
    }
    for network in [&vitals.critic, &vitals.generator] {
        // Before it is clipped.
        assert!(network.gradient_norm > 1e-3, "{network:?}");
        assert!(network.first_gradient_norm > 0.0, "{network:?}");
        assert!(network.last_gradient_norm > 0.0, "{network:?}");
        assert!(network.gradient_norm > network.first_gradient_norm);
        assert!((1e-6..0.1).contains(&network.update_ratio), "{network:?}");
    }
    let greatest = real.images.iter().copied().fold(f32::MIN, f32::max);
    assert_eq!(vitals.real.max, f64::from(greatest));
    assert!(vitals.fake.max < vitals.real.max, "{vitals:?}");
    // A hinge loss has no saturation, and what it has seen is only these scores.
    assert!((vitals.scores.pull - 1.0).abs() < 1e-6, "{vitals:?}");
    let cover = vitals.cover.unwrap();
    assert!(cover.missing > 0.0 && cover.missing < 1.0, "{cover:?}");
    assert_eq!(cover.turnover, None);
    assert!(vitals.copies.is_some());
}

/// The greatest size of any weight.
struct Greatest(f32);

impl ModuleVisitor for Greatest {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let size = param.val().inner().abs().max().into_scalar::<f32>();
        self.0 = self.0.max(size);
    }
}

#[test]
fn clipped_weights_stay_in_their_box_and_go_on_learning() {
    let recipe = tiny(&[
        "objective.loss=wasserstein",
        "objective.weight_clip=0.01",
        "objective.r1_gamma=0",
        "objective.r2_gamma=0",
    ]);
    let mut state = fresh(&recipe);
    let updates = train(&mut state, &recipe, 4);
    let mut greatest = Greatest(0.0);
    state.critic.visit(&mut greatest);
    assert_eq!(greatest.0, 0.01);
    assert_ne!(updates[2].real_score, updates[3].real_score);
}

#[test]
fn penalties_that_are_not_due_are_not_measured() {
    let recipe = tiny(&[
        "objective.gradient_penalty=10",
        "objective.penalty_interval_steps=2",
    ]);
    let mut state = fresh(&recipe);
    let due = train(&mut state, &recipe, 4);
    let due: Vec<_> = due.iter().map(|u| u.gradient_penalty.is_some()).collect();
    assert_eq!(due, [true, false, true, false]);
}

/// Step 0 is due whatever the interval, so that step 1 shows how strong the penalty was.
#[test]
fn the_gradient_penalty_is_scaled_up_to_its_interval() {
    let second = |strength: &str, interval: &str| {
        let strength = format!("objective.gradient_penalty={strength}");
        let interval = format!("objective.penalty_interval_steps={interval}");
        let recipe = tiny(&[
            "objective.r1_gamma=0",
            "objective.r2_gamma=0",
            &strength,
            &interval,
        ]);
        let mut state = fresh(&recipe);
        train(&mut state, &recipe, 2)[1].real_score
    };
    assert_eq!(second("5", "2"), second("10", "1"));
    assert_ne!(second("5", "1"), second("10", "1"));
}

#[test]
fn smoothed_labels_reach_the_critic() {
    let first = |smoothing: &str| {
        let smoothing = format!("objective.label_smoothing={smoothing}");
        let recipe = tiny(&["objective.loss=non-saturating", &smoothing]);
        let mut state = fresh(&recipe);
        train(&mut state, &recipe, 1).remove(0)
    };
    let (sharp, smooth) = (first("0"), first("0.25"));
    let expected = sharp.critic_loss + 0.25 * sharp.real_score;
    assert!((smooth.critic_loss - expected).abs() < 1e-6);
    assert_ne!(smooth.critic_loss, sharp.critic_loss);
}

/// Without a loss that compares the images of a batch, its parts may be seen one by one.
#[test]
fn accumulated_gradients_are_those_of_the_whole_batch() {
    let trained = |parts: &str| {
        let parts = format!("training.accumulation={parts}");
        let recipe = tiny(&[
            "objective.loss=non-saturating",
            "generator.optimiser=sgd",
            "critic.optimiser=sgd",
            &parts,
        ]);
        let mut state = fresh(&recipe);
        train(&mut state, &recipe, 3);
        samples(&state)
    };
    let (whole, parts) = (trained("1"), trained("2"));
    let difference = whole.iter().zip(&parts).map(|(a, b)| (a - b).abs());
    let difference = difference.fold(0.0_f32, f32::max);
    assert!(difference < 1e-5, "{difference}");
    assert_ne!(whole, samples(&fresh(&tiny(&[]))));
}

#[test]
fn a_scheduled_penalty_fades() {
    let second = |settings: &[&str]| {
        let recipe = tiny(settings);
        let mut state = fresh(&recipe);
        // Half of the way is what a step leaves.
        state.step = 50;
        train(&mut state, &recipe, 2)[1].real_score
    };
    let stepped = [
        "schedule.penalty=step",
        "schedule.step_interval_images=200",
        "schedule.step_factor=0.5",
    ];
    let halved = ["objective.r1_gamma=0.15", "objective.r2_gamma=0.15"];
    assert_eq!(second(&stepped), second(&halved));
    assert_ne!(second(&stepped), second(&[]));
}
