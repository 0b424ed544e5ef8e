#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed test should stop"
)]

use super::{Course, KEYS, Loss, PRESETS, Position, Recipe, RecipeError, Schedule};

fn set(settings: &[&str]) -> Result<Recipe, RecipeError> {
    let settings: Vec<_> = settings.iter().map(|s| (*s).to_owned()).collect();
    Recipe::resolve(None, &settings)
}

#[test]
fn every_preset_is_a_valid_recipe_of_its_own_name() {
    for preset in PRESETS {
        assert_eq!(
            Recipe::resolve(Some(preset.name), &[]).unwrap().name,
            preset.name
        );
    }
}

#[test]
fn a_documented_recipe_reads_back_and_names_every_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.toml");
    let recipe = set(&["data.path=/somewhere", "seed=7", "score.features=net.onnx"]).unwrap();
    let text = recipe.to_documented_toml().unwrap();
    for (key, explanation) in KEYS {
        assert!(text.contains(explanation), "{key}");
    }
    std::fs::write(&path, text).unwrap();
    assert_eq!(Recipe::read(&path).unwrap(), recipe);
}

#[test]
fn settings_change_numbers_and_texts() {
    let recipe = set(&[
        "training.length_images=5",
        "name=tiny",
        "critic.learning_rate=0.01",
        "schedule.learning_rate=linear",
    ])
    .unwrap();
    assert_eq!(recipe.training.length_images, 5);
    assert_eq!(recipe.name, "tiny");
    assert_eq!(recipe.critic.network.learning_rate, 0.01);
    assert_eq!(recipe.schedule.learning_rate, Course::Linear);
}

#[test]
fn a_text_may_look_like_a_number() {
    let recipe = set(&["name=2024", "data.path=2025"]).unwrap();
    assert_eq!(recipe.name, "2024");
    assert_eq!(recipe.data.path.unwrap().to_str(), Some("2025"));
}

#[cfg(unix)]
#[test]
fn a_recipe_that_cannot_be_written_is_an_error() {
    use std::os::unix::ffi::OsStringExt;
    let mut recipe = Recipe::default();
    recipe.data.path = Some(std::ffi::OsString::from_vec(vec![0xff]).into());
    let error = recipe.to_documented_toml().unwrap_err();
    assert!(matches!(error, RecipeError::Unwritable { .. }), "{error}");
}

#[test]
fn settings_lead_from_one_recipe_to_another() {
    let base = Recipe::resolve(Some("fashion-mnist"), &[]).unwrap();
    assert!(base.settings_from(&base).unwrap().is_empty());
    let changes = ["seed=5", "critic.learning_rate=0.0002", "data.path=here"];
    let recipe = set(&changes).unwrap();
    let settings = recipe.settings_from(&base).unwrap();
    assert!(settings.contains(&"seed=5".to_owned()), "{settings:?}");
    assert_eq!(
        Recipe::resolve(Some("fashion-mnist"), &settings).unwrap(),
        recipe
    );
}

#[test]
fn a_background_is_a_name_or_a_colour() {
    let background = |text: &str| set(&[&format!("data.background={text}")]);
    assert_eq!(background("none").unwrap(), set(&[]).unwrap());
    let recipe = background("#ff8000").unwrap();
    let colour = [255, 128, 0];
    assert_eq!(recipe.data.background.colour(), Some(colour));
    let text = recipe.to_documented_toml().unwrap();
    assert!(text.contains("background = \"#ff8000\""), "{text}");
    for (text, hint) in [("whte", "did you mean `white`?"), ("#rrggbb", "#rrggbb")] {
        let error = background(text).unwrap_err().to_string();
        let expected = "expected one of none, white, black, #rrggbb";
        assert!(
            error.contains("`data.background`") && error.contains(expected),
            "{error}"
        );
        assert!(error.contains(hint), "{error}");
    }
}

#[test]
fn a_typo_is_answered_with_the_nearest_key() {
    let error = set(&["training.lenght_images=5"]).unwrap_err().to_string();
    assert!(
        error.contains("did you mean `training.length_images`?"),
        "{error}"
    );
    let error = set(&["nonsense=5"]).unwrap_err().to_string();
    assert!(error.contains("gannet recipes show"), "{error}");
}

