//! Every objective with every architecture.

use super::*;
use crate::recipe::{Architecture, Norm, RecipeError};

const STEPS: usize = 50;
const SMALL: [usize; 3] = [1, 8, 8];

/// Trains a pair that the recipe accepts, or says why it does not.
fn attempt(settings: &[String]) -> Result<(), RecipeError> {
    let all: Vec<String> = TINY
        .iter()
        .map(|s| (*s).into())
        .chain(settings.to_vec())
        .collect();
    let recipe = Recipe::resolve(None, &all)?;
    let mut state = State::new(&recipe, SMALL, Some(CLASSES), &Device::flex()).unwrap();
    for update in train(&mut state, &recipe, STEPS) {
        assert_eq!(update.fault(), None, "{settings:?}: {update:?}");
    }
    assert!(state.is_finite().unwrap(), "{settings:?}");
    assert_eq!(samples(&state).len(), 4 * 64, "{settings:?}");
    Ok(())
}

fn settings(loss: &str, architecture: Architecture, more: &[&str]) -> Vec<String> {
    let mut settings = vec![
        format!("objective.loss={loss}"),
        format!("generator.architecture={}", architecture.name()),
        format!("critic.architecture={}", architecture.name()),
    ];
    if architecture == Architecture::Mlp {
        settings.extend(["generator.depth=2".to_owned(), "critic.depth=2".to_owned()]);
    }
    settings.extend(more.iter().map(|s| (*s).to_owned()));
    settings
}

fn architectures() -> Vec<Architecture> {
    use Architecture as A;
    vec![
        A::Mlp,
        A::Convolutional,
        A::Dcgan,
        A::Upsample,
        A::Resnet,
        A::R3gan,
    ]
}

#[test]
fn every_objective_trains_every_architecture() {
    for architecture in architectures() {
        assert!(Architecture::NAMES.contains(&architecture.name()));
        for loss in Loss::NAMES {
            attempt(&settings(loss, architecture, &[])).unwrap();
        }
    }
    assert_eq!(architectures().len(), Architecture::NAMES.len());
}

#[test]
fn every_penalty_trains_every_architecture() {
    const UNPENALISED: [&str; 2] = ["objective.r1_gamma=0", "objective.r2_gamma=0"];
    for architecture in architectures() {
        for penalty in [
            "objective.gradient_penalty=10",
            "objective.dragan=10",
            "objective.weight_clip=0.01",
            "critic.spectral_norm=true",
        ] {
            let more = [&UNPENALISED[..], &[penalty]].concat();
            let attempted = attempt(&settings("wasserstein", architecture, &more));
            // Weights that start at 0 have no norm to divide by.
            let refused = architecture == Architecture::R3gan && penalty.contains("spectral");
            match attempted {
                Ok(()) => assert!(!refused),
                Err(error) => assert!(refused && error.to_string().contains("r3gan"), "{error}"),
            }
        }
        let more = [
            "objective.lecam=0.3",
            "objective.orthogonal=0.0001",
            "critic.dropout=0.2",
        ];
        attempt(&settings("hinge", architecture, &more)).unwrap();
    }
}

#[test]
fn every_norm_trains_where_it_is_accepted_and_is_refused_with_a_reason() {
    let mut refused = 0;
    for architecture in architectures() {
        for norm in Norm::NAMES {
            for r1_gamma in ["0", "1"] {
                let generator = format!("generator.norm={norm}");
                let critic = format!("critic.norm={norm}");
                let r1 = format!("objective.r1_gamma={r1_gamma}");
                let more = [&*generator, &*critic, &*r1, "objective.r2_gamma=0"];
                match attempt(&settings("non-saturating", architecture, &more)) {
                    Ok(()) => assert!(*norm != "batch" || r1_gamma == "0"),
                    Err(error) => {
                        refused += 1;
                        let text = error.to_string();
                        assert!(text.contains("norm") && text.len() > 60, "{text}");
                    }
                }
            }
        }
    }
    // Batch normalisation with R1 in all six, instance normalisation of vectors.
    assert!(refused >= 7, "{refused}");
}

#[test]
fn classes_packs_and_augmentations_train() {
    for architecture in architectures() {
        for more in [
            &["generator.classes=embedding", "critic.classes=projection"][..],
            &["generator.classes=one-hot", "critic.classes=concatenation"],
            &[
                "critic.packing=2",
                "critic.minibatch_std=true",
                "training.batch_images=8",
            ],
            &[
                "critic.packing=4",
                "training.batch_images=8",
                "augment.mirror=true",
            ],
            &[
                "critic.steps=2",
                "generator.steps=2",
                "objective.instance_noise=0.1",
            ],
            &[
                "augment.policy=color,translation,cutout",
                "augment.adaptive_target=0.6",
            ],
        ] {
            attempt(&settings("relativistic", architecture, more)).unwrap();
        }
    }
}
