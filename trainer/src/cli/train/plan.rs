//! `gannet train --dry-run`: what a run would be.

use gannet_trainer::data::Split;
use gannet_trainer::recipe::{Attendance, Recipe};
use gannet_trainer::text::{duration, grouped, images};
use gannet_trainer::training::{NetworkPlan, Rehearsal};
use serde_json::{Value, json};

/// What a run of the recipe would be, for machines.
pub(super) fn json(recipe: &Recipe, split: &Split, plan: &Rehearsal) -> Value {
    json!({
        "recipe": recipe,
        "data": {
            "name": split.training.name(),
            "training": split.training.len(),
            "held_out": split.held_out.len(),
            "shape": split.training.shape(),
            "classes": split.class_names(),
        },
        "plan": plan,
    })
}

/// The same for people.
pub(super) fn told(recipe: &Recipe, split: &Split, plan: &Rehearsal) -> String {
    let [channels, height, width] = split.training.shape();
    let classes = match split.class_count() {
        Some(classes) => format!("{classes} classes"),
        None => "no labels".to_owned(),
    };
    let mut text = format!(
        "recipe     {} (`--json` has every key)\ndata       {}: {} of {channels}x{height}x{width}, {classes}; {} held out\n",
        recipe.name,
        split.training.name(),
        images(split.training.len() as u64),
        grouped(split.held_out.len() as u64),
    );
    text += &network("generator", &plan.generator);
    text += &network("critic", &plan.critic);
    text += &format!(
        "length     {}: {} steps of {}\n",
        images(plan.steps * plan.images_per_step),
        grouped(plan.steps),
        images(plan.images_per_step),
    );
    text += &format!(
        "speed      {} images/s, of {} timed steps\n",
        grouped(plan.images_per_second.round() as u64),
        plan.timed_steps,
    );
    let further = match recipe.training.doctor {
        Attendance::Treat => "; twice as long at most if the doctor treats it",
        _ => "",
    };
    text += &format!(
        "time       {}, without scores, checkpoints and export{further}\n",
        duration(plan.seconds)
    );
    text += &match plan.peak_bytes {
        Some(bytes) => format!(
            "memory     {} MiB held at most so far, of the processor\n",
            grouped(bytes >> 20)
        ),
        None => "memory     this system does not tell\n".to_owned(),
    };
    for warning in &plan.warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

fn network(name: &str, plan: &NetworkPlan) -> String {
    let mut text = format!(
        "{name:<10} {} parameters\n",
        grouped(plan.parameters as u64)
    );
    for layer in &plan.layers {
        let [channels, height, width] = layer.output;
        let output = format!("{channels}x{height}x{width}");
        let parameters = match layer.parameters {
            0 => String::new(),
            parameters => grouped(parameters as u64),
        };
        let line = format!("  {:<31} {output:>12} {parameters:>14}", layer.kind);
        text += line.trim_end();
        text.push('\n');
    }
    text
}