#[test]
fn unknown_keys_and_tables_of_a_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.toml");
    for (text, key) in [
        ("[training]\nbatch = 3\n", "training.batch"),
        ("[trainig]\nbatch_images = 3\n", "trainig"),
        ("sed = 3\n", "sed"),
    ] {
        std::fs::write(&path, text).unwrap();
        match Recipe::read(&path).unwrap_err() {
            RecipeError::Key { key: found, .. } => assert_eq!(found, key),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn values_out_of_range_or_of_the_wrong_type_name_their_key() {
    for (setting, key) in [
        ("training.batch_images=0", "training.batch_images"),
        ("generator.beta1=1.0", "generator.beta1"),
        ("critic.learning_rate=nan", "critic.learning_rate"),
        ("objective.r1_gamma=-1", "objective.r1_gamma"),
        (
            "objective.gradient_penalty=inf",
            "objective.gradient_penalty",
        ),
        ("objective.label_smoothing=1", "objective.label_smoothing"),
        ("objective.weight_clip=-1", "objective.weight_clip"),
        ("name=../escape", "name"),
        ("critic.beta2=0.99999999", "critic.beta2"),
        ("score.samples=5", "score.samples"),
        ("training.length_images=many", "`training.length_images`"),
        ("training.length_images=-3", "`training.length_images`"),
        ("training.length_images=1.5", "`training.length_images`"),
        ("generator.width=many", "`generator.width`"),
        ("critic.learning_rate=fast", "`critic.learning_rate`"),
        ("seed=18446744073709551615", "`seed`"),
        ("objective.loss=wishful", "loss"),
    ] {
        let error = set(&[setting]).unwrap_err().to_string();
        assert!(error.contains(key), "{setting}: {error}");
    }
    assert!(
        set(&["seed"])
            .unwrap_err()
            .to_string()
            .contains("KEY=VALUE")
    );
}

#[test]
fn an_unknown_name_lists_the_presets() {
    let error = Recipe::resolve(Some("fashion-mnsit"), &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("did you mean `fashion-mnist`?"), "{error}");
}

#[test]
fn schedules_go_from_start_to_end() {
    let schedule = Schedule {
        learning_rate_final: 0.1,
        step_interval_images: 100,
        step_factor: 0.5,
        ..Schedule::default()
    };
    let at = |progress| Position {
        progress,
        images: 250,
        plateaus: 3,
    };
    let left = |course: Course, progress| course.left(&schedule, at(progress));
    assert_eq!(left(Course::Constant, 1.0), 1.0);
    assert_eq!(left(Course::Linear, 0.25), 1.0);
    assert_eq!(left(Course::Linear, 0.75), 0.5);
    assert_eq!(left(Course::Linear, 1.0), 0.0);
    assert_eq!(left(Course::Cosine, 0.0), 1.0);
    assert!((left(Course::Cosine, 0.5) - 0.5).abs() < 1e-12);
    assert!(left(Course::Cosine, 1.0).abs() < 1e-12);
    assert_eq!(left(Course::Step, 0.0), 0.25);
    assert_eq!(left(Course::Plateau, 0.0), 0.125);
    assert_eq!(schedule.at(at(0.0)).learning_rate, 1.0);
    assert!((schedule.at(at(1.0)).learning_rate - 0.1).abs() < 1e-12);
}

#[test]
fn every_loss_has_its_name() {
    for name in Loss::NAMES {
        let recipe = set(&[&format!("objective.loss={name}")]).unwrap();
        let text = recipe.to_documented_toml().unwrap();
        assert!(text.contains(&format!("loss = \"{name}\"\n")), "{text}");
        assert!(
            KEYS.iter()
                .any(|(_, explanation)| { explanation.contains(&format!("\"{name}\"")) })
        );
    }
    assert_eq!(set(&[]).unwrap().objective.loss, Loss::Relativistic);
}

#[test]
fn an_unknown_loss_is_answered_with_the_nearest_one() {
    let error = set(&["objective.loss=wassertein"]).unwrap_err().to_string();
    assert!(error.contains("`objective.loss`"), "{error}");
    assert!(error.contains("did you mean `wasserstein`?"), "{error}");
    assert!(error.contains("least-squares"), "{error}");
    let error = set(&["schedule.learning_rate=cosin"]).unwrap_err();
    assert!(error.to_string().contains("did you mean `cosine`?"));
    let error = set(&["critic.optimiser=rmsprp"]).unwrap_err().to_string();
    assert!(error.contains("did you mean `rmsprop`?"), "{error}");
}

#[test]
fn recipes_of_earlier_run_folders_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.toml");
    for text in [
        "[objective]\nloss = \"relativistic-logistic\"\nr1_gamma = 1.0\nr2_gamma = 1.0\n\
         penalty_interval_steps = 1\n",
        "[objective]\nr1_gamma = 1.0\n",
        "[training]\nlearning_rate_decay = \"cosine\"\n",
    ] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(Recipe::read(&path).unwrap(), Recipe::default());
    }
}

