//! A run that stopped and went on is the run that did not.

use super::*;

/// Trains six steps in one go and in two halves with a checkpoint between them.
fn assert_resumes(settings: &[&str]) {
    let recipe = tiny(settings);
    let device = Device::flex();
    let mut whole = fresh(&recipe);
    let expected = train(&mut whole, &recipe, 6);

    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(&place.path().join("run"), &recipe).unwrap();
    let mut first = fresh(&recipe);
    train(&mut first, &recipe, 3);
    folder.save_checkpoint(&first, [None; 2], 1.0).unwrap();
    let restored = State::restore(&recipe, SHAPE, Some(CLASSES), &folder, &device);
    let mut rest = restored.unwrap().state;
    assert_eq!(train(&mut rest, &recipe, 3), expected[3..], "{settings:?}");
    assert_eq!(samples(&rest), samples(&whole), "{settings:?}");
}

#[test]
fn interpolates_and_perturbations_go_on() {
    assert_resumes(&[
        "objective.loss=wasserstein",
        "objective.gradient_penalty=10",
        "objective.dragan=1",
        "objective.r1_gamma=0",
        "objective.r2_gamma=0",
    ]);
}

#[test]
fn batch_and_spectral_normalisation_go_on() {
    assert_resumes(&[
        "objective.r1_gamma=0",
        "objective.r2_gamma=0",
        "generator.norm=batch",
        "critic.norm=batch",
        "critic.spectral_norm=true",
        "critic.minibatch_std=true",
    ]);
}

#[test]
fn everything_that_adapts_goes_on() {
    assert_resumes(&[
        "objective.loss=non-saturating",
        "objective.lecam=0.3",
        "objective.label_flip=0.2",
        "objective.instance_noise=0.1",
        "augment.policy=color,translation,cutout",
        "augment.probability=0.5",
        "augment.adaptive_target=0.6",
        "augment.adaptive_speed_images=200",
        "critic.dropout=0.3",
        "critic.steps=2",
        "generator.steps=2",
        "training.accumulation=2",
        "schedule.beta2=linear",
        "schedule.beta2_final=0.5",
        "training.length_images=48",
    ]);
}
