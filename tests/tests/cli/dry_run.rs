//! A run is rehearsed: what it would be is said, and nothing is written.

use serde_json::Value;

use crate::harness::{Workshop, files};
use crate::tiny::{SETTINGS, workshop_with_data};

/// Rehearses the tiny run with further settings.
fn rehearsed(workshop: &Workshop, settings: &str) -> Value {
    let before = files(&workshop.path("."));
    let output = workshop.gannet(&format!("train {SETTINGS}{settings} --dry-run --json"));
    assert_eq!(files(&workshop.path(".")), before);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The learned numbers of a network, and the sum over its layers.
fn parameters(plan: &Value) -> (u64, u64) {
    let layers = plan["layers"].as_array().unwrap().iter();
    let layers = layers.map(|layer| layer["parameters"].as_u64().unwrap());
    (plan["parameters"].as_u64().unwrap(), layers.sum())
}

#[test]
fn a_rehearsal_says_what_the_run_would_be_and_writes_nothing() {
    let workshop = workshop_with_data();
    let rehearsal = rehearsed(&workshop, "");
    let (recipe, data, plan) = (&rehearsal["recipe"], &rehearsal["data"], &rehearsal["plan"]);
    assert_eq!(recipe["generator"]["latent"], 8);
    assert_eq!(recipe["training"]["doctor"], "watch");
    assert_eq!(data["training"], 480);
    assert_eq!(data["shape"], serde_json::json!([1, 28, 28]));
    assert_eq!(
        (&plan["steps"], &plan["images_per_step"]),
        (&250.into(), &16.into())
    );
    for time in ["seconds", "seconds_per_step", "images_per_second"] {
        assert!(plan[time].as_f64().unwrap() > 0.0, "{time}: {plan}");
    }
    let last = |network: &str| {
        let layers = plan[network]["layers"].as_array().unwrap();
        layers.last().unwrap()["output"].clone()
    };
    assert_eq!(last("generator"), serde_json::json!([1, 28, 28]));
    assert_eq!(last("critic"), serde_json::json!([1, 1, 1]));
    for network in ["generator", "critic"] {
        let (all, layers) = parameters(&plan[network]);
        assert!(all > 0 && all == layers, "{network}: {plan}");
    }
}

#[test]
fn what_no_optimiser_changes_is_no_parameter() {
    let workshop = workshop_with_data();
    let rehearsal = rehearsed(
        &workshop,
        " --set generator.norm=batch --set generator.classes=embedding \
          --set critic.spectral_norm=true",
    );
    let plan = &rehearsal["plan"];
    let layers = plan["generator"]["layers"].as_array().unwrap();
    let norms = layers.iter().filter(|layer| {
        let kind = layer["kind"].as_str().unwrap();
        kind.contains("normalisation")
    });
    let norms: Vec<&Value> = norms.collect();
    assert!(!norms.is_empty(), "{plan}");
    for norm in norms {
        // A scale and a shift a channel; means and variances are kept beside them.
        let channels = norm["output"][0].as_u64().unwrap();
        assert_eq!(norm["parameters"], 2 * channels, "{norm}");
    }
    // Ten classes, a vector as long as the latents each.
    let (all, layers) = parameters(&plan["generator"]);
    assert_eq!(all, layers + 10 * 8, "{plan}");
    // A spectral norm keeps a direction of every weight.
    let plain = rehearsed(&workshop, "");
    assert_eq!(
        parameters(&plan["critic"]),
        parameters(&plain["plan"]["critic"])
    );
}

#[test]
fn people_read_the_same() {
    let workshop = workshop_with_data();
    let output = workshop.gannet(&format!("train {SETTINGS} --dry-run"));
    let text = String::from_utf8(output.stdout).unwrap();
    for word in [
        "--json",
        "480 images of 1x28x28, 10 classes; 120 held out",
        "generator ",
        "critic ",
        "28x28",
        "4,000 images: 250 steps of 16 images",
        "images/s",
    ] {
        assert!(text.contains(word), "no {word:?}: {text}");
    }
    assert!(!workshop.path("run").exists() && !workshop.path("runs").exists());
}