#[test]
fn settings_of_the_objective_must_fit_together() {
    let unpenalised = ["objective.r1_gamma=0", "objective.r2_gamma=0"];
    let wasserstein = |more: &[&str]| {
        let mut settings = vec!["objective.loss=wasserstein"];
        settings.extend(unpenalised);
        settings.extend(more);
        set(&settings)
    };
    let error = wasserstein(&[]).unwrap_err().to_string();
    assert!(error.contains("objective.weight_clip"), "{error}");
    for bound in ["gradient_penalty=10", "weight_clip=0.01", "r1_gamma=0.1"] {
        assert!(wasserstein(&[&format!("objective.{bound}")]).is_ok());
    }

    let error = set(&["objective.weight_clip=0.01"]).unwrap_err();
    assert!(error.to_string().contains("objective.weight_clip"));
    let smoothed = |loss: &str| {
        let loss = format!("objective.loss={loss}");
        set(&[&loss, "objective.label_smoothing=0.1"])
    };
    for loss in ["non-saturating", "minimax", "least-squares"] {
        assert!(smoothed(loss).is_ok(), "{loss}");
    }
    for loss in [
        "relativistic",
        "relativistic-average",
        "hinge",
        "wasserstein",
    ] {
        let error = smoothed(loss).unwrap_err().to_string();
        assert!(error.contains("objective.label_smoothing"), "{error}");
    }
}

#[test]
fn an_objective_is_described_as_it_is() {
    assert_eq!(
        set(&[]).unwrap().objective.to_string(),
        "relativistic logistic loss, exact R1 and R2 penalties (γ 0.3 and 0.3)"
    );
    let recipe = set(&[
        "objective.loss=wasserstein",
        "objective.r1_gamma=0",
        "objective.r2_gamma=0",
        "objective.gradient_penalty=10",
        "objective.weight_clip=0.5",
    ]);
    assert_eq!(
        recipe.unwrap().objective.to_string(),
        "Wasserstein loss, exact gradient penalty on interpolates (λ 10), critic's weights clipped to ±0.5"
    );
}

#[test]
fn networks_that_make_no_sense_are_refused_with_the_reason() {
    let unpenalised = ["objective.r1_gamma=0", "objective.r2_gamma=0"];
    let refused: [(&[&str], &str, &str); 10] = [
        (&["critic.norm=batch"], "critic.norm", "batch"),
        (
            &[
                "critic.norm=batch",
                unpenalised[0],
                unpenalised[1],
                "objective.dragan=1",
            ],
            "critic.norm",
            "others of its batch",
        ),
        (
            &[
                "objective.loss=wasserstein",
                unpenalised[0],
                unpenalised[1],
                "objective.weight_clip=0.01",
                "critic.spectral_norm=true",
            ],
            "critic.spectral_norm",
            "clipping",
        ),
        (
            &["critic.spectral_norm=true", "critic.architecture=r3gan"],
            "critic.spectral_norm",
            "resnet",
        ),
        (
            &["critic.packing=2", "critic.classes=projection"],
            "critic.packing",
            "class each",
        ),
        (
            &["critic.minibatch_std=true", "training.batch_images=6"],
            "training.batch_images",
            "groups of 4",
        ),
        (
            &[
                "generator.architecture=mlp",
                "generator.depth=2",
                "generator.norm=instance",
            ],
            "generator.norm",
            "layer",
        ),
        (
            &["generator.architecture=r3gan", "generator.norm=batch"],
            "generator.norm",
            "resnet",
        ),
        (
            &["critic.architecture=mlp"],
            "critic.depth",
            "hidden layers",
        ),
        (&["critic.dropout=1"], "critic.dropout", "below 1"),
    ];
    for (settings, key, reason) in refused {
        let error = set(settings).unwrap_err().to_string();
        assert!(
            error.contains(&format!("`{key}`")) && error.contains(reason),
            "{error}"
        );
    }
    let accepted: [&[&str]; 5] = [
        &["critic.norm=batch", unpenalised[0], unpenalised[1]],
        &["critic.norm=layer"],
        &["critic.spectral_norm=true", "critic.architecture=resnet"],
        &[
            "critic.packing=2",
            "critic.minibatch_std=true",
            "critic.dropout=0.5",
        ],
        &[
            "critic.architecture=mlp",
            "critic.depth=3",
            "critic.minibatch_std=true",
        ],
    ];
    for settings in accepted {
        set(settings).unwrap();
    }
}
